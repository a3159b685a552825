"""Slow pipelines, failing ones, and the steps at which builds fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from build_rows import build, frame_of, lines, table_of

from analytics_kit.metrics import failing_pipelines, failure_reasons, slowest_pipelines

Rows = Callable[[pd.DataFrame], Any]


def events_of(*events: tuple[str, str | None, str, str]) -> pd.DataFrame:
    """Rows of ``builds__system_events``: build id, step, kind, message."""
    return pd.DataFrame(events, columns=["builds_id", "step_name", "kind", "message"], dtype="str")


def test_slowest_pipelines_puts_few_runs_behind() -> None:
    """Ranked by p95; a pipeline with one slow run is told, but behind those with twenty or more."""
    steady = [build(run=100, pipeline="steady")] * 20
    spiky = [build(run=10, pipeline="spiky")] * 18 + [build(run=500, pipeline="spiky")] * 2
    builds = frame_of(*steady, *spiky, build(run=9000, pipeline="once"), build("error", pipeline="broken"))
    frame = slowest_pipelines(builds)
    assert lines(frame, "pipeline_name", "p50_seconds", "p95_seconds", "n", "total_seconds") == [
        ("spiky", 10.0, 500.0, 20, 1180.0),
        ("steady", 100.0, 100.0, 20, 2000.0),
        ("once", 9000.0, 9000.0, 1, 9000.0),
    ]
    assert frame.attrs["left_out"]["other_status"] == 1
    top = slowest_pipelines(builds, top=1)
    assert (top["pipeline_name"].tolist(), top.attrs["pipelines"]) == (["spiky"], 3)


@pytest.mark.parametrize("rows", [lambda frame: frame, table_of], ids=["frame", "database"])
def test_failing_pipelines_is_a_pareto(rows: Rows) -> None:
    """Most failures first, with their share of all and the sum of shares so far; the rate is beside it."""
    builds = frame_of(
        *[build("error", pipeline="big")] * 3,
        *[build("success", pipeline="big")] * 9,
        build("error", "2026-05-04T11:00:00", pipeline="small"),
        build("terminated", pipeline="small"),
        build("success", pipeline="fine"),
        build("running", run=None, pipeline="fine"),
    )
    frame = failing_pipelines(rows(builds))
    columns = ("pipeline_name", "errors", "share_rate", "cumulative_rate", "error_rate", "n", "terminated")
    assert lines(frame, *columns) == [("big", 3, 0.75, 0.75, 0.25, 12, 0), ("small", 1, 0.25, 1.0, 1.0, 1, 1)]
    assert frame["last_at"].iloc[1] == pd.Timestamp("2026-05-04T11:01:10Z")
    assert {name: frame.attrs[name] for name in ("errors", "pipelines", "unfinished")} == {
        "errors": 4,
        "pipelines": 2,
        "unfinished": 1,
    }
    assert lines(failing_pipelines(rows(builds), top=1), "pipeline_name", "cumulative_rate") == [("big", 0.75)]


FAILED = frame_of(
    *[build("error")] * 4,
    build("error", pipeline="docs/ci"),
    build("success"),
    build("error", "2026-06-04T10:00:00"),  # outside the window
)
EVENTS = events_of(
    ("build-000", "test", "error", "2 tests failed"),
    ("build-000", "test", "error", "2 tests failed"),  # twice at one step is one failed build
    ("build-000", "lint", "warning", "little memory"),  # no reason for the failure
    ("build-001", "test", "error", "timeout"),
    ("build-002", "test", "error", "2 tests failed"),
    ("build-002", "clone", "error", "connection reset"),  # a build that failed at two steps
    ("build-003", None, "error", "engine died"),
    ("build-004", "clone", "error", "connection reset"),
    ("build-005", "test", "error", "retried and passed"),  # of a build that succeeded
    ("build-006", "test", "error", "later"),
    ("build-999", "test", "error", "of a build that is not held"),
)


def test_failure_reasons_by_step() -> None:
    """Failed builds per step, each once, with the most frequent message; those without a step are a row, not a gap."""
    frame = failure_reasons(EVENTS, FAILED, until="2026-06-01")
    assert lines(frame, "step_name", "n", "share_rate", "pipelines", "message", "message_n") == [
        ("test", 3, 0.6, 1, "2 tests failed", 2),
        ("clone", 2, 0.4, 2, "connection reset", 2),
        (None, 1, 0.2, 1, None, 1),
    ]
    assert (frame.attrs["failed"], frame.attrs["without_step"]) == (5, 1)


def test_failure_reasons_in_a_database() -> None:
    """Two tables of one database give the same answer as two frames; a table and a frame mix."""
    builds = table_of(FAILED)
    engine = builds.get_backend()
    events = engine.create_table("builds__system_events", EVENTS)
    expected = failure_reasons(EVENTS, FAILED)
    pd.testing.assert_frame_equal(failure_reasons(events, builds), expected)
    pd.testing.assert_frame_equal(failure_reasons(EVENTS, builds), expected)


def test_tables_of_two_connections_are_refused() -> None:
    """Rows of two databases cannot be joined; the message says what to give."""
    with pytest.raises(ValueError, match="two connections"):
        failure_reasons(table_of(EVENTS), table_of(FAILED))


def test_no_failures_at_all() -> None:
    """Only successes: no rows, no division by zero."""
    assert failing_pipelines(frame_of(build())).empty
    frame = failure_reasons(EVENTS, frame_of(build()))
    assert (len(frame), frame.attrs["failed"]) == (0, 0)
