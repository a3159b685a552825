"""Which reports are asked, with which dates and granularity."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from analytics_kit.errors import WindowError
from analytics_kit.planning import ReportRequest, check_granularity, plan_reports
from analytics_kit.window import Window

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
MAY = Window(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
YEAR = Window(datetime(2025, 6, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))


def offer(granularity: str | None, least: str | None = None, most: str | None = None) -> dict[str, Any]:
    return {"granularity": granularity, "minDateRangeInterval": least, "maxDateRangeInterval": most}


CREDITS = {
    "reportName": "creditConsumption",
    "supportedTimeDimensions": [
        offer(None, "1 day", "1 year"),
        offer("month", "1 day", "1 year"),
        offer("day", "2 day", "45 day"),
    ],
}
COMMITTERS = {"reportName": "activeCommitters", "supportedTimeDimensions": [offer("month", "3 months", "1 year")]}
DROPDOWN = {"reportName": "pipelinesDropdown", "supportedTimeDimensions": []}
SILENT = {"reportName": "unheardOf"}


def plan(
    *records: dict[str, Any], names: list[str] | None = None, span: Window = MAY, granularity: str | None = None
) -> list[ReportRequest]:
    return plan_reports(records, names, span, granularity, NOW)


def test_the_days_of_a_window_include_the_last_one_it_touches() -> None:
    """[1 May, 1 June) is asked as 1 to 31 May; the span of the request is the same half-open window."""
    [request] = plan(CREDITS, names=["creditConsumption"])
    assert request.dates == ("2026-05-01", "2026-05-31")
    assert request.span == MAY


def test_an_open_window_is_the_last_30_days() -> None:
    """Reports need dates: without since they are asked for 30 days up to now."""
    [request] = plan(CREDITS, span=Window())
    assert (request.first, request.last) == (date(2026, 5, 3), date(2026, 6, 1))


def test_a_named_report_is_asked_as_it_was_said() -> None:
    """The granularity asked for is sent, and none is sent where none was asked for and the report has it."""
    assert plan(CREDITS, names=["creditConsumption"], granularity="day")[0].granularity == "day"
    assert plan(CREDITS, names=["creditConsumption"])[0].granularity is None
    assert plan(COMMITTERS, names=["activeCommitters"], span=YEAR)[0].granularity == "month"


def test_a_named_report_that_lacks_the_granularity_is_refused_with_those_it_has() -> None:
    """The error names the report and what it offers."""
    [request] = plan(CREDITS, names=["creditConsumption"], granularity="hour")
    assert isinstance(request.refused, WindowError)
    assert "creditConsumption" in str(request.refused)
    assert "month, day" in str(request.refused)


def test_a_named_report_outside_its_limits_is_refused_with_the_limit() -> None:
    """Which limit of which report: 45 days by day, 93 days at least."""
    [long] = plan(CREDITS, names=["creditConsumption"], span=YEAR, granularity="day")
    assert "2 to 45 days" in str(long.refused)
    assert "365" in str(long.refused)
    [short] = plan(COMMITTERS, names=["activeCommitters"])
    assert "93" in str(short.refused)


def test_an_unnamed_report_gets_the_nearest_it_offers() -> None:
    """A report that lacks the granularity gets its own, one that needs a longer range gets it; none a shorter one."""
    by_day, by_month = plan(CREDITS, COMMITTERS, granularity="day")
    assert by_day.granularity == "day"
    assert by_month.granularity == "month"
    assert (by_month.last - by_month.first).days + 1 == 93  # type: ignore[operator]
    assert by_month.last == date(2026, 5, 31)
    [coarser] = plan(CREDITS, span=YEAR, granularity="day")
    assert (coarser.granularity, coarser.span) == (None, YEAR)


def test_an_unnamed_report_is_never_asked_for_less_than_the_window() -> None:
    """Where no granularity allows the window asked for, the report is refused, not cut."""
    two_years = Window(datetime(2024, 6, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
    assert plan(CREDITS, span=two_years)[0].refused is not None


def test_a_report_without_time_dimensions_is_asked_without_dates() -> None:
    """It would answer 400 to a date range."""
    [request] = plan(DROPDOWN)
    assert request == ReportRequest("pipelinesDropdown")
    assert request.dates == ()
    assert request.span == Window()


def test_what_the_metadata_does_not_say_is_left_to_the_api() -> None:
    """A report that is unknown or silent about its limits, or says them in words not known, is asked as said."""
    asked = plan(SILENT, names=["unheardOf", "elsewhere"], granularity="week")
    assert [(request.report, request.granularity, request.refused) for request in asked] == [
        ("unheardOf", "week", None),
        ("elsewhere", "week", None),
    ]
    odd = {"reportName": "odd", "supportedTimeDimensions": [offer("day", "a while", "P45D")]}
    assert plan(odd, names=["odd"], span=YEAR, granularity="day")[0].refused is None


def test_granularities_are_four() -> None:
    """Another word is refused at once, with the four."""
    with pytest.raises(WindowError, match="hour, day, week, month"):
        check_granularity("daily")
    check_granularity(None)
    check_granularity("week")
