"""The contract's paths: which resource each serves, and the body that it answers with, in both dialects."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from . import listings
from .clock import DAY, at, day_of, iso
from .people import ACCOUNT_ID, ACCOUNT_NAME
from .query import PageRequest, Query, RefusedError, numbered_page, offset_page
from .report_catalog import REPORTS, Report
from .reports import ReportRequest
from .tables import Record, Table, encode
from .world import World

DIALECTS = ("enveloped", "bare")


@dataclass(slots=True)
class Reply:
    """A body before it is bytes: encoded records below `path`, with other fields beside them at the top.

    `single` is for bodies that hold one value instead of a list.
    """

    rows: list[bytes] = field(default_factory=list)
    path: tuple[str, ...] = ()
    beside: dict[str, Any] = field(default_factory=dict)
    single: bytes | None = None

    def body(self) -> bytes:
        """The body as JSON."""
        inner = b"[" + b",".join(self.rows) + b"]" if self.single is None else self.single
        for name in reversed(self.path):
            inner = b"{" + encode(name) + b":" + inner + b"}"
        return inner[:-1] + b"," + encode(self.beside)[1:] if self.beside and self.path else inner


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way to a reply; `shape` is where faults bend a page request."""

    world: World
    query: Query
    arguments: tuple[str, ...]
    enveloped: bool
    shape: Callable[[PageRequest], PageRequest]


@dataclass(frozen=True, slots=True)
class Route:
    """A path template and what answers it; `resource` is None for paths beside the resource table."""

    template: str
    resource: str | None
    answer: Callable[[Call], Reply]
    pattern: re.Pattern[str]


def find_route(path: str) -> tuple[Route, tuple[str, ...]] | None:
    """The route of a raw path (still percent-encoded, without ``/api``), with its path arguments decoded."""
    for route in ROUTES:
        match = route.pattern.fullmatch(path)
        if match:
            return route, tuple(unquote(group) for group in match.groups())
    return None


def _accounts(call: Call) -> Reply:
    if call.arguments[0] != ACCOUNT_ID:
        raise RefusedError(404, f"could not find account {call.arguments[0]}")
    return _whole(call, "accounts", _everything)


def _everything(rows: list[Record], _: Query) -> list[Record]:
    return rows


def _whole(call: Call, resource: str, matching: Callable[[list[Record], Query], list[Record]]) -> Reply:
    """A listing of one page, below `data` or as a bare array."""
    table = call.world.plain[resource]
    rows = call.shape(PageRequest(1, len(table.items) + 1)).cut(matching(table.items, call.query))
    return Reply([table.encoded(row) for row in rows], ("data",) if call.enveloped else ())


def _account_settings(call: Call) -> Reply:
    rows = call.world.plain["account_settings"].items
    if not rows:
        raise RefusedError(404, "could not find account settings")
    return Reply(single=encode(rows[0]), path=("data",) if call.enveloped else ())


def _builds(call: Call) -> Reply:
    page = call.shape(numbered_page(call.query, "limit", 25))
    matching = listings.matching_builds(call.world.builds.items, call.query)
    more = page.start + (0 if page.empty else page.size) < len(matching)
    rows = [call.world.builds.encoded(build) for build in page.cut(matching)]
    return Reply(rows, ("workflows", "docs"), {"pagination": {"nextPage": more}})


def _build(call: Call) -> Reply:
    table = call.world.builds
    build = table.find(call.arguments[0])
    if build is None:
        raise RefusedError(404, f"could not find workflow {call.arguments[0]}")
    updated = {"updated": iso(build.finished or build.started or build.created)}
    return Reply(single=table.encoded(build)[:-1] + b"," + encode(updated)[1:])


def _audit(call: Call) -> Reply:
    table = call.world.plain["audit"]
    page = call.shape(numbered_page(call.query, "pageSize", 100))
    return Reply(_page(table, page, listings.matching_audit(table.items, call.query)), ("data",))


def _audit_entities(call: Call) -> Reply:
    actions: dict[str, set[str]] = {}
    for row in call.world.plain["audit"].items:
        actions.setdefault(row["entity"], set()).add(row["action"])
    return Reply(single=encode([{"entity": name, "actions": sorted(actions[name])} for name in sorted(actions)]))


def _page(table: Table[Record], page: PageRequest, rows: list[Record]) -> list[bytes]:
    return [table.encoded(row) for row in page.cut(rows)]


def _projects(call: Call) -> Reply:
    table = call.world.plain["projects"]
    page = call.shape(offset_page(call.query, 100))
    return Reply(_page(table, page, listings.matching_projects(table.items, call.query)), ("projects",))


def _pipelines(call: Call) -> Reply:
    table = call.world.plain["pipelines"]
    page = call.shape(offset_page(call.query, 100))
    rows = listings.matching_pipelines(table.items, call.query)
    return Reply(_page(table, page, rows), ("docs",), {"count": len(rows)})


def _pipeline(call: Call) -> Reply:
    wanted = call.arguments[0]
    for row in call.world.plain["pipelines"].items:
        if wanted in (row["metadata"]["id"], row["metadata"]["name"]):
            return Reply(single=encode(row))
    raise RefusedError(404, f"could not find pipeline {wanted}")


def _step_types(call: Call) -> Reply:
    table = call.world.plain["step_types"]
    page = call.shape(offset_page(call.query, 1000))
    return Reply(_page(table, page, listings.matching_step_types(table.items, call.query)), ("docs",))


