"""One run from the API to the database; the one place where dlt's failures become the kit's."""

from __future__ import annotations

import math
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dlt
import pyarrow as pa
from dlt.common.configuration.container import Container
from dlt.common.exceptions import DltException
from dlt.common.pipeline import PipelineContext
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials
from dlt.pipeline.exceptions import PipelineStepFailed

from analytics_kit.catalog import RESOURCES, child_tables, resource
from analytics_kit.errors import AnalyticsKitError, LoadError
from analytics_kit.filters import filter_text
from analytics_kit.ledger import TABLE
from analytics_kit.process_state import set_for_load
from analytics_kit.reading import Reading, Readings
from analytics_kit.report import LoadReport, report_of
from analytics_kit.rest import make_job
from analytics_kit.source import NAME, api_now, kit_source, open_session
from analytics_kit.window import is_relative, window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from dlt import Pipeline
    from dlt.extract import DltSource

    from analytics_kit.connection import Writer
    from analytics_kit.progress import Progress
    from analytics_kit.rest import Job
    from analytics_kit.settings import Settings
    from analytics_kit.transport import Session
    from analytics_kit.window import When

_LEDGER = pa.schema(
    [
        ("resource", pa.string()),
        ("part", pa.string()),
        ("since", pa.timestamp("us", "UTC")),
        ("until", pa.timestamp("us", "UTC")),
        ("status", pa.string()),
        ("rows", pa.int64()),
        ("requests", pa.int64()),
        ("pages", pa.int64()),
        ("seconds", pa.float64()),
        ("waited_seconds", pa.float64()),
        ("reported_total", pa.int64()),
        ("odd_values", pa.int64()),
        ("error", pa.string()),
        ("api_now", pa.timestamp("us", "UTC")),
        ("loaded_at", pa.timestamp("us", "UTC")),
        ("filters", pa.string()),
    ]
)
# dlt's options for the length of one load. The staging tables are emptied so that the file holds every row once. A page
# that came waits for no clock. Nothing is kept between two loads: the state of dlt's pipeline needs no table.
_OPTIONS = {
    "normalize.parquet_normalizer.add_dlt_load_id": True,
    "load.truncate_staging_dataset": True,
    "extract.futures_poll_interval": 0.001,
    "restore_from_destination": False,
}
_STAGING = "%s_kit_staging"


@dataclass(frozen=True)
class Wanted:
    """What a caller asks to be loaded, in the caller's words: see Kit.load."""

    names: tuple[str, ...]
    since: When = None
    until: When = None
    reports: Iterable[str] | None = None
    granularity: str | None = None
    filters: Mapping[str, Any] | None = None

    @property
    def needs_clock(self) -> bool:
        """Whether it takes the API's now: relative dates do, and so do reports, which need dates in any case.

        Raises:
            UnknownResourceError: a name is no resource.
        """
        asks_reports = any(resource(name).merge_key for name in (self.names or RESOURCES))
        return asks_reports or is_relative(self.since) or is_relative(self.until)


def load(
    settings: Settings,
    wanted: Wanted,
    *,
    writing: Callable[[], AbstractContextManager[Writer]],
    filled: frozenset[str] | None,
    progress: Progress,
) -> LoadReport:
    """Load resources into the database.

    One failing resource does not sink the others. What came is recorded in the database in the same run as the rows.

    Args:
        settings: Where and as whom, and the database.
        wanted: Resources, window, reports and filters.
        writing: Holds the database for the moment in which the rows are written.
        filled: Its tables that hold rows; None where that is not known.
        progress: Told after each page; what it cancels is written as far as it came.

    Raises:
        UnknownResourceError, ConfigurationError, WindowError, FilterError: the request itself is wrong; nothing was
        asked of the API.
        DatabaseLockedError: the database is held by another process.
        LoadError: the rows could not be written; nothing of this load counts.
    """
    session = open_session(settings, progress.cancel)
    now = api_now(session, settings) if wanted.needs_clock else datetime.now(UTC)
    job = make_job(
        settings,
        wanted.names or None,
        window(wanted.since, wanted.until, lambda: now),
        now,
        reports=wanted.reports,
        granularity=wanted.granularity,
        filters=wanted.filters,
    )
    if filled is not None:
        job = replace(job, new_tables=frozenset((*RESOURCES, *child_tables())) - filled)
    readings = _watched(progress)
    with set_for_load():
        _run(job, session, readings, writing)
    report = _report(job, readings)
    for name, one in report.items():
        progress.done(name, one.status, one.rows, one.seconds)
    return report


