"""What each picture shows: the figures of its metric, grey where runs are few, and what was left out."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from build_rows import build, frame_of
from chart_frames import AS_OF, FRAMES, audit, builds, column, draw, events, footer, reports, rows, title, words

from analytics_kit import charts, metrics
from analytics_kit.charts import values
from analytics_kit.charts.layout import FEW
from analytics_kit.charts.values import change_text, duration_text, number_text, rate_text, unit_of
from analytics_kit.metrics.outcomes import FEW_RUNS


def test_few_runs_are_grey_by_the_bound_of_the_metrics() -> None:
    """19 builds are grey and 20 are not, as in the ranking of the metrics."""
    assert values.FEW_RUNS == FEW_RUNS == 20
    days = {"2026-05-04": 19, "2026-05-05": 20}
    made = frame_of(*(build(created=f"{day}T10:00:00") for day, count in days.items() for _ in range(count)))
    chart = draw("duration_trend", metrics.duration_series(made, since="2026-05-04", until="2026-05-06"))
    assert column(chart, "n") == [19, 20]
    assert column(chart, "few") == [True, False]
    assert column(chart, "p50_seconds") == [60, 60]
    assert column(chart, "p50_seconds_sure") == [None, 60]
    assert "Grey: fewer than 20 runs." in footer(chart)


@pytest.mark.parametrize("name", ["duration_trend", "percentile_lines", "success_trend"])
def test_grey_lines_go_on_where_coloured_ones_break(name: str) -> None:
    """In a trend every figure has a grey line below, and a coloured one with nothing where runs are few."""
    chart = draw(name)
    lines = [layer for layer in chart.spec["vconcat"][0]["vconcat"][0]["layer"] if layer["mark"]["type"] == "line"]
    fields = [(layer["encoding"]["y"]["field"], layer["encoding"]["color"].get("value") == FEW) for layer in lines]
    drawn = [field for field, grey in fields if grey]
    assert drawn
    assert fields == [pair for field in drawn for pair in ((field, True), (f"{field}_sure", False))]


@pytest.mark.parametrize(
    ("name", "frame", "few"),
    [
        ("rate_intervals", lambda: metrics.success_rate(builds(), until="2026-05-04"), [True, True, True]),
        ("rate_intervals", lambda: metrics.success_rate(builds()), [False, False, False]),
        ("percentile_dots", lambda: metrics.run_time(builds(), until="2026-05-07"), [True, False, False]),
        ("before_after", lambda: metrics.trend(builds(), "2026-05-08", "2026-05-15"), [False, False, True]),
        ("before_after", lambda: metrics.trend(builds(), "2026-05-04", "2026-05-06", None, "success_rate"), [True]),
        ("failure_pareto", lambda: metrics.failing_pipelines(builds(), until="2026-05-04"), [True]),
        ("failure_pareto", lambda: metrics.failure_reasons(events(), builds()), [False, False]),
        ("failure_pareto", lambda: metrics.failure_reasons(events(), builds(), until="2026-05-04"), [True, True]),
    ],
)
def test_rows_with_few_runs_are_grey(name: str, frame: Any, few: list[bool]) -> None:
    """Where a row stands on fewer than 20 runs, its marks are grey, and the chart says why."""
    chart = draw(name, frame())
    assert column(chart, "few") == few
    assert ("Grey: fewer than 20 " in footer(chart)) == any(few)
    assert FEW in json.dumps(chart.spec["vconcat"])


def test_flaky_list_shows_interval_and_n() -> None:
    """Each pipeline's rate stands on its interval, with n beside it, in the order of the metric."""
    chart = draw("rate_intervals")
    frame = FRAMES["rate_intervals"]()
    assert column(chart, "name") == frame["pipeline_name"].tolist()
    assert column(chart, "rate") == pytest.approx(frame["flaky_rate"].tolist(), rel=1e-5)
    assert column(chart, "high_rate") == pytest.approx(frame["high_rate"].tolist(), rel=1e-5)
    assert rows(chart)[0]["text"] == "88.9 % of 36"
    assert title(chart) == "Flaky rate (%)"


