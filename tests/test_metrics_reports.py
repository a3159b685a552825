"""Analytics reports: made tidy, compared between windows, and reconciled with the builds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd
import pytest
from build_rows import build, frame_of, lines
from demo_server import start
from hypothesis import given, settings
from hypothesis import strategies as st
from kits import kit_on

from analytics_kit.errors import WindowError
from analytics_kit.metrics.builds import queue_time, run_time, success_rate
from analytics_kit.metrics.reconciliation import reconcile
from analytics_kit.metrics.report_compare import compare
from analytics_kit.metrics.report_definitions import MEASURES, differences
from analytics_kit.metrics.reports import number, tidy
from analytics_kit.metrics.series import throughput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics_kit.kit import Kit

MAY = ("2026-05-01", "2026-06-01")
TIMES = ("range_start", "range_end", "time")
COLUMNS = ("report_name", "granularity", *TIMES, "position", "row")
TYPES = {"report_name": "str", "granularity": "str", "position": "Int64"} | dict.fromkeys(TIMES, "datetime64[us, UTC]")


def report(
    name: str, *rows: dict[str, Any], per: str = "day", span: tuple[str | None, str | None] = MAY
) -> list[dict[str, Any]]:
    """The rows of one report for one range."""
    fixed = {"report_name": name, "granularity": per, "range_start": span[0], "range_end": span[1]}
    return [fixed | {"time": row.get("time"), "position": n, "row": row} for n, row in enumerate(rows)]


def reports_of(*reports: list[dict[str, Any]]) -> pd.DataFrame:
    """The rows as ``kit.frame("analytics_reports")`` would type them."""
    made = pd.DataFrame([row for rows in reports for row in rows], columns=COLUMNS)
    for name in TIMES:
        made[name] = pd.to_datetime(made[name], utc=True, format="ISO8601")
    return made.astype(TYPES)


LONG = report(
    "creditConsumption",
    {"time": "2026-05-01", "key": "credits", "value": "18240"},
    {"time": "2026-05-01", "key": "builds", "value": None},
    {"time": "2026-05-02", "key": "credits", "value": 7},
    {"time": "2026-05-02", "key": "builds", "value": "n/a"},
)
WIDE = report(
    "byPipeline",
    {"pipelineId": "11", "pipelineName": "shop/ci", "shortName": "ci", "builds": "3", "rate": 75.5, "deleted": False},
    {"pipelineId": "12", "pipelineName": "docs/ci", "shortName": "ci", "builds": "2", "rate": None, "deleted": True},
    per="total",
)


def test_long_report() -> None:
    """A long row is one value under its key; texts are numbers, what is none is missing and counted."""
    frame = tidy(reports_of(LONG))
    assert lines(frame, "series", "value", "subject") == [
        ("credits", 18240.0, None),
        ("builds", None, None),
        ("credits", 7.0, None),
        ("builds", None, None),
    ]
    assert [str(time)[:10] for time in frame["time"]] == ["2026-05-01"] * 2 + ["2026-05-02"] * 2
    assert (frame.attrs["n"], frame.attrs["no_number"]) == (4, 1)


def test_wide_report() -> None:
    """A wide row is one value per column; ids and names say what it is about, also an id made of digits."""
    frame = tidy(reports_of(WIDE))
    assert lines(frame, "subject", "subject_id", "series", "value") == [
        ("shop/ci", "11", "builds", 3.0),
        ("shop/ci", "11", "rate", 75.5),
        ("shop/ci", "11", "deleted", 0.0),
        ("docs/ci", "12", "builds", 2.0),
        ("docs/ci", "12", "rate", None),
        ("docs/ci", "12", "deleted", 1.0),
    ]
    assert frame["time"].isna().all()
    assert frame.attrs["no_number"] == 0


def test_texts_beside_numbers() -> None:
    """A column of texts only says what a row is about; one with a number in any row is a series."""
    rows = report(
        "r", {"cause": "cron", "seconds": "n/a"}, {"cause": "push", "seconds": 4}, {"cause": None, "seconds": 5}
    )
    assert lines(tidy(reports_of(rows)), "subject", "series", "value") == [
        ("cron", "seconds", None),
        ("push", "seconds", 4.0),
        (None, "seconds", 5.0),
    ]


def test_row_as_text_as_dict_and_from_the_database() -> None:
    """JSON text, dicts and a database's JSON column give the same frame."""
    parsed = reports_of(LONG, WIDE)
    text = parsed.assign(row=parsed["row"].map(json.dumps).astype("str"))
    table = ibis.duckdb.connect().create_table("reports", text)
    expected = tidy(parsed)
    for rows in (text, table, table.mutate(row=table.row.cast("json"))):
        pd.testing.assert_frame_equal(tidy(rows), expected)


