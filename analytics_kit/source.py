"""The source that dlt runs: pages read by rest_api, made into Arrow tables, one resource per table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode, urlsplit

import dlt
from dlt.common.jsonpath import compile_path
from dlt.sources.rest_api import rest_api_resources

from analytics_kit.catalog import RESOURCES, resource
from analytics_kit.columns import dlt_child_columns, dlt_columns, json_hints
from analytics_kit.errors import BadRequestError, ConfigurationError
from analytics_kit.paging import ListingPaginator
from analytics_kit.planning import plan_reports
from analytics_kit.reading import Batch, Reading, Readings, Tables, report_records, report_tombstone
from analytics_kit.rest import METADATA, client, endpoint_of, make_job, path_of
from analytics_kit.settings import read_settings
from analytics_kit.transport import Limits, Session
from analytics_kit.window import Window, is_relative, window

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Iterator, Mapping

    from dlt.extract import DltResource, DltSource
    from requests import PreparedRequest

    from analytics_kit.catalog import Resource
    from analytics_kit.errors import AnalyticsKitError
    from analytics_kit.planning import ReportRequest
    from analytics_kit.rest import Job
    from analytics_kit.settings import Settings
    from analytics_kit.window import When

NAME = "analytics_kit"


def analytics_source(
    settings: Settings | None = None,
    resources: Iterable[str] | None = None,
    *,
    since: When = None,
    until: When = None,
    reports: Iterable[str] | None = None,
    granularity: str | None = None,
) -> DltSource:
    """An ordinary dlt source for a pipeline of your own: one resource per name and per child table, columns declared.

    Both dialects of the envelope are read, secrets are redacted, lists are read to their end, and an incomplete one
    raises.

    Args:
        settings: Where and as whom; None reads dlt's config, secrets and environment.
        resources: Names; None takes all 13.
        since: Start of the window: date, datetime, ISO text or ``"30d"`` (counted from the API's clock, which is then
            asked at once).
        until: End of the window, not included; None for no end.
        reports: Names of analytics reports; None takes all that ``analytics_metadata`` lists.
        granularity: ``hour``, ``day``, ``week`` or ``month`` for analytics reports; None for one figure over the whole
            range.

    Returns:
        A dlt source named ``analytics_kit``. One row of a table is one record of the API; times are UTC.

    Raises:
        UnknownResourceError: a name is no resource.
        ConfigurationError: a setting is missing or malformed.
        WindowError: a date cannot be read.
        FilterError: ``reports`` or ``granularity`` is given, and ``analytics_reports`` is not among the resources.

    Example:
        >>> dlt.pipeline("mine", destination="duckdb").run(ak.analytics_source(resources=["builds"], since="7d"))
    """
    settings = settings or read_settings()
    session = open_session(settings)
    now = api_now(session, settings) if is_relative(since) or is_relative(until) else datetime.now(UTC)
    job = make_job(
        settings, resources, window(since, until, lambda: now), now, reports=reports, granularity=granularity
    )
    return kit_source(job, session, Readings(strict=True))


def open_session(settings: Settings, cancel: threading.Event | None = None) -> Session:
    """The one HTTP session of a run; ``cancel``, once set, ends what it does."""
    limits = Limits(
        retries=settings.retries,
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout,
        max_wait=settings.max_wait_seconds,
        concurrency=settings.concurrency,
        requests_per_second=settings.requests_per_second,
    )
    headers = (settings.api_key_header, "Authorization")
    return Session(limits, key_headers=headers, api_key=settings.api_key, cancel=cancel)


def api_now(session: Session, settings: Settings) -> datetime:
    """The API's clock, from the ``Date`` header of an answer of any kind; this machine's where it gives none."""
    clock = session.clock(
        f"{settings.base_url}{RESOURCES['account_settings'].path}", {settings.api_key_header: settings.api_key}
    )
    return clock or datetime.now(UTC)


def kit_source(job: Job, session: Session, readings: Readings) -> DltSource:
    """The source of a job, which notes in ``readings`` what came."""

    @dlt.source(name=NAME, max_table_nesting=0)
    def analytics_kit() -> list[DltResource]:
        return _Build(job, session, readings).resources()

    return analytics_kit()


class _Build:
    """Makes the resources of one source: pages by rest_api (unselected), batches, then one resource per table."""

    def __init__(self, job: Job, session: Session, readings: Readings) -> None:
        self.job = job
        self.session = session
        self.readings = readings

    def resources(self) -> list[DltResource]:
        chosen = [resource(name) for name in self.job.names]
        made = [
            item for entry in chosen if not entry.merge_key and entry.name != METADATA for item in self._listing(entry)
        ]
        reports = next((entry for entry in chosen if entry.merge_key), None)
        if reports or METADATA in self.job.names:
            made += self._analytics(reports)
        return made

    def _listing(self, entry: Resource) -> list[DltResource]:
        span = self.job.window if entry.cursor else Window()
        reading = self.readings.add(Reading(entry, window=span, filters=self.job.filters.get(entry.name, {})))
        try:
            path_of(entry, self.job.settings)
        except ConfigurationError as error:
            if not self.readings.fail(reading, error):
                raise
            return []
        pages = self._pages(entry, reading)
        return [pages, *self._tables(entry, pages, reading)]

    def _pages(self, entry: Resource, reading: Reading) -> DltResource:
        session = self.session.metered(lambda _: reading.begun(), lambda error, _: self.readings.fail(reading, error))
        paginator = ListingPaginator(entry, session.look_ahead, self.job.settings.concurrency)
        # Compiled once: as text, the selector would be parsed for every page.
        selector = compile_path(entry.selector)
        endpoint = endpoint_of(entry, self.job) | {"paginator": paginator, "data_selector": selector}
        return self._rest(session, {"name": f"{entry.name}_pages", "endpoint": endpoint}).parallelize()

    def _rest(self, session: Session, entry: dict[str, Any], *parents: DltResource) -> DltResource:
        config: Any = {
            "client": client(self.job.settings) | {"session": session},
            "resources": [*parents, entry | {"selected": False}],
        }
        made = rest_api_resources(config)
        return next(item for item in made if item.name == entry["name"])

    def _tables(self, entry: Resource, pages: DltResource, reading: Reading) -> list[DltResource]:
        tables = Tables(entry, self.readings, self.job.new_tables)

        def batches(page: Any) -> Iterator[Batch]:
            yield from tables.take(page, reading, list(page))

        made = dlt.transformer(batches, data_from=pages, name=f"{entry.name}_batches", selected=False)
        return _outlets(entry, made, self.job.new_tables)

    def _analytics(self, reports: Resource | None) -> list[DltResource]:
        """Metadata and reports share one request of the metadata; it is not asked for twice."""
        metadata = resource(METADATA)
        reading = Reading(metadata)
        pages = self._pages(metadata, reading)
        made = [pages]
        if METADATA in self.job.names:
            self.readings.add(reading)
            made += self._tables(metadata, pages, reading)
        if reports:
            made += self._reports(reports, pages, reading)
        return made

    def _reports(self, entry: Resource, metadata: DltResource, listed: Reading) -> list[DltResource]:
        requests: dict[str, ReportRequest] = {}

        def plan(page: Any) -> Iterator[list[dict[str, str]]]:
            requests.update({request.report: request for request in self._plan(entry, list(page), listed)})
            yield [{"target": _target(request)} for request in requests.values() if request.refused is None]

        planned = dlt.transformer(plan, data_from=metadata, name="report_plan", selected=False)
        pages = self._report_pages(entry, planned, requests)
        tables = Tables(entry, self.readings)

        def batches(page: Any) -> Iterator[Batch]:
            request = requests[_report_of(page.response.url)]
            reading = self.readings.items[entry.name, request.report]
            yield from tables.take(page, reading, report_records(request, list(page)))
            if reading.status == "empty":
                yield report_tombstone(entry, request)

        return [
            planned,
            pages,
            *_outlets(entry, dlt.transformer(batches, data_from=pages, name=f"{entry.name}_batches", selected=False)),
        ]

    def _report_pages(
        self, entry: Resource, planned: DltResource, requests: Mapping[str, ReportRequest]
    ) -> DltResource:
        def reading(request: PreparedRequest) -> Reading:
            return self.readings.items[entry.name, _report_of(request.url or "")]

        def failed(error: AnalyticsKitError, request: PreparedRequest) -> bool:
            unlisted = requests[_report_of(request.url or "")].unlisted
            if isinstance(error, BadRequestError) and unlisted:
                error.hint = unlisted
            return self.readings.fail(reading(request), error)

        session = self.session.metered(lambda request: reading(request).begun(), failed)
        endpoint = endpoint_of(entry, self.job) | {
            "path": entry.path.replace("{report_name}", "{resources.report_plan.target}"),
            "params": {},
        }
        return self._rest(
            session,
            {"name": f"{entry.name}_pages", "endpoint": endpoint | {"paginator": ListingPaginator(entry)}},
            planned,
        )

    def _plan(self, entry: Resource, metadata: list[dict[str, Any]], listed: Reading) -> list[ReportRequest]:
        if listed.error and self.job.reports is None:
            self.readings.add(Reading(entry, window=self.job.window, error=listed.error))
            return []
        planned = plan_reports(metadata, self.job.reports, self.job.window, self.job.granularity, self.job.now)
        for request in planned:
            self._open(entry, request)
        if not planned:
            self.readings.add(Reading(entry, window=self.job.window))
        return planned

    def _open(self, entry: Resource, request: ReportRequest) -> None:
        reading = self.readings.add(Reading(entry, request.report, request.span))
        if request.refused is not None and not self.readings.fail(reading, request.refused):
            raise request.refused


def _outlets(entry: Resource, batches: DltResource, new_tables: frozenset[str] = frozenset()) -> list[DltResource]:
    """From batches to tables: one resource per table, the child tables beside their parent.

    Rows are merged; into a table that holds none yet they are written as they are, unless one of them replaces another.
    """
    together: Any = list(entry.merge_key) or None
    table = _outlet(
        batches,
        new=entry.name in new_tables,
        name=entry.name,
        primary_key="id",
        merge_key=together,
        columns=dlt_columns(entry),
    )
    children = [
        _outlet(
            batches,
            new=child.name in new_tables,
            name=child.name,
            primary_key=(child.parent_key, "position"),
            merge_key=child.parent_key,
            columns=dlt_child_columns(entry, child),
        )
        for child in entry.children
    ]
    return [batches, table, *children]


def _outlet(batches: DltResource, *, name: str, new: bool, **hints: Any) -> DltResource:
    """One table of the batches."""
    hinted: set[str] = set()

    def rows(batch: Batch) -> Iterator[Any]:
        child = batch.children.get(name)
        table = batch.rows if child is None else child
        undeclared = batch.new_columns - hinted if child is None else frozenset()
        hinted.update(undeclared)
        told: dict[str, Any] = {"columns": json_hints(undeclared)} if undeclared else {}
        if new and batch.repeated:
            told["write_disposition"] = "merge"
        yield dlt.mark.with_hints(table, dlt.mark.make_hints(**told)) if told else table

    disposition: Any = "append" if new else "merge"
    return dlt.transformer(rows, data_from=batches, name=name, write_disposition=disposition, **hints)


def _target(request: ReportRequest) -> str:
    """A report's name with its own query: each report has dates and a granularity of its own, or none."""
    query = [("dateRange", day) for day in request.dates] + [("granularity", request.granularity)] * bool(
        request.granularity
    )
    return quote(request.report, safe="") + (f"?{urlencode(query)}" if query else "")


def _report_of(url: str) -> str:
    return unquote(urlsplit(url).path.rsplit("/", 1)[-1])
