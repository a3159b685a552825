"""A window beside the one before it, and who starts builds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from build_rows import build, frame_of, lines, table_of

from analytics_kit.metrics import trend, triggers

Rows = Callable[[Any], Any]

APRIL, MAY = "2026-04-20T10:00:00", "2026-05-04T10:00:00"
WINDOW = ("2026-05-01", "2026-05-31")  # 30 days: the one before is that of April


def runs(pipeline: str, created: str, *seconds: float, times: int = 1, status: str = "success") -> list[dict[str, Any]]:
    """Builds of one pipeline in one window."""
    return [build(status, created, run=run, pipeline=pipeline) for run in seconds for _ in range(times)]


@pytest.mark.parametrize("rows", [lambda frame: frame, table_of], ids=["frame", "database"])
def test_trend_puts_the_same_percentile_on_both_sides(rows: Rows) -> None:
    """Median 20 before and 30 now is +10 s and +50 %; each side has its n, and what is new or gone has no change."""
    builds = frame_of(
        *runs("shop/ci", APRIL, 10, 20, 90),
        *runs("shop/ci", MAY, 30, 30),
        *runs("new/ci", MAY, 5),
        *runs("gone/ci", APRIL, 5),
        *runs("shop/ci", "2026-03-31T10:00:00", 1, 1, 1, 1),  # a day too early
        *runs("shop/ci", MAY, 4, status="error"),
    )
    frame = trend(rows(builds), *WINDOW)
    columns = ("pipeline_name", "value", "previous", "change", "relative_change", "n", "previous_n")
    assert lines(frame, *columns) == [
        ("shop/ci", 30.0, 20.0, 10.0, 0.5, 2, 3),
        ("gone/ci", None, 5.0, None, None, 0, 1),
        ("new/ci", 5.0, None, None, None, 1, 0),
    ]
    assert frame.attrs["unit"] == "seconds"
    assert frame.attrs["left_out"]["other_status"] == 1
    assert "[2026-05-01, 2026-05-31) UTC beside [2026-04-01, 2026-05-01) UTC" in frame.attrs["definition"]


def test_trend_of_another_percentile() -> None:
    """The p90 of 10, 20 and 90 is 76; it is compared with the p90, not with the median."""
    frame = trend(frame_of(*runs("shop/ci", APRIL, 10, 20, 90), *runs("shop/ci", MAY, 76)), *WINDOW, percentile=0.9)
    assert lines(frame, "value", "previous", "relative_change") == [(76.0, 76.0, 0.0)]
    assert "p90" in frame.attrs["definition"]


def test_the_worst_change_comes_first_and_few_runs_last() -> None:
    """Of those with 20 runs on both sides the largest relative slowdown leads; a doubling on few runs does not."""
    builds = frame_of(
        *runs("slow/ci", APRIL, 1000, times=20),
        *runs("slow/ci", MAY, 1100, times=20),
        *runs("short/ci", APRIL, 10, times=20),
        *runs("short/ci", MAY, 15, times=20),
        *runs("rare/ci", APRIL, 10, times=19),
        *runs("rare/ci", MAY, 100, times=20),
    )
    assert trend(builds, *WINDOW)["pipeline_name"].tolist() == ["short/ci", "slow/ci", "rare/ci"]


def test_trend_of_the_queue_goes_by_creation() -> None:
    """The queue time of failed builds counts, and the window is that of their creation."""
    late = "2026-04-30T23:59:00"  # created in April, started and finished in May
    builds = frame_of(build("error", late, wait=100), build("error", MAY, wait=300), build(created=MAY, wait=-1))
    frame = trend(builds, *WINDOW, measure="queue_time")
    assert lines(frame, "value", "previous", "relative_change") == [(300.0, 100.0, 2.0)]
    assert frame.attrs["left_out"] == {"clock_skew": 1, "not_started": 0}


def test_trend_of_the_success_rate() -> None:
    """From 3 of 4 to 1 of 2 is -0.25; the pipeline that fell the most comes first, stopped builds are left out."""
    better = [*runs("up/ci", APRIL, 1, status="error"), *runs("up/ci", MAY, 1)]
    worse = [
        *runs("down/ci", APRIL, 1, 1, 1),
        *runs("down/ci", APRIL, 1, status="error"),
        *runs("down/ci", MAY, 1),
        *runs("down/ci", MAY, 1, status="error"),
        *runs("down/ci", MAY, 1, status="denied"),
    ]
    frame = trend(frame_of(*better, *worse), *WINDOW, measure="success_rate")
    assert lines(frame, "pipeline_name", "value", "previous", "change", "n", "previous_n") == [
        ("down/ci", 0.5, 0.75, -0.25, 2, 4),
        ("up/ci", 1.0, 0.0, 1.0, 1, 1),
    ]
    assert lines(frame, "relative_change") == [(pytest.approx(-1 / 3),), (None,)]  # nothing is relative to 0
    assert frame.attrs["unit"] == "rate"
    assert frame.attrs["left_out"] == {"terminated": 1, "unfinished": 0}


def test_a_build_at_the_border_is_on_one_side_only() -> None:
    """The instant at which the window starts belongs to it, not to the one before; nothing is counted twice."""
    frame = trend(frame_of(build(created="2026-05-01T00:00:00", wait=0, run=0)), *WINDOW)
    assert lines(frame, "n", "previous_n") == [(1, 0)]


def test_trend_needs_both_bounds_and_known_arguments() -> None:
    """An open window has no equally long one before it; a wrong measure or percentile is refused by name."""
    builds = frame_of(build())
    with pytest.raises(ValueError, match="both bounds"):
        trend(builds, "2026-05-01", None)
    with pytest.raises(ValueError, match=r"'cost'.*run_time, queue_time, success_rate"):
        trend(builds, *WINDOW, measure="cost")
    with pytest.raises(ValueError, match="percentile=95"):
        trend(builds, *WINDOW, percentile=95)


@pytest.mark.parametrize("rows", [lambda frame: frame, table_of], ids=["frame", "database"])
def test_triggers_say_who_and_what(rows: Rows) -> None:
    """Builds of any status by cause and person, most first; runs of nobody are a row of their own."""
    builds = frame_of(
        *[build(trigger_type="webhook", initiator="mira")] * 2,
        build("error", "2026-05-05T10:00:00", trigger_type="webhook", initiator="mira", pipeline="docs/ci"),
        build("running", run=None, trigger_type="cron"),
    )
    frame = triggers(rows(builds))
    columns = ("trigger_type", "initiator", "n", "share_rate", "successes", "pipelines")
    assert lines(frame, *columns) == [("webhook", "mira", 3, 0.75, 2, 2), ("cron", None, 1, 0.25, 0, 1)]
    assert lines(triggers(rows(builds), by="trigger_type"), "trigger_type", "n") == [("webhook", 3), ("cron", 1)]
    assert frame["last_at"].dt.strftime("%m-%d").tolist() == ["05-05", "05-04"]
