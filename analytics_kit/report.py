"""What came of a load, resource by resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from html import escape
from typing import TYPE_CHECKING

from analytics_kit.errors import LoadError
from analytics_kit.filters import filter_text
from analytics_kit.ledger import first_line, worst

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    import pandas as pd

    from analytics_kit.errors import AnalyticsKitError
    from analytics_kit.reading import Reading

_COMPLETE = ("loaded", "empty")
MIME_TYPE = "application/vnd.analytics-kit.load+json"
"""Under which a LoadReport stands in a notebook, for the report runner."""
_SHOWN = ("status", "rows", "pages", "seconds", "waited_seconds", "error")


@dataclass(frozen=True, slots=True)
class ResourceLoad:
    """What one load did for one resource, or for one part of it.

    Attributes:
        status: ``loaded``, ``empty``, ``partial`` or ``failed``; a resource's status is its worst part's.
        rows: Distinct rows kept.
        requests: Requests sent, tries included.
        pages: Pages received.
        seconds: Time from its first page to its last.
        waited_seconds: Time waited for the API's limits and between tries.
        reported_total: Number of records the API reports, or None.
        since: Start of the window asked for, UTC, or None.
        until: End of the window, not included, or None.
        error: Why it is not complete, or None.
        filters: What the API was asked to narrow it by, in words, or None: then this is not the whole of its window.
        odd_values: Values that did not fit their declared type, and cursors that could not be read; all were kept.
        parts: The reports of ``analytics_reports``, by name; empty elsewhere.
    """

    status: str
    rows: int
    requests: int
    pages: int
    seconds: float
    waited_seconds: float
    reported_total: int | None
    since: datetime | None
    until: datetime | None
    error: AnalyticsKitError | None
    filters: str | None = None
    odd_values: int = 0
    parts: Mapping[str, ResourceLoad] | None = None


class LoadReport(Mapping[str, ResourceLoad]):
    """What came of a load: a Mapping from resource name to ResourceLoad, in the order asked for."""

    def __init__(self, loads: Mapping[str, ResourceLoad]) -> None:
        self._loads = dict(loads)

    def __getitem__(self, name: str) -> ResourceLoad:
        return self._loads[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loads)

    def __len__(self) -> int:
        return len(self._loads)

    @property
    def ok(self) -> bool:
        """Whether everything asked for came whole."""
        return all(load.status in _COMPLETE for load in self._loads.values())

    def frame(self) -> pd.DataFrame:
        """One row per resource, and one per report of ``analytics_reports``.

        Returns:
            Columns: ``resource``, ``part`` (str, the report's name), ``status`` (str), ``rows``, ``requests``,
                ``pages`` (Int64), ``seconds``,
            ``waited_seconds`` (float64), ``reported_total`` (Int64), ``since``, ``until`` (datetime64[us, UTC]),
            ``error``, ``filters`` (str), ``odd_values`` (Int64).
        """
        import pandas as pd

        rows = [row for name, load in self._loads.items() for row in _rows(name, load)]
        names = ["resource", "part", *(item.name for item in fields(ResourceLoad) if item.name != "parts")]
        frame = pd.DataFrame(rows, columns=names)
        whole = dict.fromkeys(("rows", "requests", "pages", "reported_total", "odd_values"), "Int64")
        times = dict.fromkeys(("since", "until"), "datetime64[us, UTC]")
        return frame.astype(whole | times | {"seconds": "float64", "waited_seconds": "float64"})

    def __repr__(self) -> str:
        lines = [
            f"{name:<20} {load.status:<8} {load.rows:>8,} rows {load.seconds:>7.2f} s{_why(load)}"
            for name, load in self.items()
        ]
        return "\n".join(["LoadReport", *lines])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in ("resource", *_SHOWN))
        rows = "".join(_html_row(name, load) for name, load in self._loads.items())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        """Text, a table, and for programs that read the notebook what is complete."""
        told = {name: {"status": load.status, "rows": load.rows} for name, load in self.items()}
        return {"text/plain": repr(self), "text/html": self._repr_html_(), MIME_TYPE: told}

    def raise_unless_ok(self) -> None:
        """Raise what is missing.

        Raises:
            LoadError: something failed or is incomplete; carries this report.
        """
        bad = {name: load for name, load in self.items() if load.status not in _COMPLETE}
        if bad:
            name, first = next(iter(bad.items()))
            others = f" (and {', '.join(list(bad)[1:])})" if len(bad) > 1 else ""
            raise LoadError(
                f"{name} is {first.status}{others}: {_message(first.error)}",
                report=self,
                hint=(first.error.hint if first.error else "")
                or 'The report is on this error; errors="report" returns it instead.',
            ) from first.error


def report_of(names: Iterable[str], readings: Mapping[str, list[Reading]]) -> LoadReport:
    """The report of a run, from its readings by resource; a resource that was never begun is failed."""
    return LoadReport({name: _resource_load(readings.get(name, [])) for name in names})


def _resource_load(readings: list[Reading]) -> ResourceLoad:
    loads = [_load(reading) for reading in readings]
    if len(loads) == 1 and readings[0].part is None:
        return loads[0]
    return joined({reading.part: load for reading, load in zip(readings, loads, strict=True) if reading.part})


def joined(parts: Mapping[str, ResourceLoad]) -> ResourceLoad:
    """The load of a resource from those of its parts: as good as the worst, and as much as all of them."""
    loads = list(parts.values())
    totals = [load.reported_total for load in loads if load.reported_total is not None]
    return ResourceLoad(
        status=worst(load.status for load in loads),
        rows=sum(load.rows for load in loads),
        requests=sum(load.requests for load in loads),
        pages=sum(load.pages for load in loads),
        seconds=sum(load.seconds for load in loads),
        waited_seconds=sum(load.waited_seconds for load in loads),
        reported_total=sum(totals) if totals else None,
        since=min((load.since for load in loads if load.since), default=None),
        until=max((load.until for load in loads if load.until), default=None),
        error=next((load.error for load in loads if load.error), None),
        odd_values=sum(load.odd_values for load in loads),
        parts=parts,
    )


def _load(reading: Reading) -> ResourceLoad:
    return ResourceLoad(
        status=reading.status,
        rows=reading.rows,
        requests=reading.meter.requests,
        pages=reading.pages,
        seconds=reading.seconds,
        waited_seconds=reading.meter.waited_seconds,
        reported_total=reading.total,
        since=reading.window.since,
        until=reading.window.until,
        error=reading.error,
        filters=filter_text(reading.filters),
        odd_values=reading.odd,
    )


def _rows(name: str, load: ResourceLoad) -> list[list[object]]:
    parts: dict[str | None, ResourceLoad] = dict(load.parts.items()) if load.parts else {None: load}
    names = [item.name for item in fields(ResourceLoad) if item.name != "parts"]
    return [[name, part, *(_shown(getattr(item, column)) for column in names)] for part, item in parts.items()]


def _shown(value: object) -> object:
    return str(value) if isinstance(value, Exception) else value


def _why(load: ResourceLoad) -> str:
    """What happened and the next step, in one line: the address is in the table and on the error."""
    return f"  {first_line(load.error.message)} {load.error.hint}".rstrip() if load.error else ""


def _message(error: AnalyticsKitError | None) -> str:
    return error.message if error else "incomplete"


def _html_row(name: str, load: ResourceLoad) -> str:
    values = (name, *(getattr(load, column) for column in _SHOWN))
    return f"<tr>{''.join(f'<td>{escape(_cell(value))}</td>' for value in values)}</tr>"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f} s"
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else str(value)