def test_tidy_keeps_ranges_and_order() -> None:
    """Two ranges that hold one day stay apart; the API's order stays within each."""
    later = report(
        "creditConsumption",
        {"time": "2026-05-02", "key": "b", "value": 2},
        {"time": "2026-05-02", "key": "a", "value": 1},
    )
    frame = tidy(reports_of(LONG, [row | {"range_start": "2026-05-02"} for row in later]), "creditConsumption")
    assert [str(day)[:10] for day in frame["range_start"].unique()] == ["2026-05-01", "2026-05-02"]
    assert frame["series"].tolist()[-2:] == ["b", "a"]


def test_tidy_windows() -> None:
    """An interval counts by its start, a whole range if it lies within; a report without dates only without bounds."""
    undated = report("dropdown", {"id": "7", "deleted": True}, per="total", span=(None, None))
    rows = reports_of(LONG, WIDE, undated)
    assert set(tidy(rows)["report"]) == {"creditConsumption", "byPipeline", "dropdown"}
    assert set(tidy(rows, since="2026-05-01", until="2026-06-01")["report"]) == {"creditConsumption", "byPipeline"}
    assert set(tidy(rows, since="2026-05-02")["report"]) == {"creditConsumption"}
    assert len(tidy(rows, since="2026-05-02", until="2026-05-31")) == 2
    assert len(tidy(rows, until="2026-05-02")) == 2


def test_tidy_of_nothing() -> None:
    """No rows give no rows, with all columns typed, whatever report is asked for."""
    empty, full = tidy(reports_of(), "creditConsumption"), tidy(reports_of(LONG))
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()


@pytest.mark.parametrize(
    "asked", [{"report": "credits"}, {"report": ["byPipeline", "credits"]}, {"granularity": "hour"}]
)
def test_tidy_of_what_is_not_held(asked: dict[str, Any]) -> None:
    """A report or granularity that is not there is refused with those that are."""
    with pytest.raises(ValueError, match=r"byPipeline|day, total"):
        tidy(reports_of(LONG, WIDE), **asked)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("18240", 18240.0),
        (" 1.5 ", 1.5),
        (True, 1.0),
        (0, 0.0),
        ("", None),
        ("nan", None),
        ("inf", None),
        ([1], None),
        (None, None),
    ],
)
def test_number(value: Any, expected: float | None) -> None:
    """Numbers come as numbers, texts, and yes or no; nothing else is one."""
    assert number(value) == expected


def days(name: str, values: list[dict[str, Any]], first: int = 1, span: tuple[str, str] = MAY) -> list[dict[str, Any]]:
    rows = [{"time": f"2026-05-{first + n:02}"} | value for n, value in enumerate(values)]
    return report(name, *rows, span=span)


AVG = [
    {"totalBuilds": "1", "successfulBuilds": "1", "successRate": 100, "totalDuration": 1000},
    {"totalBuilds": "3", "successfulBuilds": "0", "successRate": 0, "totalDuration": 5000},
    {"totalBuilds": "0", "successfulBuilds": "0", "successRate": None, "totalDuration": None},
    {"totalBuilds": "2", "successfulBuilds": "1", "successRate": 50, "totalDuration": 2000},
]
FIRST, SECOND = ("2026-05-01", "2026-05-03"), ("2026-05-03", "2026-05-05")


def test_compare_puts_days_together() -> None:
    """Counts add up, means and rates are weighted with the builds, and empty days have no weight."""
    frame = compare(reports_of(days("buildAvgDuration", AVG)), "buildAvgDuration", FIRST, SECOND)
    assert lines(frame, "series", "statistic", "a", "b", "change", "relative_change", "n_a", "n_b") == [
        ("totalBuilds", "sum", 4.0, 2.0, -2.0, -0.5, 2, 2),
        ("successfulBuilds", "sum", 1.0, 1.0, 0.0, 0.0, 2, 2),
        ("successRate", "weighted mean", 25.0, 50.0, 25.0, 1.0, 2, 1),
        ("totalDuration", "weighted mean", 4000.0, 2000.0, -2000.0, -0.5, 2, 1),
    ]
    assert frame[["whole_a", "whole_b"]].all(axis=None)
    assert frame.attrs["granularity"] == "day"