def test_list_is_cut_and_says_of_how_many() -> None:
    """Rows beyond the top are left out, as are those without a figure, and both are counted."""
    made = frame_of(*(build(pipeline=f"p{number}") for number in range(4)), build("running", run=None, pipeline="p9"))
    chart = charts.rate_intervals(metrics.success_rate(made), as_of=AS_OF, top=3)
    assert column(chart, "name") == ["p0", "p1", "p2"]
    assert "The first 3 of 4. Left out, without builds: 1." in footer(chart)


def test_rows_of_all_and_of_two_columns_have_names() -> None:
    """A frame that is not grouped has one row, called all; two columns make one name, missing parts are said to be."""
    made = builds().assign(project=pd.NA)
    assert column(draw("rate_intervals", metrics.success_rate(made, by=None)), "name") == ["all"]
    by_two = draw("percentile_dots", metrics.run_time(made, by=["project", "pipeline_name"]))
    assert "(no project) · shop/ci" in column(by_two, "name")


def test_pareto_adds_up_all_failures() -> None:
    """The line is the share of all failures down to each row, also of those that are not shown."""
    frame = FRAMES["failure_pareto"]()
    chart = charts.failure_pareto(frame, as_of=AS_OF, top=1)
    assert [(row["name"], row["count"], row["cumulative"]) for row in rows(chart)] == [("unit-test", 40, 0.666667)]
    assert "The first 1 of 2." in footer(chart)
    by_pipeline = draw("failure_pareto", metrics.failing_pipelines(builds(), top=2))
    assert column(by_pipeline, "cumulative") == [0.733333, 0.866667]


def test_throughput_shows_days_without_builds() -> None:
    """The day without builds is there, marked 0, and successful builds are a part of all."""
    chart = draw("throughput_bars")
    by_label = {row["label"]: row for row in rows(chart)}
    assert by_label["Wed 2026-05-13"] | {"n": 0, "successes": 0, "others": 0} == by_label["Wed 2026-05-13"]
    assert by_label["Wed 2026-05-06"]["others"] == 24
    assert words(draw("throughput_bars")).split().count("0") == 2  # the axis has one, too


def test_cut_periods_are_paler_and_say_so() -> None:
    """A week that the window cuts is told apart from one with few builds."""
    chart = draw("throughput_bars", metrics.throughput(builds(), "week", since="2026-05-04", until="2026-05-15"))
    assert column(chart, "label") == ["week from Mon 2026-05-04", "week from Mon 2026-05-11 (cut by the window)"]
    assert column(chart, "cut") == [False, True]
    assert "Paler: cut by the window." in footer(chart)
    assert "Paler" not in footer(draw("throughput_bars"))


def test_periods_stand_where_the_clock_of_their_zone_shows_them() -> None:
    """A day in Berlin is drawn at its own midnight, and the axis names the zone."""
    frame = metrics.throughput(
        builds(), since="2026-05-03T22:00Z", until="2026-05-05T22:00Z", time_zone="Europe/Berlin"
    )
    chart = draw("throughput_bars", frame)
    assert column(chart, "at") == ["2026-05-04T00:00:00Z", "2026-05-05T00:00:00Z"]
    assert "day (Europe/Berlin)" in words(chart)
    assert "day (UTC)" in words(draw("throughput_bars"))


def test_hour_that_comes_twice_has_two_labels() -> None:
    """In the night when clocks go back, the two hours that look alike are told apart."""
    made = frame_of(build(created="2026-10-25T00:30:00"), build(created="2026-10-25T01:30:00"))
    chart = draw("throughput_bars", metrics.throughput(made, "hour", time_zone="Europe/Berlin"))
    assert [label.removesuffix(" (cut by the window)") for label in column(chart, "label")] == [
        "Sun 2026-10-25 02:00 CEST",
        "Sun 2026-10-25 02:00 CET",
    ]


@pytest.mark.parametrize(("every", "text"), [("hour", "hour (UTC)"), ("week", "week (UTC)"), ("month", "month (UTC)")])
def test_periods_are_known_from_the_frame_alone(every: str, text: str) -> None:
    """A frame that lost its attributes is still drawn with the right length of periods."""
    frame = metrics.throughput(builds(), every, until="2026-06-02")
    frame.attrs.clear()
    assert text in words(draw("throughput_bars", frame))


