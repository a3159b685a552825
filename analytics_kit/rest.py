"""The rest_api config that dlt takes: the catalog, the settings and a window, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import dlt

from analytics_kit.catalog import RESOURCES, resource
from analytics_kit.columns import record_id
from analytics_kit.envelope import envelope_hook
from analytics_kit.errors import FilterError
from analytics_kit.filters import checked_filters, filter_params
from analytics_kit.planning import ReportRequest, check_granularity, day_range
from analytics_kit.reading import report_records
from analytics_kit.redaction import redact
from analytics_kit.settings import missing_setting, read_settings
from analytics_kit.transport import drop_key_on_redirect
from analytics_kit.window import window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from analytics_kit.catalog import Resource
    from analytics_kit.filters import Filters
    from analytics_kit.settings import Settings
    from analytics_kit.window import When, Window

# What the API's bounds mean (whole days? included?) is not known: it is asked for a day more on each side, and the rows
# are cut to the window.
_MARGIN = timedelta(days=1)
METADATA = "analytics_metadata"


@dataclass(frozen=True)
class Job:
    """What to read: from where, which resources, which window, which reports, and which rows of them.

    Attributes:
        new_tables: Tables that are known to hold no rows yet.
    """

    settings: Settings
    names: tuple[str, ...]
    window: Window
    now: datetime
    reports: tuple[str, ...] | None = None
    granularity: str | None = None
    filters: Filters = field(default_factory=dict)
    new_tables: frozenset[str] = frozenset()


def make_job(
    settings: Settings,
    names: Iterable[str] | None,
    span: Window,
    now: datetime,
    *,
    reports: Iterable[str] | None = None,
    granularity: str | None = None,
    filters: Mapping[str, Any] | None = None,
) -> Job:
    """A checked job.

    Args:
        settings: Where and as whom.
        names: Resources; None takes all; one that the settings do not allow is then not refused here.
        span: The window.
        now: The end of an open window, for reports.
        reports: Names of analytics reports; None takes all that the API lists.
        granularity: For analytics reports.
        filters: Values by column, which the API narrows a listing by.

    Raises:
        UnknownResourceError: a name is no resource.
        ConfigurationError: ``accounts`` was named and the settings hold no account id.
        WindowError: the granularity is none that exists.
        FilterError: a filter, ``reports`` or ``granularity`` does not apply, or a filter not with this value.
    """
    check_granularity(granularity)
    chosen = tuple(
        dict.fromkeys(resource(name).name for name in ([names] if isinstance(names, str) else names or RESOURCES))
    )
    for name in chosen if names else ():
        path_of(resource(name), settings)
    _check_reports(chosen, reports=reports, granularity=granularity)
    listed = None if reports is None else tuple(dict.fromkeys([reports] if isinstance(reports, str) else reports))
    return Job(settings, chosen, span, now, listed, granularity, checked_filters(filters, chosen))


def _check_reports(names: Iterable[str], **given: Any) -> None:
    for option, value in given.items():
        if value is not None and not any(resource(name).merge_key for name in names):
            raise FilterError(
                f"{option}={value!r} applies to analytics_reports, which is not among the resources of this load.",
                hint=f'Add "analytics_reports", or leave {option} out.',
                resource="analytics_reports",
            )


def rest_config(
    settings: Settings | None = None,
    resources: Iterable[str] | None = None,
    *,
    since: When = None,
    until: When = None,
    reports: Iterable[str] | None = None,
    granularity: str | None = None,
) -> dict[str, Any]:
    """The config that dlt's ``rest_api_source`` takes: the catalog, as dlt says it.

    Records keep their shape; they get an ``id``, and secrets in them are redacted. Nothing is asked of the network: a
    relative window counts
    back from this machine's clock.

    Args:
        settings: Where and as whom; None reads dlt's config, secrets and environment.
        resources: Names; None takes all 13.
        since: Start of the window: date, datetime, ISO text or ``"30d"``; None for no start.
        until: End of the window, not included; None for no end.
        reports: Names of analytics reports; None takes all that ``analytics_metadata`` lists.
        granularity: ``hour``, ``day``, ``week`` or ``month`` for analytics reports; None for one figure over the whole
            range.

    Returns:
        A dict with ``client``, ``resource_defaults`` and ``resources``. The key in it is a str whose repr is masked.

    Raises:
        UnknownResourceError: a name is no resource.
        ConfigurationError: a setting is missing or malformed.
        WindowError: a date cannot be read.
        FilterError: ``reports`` or ``granularity`` is given, and ``analytics_reports`` is not among the resources.

    Example:
        >>> source = dlt.sources.rest_api.rest_api_source(ak.rest_config(resources=["builds"], since="7d"))
    """
    settings = settings or read_settings()
    now = datetime.now(UTC)
    job = make_job(
        settings, resources, window(since, until, lambda: now), now, reports=reports, granularity=granularity
    )
    entries: list[Any] = [_plain_entry(resource(name), job) for name in job.names if not resource(name).merge_key]
    entries += [
        entry for name in job.names if resource(name).merge_key for entry in _plain_reports(resource(name), job)
    ]
    return {
        "client": client(settings),
        "resource_defaults": {"primary_key": "id", "write_disposition": "merge", "max_table_nesting": 0},
        "resources": entries,
    }


def client(settings: Settings) -> dict[str, Any]:
    """Where, and the key in its header."""
    key = {"type": "api_key", "name": settings.api_key_header, "api_key": settings.api_key, "location": "header"}
    return {"base_url": settings.base_url, "auth": key}


def endpoint_of(entry: Resource, job: Job) -> dict[str, Any]:
    """The endpoint of a resource, without its paging."""
    return {
        "path": path_of(entry, job.settings),
        "params": _window_params(entry, job.window) | filter_params(entry.name, job.filters.get(entry.name, {})),
        "data_selector": entry.selector,
        "response_actions": [
            drop_key_on_redirect((job.settings.api_key_header, "Authorization")),
            envelope_hook(entry),
        ],
    }


def path_of(entry: Resource, settings: Settings) -> str:
    """The path with the account id in it.

    Raises:
        ConfigurationError: it needs one, and the settings hold none.
    """
    if "{account_id}" not in entry.path:
        return entry.path
    if not settings.account_id:
        raise missing_setting("account_id", f"the path of {entry.name} needs it")
    return entry.path.replace("{account_id}", quote(settings.account_id, safe=""))


def _window_params(entry: Resource, span: Window) -> dict[str, Any]:
    wide = span.widened(_MARGIN)
    bounds = ((entry.since_param, wide.since), (entry.until_param, wide.until)) if entry.cursor else ()
    return {name: _instant(moment) for name, moment in bounds if name and moment}


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _plain_entry(entry: Resource, job: Job) -> dict[str, Any]:
    endpoint = endpoint_of(entry, job)
    endpoint["params"] |= {entry.paging.size_param: entry.paging.size} if entry.paging.kind == "page" else {}
    endpoint["paginator"] = _plain_paginator(entry)
    return {"name": entry.name, "endpoint": endpoint, "processing_steps": [{"map": _plain_record(entry)}]}


def _plain_paginator(entry: Resource) -> dict[str, Any]:
    """Stops at an empty page, for few listings report a total; page 0 answered like page 1 is merged away."""
    paging = entry.paging
    if paging.kind == "page":
        return {"type": "page_number", "base_page": paging.first or 0, "page_param": paging.number, "total_path": None}
    if paging.kind == "offset":
        sizes = {"limit": paging.size, "limit_param": paging.size_param}
        return {"type": "offset", "offset_param": paging.number, "total_path": None, **sizes}
    return {"type": "single_page"}


def _plain_record(entry: Resource) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def record(item: dict[str, Any]) -> dict[str, Any]:
        return {**redact(item), "id": record_id(entry, item)}

    return record


def _plain_reports(entry: Resource, job: Job) -> list[Any]:
    """One request per report: of the names given, or of what the metadata lists."""
    first, last = day_range(job.window, job.now)
    shared = ReportRequest("", job.granularity, first, last)
    parent = METADATA if job.reports is None else "report_names"
    endpoint = endpoint_of(entry, job)
    endpoint["params"] = {
        "report_name": {"type": "resolve", "resource": parent, "field": "reportName"},
        "dateRange": list(shared.dates),
    }
    endpoint["params"] |= {"granularity": job.granularity} if job.granularity else {}
    endpoint["paginator"] = {"type": "single_page"}
    steps = [{"map": _plain_report_row(shared, f"_{parent}_reportName")}]
    keys = {"primary_key": None, "merge_key": list(entry.merge_key)}
    reports = {
        "name": entry.name,
        "endpoint": endpoint,
        "include_from_parent": ["reportName"],
        "processing_steps": steps,
        **keys,
    }
    return [*_plain_parents(job), reports]


def _plain_parents(job: Job) -> list[Any]:
    if job.reports is not None:
        names = [{"reportName": name} for name in job.reports]
        # As one page: what depends on it takes a page's list.
        return [dlt.resource(lambda: iter([names]), name="report_names", selected=False)]
    return [] if METADATA in job.names else [_plain_entry(resource(METADATA), job) | {"selected": False}]


def _plain_report_row(shared: ReportRequest, parent_field: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def row(item: dict[str, Any]) -> dict[str, Any]:
        name = item.pop(parent_field)
        made = report_records(replace(shared, report=name), [item])[0]
        return {key: value for key, value in made.items() if key not in ("id", "position")} | {"row": redact(item)}

    return row