def test_compare_does_not_average_percentiles() -> None:
    """Of percentiles the median day stands for a typical one, and the frame says so; a rise from zero has no ratio."""
    values = [{"totalDuration": value} for value in (0, 0, 9, 1, 5)]
    frame = compare(
        reports_of(days("buildP90Duration", values)), "buildP90Duration", FIRST, ("2026-05-03", "2026-05-06")
    )
    assert lines(frame, "statistic", "a", "b", "relative_change") == [("median of intervals", 0.0, 5.0, None)]


def test_compare_takes_whole_ranges_as_reported() -> None:
    """Where the API computed both windows itself, its figures are taken; a window that it did not is missing."""
    first = report("buildP50Duration", {"totalDuration": 7}, per="total", span=FIRST)
    second = report("buildP50Duration", {"totalDuration": 8}, per="total", span=SECOND)
    rows = reports_of(first, second, days("buildP50Duration", [{"totalDuration": 1}]))
    frame = compare(rows, "buildP50Duration", FIRST, SECOND)
    assert lines(frame, "statistic", "a", "b", "n_a", "whole_b") == [("as reported", 7.0, 8.0, 1, True)]
    other = compare(rows, "buildP50Duration", FIRST, MAY, "total")
    assert lines(other, "a", "b", "n_b", "whole_b") == [(7.0, None, None, False)]


def test_compare_leaves_cut_intervals_out() -> None:
    """A week that the window or the range cuts is left out and counted; a window beyond the ranges is not whole."""
    rows = [{"time": f"2026-{day}", "key": "credits", "value": 1} for day in ("04-27", "05-04", "05-11", "05-18")]
    reports = reports_of(report("creditConsumption", *rows, per="week", span=("2026-04-29", "2026-05-25")))
    frame = compare(reports, "creditConsumption", ("2026-04-27", "2026-05-11"), ("2026-05-12", "2026-06-01"))
    assert lines(frame, "a", "b", "whole_a", "whole_b") == [(1.0, 1.0, False, False)]
    assert (frame.attrs["cut_a"], frame.attrs["cut_b"]) == (1, 1)
    whole = compare(reports, "creditConsumption", ("2026-05-04", "2026-05-11"), ("2026-05-11", "2026-05-25"))
    assert lines(whole, "a", "b", "whole_a", "whole_b") == [(1.0, 2.0, True, True)]
    cut = compare(reports, "creditConsumption", ("2026-05-04", "2026-05-13"), ("2026-05-11", "2026-05-25"))
    assert lines(cut, "a", "whole_a", "whole_b") == [(1.0, False, True)]


def test_compare_counts_a_day_once() -> None:
    """Of a day that was loaded with two ranges the later range counts."""
    rows = reports_of(
        days("creditConsumption", [{"key": "credits", "value": 1}], span=("2026-05-01", "2026-05-02")),
        days("creditConsumption", [{"key": "credits", "value": 5}], span=MAY),
    )
    frame = compare(rows, "creditConsumption", ("2026-05-01", "2026-05-02"), ("2026-05-01", "2026-05-02"))
    assert lines(frame, "a", "b", "n_a") == [(5.0, 5.0, 1)]


def test_compare_by_subject() -> None:
    """Each subject is compared with itself; one that is in one window only has no change."""
    row = {"pipelineId": "1", "pipelineName": "shop/ci"}
    other = {"pipelineId": "2", "pipelineName": "docs/ci"}
    rows = days("pipelineCreditConsumption", [row | {"credits": "2"}, other | {"credits": "3"}, row | {"credits": "6"}])
    frame = compare(reports_of(rows), "pipelineCreditConsumption", FIRST, SECOND)
    assert lines(frame, "subject", "a", "b", "relative_change") == [
        ("shop/ci", 2.0, 6.0, 2.0),
        ("docs/ci", 3.0, None, None),
    ]


def test_compare_wants_one_granularity_and_two_windows() -> None:
    """Several granularities are not mixed, and a window has two bounds."""
    rows = reports_of(days("r", [{"x": 1}]), report("r", {"time": "2026-05-01", "x": 1}, per="month"))
    with pytest.raises(ValueError, match="per day, month"):
        compare(rows, "r", FIRST, SECOND)
    with pytest.raises(WindowError, match="window_b"):
        compare(rows, "r", FIRST, ("2026-05-01", None), "day")


