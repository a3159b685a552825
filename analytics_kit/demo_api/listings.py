"""Listings that filter: builds, audit and the inventory. Each takes a query and gives the matching items in order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any

from .builds import Build
from .clock import iso
from .query import Query
from .tables import Record

AUDIT_CAP = 50_000


def matching_builds(builds: list[Build], query: Query) -> list[Build]:
    """Builds of a query; `builds` and the answer are newest first."""
    since, until = query.since("startDate"), query.until("endDate")
    first = 0 if until is None else bisect_left(builds, -until, key=lambda build: -build.created)
    last = len(builds) if since is None else bisect_right(builds, -since, key=lambda build: -build.created)
    held = builds[first:last]
    for name, value in _BUILD_FILTERS.items():
        wanted = set(query.many(name))
        if wanted:
            held = [build for build in held if value(build) in wanted]
    return held


_BUILD_FILTERS: dict[str, Callable[[Build], str | None]] = {
    "status": lambda build: build.status,
    "pipeline": lambda build: build.pipeline.id,
    "branchName": lambda build: build.branch,
    "revision": lambda build: build.revision,
    "pipelineTriggerId": lambda build: build.trigger.id if build.trigger else None,
    "trigger": lambda build: build.run_kind,
}


def matching_audit(rows: list[Record], query: Query) -> list[Record]:
    """Audit entries of a query, newest first unless it says otherwise; never more than the API's 50 000."""
    held = _in_time(rows, query)
    for name in ("userName", "userId", "entity", "entityId", "action", "rs_status"):
        wanted = set(query.many(name))
        if wanted:
            held = [row for row in held if str(row[name]) in wanted]
    if query.flag("showTriggers") is False:
        held = [row for row in held if row["action"] != "webhookReceived"]
    text = query.one("search")
    if text is not None:
        held = [row for row in held if any(text in (row[name] or "") for name in _SEARCHED)]
    return _sorted_audit(held, query)[:AUDIT_CAP]


_SEARCHED = ("req_url", "req_query", "req_params", "req_body")


def _in_time(rows: list[Record], query: Query) -> list[Record]:
    since, until = query.since("from"), query.until("to")
    if since is None and until is None:
        return rows
    # ISO texts of one form sort like the instants
    earliest, latest = iso(since or 0), iso(until) if until is not None else "9999"
    return [row for row in rows if earliest <= row["createdAt"] <= latest]


def _sorted_audit(rows: list[Record], query: Query) -> list[Record]:
    # updatedAt may be asked for, but entries never change and have none
    name = query.choice("sortField", ("id", "createdAt", "updatedAt"))
    direction = query.choice("sortType", ("ASK", "DESK"))  # the API's own spelling
    if name is None and direction is None:
        return rows
    column = "id" if name == "id" else "createdAt"
    return sorted(rows, key=lambda row: (row[column], row["id"]), reverse=direction != "ASK")


def matching_projects(rows: list[Record], query: Query) -> list[Record]:
    """Projects by part of the name, and by any of the tags."""
    name, tags = query.one("name"), set(query.many("tags"))
    return [
        row for row in rows if (name is None or name in row["projectName"]) and (not tags or tags & set(row["tags"]))
    ]


def matching_pipelines(rows: list[Record], query: Query) -> list[Record]:
    """Pipelines by id or full name, project id, and any of the tags."""
    wanted, owners, tags = (set(query.many(name)) for name in ("id", "projectId", "labels[tags]"))
    return [
        row
        for row in rows
        if (not wanted or {row["metadata"]["id"], row["metadata"]["name"]} & wanted)
        and (not owners or row["metadata"]["projectId"] in owners)
        and (not tags or tags & set(row["metadata"]["labels"]["tags"]))
    ]


def matching_step_types(rows: list[Record], query: Query) -> list[Record]:
    """Step types by id or name, flags, category, stage, tag and free text."""
    for name, accepts in _step_type_tests(query):
        if name:
            rows = [row for row in rows if accepts(row["metadata"])]
    return rows


def _step_type_tests(query: Query) -> list[tuple[object, Callable[[dict[str, Any]], bool]]]:
    ids, categories, tags = (set(query.many(name)) for name in ("id", "category", "tag"))
    stage = query.choice("stage", ("graduated", "incubating"))
    text = (query.one("freeText") or "").lower()
    return [
        (ids, lambda meta: bool({meta["id"], meta["name"]} & ids)),
        (query.flag("official"), lambda meta: bool(meta["official"])),
        (query.flag("public"), lambda meta: bool(meta["isPublic"])),
        (query.flag("private"), lambda meta: not meta["isPublic"]),
        (categories, lambda meta: bool(categories & set(meta["categories"]))),
        (stage, lambda meta: bool(meta["stage"] == stage)),
        (tags, lambda meta: bool(tags & set(meta["tags"]))),
        (text, lambda meta: text in f"{meta['name']} {meta['title']} {meta['description']}".lower()),
    ]


def matching_agents(rows: list[Record], query: Query) -> list[Record]:
    """Agents by name."""
    names = set(query.many("name"))
    return [row for row in rows if not names or row["name"] in names]


def matching_contexts(rows: list[Record], query: Query) -> list[Record]:
    """Contexts of any of the types."""
    kinds = set(query.many("type"))
    query.flag("decrypt")
    return [row for row in rows if not kinds or row["spec"]["type"] in kinds]


def matching_helm_repos(rows: list[Record], query: Query) -> list[Record]:
    """Helm repositories by part of the name."""
    text = query.one("query") or ""
    return [row for row in rows if text in row["Name"]]
