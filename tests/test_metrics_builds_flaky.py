"""Flaky commits, recoveries without a new commit, and how long pipelines stay red."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from build_rows import build, frame_of, lines, table_of

from analytics_kit.metrics import flaky, flaky_pipelines, flaky_recoveries, recovery_time, still_red, stuck
from analytics_kit.metrics.table import run as table_run

Rows = Callable[[pd.DataFrame], Any]

NOW = "2026-05-31T00:00:00Z"


def run(status: str, day: int, revision: str | None = "abc", **fields: Any) -> dict[str, Any]:
    """A build of a commit that finishes at noon of a day in May."""
    return build(status, f"2026-05-{day:02}T12:00:00", wait=0, run=0, revision=revision, **fields)


@pytest.mark.parametrize("rows", [lambda frame: frame, table_of], ids=["frame", "database"])
def test_flaky_pipelines(rows: Rows) -> None:
    """Both outcomes on one commit make it flaky; what was built once, stopped or without a commit is told apart."""
    builds = frame_of(
        run("error", 1, "a"),
        run("success", 2, "a"),  # flaky
        run("success", 1, "b"),
        run("success", 3, "b"),  # built twice, alike
        run("error", 1, "c"),  # built once
        run("error", 1, "d"),
        run("terminated", 2, "d"),  # terminated is no outcome: built once
        run("error", 1, None),
        run("success", 1, None),
        run("success", 1, ""),
        run("running", 1, "e") | {"finished": None},
        run("error", 1, "a", pipeline="docs/ci"),  # the same commit of another pipeline
    )
    frame = flaky_pipelines(rows(builds))
    columns = ("flaky_rate", "n", "flaky_commits", "built_once", "no_revision", "terminated", "unfinished")
    assert lines(frame, "pipeline_name", *columns) == [
        ("shop/ci", 0.5, 2, 1, 2, 3, 1, 1),
        ("docs/ci", None, 0, 0, 1, 0, 0, 0),
    ]
    assert frame[["low_rate", "high_rate"]].round(4).iloc[0].tolist() == [0.0945, 0.9055]


@pytest.mark.parametrize(
    ("days", "flaky"),
    [
        ({"error": [1], "success": [15]}, 1),  # 14 days apart: within
        ({"error": [1], "success": [16]}, 0),
        ({"error": [1, 14], "success": [28]}, 1),  # the nearest two count, not the first and the last
        ({"error": [1, 30], "success": [16]}, 1),
        ({"error": [1, 2], "success": [17, 18]}, 0),
        ({"error": [5], "success": [5]}, 1),  # finished at the same instant
        ({"error": [1, 2], "success": []}, 0),
    ],
)
def test_flaky_within_14_days(days: dict[str, list[int]], flaky: int) -> None:
    """A success and an error on one commit count if the nearest two are at most 14 days apart."""
    builds = frame_of(*(run(status, day) for status, on in days.items() for day in on))
    assert lines(flaky_pipelines(builds), "flaky_commits", "n") == [(flaky, 1)]


@pytest.mark.parametrize(("last", "queries"), [(15, 2), (30, 3)])
def test_builds_are_put_in_order_only_where_they_must(last: int, queries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all builds of a commit lie within 14 days, the slow query is not asked; pipelines may lack a name."""
    asked: list[Any] = []
    monkeypatch.setattr(flaky, "run", lambda table: asked.append(table) or table_run(table))
    days = (("error", 1), ("success", 2), ("success", last))
    named = [run(status, day, pipeline=name) for name in ("ci", None) for status, day in days]
    assert flaky_pipelines(frame_of(*named))["flaky_commits"].tolist() == [1, 1]
    assert len(asked) == queries


def test_the_surest_flaky_pipeline_comes_first() -> None:
    """One flaky commit of one says less than five of eight, and comes after it."""
    five = [run(status, 1, f"commit {number}") for number in range(5) for status in ("error", "success")]
    three = [run("success", 1, f"steady {number}") for number in range(3) for _ in range(2)]
    once = [run("error", 1, pipeline="docs/ci"), run("success", 2, pipeline="docs/ci")]
    frame = flaky_pipelines(frame_of(*once, *five, *three))
    assert lines(frame, "pipeline_name", "flaky_rate", "n") == [("shop/ci", 0.625, 8), ("docs/ci", 1.0, 1)]


def test_flaky_windows_go_by_finish() -> None:
    """An error before the window is not seen: the commit was built once in it."""
    frame = flaky_pipelines(frame_of(run("error", 1), run("success", 2)), since="2026-05-02")
    assert lines(frame, "n", "built_once") == [(0, 1)]