DAY = ("2026-05-04", "2026-05-05")
BUILDS = frame_of(
    build("success", "2026-05-04T10:00:00", wait=10, run=60),
    build("success", "2026-05-04T11:00:00", wait=20, run=100),
    build("error", "2026-05-04T12:00:00", wait=30, run=40),
    build("terminated", "2026-05-04T13:00:00", wait=10, run=20),
    build("terminated", "2026-05-04T14:00:00", wait=None, run=5),  # never started
    build("success", "2026-05-04T23:59:50", wait=20, run=40),  # ends on the next day
    build("running", "2026-05-04T15:00:00", wait=10, run=None),
)
# What an API gives that counts builds by creation, if they started and ended: by hand, in seconds.
MEANS = {
    "totalBuilds": "5",
    "successfulBuilds": "3",
    "successRate": 60,
    "totalDuration": 70,
    "initializingDuration": 18,
    "runningDuration": 52,
    "pendingApprovalDuration": 0,
    "pendingConcurrencyDuration": 0,
    "delayDuration": 0,
}


def times(row: dict[str, Any], factor: float) -> dict[str, Any]:
    return {name: value * factor if name.endswith("Duration") and value else value for name, value in row.items()}


def reconciled(*reports: list[dict[str, Any]], builds: pd.DataFrame = BUILDS) -> pd.DataFrame:
    return reconcile(reports_of(*reports), builds)


@pytest.mark.parametrize(("factor", "unit"), [(1000, "milliseconds"), (1, "seconds")])
def test_reconcile_by_hand(factor: int, unit: str) -> None:
    """Both sides of every measure, in seconds whatever the API's unit, and the definition that was found."""
    frame = reconciled(report("buildAvgDuration", times(MEANS, factor), per="total", span=DAY))
    assert lines(frame, "measure", "unit", "api", "verdict") == [
        ("builds", "builds", 5.0, "explained"),
        ("successes", "builds", 3.0, "agrees"),
        ("success_rate", "rate", 0.6, "explained"),
        ("total_time", "seconds", 70.0, "explained"),
        ("queue_time", "seconds", 18.0, "explained"),
        ("run_time", "seconds", 52.0, "explained"),
    ]
    assert frame["ours"].tolist() == pytest.approx([7, 3, 2 / 3, 95, 100 / 6, 80])
    assert frame["difference"].tolist() == pytest.approx([-2, 0, -1 / 15, -25, 4 / 3, -28])
    assert frame["relative_difference"].tolist() == pytest.approx([-2 / 7, 0, -0.1, -25 / 95, 0.08, -0.35])
    assert frame["agrees"].tolist() == [False, True, False, False, False, False]
    assert frame.attrs["duration_unit"] == unit
    assert frame["reason"][2] == (
        "The API puts builds into intervals by creation time, not by finish time, and takes builds that started and "
        "ended, terminated included, never started and pending left out (ours: successful and failed builds, "
        "terminated left out). Computed so, the figure is the same in 1 of 1 interval."
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("buildP50Duration", {"totalDuration": 70, "runningDuration": 40}),
        ("buildP90Duration", {"totalDuration": 100, "runningDuration": 84}),
    ],
)
def test_reconcile_percentiles_by_hand(name: str, expected: dict[str, float]) -> None:
    """Percentiles are recomputed from the builds that the API takes: 30, 60, 70, 70, 120 and 20, 40, 40, 60, 100."""
    frame = reconciled(report(name, times(expected, 1000), per="total", span=DAY))
    assert lines(frame, "measure", "statistic", "verdict") == [
        ("total_time", name[5:8].lower(), "explained"),
        ("run_time", name[5:8].lower(), "explained"),
    ]


def test_reconcile_tells_the_unit_by_fit_before_size() -> None:
    """A total time 49 times ours looks like milliseconds, but in seconds it is exactly that of another definition."""
    builds = frame_of(build("success", wait=None, run=1), build("error", wait=47, run=2))
    frame = reconciled(report("buildAvgDuration", {"totalDuration": 49}, per="total", span=DAY), builds=builds)
    assert lines(frame, "api", "ours", "verdict") == [(49.0, 1.0, "explained")]
    assert (frame.attrs["duration_unit"], frame.attrs["duration_ratio"]) == ("seconds", 49.0)


