"""Builds per period: empty periods, clock changes, and periods that the window cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from build_rows import build, frame_of, lines, table_of

from analytics_kit.metrics import duration_series, success_series, throughput, weekday_hour_grid

if TYPE_CHECKING:
    import pandas as pd

NIGHT_IN_MAY = frame_of(
    build(created="2026-05-04T21:30:00", wait=0, run=1800),  # Monday evening in UTC; 23:30 in Berlin, done at midnight
    build("error", created="2026-05-04T22:30:00", wait=0, run=60),  # Tuesday 00:30 in Berlin
    build(created="2026-05-07T10:00:00", wait=0, run=60),
)


def days(frame: pd.DataFrame) -> list[str]:
    """The starts of the periods as the calendar of their zone says them."""
    return frame["period"].dt.strftime("%m-%d %H:%M").tolist()


@pytest.mark.parametrize("session_zone", [None, "UTC", "Asia/Tokyo"])
def test_throughput_has_every_day(session_zone: str | None) -> None:
    """Days without builds are there with 0, and the days are those of UTC, wherever the database believes to be."""
    rows = NIGHT_IN_MAY if session_zone is None else table_of(NIGHT_IN_MAY, session_zone)
    frame = throughput(rows, since="2026-05-03", until="2026-05-09")
    assert days(frame) == ["05-03 00:00", "05-04 00:00", "05-05 00:00", "05-06 00:00", "05-07 00:00", "05-08 00:00"]
    assert lines(frame, "n", "successes") == [(0, 0), (2, 1), (0, 0), (0, 0), (1, 1), (0, 0)]
    assert frame["whole"].all()
    assert frame["period"].dtype == "datetime64[us, UTC]"


@pytest.mark.parametrize("session_zone", [None, "Asia/Tokyo"])
def test_days_of_another_zone(session_zone: str | None) -> None:
    """In Berlin the second build was created on Tuesday, and the first one finished on it."""
    rows = NIGHT_IN_MAY if session_zone is None else table_of(NIGHT_IN_MAY, session_zone)
    window = {"since": "2026-05-04T00:00+02:00", "until": "2026-05-06T00:00+02:00", "time_zone": "Europe/Berlin"}
    assert lines(throughput(rows, **window), "n", "whole") == [(1, True), (1, True)]
    finished = success_series(rows, **window)
    assert days(finished) == ["05-04 00:00", "05-05 00:00"]
    assert lines(finished, "success_rate", "n") == [(None, 0), (0.5, 2)]
    assert finished["period"].dtype == "datetime64[us, Europe/Berlin]"


def test_periods_cut_by_the_window_say_so() -> None:
    """A week of which the window holds a part is not whole, nor is one that no row reaches the end of."""
    given = throughput(NIGHT_IN_MAY, "week", since="2026-05-02", until="2026-05-11")
    assert (days(given), given["n"].tolist(), given["whole"].tolist()) == (
        ["04-27 00:00", "05-04 00:00"],
        [0, 3],
        [False, True],
    )
    early_end = throughput(NIGHT_IN_MAY, "week", since="2026-05-04", until="2026-05-10")
    assert (days(early_end), early_end["whole"].tolist()) == (["05-04 00:00"], [False])
    open_end = throughput(NIGHT_IN_MAY, "week")
    assert (days(open_end), open_end["whole"].tolist()) == (["05-04 00:00"], [False])


def test_months_differ_in_length() -> None:
    """Months start on their first day, in a leap year too."""
    builds = frame_of(build(created="2028-01-31T23:59:59"), build(created="2028-03-01T00:00:00"))
    frame = throughput(builds, "month", since="2028-01-01", until="2028-04-01")
    assert (days(frame), frame["n"].tolist()) == (["01-01 00:00", "02-01 00:00", "03-01 00:00"], [1, 0, 1])


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    """When Berlin's clocks go back, 02:00 comes twice: two periods, and builds in each; the day has 25 hours."""
    builds = frame_of(
        build(created="2026-10-25T00:30:00"), build(created="2026-10-25T01:30:00"), build(created="2026-10-25T01:40:00")
    )
    day = {"since": "2026-10-25T00:00+02:00", "until": "2026-10-26T00:00+01:00", "time_zone": "Europe/Berlin"}
    hours = throughput(builds, "hour", **day)
    assert len(hours) == 25
    assert days(hours)[2:4] == ["10-25 02:00", "10-25 02:00"]
    assert hours["n"].tolist() == [0, 0, 1, 2] + [0] * 21
    assert lines(throughput(builds, "day", **day), "n", "whole") == [(3, True)]


def test_the_hour_that_is_skipped_is_no_period() -> None:
    """When Berlin's clocks go forward, 02:00 does not come: 23 hours, and the builds around it are in theirs."""
    builds = frame_of(build(created="2026-03-29T00:59:00"), build(created="2026-03-29T01:00:00"))
    day = {"since": "2026-03-29T00:00+01:00", "until": "2026-03-30T00:00+02:00", "time_zone": "Europe/Berlin"}
    hours = throughput(builds, "hour", **day)
    assert days(hours)[1:3] == ["03-29 01:00", "03-29 03:00"]
    assert hours["n"].tolist() == [0, 1, 1] + [0] * 20


def test_a_midnight_that_is_skipped_still_starts_a_day() -> None:
    """Where the clocks go forward at midnight, the day begins at one o'clock and keeps its builds."""
    builds = frame_of(build(created="2026-04-24T12:00:00"))
    frame = throughput(builds, since="2026-04-23T00:00+02:00", until="2026-04-25T00:00+03:00", time_zone="Africa/Cairo")
    assert (days(frame), frame["n"].tolist()) == (["04-23 00:00", "04-24 01:00"], [0, 1])