@pytest.mark.parametrize(
    ("longest", "unit"), [(179, "seconds"), (180, "minutes"), (3 * 3600, "hours"), (3 * 86400, "days")]
)
def test_axis_is_in_a_unit_that_reads(longest: float, unit: str) -> None:
    """Durations are drawn in seconds, minutes, hours or days, whichever gives small numbers."""
    assert unit_of(pd.DataFrame({"p50_seconds": [1.0, float("nan")], "p90_seconds": [longest, 2.0]})).name == unit


def test_durations_are_drawn_in_the_unit_of_the_title() -> None:
    """The title names the measure and the unit, and the numbers are in it."""
    chart = draw("duration_trend")
    assert title(chart) == "Run time of builds per day (minutes)"
    assert rows(chart)[0]["p50_seconds"] == pytest.approx(FRAMES["duration_trend"]()["p50_seconds"][0] / 60, rel=1e-5)
    assert rows(chart)[0]["p50_seconds_text"] == "9 min 45 s"
    assert title(draw("percentile_lines")) == "Queue time of builds per day (seconds)"


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (duration_text(0.25), "0.25 s"),
        (duration_text(59.94), "59.9 s"),
        (duration_text(252), "4 min 12 s"),
        (duration_text(3599.9), "60 min 0 s"),
        (duration_text(-90), "-1 min 30 s"),
        (duration_text(7500), "2 h 5 min"),
        (duration_text(90000), "1 d 1 h"),
        (rate_text(0.9345), "93.5 %"),
        (change_text(-0.126), "-13 %"),
        (number_text(1234.5), "1,234"),
        (number_text(0.25), "0.25"),
    ],
)
def test_numbers_for_people(made: str, text: str) -> None:
    """Tooltips and lists show durations in two units, shares in percent and large numbers with commas."""
    assert made == text


def test_heat_map_has_every_hour() -> None:
    """All 168 cells are drawn, Monday first, with their number; the zone is in the title."""
    chart = draw("weekday_hour_heatmap", FRAMES["weekday_hour_heatmap"]().iloc[::-1])
    assert len(rows(chart)) == 168
    assert rows(chart)[0] | {"weekday_name": "Monday", "hour": 0, "n": 0} == rows(chart)[0]
    assert sum(column(chart, "n")) == len(builds())
    assert title(chart) == "Builds by weekday and hour (Europe/Berlin)"


def test_before_and_after_says_what_got_worse() -> None:
    """A longer time and a lower rate are worse; times change in percent, rates in points."""
    times = draw("before_after")
    assert [(row["name"], row["worse"], row["turn"]) for row in rows(times)][:1] == [("shop/ci", True, 90)]
    assert rows(times)[0]["text"] == "+18 %  (n 34 → 34)"
    rates = draw("before_after", metrics.trend(builds(), "2026-05-08", "2026-05-15", measure="success_rate"))
    assert {row["name"]: row["worse"] for row in rows(rates)} == {
        "shop/ci": False,
        "shop/deploy": False,
        "night/e2e": False,
    }
    assert rows(rates)[0]["text"].partition("  ")[0].endswith(" points")
    assert title(rates) == "Success rate, before and after (%)"
    back = draw("before_after", metrics.trend(builds(), "2026-05-05", "2026-05-08", measure="success_rate"))
    assert all(row["worse"] and row["turn"] == -90 for row in rows(back))


def test_audit_timeline_is_bounded_and_says_so() -> None:
    """The newest 500 entries of the 15 busiest users are drawn, what was refused apart."""
    times = pd.date_range("2026-05-01", periods=600, freq="h", tz="UTC")
    made = pd.concat([audit()[:1]] * 600, ignore_index=True)
    made = made.assign(id=range(600), created_at=times.astype("datetime64[us, UTC]"), action="delete", rs_status=200)
    made["user_name"] = [f"user-{number % 17:02}" for number in range(600)]
    made.loc[599, "rs_status"] = 403
    chart = draw("audit_timeline", metrics.sensitive_changes(made))
    assert min(column(chart, "id")) >= 100
    assert len(set(column(chart, "name"))) == 15
    assert [row["id"] for row in rows(chart) if row["refused"]] == [599]
    assert "The newest 500 of 600 entries. 2 users with fewer entries are left out." in footer(chart)