def test_reconcile_allows_for_rounding_that_shows() -> None:
    """Whole percentages on several days are the API's rounding; a single one is taken at its word."""
    dates = [f"2026-05-{day:02}" for day in range(4, 10)]
    builds = frame_of(
        *[build(status, f"{day}T10:00:00") for day in dates for status in ("success", "success", "error")]
    )
    rates = [{"time": day, "successRate": 67} for day in dates]
    many = reconciled(report("buildAvgDuration", *rates, span=("2026-05-04", "2026-05-10")), builds=builds)
    one = reconciled(report("buildAvgDuration", *rates[:1], span=DAY), builds=builds)
    assert many["agrees"].all()
    assert many["tolerance"].round(4).unique().tolist() == [0.005]
    assert lines(one, "agrees", "verdict") == [(False, "unexplained")]


def test_reconcile_with_our_own_figures() -> None:
    """Where the API counts as we do, nothing differs."""
    ours = {
        "totalBuilds": 7,
        "successfulBuilds": 3,
        "successRate": 66.67,
        "totalDuration": 95000,
        "initializingDuration": 16667,
    }
    frame = reconciled(report("buildAvgDuration", ours | {"runningDuration": 80000}, per="total", span=DAY))
    assert frame["agrees"].all()
    assert set(frame["reason"]) == {"Same figure by our own definition."}


def test_reconcile_says_when_nothing_fits() -> None:
    """A figure that no definition gives is not explained, and the nearest one is told."""
    frame = reconciled(
        report("buildAvgDuration", {"successRate": 12.34, "totalDuration": 70000}, per="total", span=DAY)
    )
    [rate] = frame[frame["measure"] == "success_rate"].to_dict("records")
    assert rate["verdict"] == "unexplained"
    assert rate["reason"].startswith(
        "None of the 8 definitions computed gives the API's figures in most intervals. The nearest"
    )
    assert rate["reason"].endswith("gives 0.4.")  # 2 of 5 that ended on the day, none left out


def test_reconcile_takes_no_coincidence_for_a_reason() -> None:
    """A definition that fits one day of three is not named as the reason for that day."""
    builds = frame_of(
        *[
            build(status, f"2026-05-0{day}T10:00:00")
            for day in (4, 5, 6)
            for status in ("success", "success", "terminated")
        ]
    )
    span = ("2026-05-04", "2026-05-10")
    days_without = [{"time": f"2026-05-0{day}", "successRate": None} for day in (7, 8, 9)]
    rates = [{"time": f"2026-05-0{day}", "successRate": rate} for day, rate in ((4, 66.67), (5, 12), (6, 13))]
    frame = reconciled(report("buildAvgDuration", *rates, *days_without, span=span), builds=builds)
    assert frame["verdict"].tolist() == ["unexplained"] * 3 + ["not compared"] * 3
    fitting = [rate | {"successRate": 66.67} for rate in rates]
    frame = reconciled(report("buildAvgDuration", *fitting, *days_without, span=span), builds=builds)
    assert frame["verdict"].tolist() == ["explained"] * 3 + ["not compared"] * 3


def test_reconcile_names_one_definition_for_all_columns() -> None:
    """Where a rate fits by creation and by finish time, the total time beside it decides which is named."""
    builds = frame_of(
        build("success", "2026-05-03T23:59:00", run=300),  # ends on the day
        build("success", "2026-05-04T23:59:00", run=100),  # ends after it
        build("terminated", "2026-05-04T12:00:00", run=50),
    )
    row = {"successRate": 50, "totalDuration": 85_000}
    frame = reconciled(report("buildAvgDuration", row, per="total", span=DAY), builds=builds)
    assert frame["verdict"].tolist() == ["explained"] * 2
    assert frame["reason"].str.contains("by creation time, not by finish time").all()


# The second build waited 30 seconds for an approval, the sixth 5 for its turn: the API shows both apart.
WAITS = MEANS | {
    "initializingDuration": 17,
    "pendingConcurrencyDuration": 1,
    "runningDuration": 46,
    "pendingApprovalDuration": 6,
}


def test_reconcile_adds_the_waits_of_means() -> None:
    """Means of phases add up, so what the API shows apart is put back, and the reason names it."""
    frame = reconciled(report("buildAvgDuration", times(WAITS, 1000), per="total", span=DAY))
    reasons = dict(lines(frame, "measure", "reason"))
    assert set(frame["verdict"]) == {"explained", "agrees"}
    assert "shows pendingConcurrencyDuration and delayDuration apart" in reasons["queue_time"]
    assert "shows pendingApprovalDuration apart" in reasons["run_time"]


