"""What came of one listing, and how its pages become tables on the way."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from analytics_kit.columns import page_table, tombstone
from analytics_kit.errors import AnalyticsKitError, ResponseShapeError
from analytics_kit.planning import TOTAL
from analytics_kit.transport import Meter
from analytics_kit.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from analytics_kit.catalog import Resource
    from analytics_kit.paging import Listing
    from analytics_kit.planning import ReportRequest

Status = Literal["loaded", "empty", "partial", "failed"]
_ROWS_PER_BATCH = 5_000
# Records are made into columns many at a time, which takes a third less than page by page. But they do not wait long:
# who watches a slow listing wants to see it move.
_RECORDS_AT_ONCE = 1_000
_SECONDS_AT_MOST = 0.25


@dataclass
class Reading:
    """One listing as it was read: a resource, or one report of it.

    Attributes:
        resource: What was read.
        part: The report's name; None for a resource that is one listing.
        window: What was asked for.
        ids: Ids of the rows kept, with the number of children each had.
        pages: Pages received.
        odd: Values that did not fit their declared type, and cursors that could not be read; all were kept.
        total: Number of records the API reported, or None.
        error: Why it is not complete, or None.
        filters: What the API was asked to narrow it by: values by column.
        share: How much of it has come, 0 to 1; None where the API does not say how much there is.
        early: Pages that came before their turn, by their number.
        waiting: Records that are not made into columns yet.
    """

    resource: Resource
    part: str | None = None
    window: Window = field(default_factory=Window)
    ids: dict[Any, tuple[int, ...]] = field(default_factory=dict)
    pages: int = 0
    odd: int = 0
    total: int | None = None
    error: AnalyticsKitError | None = None
    filters: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    share: float | None = None
    early: dict[int, tuple[Any, list[dict[str, Any]]]] = field(default_factory=dict, repr=False)
    waiting: list[dict[str, Any]] = field(default_factory=list, repr=False)
    meter: Meter = field(init=False)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        """Start the meter that the transport counts into."""
        self.meter = Meter(self.resource.name, self.part)
        self._started: float | None = None

    @property
    def rows(self) -> int:
        """Distinct rows kept."""
        return len(self.ids)

    @property
    def status(self) -> Status:
        """How it ended."""
        if self.error is not None:
            return "partial" if self.rows else "failed"
        return "loaded" if self.rows else "empty"

    def begun(self) -> Meter:
        """The meter; the clock runs from the first time that it is asked for."""
        self._started = self._started or time.monotonic()
        return self.meter

    def tick(self, listing: Listing) -> None:
        """Take the time since the first request, and how far the listing is."""
        self.seconds = time.monotonic() - self._started if self._started else 0.0
        self.share = min(1.0, len(listing.ids) / listing.total) if listing.total else None

    def close(self, listing: Listing) -> None:
        """Take what the listing's end tells: a listing that stopped short is not complete."""
        self.total = listing.total
        if self.error is None and listing.stalled:
            self.error = self._incomplete(
                f"the API repeats pages: {len(listing.ids)} records came, and their number is not known to be all.",
                "Narrow the window; if it stays so, the API ignores the paging parameters.",
            )
        elif self.error is None and listing.short:
            self.error = self._incomplete(
                f"the API reports {listing.total} records, {len(listing.ids)} came, also when read once more.",
                "Load again; if it stays so, the API's own count is off.",
            )

    def _incomplete(self, what: str, hint: str) -> ResponseShapeError:
        return ResponseShapeError(f"{self.resource.name}: {what}", hint=hint, resource=self.resource.name, status=200)


