"""Success rate, run time and queue time, against tables that can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pytest
from build_rows import build, frame_of, lines, table_of
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_kit.metrics import queue_time, run_time, success_rate

Rows = Callable[[pd.DataFrame], Any]

SHOP, DOCS, LAB = "shop/ci", "docs/ci", "lab/ci"
# shop/ci: 3 of 4 succeeded, 2 more were stopped; docs/ci: 1 of 1; lab/ci has not finished anything
OUTCOMES = frame_of(
    build("success"),
    build("success"),
    build("success"),
    build("error"),
    build("terminated"),
    build("denied"),
    build("running", run=None),
    build("success", pipeline=DOCS),
    build("pending", wait=None, run=None, pipeline=LAB),
    build("pending-approval", run=None, pipeline=LAB),
)


@pytest.fixture(params=["frame", "database", "database in New York"])
def rows(request: pytest.FixtureRequest) -> Rows:
    """The ways in which a caller may hand over rows."""
    return {
        "frame": lambda frame: frame,
        "database": table_of,
        "database in New York": lambda frame: table_of(frame, "America/New_York"),
    }[request.param]


@pytest.mark.parametrize(
    ("mode", "shop"),
    [("kit", (0.75, 4)), ("circleci", (0.75, 4)), ("codefresh", (0.5, 6)), ("devlake", (0.5, 6))],
)
def test_success_rate_of_every_mode(rows: Rows, mode: str, shop: tuple[float, int]) -> None:
    """Stopped builds are in the rate or not as the mode says, and always counted apart; unfinished ones never are."""
    frame = success_rate(rows(OUTCOMES), mode=mode)
    assert lines(frame, "pipeline_name", "success_rate", "n", "successes", "terminated", "unfinished") == [
        (SHOP, *shop, 3, 2, 1),
        (DOCS, 1.0, 1, 1, 0, 0),
        (LAB, None, 0, 0, 0, 2),
    ]
    assert frame.attrs["definition_id"] == f"success_rate.{mode}"


def test_success_rate_without_groups_is_one_row(rows: Rows) -> None:
    """``by=None`` takes all builds together: 4 of 5, not the mean of the pipelines' rates."""
    assert lines(success_rate(rows(OUTCOMES), by=None), "success_rate", "n", "unfinished") == [(0.8, 5, 3)]
    nothing = rows(OUTCOMES.iloc[:0])
    assert lines(success_rate(nothing, by=None), "success_rate", "n") == [(None, 0)]
    assert lines(run_time(nothing, by=None), "p50_seconds", "n") == [(None, 0)]


def test_success_rate_carries_a_wilson_interval() -> None:
    """The interval is the textbook's: 5 of 10 lies within 0.2366 and 0.7634, none of 10 leaves up to 0.2775."""
    half = [build("success"), build("error")] * 5
    none = [build("error", pipeline=DOCS)] * 10
    frame = success_rate(frame_of(*half, *none)).round(4)
    assert lines(frame, "pipeline_name", "low_rate", "high_rate") == [(DOCS, 0.0, 0.2775), (SHOP, 0.2366, 0.7634)]
    assert success_rate(frame_of(*none[:3]))["low_rate"].tolist() == [0.0]  # exactly, or ties would be ranked by noise


def test_windows_are_half_open_and_go_by_finish_time(rows: Rows) -> None:
    """A build that finishes at the window's start is in, one at its end is out; its creation does not matter."""
    builds = frame_of(
        build("success", "2026-05-03T23:00:00", wait=0, run=3600),  # finishes at midnight: in
        build("error", "2026-05-04T23:59:59", wait=0, run=1),  # at the next midnight: out
        build("error", "2026-05-04T12:00:00", run=None, wait=None),  # final, but nobody knows since when
        build("running", "2026-05-04T12:00:00", run=None),
        build("running", "2026-05-05T12:00:00", run=None),
    )
    frame = success_rate(rows(builds), since="2026-05-04", until="2026-05-05")
    assert lines(frame, "success_rate", "n", "unfinished") == [(1.0, 1, 2)]
    assert "[2026-05-04, 2026-05-05) UTC" in frame.attrs["definition"]