QUIET_DAY = ("2026-05-11", "2026-05-12")
QUIET_BUILD = build("success", "2026-05-11T10:00:00", wait=10, run=60)
QUIET_MEANS = dict.fromkeys(MEANS, 0) | {"totalDuration": 70, "initializingDuration": 10, "runningDuration": 60}


def with_a_quiet_day(total: float, running: float, means: dict[str, Any] | None, quiet: float) -> pd.DataFrame:
    """The p90 of the day with waits and of a day without, beside the API's means of both days if there are any."""
    span = (DAY[0], QUIET_DAY[1])
    percentiles = {"totalDuration": total, "runningDuration": running}, {"totalDuration": 70, "runningDuration": quiet}
    rows = [{"time": day} | times(row, 1000) for day, row in zip((DAY[0], QUIET_DAY[0]), percentiles, strict=True)]
    told = (
        []
        if means is None
        else [{"time": DAY[0]} | times(means, 1000), {"time": QUIET_DAY[0]} | times(QUIET_MEANS, 1000)]
    )
    builds = pd.concat([BUILDS, frame_of(QUIET_BUILD).assign(id="quiet")], ignore_index=True)
    return reconciled(
        report("buildP90Duration", *rows, span=span),
        *([report("buildAvgDuration", *told, span=span)] if told else []),
        builds=builds,
    )


@pytest.mark.parametrize(
    ("running", "means", "verdict"),
    [
        (66, WAITS, "consistent"),  # 20, 40, 40, 60, 70: the 30 seconds taken out of the slowest
        (84, WAITS, "explained"),  # as the builds have it
        (85, WAITS, "unexplained"),  # taking something out cannot make it more
        (66, MEANS, "unexplained"),  # the API's own means know of no wait
        (66, None, "unexplained"),  # nothing is known of waits
        (66, WAITS | {"totalDuration": 71}, "consistent"),  # the basis is that of the percentile's own report
    ],
)
def test_reconcile_of_percentiles_with_waits(running: float, means: dict[str, Any] | None, verdict: str) -> None:
    """A percentile cannot be put together again: the wait is named only where the API's own mean tells of one."""
    frame = with_a_quiet_day(100, running, means, quiet=60)
    found, quiet = frame[(frame["report"] == "buildP90Duration") & (frame["measure"] == "run_time")].to_dict("records")
    assert (found["verdict"], quiet["verdict"]) == (verdict, "agrees")
    assert ("a mean of 6.0 seconds here" in found["reason"]) == (verdict == "consistent")
    assert ("in the one interval without such a wait" in found["reason"]) == (verdict == "consistent")


def test_reconcile_proves_nothing_by_intervals_that_are_not_there() -> None:
    """A wait is the reason only where the figure was compared in an interval without one: else it is a guess."""
    refuted = with_a_quiet_day(100, 66, WAITS, quiet=50)
    assert refuted["verdict"].iloc[-2:].tolist() == ["unexplained"] * 2
    p90 = report("buildP90Duration", {"totalDuration": 100_000, "runningDuration": 66_000}, per="total", span=DAY)
    frame = reconciled(p90, report("buildAvgDuration", times(WAITS, 1000), per="total", span=DAY))
    [found] = frame[(frame["report"] == "buildP90Duration") & (frame["measure"] == "run_time")].to_dict("records")
    assert found["verdict"] == "unexplained"
    assert "That may be why; it cannot be checked, because no interval is without." in found["reason"]
    assert not frame["reason"].str.contains(r"\b0 intervals").any()


def test_reconcile_knows_no_wait_of_an_interval_without_means() -> None:
    """What the API's means do not cover is not taken for a wait."""
    span = ("2026-05-03", "2026-05-05")
    p90 = {"time": "2026-05-04", "totalDuration": 100_000, "runningDuration": 66_000, "successRate": 60}
    means = report("buildAvgDuration", {"time": "2026-05-03", "pendingApprovalDuration": 0}, span=span)
    frame = reconciled(report("buildP90Duration", p90, span=span), means)
    assert lines(frame, "measure", "verdict")[1:] == [("total_time", "explained"), ("run_time", "unexplained")]