def _run(
    job: Job,
    session: Session,
    readings: Readings,
    writing: Callable[[], AbstractContextManager[Writer]],
) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="analytics_kit_") as folder,
        dlt.config.values(_options(job)),
        _other_pipeline_kept(),
    ):
        pipeline = _pipeline(job.settings.database, folder)
        try:
            pipeline.extract([kit_source(job, session, readings), _tail(job, session, readings)])
            pipeline.normalize()
            with writing() as writer:
                pipeline.load(credentials=_credentials(writer))
        except (PipelineStepFailed, DltException) as error:
            raise _translated(error, job, readings) from error
        finally:
            session.stop()  # whatever still waits in a thread of an interrupted run


def _pipeline(path: Path, folder: str) -> Pipeline:
    """A pipeline of its own for one load: nothing of an interrupted one can come before what was asked for."""
    credentials = DuckDbCredentials(str(path))
    credentials.resolve()  # once: dlt would do it anew for each of ten times that it asks for the destination
    destination = dlt.destinations.duckdb(credentials, staging_dataset_name_layout=_STAGING)
    return dlt.pipeline(NAME, destination=destination, dataset_name="main", pipelines_dir=folder)


def _credentials(writer: Writer) -> DuckDbCredentials:
    """The open connection, as dlt takes it; the connections that dlt makes of it look for tables where it does.

    A commit writes the rows into the file: with dlt's threshold of 1 GB they would go into the log first, then into it.
    """
    credentials = DuckDbCredentials(writer.connection)
    credentials.pragmas = ["checkpoint_threshold = '16MB'"]
    if writer.catalog is not None:
        path = f"{writer.catalog}.main".replace("'", "''")
        credentials.pragmas.append(f"search_path = '{path}'")
    return credentials


def _options(job: Job) -> dict[str, Any]:
    return _OPTIONS | {"extract.workers": job.settings.concurrency}


def _tail(job: Job, session: Session, readings: Readings) -> DltSource:
    """Runs after the resources, in the same package: the record of what came."""

    @dlt.source(name=NAME)
    def record() -> Any:
        @dlt.resource(name=TABLE, write_disposition="append")
        def loads() -> Iterator[pa.Table]:
            yield _ledger(job, session.first_date, readings)

        return loads

    return record()


def _ledger(job: Job, first_date: datetime | None, readings: Readings) -> pa.Table:
    loaded_at = datetime.now(UTC)
    shared = {"api_now": first_date or job.now, "loaded_at": loaded_at}
    return pa.Table.from_pylist(
        [_ledger_row(reading) | shared for name in job.names for reading in readings.of(name)], _LEDGER
    )


def _ledger_row(reading: Reading) -> dict[str, Any]:
    return {
        "resource": reading.resource.name,
        "part": reading.part,
        "since": reading.window.since,
        "until": reading.window.until,
        "status": reading.status,
        "rows": reading.rows,
        "requests": reading.meter.requests,
        "pages": reading.pages,
        "seconds": reading.seconds,
        "waited_seconds": reading.meter.waited_seconds,
        "reported_total": reading.total,
        "odd_values": reading.odd,
        "error": str(reading.error) if reading.error else None,
        "filters": filter_text(reading.filters),
    }


def _report(job: Job, readings: Readings) -> LoadReport:
    return report_of(job.names, {name: readings.of(name) for name in job.names})


def _translated(error: Exception, job: Job, readings: Readings) -> BaseException:
    """What ended the run, out of what dlt wrapped it in."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, (AnalyticsKitError, KeyboardInterrupt)):
            return cause
        cause = cause.__cause__ or cause.__context__
    failure = LoadError(
        f"The rows could not be written to {job.settings.database}: {_root(error)}",
        report=_report(job, readings),
        hint="Nothing of this load counts. Check free space and rights there, then load again.",
    )
    for reading in readings.items.values():
        reading.error = failure
        reading.ids.clear()
    failure.report = _report(job, readings)
    return failure


def _root(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _watched(progress: Progress) -> Readings:
    """Readings that tell how far they are, one word per resource: the reports are one resource of many listings."""

    def tell(name: str, waiting: str | None = None) -> None:
        parts = readings.of(name)
        pages, rows = sum(part.pages for part in parts), sum(part.rows for part in parts)
        progress.update(name, pages=pages, rows=rows, share=_share(parts), waiting=waiting)

    def wait(reading: Reading, seconds: float, why: str) -> None:
        tell(reading.resource.name, f"waiting {math.ceil(seconds)} s {why}" if seconds else None)

    readings = Readings(strict=False, on_page=lambda reading: tell(reading.resource.name), on_wait=wait)
    return readings


def _share(parts: list[Reading]) -> float | None:
    if len(parts) == 1:
        return parts[0].share
    return sum(bool(part.pages or part.error) for part in parts) / len(parts)


@contextmanager
def _other_pipeline_kept() -> Iterator[None]:
    """A pipeline becomes dlt's active one when it is made: the caller's own is made active again."""
    context = Container()[PipelineContext]
    before = context.pipeline() if context.is_active() else None
    try:
        yield
    finally:
        context.deactivate()
        if before is not None:
            context.activate(before)
