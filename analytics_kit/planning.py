"""Which reports to ask, with which dates and granularity: decided before the first request, from the metadata."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from analytics_kit.errors import WindowError, did_you_mean
from analytics_kit.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GRANULARITIES = ("hour", "day", "week", "month")
TOTAL = "total"
"""The ``granularity`` of a row that stands for the whole range."""
DEFAULT_DAYS = 30
_COARSEST_FIRST = (None, "month", "week", "day", "hour")
# The interval's wording is not documented: a number, then a unit; anything else is no limit. Generous, for the API has
# the last word.
_INTERVAL = re.compile(r"\s*(\d+)\s*(hour|day|week|month|year)s?\s*", re.IGNORECASE)
_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 31.0, "year": 366.0}


@dataclass(frozen=True, slots=True)
class Dimension:
    """One granularity that a report offers, and the shortest and longest range for it, in days."""

    granularity: str | None
    least: float = 0.0
    most: float = float("inf")


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """One request of one report.

    Attributes:
        report: The report's name.
        granularity: None for one figure over the whole range.
        first: First day asked for, None for a report that takes no dates.
        last: Last day asked for, included.
        refused: Why it is not asked at all.
        unlisted: What the metadata lists instead, where it does not list this report; the API decides, and may know it.
    """

    report: str
    granularity: str | None = None
    first: date | None = None
    last: date | None = None
    refused: WindowError | None = None
    unlisted: str | None = None

    @property
    def span(self) -> Window:
        """The range as a window; open on both sides for a report that takes no dates."""
        if not (self.first and self.last):
            return Window()
        return Window(_midnight(self.first), _midnight(self.last + timedelta(days=1)))

    @property
    def dates(self) -> tuple[str, ...]:
        """The two values of the ``dateRange`` parameter, or none."""
        return (self.first.isoformat(), self.last.isoformat()) if self.first and self.last else ()


def day_range(span: Window, now: datetime) -> tuple[date, date]:
    """First and last day (included) of a window; the last 30 days before ``until`` where it has no ``since``."""
    last = ((span.until or now) - timedelta(microseconds=1)).date()
    first = span.since.date() if span.since else last - timedelta(days=DEFAULT_DAYS - 1)
    return min(first, last), last


def check_granularity(granularity: str | None) -> None:
    """Refuse a granularity that no report has.

    Raises:
        WindowError: it is none of hour, day, week, month.
    """
    if granularity is not None and granularity not in GRANULARITIES:
        raise WindowError(
            f"granularity={granularity!r} is none of {', '.join(GRANULARITIES)}.",
            hint="Leave it out for one figure over the whole range.",
        )


def plan_reports(
    metadata: Iterable[dict[str, Any]],
    names: Sequence[str] | None,
    span: Window,
    granularity: str | None,
    now: datetime,
) -> list[ReportRequest]:
    """The requests to send.

    A report that was named gets what was asked, or is refused with the limit that it breaks. A report taken from the
    metadata gets the
    nearest that it offers: its own granularity where it lacks the one asked for, and a longer range where it needs one;
    never a shorter
    range than a window that was asked for.

    Args:
        metadata: Records of ``analytics_metadata``; empty where they are not known.
        names: The reports that were named; None takes all of the metadata.
        span: The window asked for; without ``since`` the last 30 days.
        granularity: As asked for, or None.
        now: The end of an open window.
    """
    offers = {
        record["reportName"]: dimensions(record) for record in metadata if isinstance(record.get("reportName"), str)
    }
    first, last = day_range(span, now)
    if names is None:
        return [
            _nearest(name, offered, granularity, first, last, fixed=span.since is not None)
            for name, offered in offers.items()
        ]
    asked = (_asked(name, offers.get(name), granularity, first, last) for name in names)
    return [replace(request, unlisted=_instead_of(request.report, list(offers))) for request in asked]


def _instead_of(name: str, listed: list[str]) -> str | None:
    if name in listed or not listed:
        return None
    return f"analytics_metadata has no {name!r}{did_you_mean(name, listed)} It lists {', '.join(sorted(listed))}."


def dimensions(record: dict[str, Any]) -> list[Dimension] | None:
    """What a report offers, from its metadata record; None where it does not say, empty where it takes no dates."""
    listed = record.get("supportedTimeDimensions")
    if not isinstance(listed, list):
        return None
    return [_dimension(item) for item in listed if isinstance(item, dict)]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _dimension(item: dict[str, Any]) -> Dimension:
    granularity = item.get("granularity") or None
    least, most = _days(item.get("minDateRangeInterval")), _days(item.get("maxDateRangeInterval"))
    return Dimension(granularity, least or 0.0, most or float("inf"))


def _days(interval: Any) -> float | None:
    match = _INTERVAL.fullmatch(interval) if isinstance(interval, str) else None
    return int(match[1]) * _DAYS[match[2].lower()] if match else None


def _asked(
    name: str, offered: list[Dimension] | None, granularity: str | None, first: date, last: date
) -> ReportRequest:
    if offered is None:
        return ReportRequest(name, granularity, first, last)
    if not offered:
        return ReportRequest(name)
    fitting = [item for item in offered if item.granularity == granularity]
    if not fitting and granularity is None:
        fitting = _coarsest_first(offered)
    if not fitting:
        return ReportRequest(name, refused=_no_granularity(name, granularity, offered))
    length = (last - first).days + 1
    chosen = next((item for item in fitting if item.least <= length <= item.most), None)
    if chosen is None:
        return ReportRequest(name, refused=_wrong_length(name, fitting[0], length))
    return ReportRequest(name, chosen.granularity, first, last)


def _nearest(
    name: str, offered: list[Dimension] | None, granularity: str | None, first: date, last: date, *, fixed: bool
) -> ReportRequest:
    if offered is None:
        return ReportRequest(name, granularity, first, last)
    if not offered:
        return ReportRequest(name)
    length = (last - first).days + 1
    wanted = [item for item in offered if item.granularity == granularity]
    usable = [item for item in (*wanted, *_coarsest_first(offered)) if length <= item.most]
    if not usable and not fixed:
        chosen = _coarsest_first(offered)[0]
        return ReportRequest(name, chosen.granularity, last - timedelta(days=int(chosen.most) - 1), last)
    if not usable:
        return ReportRequest(name, refused=_wrong_length(name, _coarsest_first(offered)[0], length))
    longer = max(length, int(-(-usable[0].least // 1)))
    return ReportRequest(name, usable[0].granularity, last - timedelta(days=longer - 1), last)


def _coarsest_first(offered: list[Dimension]) -> list[Dimension]:
    known = [item for item in offered if item.granularity in _COARSEST_FIRST]
    return sorted(known, key=lambda item: _COARSEST_FIRST.index(item.granularity)) or offered


def _no_granularity(name: str, granularity: str | None, offered: list[Dimension]) -> WindowError:
    listed = ", ".join(item.granularity or "none (one figure)" for item in offered)
    return WindowError(
        f"The report {name} has no granularity {granularity!r}; it has: {listed}.",
        hint="Choose one of these.",
        resource="analytics_reports",
    )


def _wrong_length(name: str, item: Dimension, length: int) -> WindowError:
    limits = f"{item.least:g} to {item.most:g} days" if item.most < float("inf") else f"at least {item.least:g} days"
    return WindowError(
        f"The report {name} with granularity {item.granularity or 'none'} allows {limits}; the window has {length}.",
        hint="Give another since and until, or another granularity.",
        resource="analytics_reports",
    )