def test_reconcile_knows_no_cause_where_the_total_is_not_explained() -> None:
    """A wait explains a part only if the total time, which includes it, is the same."""
    p90 = report("buildP90Duration", {"totalDuration": 101_000, "runningDuration": 66_000}, per="total", span=DAY)
    frame = reconciled(p90, report("buildAvgDuration", times(WAITS, 1000), per="total", span=DAY))
    assert frame[frame["report"] == "buildP90Duration"]["verdict"].tolist() == ["unexplained", "unexplained"]


def test_reconcile_keeps_clock_skew_where_the_api_does() -> None:
    """A build that started before it was created is left out by us; where the API counts it, that is the reason."""
    builds = frame_of(build(wait=-2), build(wait=10))
    row = {"totalDuration": 64_000, "initializingDuration": 4_000, "runningDuration": 60_000}
    frame = reconciled(report("buildAvgDuration", row, per="total", span=DAY), builds=builds)
    assert lines(frame, "measure", "ours", "verdict")[1] == ("queue_time", 10.0, "explained")
    assert "keeps times that run backwards" in frame["reason"][1]


def test_reconcile_by_day_and_in_empty_days() -> None:
    """Each interval is compared with its own builds; on an empty day 0 builds agree, and there is no rate."""
    empty = dict.fromkeys(MEANS) | {"totalBuilds": "0", "successfulBuilds": "0"}
    rows = [{"time": "2026-05-03"} | empty, {"time": "2026-05-04"} | times(MEANS, 1000)]
    frame = reconciled(report("buildAvgDuration", *rows, span=("2026-05-03", "2026-05-05")))
    quiet = frame[frame["period"] == "2026-05-03"]
    assert quiet["verdict"].tolist() == ["agrees"] * 2 + ["not compared"] * 4
    assert quiet["ours"].fillna(-1).tolist() == [0, 0, -1, -1, -1, -1]
    assert len(frame) == 12


def test_reconcile_without_builds() -> None:
    """Where there are no builds, nothing can be compared: nothing agrees, and the API's unit is not known."""
    api = report("buildAvgDuration", times(MEANS, 1000) | {"successRate": None}, per="total", span=DAY)
    frame = reconciled(api, builds=frame_of())
    assert set(frame["verdict"]) == {"not compared"}
    assert frame[["agrees", "ours", "difference"]].isna().all(axis=None)
    assert set(frame["reason"]) == {"There are no builds in this range to compare with."}
    assert frame.attrs["duration_unit"] is None
    assert frame.attrs["duration_ratio"] != frame.attrs["duration_ratio"]  # NaN


def test_reconcile_does_not_compare_what_the_api_does_not_give() -> None:
    """A rate that the API leaves out neither agrees nor differs, whether or not ours has a figure."""
    rates = [{"time": "2026-05-03", "successRate": None}, {"time": "2026-05-04", "successRate": None}]
    frame = reconciled(report("buildAvgDuration", *rates, span=("2026-05-03", "2026-05-05")))
    assert lines(frame, "agrees", "verdict", "reason") == [
        (None, "not compared", "Neither side has a figure in this interval."),
        (None, "not compared", "The API gives no figure in this interval."),
    ]


def test_reconcile_of_nothing() -> None:
    """Other reports are no matter of builds: no rows, all columns."""
    frame = reconciled(LONG, WIDE)
    assert len(frame) == 0
    assert (
        frame.dtypes.to_dict() == reconciled(report("buildAvgDuration", MEANS, per="total", span=DAY)).dtypes.to_dict()
    )


def test_definitions_start_with_ours() -> None:
    """Each measure tries its own definition first, then those that differ in ever more respects, each once."""
    for measure in MEASURES:
        respects = [len(differences(definition, measure)) for definition in measure.definitions]
        assert respects[0] == 0 < respects[1]
        assert respects == sorted(respects)
        assert len(set(measure.definitions)) == len(measure.definitions)


OUTCOMES = st.tuples(
    st.sampled_from(["success", "error", "terminated"]),
    st.integers(0, 47),
    st.one_of(st.none(), st.integers(0, 900)),
    st.integers(1, 5000),
)


