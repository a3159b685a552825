"""The demo's data: related ids join, and what is planted in them stands out."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any

import pytest

from analytics_kit.demo_api.world import RESOURCES, World


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def builds(world: World) -> list[dict[str, Any]]:
    return world.records("builds")


@pytest.fixture(scope="module")
def audit(world: World) -> list[dict[str, Any]]:
    return world.records("audit")


def test_volume(world: World) -> None:
    """The default scale is the one of the contract, and scale multiplies builds and audit only."""
    sizes = {resource: len(world.records(resource)) for resource in RESOURCES}
    assert 5_700 <= sizes["builds"] <= 6_300
    assert 4_000 <= sizes["audit"] <= 6_000
    assert (sizes["projects"], sizes["pipelines"], sizes["accounts"]) == (12, 42, 25)
    small = World(0.1)
    assert 0.07 < len(small.builds.items) / sizes["builds"] < 0.13
    assert len(small.records("pipelines")) == 42


def test_joins(world: World, builds: list[dict[str, Any]], audit: list[dict[str, Any]]) -> None:
    """Related ids join: builds, pipelines, projects, triggers, runtimes, contexts, users."""
    pipelines = {p["metadata"]["id"]: p for p in world.records("pipelines")}
    live = [build for build in builds if build["serviceId"] in pipelines]
    assert {b["pipelineName"] for b in builds if b["serviceId"] not in pipelines} == set(world.truth.deleted_pipelines)
    newest: dict[str, str] = {}
    for build in live:
        newest.setdefault(build["serviceId"], build["created"])
        triggers = {trigger["id"] for trigger in pipelines[build["serviceId"]]["spec"]["triggers"]}
        assert build["pipelineTriggerId"] in triggers | {None}
        assert build["projectId"] == pipelines[build["serviceId"]]["metadata"]["projectId"]
    assert {key: p["last_executed"] for key, p in pipelines.items() if p["last_executed"]} == newest
    counts = Counter(p["metadata"]["projectId"] for p in pipelines.values())
    assert {p["id"]: p["pipelinesNumber"] for p in world.records("projects")} == counts
    runtimes = {name for agent in world.records("agents") for name in agent["runtimes"]}
    assert {p["spec"]["runtimeEnvironment"]["name"] for p in pipelines.values()} <= runtimes
    contexts = {context["metadata"]["name"] for context in world.records("contexts")}
    assert {t["context"] for p in pipelines.values() for t in p["spec"]["triggers"]} <= contexts
    users = {user["_id"]: user["userName"] for user in world.records("accounts")}
    actors = {(r["userId"], r["userName"]) for r in audit if r["userId"]}
    assert {name for user_id, name in actors if users.get(user_id) != name} == {world.truth.departed_user}


def test_edge_cases(world: World, builds: list[dict[str, Any]], audit: list[dict[str, Any]]) -> None:
    """The odd records are there: null started, clock skew, big YAML, no git, unfinished, unicode, renamed."""
    by_id = {build["id"]: build for build in builds}
    assert by_id[world.truth.negative_queue_build]["started"] < by_id[world.truth.negative_queue_build]["created"]
    assert len(by_id[world.truth.big_yaml_build]["finalWorkflowYaml"]) == 60_000
    unfinished = {build["status"] for build in builds[:60] if build["finished"] is None}
    assert unfinished >= {"pending", "running", "delayed", "pending-approval", "elected", "terminating"}
    assert all(build["finished"] for build in builds[60:])
    assert any(build["started"] is None for build in builds[60:])
    assert 0.03 < sum(build["revision"] is None for build in builds) / len(builds) < 0.07
    assert any(not (build["committer"] or "").isascii() for build in builds)
    assert all(build["systemEvents"] for build in builds if build["status"] == "error")
    renamed = [build["created"][:10] for build in builds if build["pipelineName"] == world.truth.renamed_pipeline[0]]
    assert max(renamed) <= world.truth.renamed_on
    failed = [row for row in audit if row["rs_status"] >= 400]
    assert 0.02 < len(failed) / len(audit) < 0.04


def test_planted_facts_stand_out(world: World, builds: list[dict[str, Any]], audit: list[dict[str, Any]]) -> None:
    """By the simplest definitions the planted facts come first: flaky pipelines, outage, off-hours actor."""
    outcomes: dict[tuple[str, str], set[str]] = {}
    days: dict[str, list[str]] = {}
    for build in builds:
        if build["revision"] and build["status"] in ("success", "error"):
            outcomes.setdefault((build["pipelineName"], build["revision"]), set()).add(build["status"])
        days.setdefault(build["created"][:10], []).append(build["status"])
    flaky = Counter(name for (name, _), seen in outcomes.items() if len(seen) == 2)
    assert set(flaky) == set(world.truth.flaky_pipelines)
    assert min(flaky.values()) > 20
    busy = {day: seen.count("error") / len(seen) for day, seen in days.items() if len(seen) >= 20}
    assert max(busy, key=lambda day: busy[day]) == world.truth.outage_day
    assert busy[world.truth.outage_day] > 0.8
    nightly = Counter(r["userName"] for r in audit if r["userName"] and is_weekend_night(r["createdAt"]))
    assert nightly.most_common(1)[0][0] == world.truth.off_hours_actor
    assert nightly.total() - nightly[world.truth.off_hours_actor] < 10


def is_weekend_night(created: str) -> bool:
    day = time.strptime(created[:19], "%Y-%m-%dT%H:%M:%S")
    return day.tm_wday >= 5 and day.tm_hour < 6


def test_drift(world: World) -> None:
    """The drifting pipeline's run time grows by more than 60 % within its last two months, and no other's does."""
    spans: dict[str, tuple[list[int], list[int]]] = {}
    for build in world.builds.items:
        if build.status == "success" and build.started and build.finished:
            late = build.created > 1780304400_000 - 20 * 86_400_000  # twenty days before the demo's now
            spans.setdefault(build.pipeline.name, ([], []))[late].append(build.finished - build.started)
    growth = {name: median(late) / median(early) for name, (early, late) in spans.items() if len(late) >= 10}
    assert max(growth, key=lambda name: growth[name]) == world.truth.drift_pipeline
    assert growth.pop(world.truth.drift_pipeline) > 1.6
    assert max(growth.values()) < 1.35


def median(values: list[int]) -> int:
    return sorted(values)[len(values) // 2]


def test_every_secret_is_marked(world: World, builds: list[dict[str, Any]], audit: list[dict[str, Any]]) -> None:
    """Secrets are planted where the contract says that they travel, each with the mark that finds it."""
    mark = world.truth.secret_mark
    inventory = [world.records(resource) for resource in ("accounts", "contexts", "projects", "pipelines")]
    for records in (builds, audit, *inventory):
        assert mark in json.dumps(records)
    [pending] = [user for user in world.records("accounts") if user.get("inviteUrl")]
    assert (pending["userName"], mark in pending["inviteUrl"]) == (world.truth.pending_user, True)
    assert any(f"api_key={mark}" in row["req_url"] for row in audit)