def _execution_contexts(call: Call) -> Reply:
    table = call.world.plain["execution_contexts"]
    rows = call.shape(PageRequest(1, len(table.items) + 1)).cut(table.items)
    return Reply([table.encoded(row) for row in rows], ("docs",))


def _current_execution_context(call: Call) -> Reply:
    for row in call.world.plain["execution_contexts"].items:
        if row["accountDefault"]:
            return Reply(single=encode(row))
    raise RefusedError(404, "could not find an execution context")


def _metadata(call: Call) -> Reply:
    reports = call.world.plain["analytics_metadata"].items
    by_name = {report["reportName"]: report for report in reports}
    return Reply(single=encode(by_name if call.enveloped else reports), path=("reports",))


def _report(call: Call) -> Reply:
    report = REPORTS.get(call.arguments[0])
    if report is None:
        raise RefusedError(400, "Invalid report name", {"reportName": call.arguments[0]})
    request, echo = _report_request(report, call.query)
    rows = call.world.report(report.name, request)
    return Reply([encode(row) for row in rows], ("data",), {"timeDimensions": echo})


def _report_request(report: Report, query: Query) -> tuple[ReportRequest, dict[str, Any]]:
    filters = _report_filters(report, query)
    granularity, days = query.one("granularity"), query.many("dateRange")
    allowed = [dimension for dimension in report.dimensions if dimension.granularity == granularity]
    if not report.dimensions and granularity is None and not days:
        return ReportRequest(0, 0, None, filters), {}
    if not allowed:
        raise _invalid(f"Time dimensions are not supported for target report: {report.name}")
    start, end = _date_range(report, days)
    if not allowed[0].allows((end - start) // DAY):
        limits = f"{allowed[0].shortest} to {allowed[0].longest}"
        raise _invalid(f"Date range is out of the allowed interval ({limits}) for target report: {report.name}")
    echo: dict[str, Any] = {"dateRange": [iso(start)[:-1], iso(end - 1)[:-1]]}
    return ReportRequest(start, end, granularity, filters), echo | ({"granularity": granularity} if granularity else {})


def _date_range(report: Report, days: list[str]) -> tuple[int, int]:
    """Whole days, as `[start, end)`."""
    if len(days) != 2:
        raise _invalid(f"dateRange must be given twice for target report: {report.name}")
    try:
        first, last = (at(day_of(at(day))) for day in days)
    except (ValueError, OverflowError):
        raise _invalid(f"dateRange must be two dates, not {days}") from None
    if last < first:
        raise _invalid(f"dateRange ends before it starts: {days}")
    return first, last + DAY


def _report_filters(report: Report, query: Query) -> dict[str, Any]:
    filters = query.document("filters")
    known = dict(report.filters)
    for name, value in filters.items():
        if name in ("accountId", "account"):
            raise RefusedError(400, "Filter by account id is not allowed by user params")
        if name not in known:
            raise _invalid(f"Filter {name} is not supported for target report: {report.name}")
        if not isinstance(value, _FILTER_TYPES[known[name]]):
            raise _invalid(f"Filter {name} must be of type {known[name]}")
    return filters


_FILTER_TYPES: dict[str, type] = {"array": list, "boolean": bool, "string": str}


def _invalid(reason: str) -> RefusedError:
    return RefusedError(400, f"Passed structure is invalid - [{reason}]")


def _user(call: Call) -> Reply:
    row = call.world.plain["accounts"].items[0]
    account = {"_id": ACCOUNT_ID, "id": ACCOUNT_ID, "name": ACCOUNT_NAME}
    fields = {name: row[name] for name in ("_id", "userName", "email", "roles", "status")}
    return Reply(single=encode(fields | {"activeAccountName": ACCOUNT_NAME, "account": [account]}))


def _route(template: str, resource: str | None, answer: Callable[[Call], Reply]) -> Route:
    # only the last argument may hold a slash: a pipeline's full name is sent both encoded and plain
    pattern = re.sub(r"\{[a-z_]+\}$", "(.+)", template)
    return Route(template, resource, answer, re.compile(re.sub(r"\{[a-z_]+\}", "([^/]+)", pattern)))


ROUTES = (
    _route("/user", None, _user),
    _route("/accounts/{account_id}/users", "accounts", _accounts),
    _route("/account-settings", "account_settings", _account_settings),
    _route("/agents", "agents", lambda call: _whole(call, "agents", listings.matching_agents)),
    _route("/workflow", "builds", _builds),
    _route("/workflow/{build_id}", "builds", _build),
    _route("/audit", "audit", _audit),
    _route("/audit/entitiesList", "audit", _audit_entities),
    _route("/analytics/metadata", "analytics_metadata", _metadata),
    _route("/analytics/reports/{report_name}", "analytics_reports", _report),
    _route("/execution-contexts", "execution_contexts", _execution_contexts),
    _route("/execution-contexts/current", "execution_contexts", _current_execution_context),
    _route("/contexts", "contexts", lambda call: _whole(call, "contexts", listings.matching_contexts)),
    _route("/projects", "projects", _projects),
    _route("/pipelines", "pipelines", _pipelines),
    _route("/pipelines/{pipeline}", "pipelines", _pipeline),
    _route("/step-types", "step_types", _step_types),
    _route("/helm/repos", "helm_repos", lambda call: _whole(call, "helm_repos", listings.matching_helm_repos)),
)