@dataclass
class Readings:
    """All listings of one run.

    Attributes:
        strict: A failure ends the run with its error; else it is noted and the other listings go on.
        on_page: Told after each page.
        on_wait: Told about once a second while a request waits: seconds left, and why.
    """

    strict: bool = True
    on_page: Callable[[Reading], None] = field(default=lambda _: None)
    on_wait: Callable[[Reading, float, str], None] | None = None
    items: dict[tuple[str, str | None], Reading] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Readings are added by threads."""
        self._lock = threading.Lock()

    def add(self, reading: Reading) -> Reading:
        """Keep a reading under its resource and part."""
        if (tell := self.on_wait) is not None:
            reading.meter.on_wait = lambda seconds, why: tell(reading, seconds, why)
        with self._lock:
            self.items[reading.resource.name, reading.part] = reading
        return reading

    def fail(self, reading: Reading, error: AnalyticsKitError) -> bool:
        """Note a failure; True where the run goes on."""
        if not self.strict:
            reading.error = reading.error or error
        return not self.strict

    def of(self, resource: str) -> list[Reading]:
        """The readings of one resource, in the order in which they were added."""
        with self._lock:
            return [reading for (name, _), reading in self.items.items() if name == resource]


@dataclass(frozen=True)
class Batch:
    """Rows of one resource and of its child tables, ready for the database.

    Attributes:
        rows: The resource's rows.
        children: Those of its child tables, by name.
        new_columns: Columns that the catalog does not declare.
        repeated: Whether a row replaces one that came before in this load.
    """

    rows: pa.Table
    children: dict[str, pa.Table]
    new_columns: frozenset[str]
    repeated: bool = False


class Tables:
    """Pages of one resource in, batches out: small pages are gathered, and the last page gives out what is left."""

    def __init__(self, resource: Resource, readings: Readings, new_tables: frozenset[str] = frozenset()) -> None:
        self.resource = resource
        self.readings = readings
        self._new_tables = new_tables
        self._sequence = 0
        self._columns_seen: set[str] = set()
        self._due = 0.0
        self._waiting: list[Batch] = []

    def take(self, page: Any, reading: Reading, records: list[dict[str, Any]]) -> Iterator[Batch]:
        """Take one page of a reading; a page that overtook another one waits for it.

        Args:
            page: The page as rest_api yields it, with its response and paginator.
            reading: What it belongs to.
            records: The page's records, or what they were made into.
        """
        reading.early[page.response.number] = page, records
        while reading.pages in reading.early:
            yield from self._in_turn(*reading.early.pop(reading.pages), reading)

    def _in_turn(self, page: Any, records: list[dict[str, Any]], reading: Reading) -> Iterator[Batch]:
        last = page.response.last_page
        reading.tick(page.paginator.listing)
        reading.pages += 1
        self._due = self._due if reading.waiting else time.monotonic() + _SECONDS_AT_MOST
        reading.waiting += records
        if last or len(reading.waiting) >= _RECORDS_AT_ONCE or time.monotonic() >= self._due:
            self._waiting.append(self._batch(reading))
        if last:
            reading.close(page.paginator.listing)
        self.readings.on_page(reading)
        if last and reading.error is not None and self.readings.strict:
            raise reading.error
        if last or sum(batch.rows.num_rows for batch in self._waiting) >= _ROWS_PER_BATCH:
            waiting, self._waiting = self._waiting, []
            yield _joined(waiting)

    def _batch(self, reading: Reading) -> Batch:
        records, reading.waiting = reading.waiting, []
        got = page_table(
            self.resource,
            records,
            sequence=self._sequence,
            since=reading.window.since if self.resource.cursor else None,
            until=reading.window.until if self.resource.cursor else None,
            ids_seen=reading.ids,
            columns_seen=self._columns_seen,
            new_tables=self._new_tables,
        )
        self._sequence += len(records)
        reading.odd += got.odd
        return Batch(got.rows, got.children, frozenset(got.new_columns), got.repeated)


def report_records(request: ReportRequest, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of one report, long or wide, as records: a few fixed fields and the row itself."""
    fixed = _report_fields(request)
    stem = "/".join((request.report, fixed["granularity"], *request.dates))
    return [
        {
            **fixed,
            "id": f"{stem}/{position}",
            "position": position,
            "time": row.get("time"),
            "key": row.get("key"),
            "value": _number(row.get("value")),
            "row": row,
        }
        for position, row in enumerate(rows)
    ]


def report_tombstone(resource: Resource, request: ReportRequest) -> Batch:
    """What replaces the rows of a report that has become empty."""
    stem = "/".join((request.report, request.granularity or TOTAL, *request.dates))
    return Batch(tombstone(resource, {**_report_fields(request), "id": f"{stem}/none"}), {}, frozenset())


def _report_fields(request: ReportRequest) -> dict[str, Any]:
    span = request.span
    return {
        "report_name": request.report,
        "granularity": request.granularity or TOTAL,
        "range_start": span.since.isoformat() if span.since else NO_DATE,
        "range_end": span.until.isoformat() if span.until else NO_DATE,
    }


NO_DATE = "1970-01-01T00:00:00+00:00"
"""Stands in a merge key for the range of a report that takes no dates: a merge compares nothing with null."""


def _number(value: Any) -> Any:
    """Counts arrive as text; what is no number stays as it is."""
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value


def _joined(batches: list[Batch]) -> Batch:
    first = batches[0]
    if len(batches) == 1:
        return first
    return Batch(
        _concat([batch.rows for batch in batches]),
        {name: _concat([batch.children[name] for batch in batches]) for name in first.children},
        frozenset().union(*(batch.new_columns for batch in batches)),
        any(batch.repeated for batch in batches),
    )


def _concat(tables: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables, promote_options="default")