def test_flaky_recoveries() -> None:
    """Red to green on one commit is a recovery by luck; green on the next commit is not."""
    builds = frame_of(
        run("error", 1, "a"),
        run("error", 2, "a"),
        run("terminated", 3, "a"),
        run("success", 4, "a"),  # two errors in a row are one spell: 3 days
        run("error", 5, "a"),
        run("success", 6, "a"),  # another one: 1 day
        run("error", 7, "b"),
        run("success", 8, "c"),
        run("error", 9, None),
        run("success", 9, "steady", pipeline="docs/ci"),
    )
    frame = flaky_recoveries(builds)
    columns = ("pipeline_name", "recoveries", "n", "recovered_rate", "median_seconds", "last_build")
    assert lines(frame, *columns) == [("shop/ci", 2, 3, pytest.approx(2 / 3), 2 * 86400.0, "build-005")]
    assert frame["last_at"].iloc[0] == pd.Timestamp("2026-05-06T12:00Z")
    assert flaky_recoveries(builds, since="2026-05-05", until="2026-05-09").attrs["no_revision"] == 0
    assert {name: frame.attrs[name] for name in ("no_revision", "terminated", "unfinished")} == {
        "no_revision": 1,
        "terminated": 1,
        "unfinished": 0,
    }


BRANCHES = frame_of(
    run("success", 1),
    run("error", 2),
    run("error", 3),
    run("terminated", 4),
    run("success", 5),  # main: red for 3 days
    run("error", 3, branch_name="fix"),
    run("success", 4, branch_name="fix"),  # fix: red for 1 day
    run("error", 6),  # main: red still
    run("error", 7, branch_name=None),
    run("success", 9, branch_name=None),  # without a branch: red for 2 days
    run("error", 8, pipeline="docs/ci", branch_name=None),
    run("success", 1, pipeline="fine/ci"),
)


@pytest.mark.parametrize("rows", [lambda frame: frame, table_of], ids=["frame", "database"])
def test_recovery_time(rows: Rows) -> None:
    """From the first red to the next green on the same pipeline and branch: 3, 1 and 2 days; open reds are counted."""
    frame = recovery_time(rows(BRANCHES))
    assert lines(frame, "pipeline_name", "median_seconds", "mean_seconds", "n", "still_red") == [
        ("shop/ci", 2 * 86400.0, 2 * 86400.0, 3, 1),
        ("docs/ci", None, None, 0, 1),
    ]
    assert (frame.attrs["terminated"], frame.attrs["unfinished"]) == (1, 0)


def test_recovery_windows_go_by_the_first_red() -> None:
    """The third is not a first red, as the second was red before; a green after the window still ends a red within."""
    third = recovery_time(BRANCHES, since="2026-05-03", until="2026-05-04")
    assert lines(third, "median_seconds", "n") == [(86400.0, 1)]  # the branch fix alone
    second = recovery_time(BRANCHES, since="2026-05-02", until="2026-05-03")
    assert lines(second, "median_seconds", "n") == [(3 * 86400.0, 1)]


@pytest.mark.parametrize("rows", [lambda frame: frame, table_of], ids=["frame", "database"])
def test_still_red_names_the_censored(rows: Rows) -> None:
    """What is red now is listed with the build that made it so and its age, the oldest first."""
    frame = still_red(rows(BRANCHES), NOW)
    assert lines(frame, "pipeline_name", "branch_name", "red_build", "age_seconds") == [
        ("shop/ci", "main", "build-007", 24.5 * 86400),
        ("docs/ci", None, "build-010", 22.5 * 86400),
    ]
    assert frame.attrs["n"] == 2


@pytest.mark.parametrize("turned", [1, -1], ids=["as written", "turned around"])
def test_reds_that_finish_together_are_ordered_by_id(turned: int) -> None:
    """Equal finish times have a fixed order, however the rows lie: that of their ids."""
    recovered = frame_of(run("error", 1), run("success", 1)).iloc[::turned]
    assert lines(recovery_time(recovered), "median_seconds", "n") == [(0.0, 1)]
    broken = frame_of(run("success", 1), run("error", 1)).iloc[::turned]
    assert lines(recovery_time(broken), "n", "still_red") == [(0, 1)]
    twice = frame_of(run("error", 1), run("error", 1)).iloc[::turned]
    assert still_red(twice, NOW)["red_build"].tolist() == ["build-000"]


@pytest.mark.parametrize("rows", [lambda frame: frame, table_of], ids=["frame", "database"])
def test_stuck_builds_have_an_age(rows: Rows) -> None:
    """Unfinished builds, oldest first; final and younger ones are counted, a start that never was is missing."""
    builds = frame_of(
        build("pending-approval", "2026-05-29T00:00:00", run=None, initiator="mira"),
        build("pending", "2026-05-30T12:00:00", wait=None, run=None, pending_reason="license"),
        build("running", "2026-05-30T23:30:00", run=None),
        build("success"),
        build("denied"),
    )
    frame = stuck(rows(builds), NOW, older_than_hours=1)
    assert lines(frame, "id", "status", "initiator", "pending_reason", "age_seconds") == [
        ("build-000", "pending-approval", "mira", None, 2 * 86400.0),
        ("build-001", "pending", None, "license", 86400.0 / 2),
    ]
    assert frame["started"].isna().tolist() == [False, True]
    assert {name: frame.attrs[name] for name in ("n", "younger", "final")} == {"n": 2, "younger": 1, "final": 2}
    assert len(stuck(rows(builds), NOW)) == 3


def test_an_age_needs_a_now() -> None:
    """Without a moment to count to, or with one that counts back from itself, there is no age."""
    with pytest.raises(ValueError, match="now=None"):
        stuck(BRANCHES, None)
    with pytest.raises(ValueError, match="no clock"):
        still_red(BRANCHES, "1d")