def test_hours_of_a_zone_with_odd_minutes() -> None:
    """Kathmandu is 5 h 45 min ahead: its hours start a quarter past those of UTC, and hold their builds."""
    builds = frame_of(build(created="2026-05-04T10:14:59"), build(created="2026-05-04T10:15:00"))
    frame = throughput(builds, "hour", time_zone="Asia/Kathmandu")
    assert (days(frame), frame["n"].tolist()) == (["05-04 15:00", "05-04 16:00"], [1, 1])


def test_success_series_takes_a_mode_and_counts_what_it_leaves_out() -> None:
    """Each day has the rate of its own builds; stopped ones are beside it, or in it with the other mode."""
    builds = frame_of(build(), build("error"), build("terminated"), build("running", run=None))
    day = {"since": "2026-05-04", "until": "2026-05-06"}
    frame = success_series(builds, **day)
    assert lines(frame, "success_rate", "n", "successes", "terminated") == [(0.5, 2, 1, 1), (None, 0, 0, 0)]
    assert frame["low_rate"].round(4).tolist()[0] == 0.0945  # as 1 of 2 has it
    assert frame.attrs["unfinished"] == 1
    odd = build("terminating", "2026-05-09T10:00:00")  # a finish time without a final status
    assert lines(success_series(frame_of(build(), odd)), "success_rate", "n") == [(1.0, 1)]
    assert success_series(builds, mode="devlake", **day)["success_rate"].round(4).tolist()[0] == 0.3333


def test_duration_series_recomputes_percentiles() -> None:
    """Percentiles of a period are those of its runs; the week's is not the mean of its days'."""
    monday = [build(run=seconds) for seconds in (10, 20, 30)]
    tuesday = [build(created="2026-05-05T10:00:00", run=90), build(created="2026-05-05T10:00:00", run=-1)]
    builds = frame_of(*monday, *tuesday, build("error"), build("running", run=None))
    frame = duration_series(builds, since="2026-05-04", until="2026-05-06")
    assert lines(frame, "p50_seconds", "p90_seconds", "n", "clock_skew") == [(20.0, 28.0, 3, 0), (90.0, 90.0, 1, 1)]
    assert frame.attrs["left_out"] == {"clock_skew": 1, "never_started": 0, "other_status": 1, "unfinished": 1}
    assert duration_series(builds, "week")["p50_seconds"].tolist() == [25.0]


def test_duration_series_of_the_queue_goes_by_creation() -> None:
    """The wait belongs to the day of the creation, whatever became of the build."""
    builds = frame_of(
        build("error", created="2026-05-04T23:59:50", wait=20), build(wait=None, run=None, status="pending")
    )
    frame = duration_series(builds, measure="queue_time", since="2026-05-04", until="2026-05-06")
    assert lines(frame, "p50_seconds", "n") == [(20.0, 1), (None, 0)]
    assert frame.attrs["left_out"] == {"clock_skew": 0, "not_started": 1}


def test_no_rows() -> None:
    """No builds in a window are zeros for each of its days; without a window there are no days to speak of."""
    nothing = frame_of(build()).iloc[:0]
    assert throughput(nothing, since="2026-05-04", until="2026-05-06")["n"].tolist() == [0, 0]
    assert throughput(nothing, since="2026-05-04").empty
    assert success_series(nothing, since="2026-05-04", until="2026-05-06")["success_rate"].isna().all()


def test_only_unfinished_builds() -> None:
    """Builds that are not done count as throughput; there is no rate and no duration of them."""
    running = frame_of(build("running", run=None))
    assert throughput(running)["n"].tolist() == [1]
    assert success_series(running).empty
    assert duration_series(running).empty


def test_the_grid_has_all_cells_in_local_time() -> None:
    """168 cells, Monday first; 22:30 UTC on Monday is Tuesday 0 h in Berlin."""
    frame = weekday_hour_grid(table_of(NIGHT_IN_MAY, "Asia/Tokyo"), "Europe/Berlin")
    assert len(frame) == 168
    assert lines(frame.iloc[[0, 167]], "weekday", "weekday_name", "hour") == [(0, "Monday", 0), (6, "Sunday", 23)]
    told = lines(frame[frame["n"] > 0], "weekday_name", "hour", "n", "successes")
    assert told == [("Monday", 23, 1, 1), ("Tuesday", 0, 1, 0), ("Thursday", 12, 1, 1)]


def test_the_grid_knows_both_offsets_of_a_zone() -> None:
    """Noon in UTC is 13 h in Berlin's winter and 14 h in its summer, in one table."""
    builds = frame_of(build(created="2026-03-27T12:00:00"), build(created="2026-04-03T12:00:00"))
    frame = weekday_hour_grid(builds, "Europe/Berlin")
    assert lines(frame[frame["n"] > 0], "weekday_name", "hour", "n") == [("Friday", 13, 1), ("Friday", 14, 1)]


def test_the_grid_of_nothing_is_all_zeros() -> None:
    """No builds: every cell is there and holds 0."""
    frame = weekday_hour_grid(NIGHT_IN_MAY.iloc[:0])
    assert (len(frame), frame["n"].sum()) == (168, 0)


def test_unknown_periods_and_zones_are_refused() -> None:
    """The message names what was given and what is allowed."""
    with pytest.raises(ValueError, match=r"'fortnight'.*hour, day, week, month"):
        throughput(NIGHT_IN_MAY, "fortnight")
    with pytest.raises(ValueError, match="Europe/Berlin"):
        throughput(NIGHT_IN_MAY, time_zone="Berlin")
    with pytest.raises(ValueError, match=r"'cost'.*run_time, queue_time"):
        duration_series(NIGHT_IN_MAY, measure="cost")