def test_a_window_in_another_zone_is_read_as_written(rows: Rows) -> None:
    """A bound with an offset means that instant: midnight in Berlin is 22:00 UTC in May."""
    builds = frame_of(
        build(created="2026-05-03T21:59:00", wait=0, run=0), build(created="2026-05-03T22:00:00", wait=0, run=0)
    )
    assert success_rate(rows(builds), since="2026-05-04T00:00+02:00")["n"].tolist() == [1]


def test_lowest_rate_comes_first_and_ties_go_by_runs_then_name() -> None:
    """The order is the same on every run: rate, then the larger n, then the name; a rate of nothing comes last."""
    builds = [build("success", pipeline=name) for name in ("b", "a", "c", "c")] + [
        build("running", run=None, pipeline="0")
    ]
    assert success_rate(frame_of(*builds, build("error", pipeline="z")))["pipeline_name"].tolist() == [
        "z",
        "c",
        "a",
        "b",
        "0",
    ]


def test_several_columns_and_missing_values_make_groups(rows: Rows) -> None:
    """A deleted pipeline keeps its name and its builds; builds that lack the column are a group of their own."""
    builds = frame_of(build(service_id="p1"), build("error", service_id=None), build("error", service_id=None))
    frame = success_rate(rows(builds), by=["pipeline_name", "service_id"])
    assert lines(frame, "pipeline_name", "service_id", "success_rate", "n") == [
        (SHOP, None, 0.0, 2),
        (SHOP, "p1", 1.0, 1),
    ]


def test_run_time_percentiles_are_interpolated(rows: Rows) -> None:
    """Of 10, 20, 30 and 40 s the p90 lies 70 % of the way from 30 to 40; what does not count is told by reason."""
    builds = frame_of(
        *(build(run=seconds) for seconds in (40, 10, 30, 20)),
        build(run=-5),  # finished before it started
        build(wait=None, run=60),
        build("error", run=1000),
        build("terminated", run=1),
        build("running", run=None),
    )
    frame = run_time(rows(builds))
    assert lines(frame, "p50_seconds", "p90_seconds", "p95_seconds", "mean_seconds", "n") == [
        (25.0, 37.0, 38.5, 25.0, 4)
    ]
    assert lines(frame, "clock_skew", "never_started", "other_status", "unfinished") == [(1, 1, 2, 1)]


def test_run_time_of_other_statuses() -> None:
    """The caller says which final builds count: here the failed one alone, then all."""
    builds = frame_of(build(run=10), build("error", run=30), build("terminated", run=50))
    assert lines(run_time(builds, statuses="error"), "p50_seconds", "n", "other_status") == [(30.0, 1, 2)]
    assert lines(run_time(builds, statuses=("success", "error", "terminated")), "p50_seconds", "n") == [(30.0, 3)]


def test_a_single_run_and_ties() -> None:
    """One run is its own percentile, and equal runs have no spread; neither is an error."""
    frame = run_time(frame_of(build(run=7), *[build(run=5, pipeline=DOCS)] * 3))
    figures = lines(frame, "pipeline_name", "p50_seconds", "p90_seconds", "p95_seconds", "n")
    assert figures == [(SHOP, 7.0, 7.0, 7.0, 1), (DOCS, 5.0, 5.0, 5.0, 3)]


@pytest.mark.parametrize("created", ["2026-05-03T23:50:00", "2026-03-29T00:50:00", "2026-10-25T00:50:00"])
def test_run_time_across_midnight_and_clock_changes(rows: Rows, created: str) -> None:
    """Twenty minutes are 1200 s, also where the day or the clocks of Berlin and New York change in between."""
    builds = rows(
        frame_of(build(created=created, wait=0, run=1200), build(created="2026-03-08T06:50:00", wait=0, run=1200))
    )
    assert run_time(builds, by=None)["mean_seconds"].tolist() == [1200.0]