@settings(deadline=None, max_examples=8)
@given(st.lists(OUTCOMES, min_size=1, max_size=12))
@pytest.mark.long
def test_reconcile_explains_an_api_that_counts_executed_builds(
    outcomes: list[tuple[str, int, int | None, int]],
) -> None:
    """Figures by creation of executed builds, computed in plain pandas, agree or are explained, whatever the builds."""
    builds = frame_of(
        *(
            build(status, f"2026-05-0{4 + hour // 24}T{hour % 24:02}:30:00", wait=wait, run=run)
            for status, hour, wait, run in outcomes
        )
    )
    executed = builds[builds["started"].notna()]
    total = (executed["finished"] - executed["created"]).dt.total_seconds()
    row = {
        "totalBuilds": str(len(executed)),
        "successRate": round(100 * float((executed["status"] == "success").mean()), 2) if len(executed) else None,
        "totalDuration": round(total.mean() * 1000) if len(executed) else None,
    }
    frame = reconciled(report("buildAvgDuration", row, per="total", span=("2026-05-04", "2026-05-06")), builds=builds)
    assert set(frame[frame["api"].notna()]["verdict"]) <= {"agrees", "explained"}


@pytest.fixture(scope="module")
def demo_kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """Builds and reports of the demo, loaded through the kit: whole ranges, days and weeks of April and May."""
    demo = start("--scale", "0.5")
    kit = kit_on(demo, tmp_path_factory.mktemp("reports"))
    kit.load("builds")
    names = ["buildAvgDuration", "buildP50Duration", "buildP90Duration"]
    for granularity in ("day", "week", None):
        kit.load("analytics_reports", reports=names, since="2026-04-01", until="2026-06-01", granularity=granularity)
    yield kit
    kit.close()
    demo.stop()


@pytest.mark.long
def test_demo_differences_are_explained(demo_kit: Kit) -> None:
    """Every difference of the demo's reports has a reason that was computed; only waits cannot be put in figures."""
    frame = reconcile(demo_kit.table("analytics_reports"), demo_kit.table("builds"))
    assert set(frame["granularity"]) == {"day", "week", "total"}
    assert (frame["verdict"] == "explained").sum() > 100
    unexplained = frame[frame["verdict"] == "unexplained"]
    assert unexplained["reason"].str.contains("That may be why; it cannot be checked").all()
    assert "day" not in set(unexplained["granularity"])  # there are days without a wait
    waits = frame[frame["verdict"].isin(["consistent", "unexplained"])]
    assert set(waits["measure"]) <= {"queue_time", "run_time"}
    assert set(waits["statistic"]) == {"p50", "p90"}
    assert frame.attrs["duration_unit"] == "milliseconds"
    told = frame[(frame["granularity"] == "total") & (frame["measure"] == "total_time")]
    assert told["reason"].str.contains("terminated included, never started and pending left out").all()


def test_ours_is_what_the_metrics_say(demo_kit: Kit) -> None:
    """Our side is the kit's own success rate, run time, queue time and throughput for the same window."""
    builds = demo_kit.table("builds")
    frame = reconcile(demo_kit.table("analytics_reports"), builds, "total")
    ours = {(row["measure"], row["statistic"]): row["ours"] for row in frame.to_dict("records")}
    window: Any = {"since": "2026-04-01", "until": "2026-06-01"}
    [rate], [run], [queue] = (
        metric(builds, None, **window).to_dict("records") for metric in (success_rate, run_time, queue_time)
    )
    months = throughput(builds, "month", **window)
    rates = {name: value for (name, _), value in ours.items() if name in ("builds", "successes", "success_rate")}
    assert rates == {
        "builds": months["n"].sum(),
        "successes": months["successes"].sum(),
        "success_rate": rate["success_rate"],
    }
    for name, metric in (("run_time", run), ("queue_time", queue)):
        for statistic in ("mean", "p50", "p90"):
            assert ours[name, statistic] == pytest.approx(metric[f"{statistic}_seconds"], rel=1e-9)


def test_demo_compare(demo_kit: Kit) -> None:
    """April beside May from the demo's days: the builds are those that the API counts, and the parts add up."""
    reports = demo_kit.table("analytics_reports")
    frame = compare(reports, "buildAvgDuration", ("2026-04-01", "2026-05-01"), MAY, "day").set_index("series")
    total = tidy(reports, "buildAvgDuration", "total").set_index("series")["value"]
    assert frame.loc["totalBuilds", ["a", "b"]].sum() == total["totalBuilds"]
    weighted = (frame["a"] * frame["a"]["totalBuilds"] + frame["b"] * frame["b"]["totalBuilds"]) / total["totalBuilds"]
    assert weighted["totalDuration"] == pytest.approx(total["totalDuration"], abs=1)