def test_first_times_and_off_hours_are_timelines_too() -> None:
    """All flagged entries can be drawn; of several kinds the first gives the colour."""
    first = draw("audit_timeline", metrics.first_time_events(audit(), learning_days=3))
    assert "ip" in column(first, "flag")
    assert title(first) == "Seen for the first time, by user"
    night = draw("audit_timeline", metrics.off_hours_events(audit(), "Europe/Berlin"))
    assert "flag" not in rows(night)[0]
    assert "noor" in column(night, "name")
    assert title(draw("rate_intervals", metrics.off_hours(audit(), "UTC"))) == "Activity outside office hours (%)"


def test_audit_activity_keeps_users_and_others_apart() -> None:
    """Entries by users and without one add up to all, and failures have bars of their own."""
    chart = draw("audit_activity")
    assert all(row["by_users"] + row["without_user"] == row["n"] for row in rows(chart))
    assert sum(column(chart, "failures")) == FRAMES["audit_activity"]()["failures"].sum() > 0


def test_report_is_drawn_with_gaps_and_grey() -> None:
    """A series that is always 0 is left out, a missing interval is a gap, and a day of few builds is grey."""
    chart = draw("report_lines")
    assert sorted(set(column(chart, "series"))) == ["successRate", "totalBuilds", "totalDuration"]
    assert "Left out, always 0 or missing: delayDuration." in footer(chart)
    of_rate = {row["at"][:10]: row for row in rows(chart) if row["series"] == "successRate"}
    assert (of_rate["2026-05-13"]["value"], of_rate["2026-05-12"]["value"]) == (None, 90)
    assert [day for day, row in of_rate.items() if row["few"]] == [f"2026-05-{day:02}" for day in (2, 3, 9, 10, 13)]


def test_report_of_two_granularities_is_refused() -> None:
    """Days and weeks are not drawn on one line."""
    both = pd.concat([reports(), reports().assign(granularity="week")])
    with pytest.raises(ValueError, match=r"several values of 'granularity': day, week"):
        draw("report_lines", metrics.tidy(both))


def test_interval_held_twice_is_drawn_once() -> None:
    """Of an interval that two ranges hold, the figure of the later range is drawn."""
    later = reports().assign(range_end=pd.Timestamp("2026-05-20", tz="UTC").as_unit("us"))
    later["row"] = [row | {"successRate": 80} for row in later["row"]]
    chart = draw("report_lines", metrics.tidy(pd.concat([later, reports()])).iloc[::-1])
    rates = [row["value"] for row in rows(chart) if row["series"] == "successRate"]
    assert rates == [80] * 14


def test_report_by_pipeline_has_a_line_each() -> None:
    """Of seven pipelines, those with the five largest values are drawn, and the others counted."""
    made = [reports().assign(row=[{"pipelineName": f"p{n}", "credits": n}] * 14) for n in range(1, 8)]
    chart = draw("report_lines", metrics.tidy(pd.concat(made)))
    assert sorted(set(column(chart, "subject"))) == ["p3", "p4", "p5", "p6", "p7"]
    assert "The 5 largest of 7." in footer(chart)


def test_reconcile_shows_each_figure_once_with_its_reason() -> None:
    """A dot has both figures, the verdict and its reason."""
    twice = pd.concat([reports(), reports().assign(report_name="buildP50Duration")])
    chart = draw("reconcile_dots", metrics.reconcile(twice, builds()))
    assert column(chart, "name").count("builds") == 13
    agreed = [row for row in rows(chart) if row["verdict"] == "agrees"]
    assert {row["name"] for row in agreed} == {"builds"}
    assert agreed[0] | {"api": "24", "ours": "24", "change": "+0 %", "difference": 0} == agreed[0]
    assert all(row["reason"] for row in rows(chart))


def test_lost_unit_or_zone_is_not_guessed() -> None:
    """A frame whose attributes are lost is refused where they tell the unit, and claims no time zone."""
    changed = FRAMES["before_after"]()
    changed.attrs.clear()
    with pytest.raises(ValueError, match="lack the unit"):
        draw("before_after", changed)
    grid = FRAMES["weekday_hour_heatmap"]()
    grid.attrs.clear()
    assert title(draw("weekday_hour_heatmap", grid)) == "Builds by weekday and hour"
    times = FRAMES["percentile_dots"]()
    times.attrs.clear()
    assert title(draw("percentile_dots", times)) == "Duration of builds (minutes)"