def test_queue_time_counts_negatives_apart(rows: Rows) -> None:
    """A start before the creation is clock skew: counted, not clipped to 0; how the build ended does not matter."""
    builds = frame_of(
        build("success", wait=10),
        build("error", wait=20),
        build("running", wait=30, run=None),
        build(wait=-2),
        build("terminated", wait=None),
        build("pending", wait=None, run=None),
    )
    frame = queue_time(rows(builds))
    assert lines(frame, "p50_seconds", "p90_seconds", "n", "clock_skew", "not_started") == [(20.0, 28.0, 3, 1, 2)]


def test_queue_time_goes_by_creation(rows: Rows) -> None:
    """A build belongs to the day on which it was created, also if it starts on the next."""
    builds = frame_of(build(created="2026-05-04T23:59:00", wait=300), build(created="2026-05-03T23:59:00", wait=300))
    frame = queue_time(rows(builds), since="2026-05-04", until="2026-05-05")
    assert lines(frame, "mean_seconds", "n") == [(300.0, 1)]
    assert "(created)" in frame.attrs["definition"]


def test_milliseconds_are_kept() -> None:
    """Times come in milliseconds and durations keep them."""
    assert run_time(frame_of(build(run=0.25), build(run=0.5)), by=None)["p50_seconds"].tolist() == [0.375]


def test_unknown_names_say_what_is_allowed() -> None:
    """A wrong mode, status or column is refused with its name and the choice there is."""
    with pytest.raises(ValueError, match=r"'dora'.*kit, circleci, codefresh, devlake"):
        success_rate(OUTCOMES, mode="dora")
    with pytest.raises(ValueError, match=r"'running'.*success, error, terminated, denied"):
        run_time(OUTCOMES, statuses=("success", "running"))
    with pytest.raises(ValueError, match="one or several"):
        run_time(OUTCOMES, statuses=())
    with pytest.raises(ValueError, match=r"no column 'team'"):
        success_rate(OUTCOMES, by="team")
    with pytest.raises(ValueError, match=r"no column 'started'"):
        queue_time(OUTCOMES.drop(columns="started"))


statuses = st.sampled_from(["success", "error", "terminated", "denied", "running"])
seconds = st.one_of(st.none(), st.integers(-1_000, 10_000_000).map(lambda milliseconds: milliseconds / 1000))
some_builds = st.lists(st.tuples(statuses, seconds, seconds, st.sampled_from("ab")), min_size=1, max_size=40)
ENGINE = ibis.duckdb.connect()


@settings(max_examples=12, deadline=None)
@given(some_builds)
def test_figures_equal_a_plain_pandas_computation(drawn: list[tuple[str, float | None, float | None, str]]) -> None:
    """Whatever the builds, rates and percentiles are those that pandas computes from the same frame."""
    frame = frame_of(*(build(status, wait=wait, run=run, pipeline=name) for status, wait, run, name in drawn))
    table = ENGINE.create_table("builds", frame, overwrite=True)
    ended = frame[frame["finished"].notna()]
    judged = ended[ended["status"].isin(["success", "error"])]
    rates = judged.groupby("pipeline_name")["status"].agg(lambda status: (status == "success").mean())
    assert _by_pipeline(success_rate(table), "success_rate") == pytest.approx(rates.to_dict())
    for measure, start, end, counted in (
        (run_time, "started", "finished", ended[ended["status"] == "success"]),
        (queue_time, "created", "started", frame),
    ):
        took = (counted[end] - counted[start]).dt.total_seconds()
        by_name = took[took >= 0].groupby(counted["pipeline_name"])
        measured = measure(table)
        for share in (50, 90, 95):
            expected = by_name.quantile(share / 100).to_dict()
            assert _by_pipeline(measured, f"p{share}_seconds") == pytest.approx(expected)


def _by_pipeline(frame: pd.DataFrame, column: str) -> dict[str, float]:
    told = frame[frame[column].notna()]
    assert told["n"].gt(0).all()
    assert np.isnan(frame.loc[frame["n"] == 0, column]).all()
    return dict(zip(told["pipeline_name"], told[column], strict=True))
