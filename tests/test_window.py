"""Windows: what can be given for a time, and how windows join and cover each other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pandas as pd
import pytest

from analytics_kit.errors import WindowError
from analytics_kit.window import Window, is_relative, joined, window

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 5, day, hour, tzinfo=UTC)


def read(value: object) -> datetime | None:
    return window(value, None, lambda: NOW).since  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("30d", NOW - 30 * DAY),
        ("12h", NOW - DAY / 2),
        ("8W", NOW - 56 * DAY),
        ("2026-05-03", at(3)),
        ("2026-05-03T06:00:00Z", at(3, 6)),
        ("2026-05-03T06:00:00+02:00", at(3, 4)),
        ("2026-05-03T06:00:00", at(3, 6)),
        (date(2026, 5, 3), at(3)),
        (datetime(2026, 5, 3, 6), at(3, 6)),  # noqa: DTZ001 - what a user may give
        (datetime(2026, 5, 3, 6, tzinfo=timezone(timedelta(hours=-5))), at(3, 11)),
        (pd.Timestamp("2026-05-03", tz="UTC"), at(3)),
        (None, None),
    ],
)
def test_times_are_read_as_utc(given: object, meant: datetime | None) -> None:
    """Dates, datetimes, ISO texts and relative texts mean one instant in UTC; a missing zone means UTC."""
    assert read(given) == meant


@pytest.mark.parametrize("given", ["30x", "yesterday", "", "2026-13-01", 30, "99999999999w"])
def test_what_is_no_time_is_refused(given: object) -> None:
    """The error quotes the value and tells what is allowed."""
    with pytest.raises(WindowError) as caught:
        read(given)
    assert repr(given) in str(caught.value)
    assert '"30d"' in str(caught.value)


def test_now_is_asked_only_for_relative_times() -> None:
    """An absolute window costs no look at the API's clock."""

    def never() -> datetime:
        raise AssertionError("asked for now")

    assert window("2026-05-01", "2026-05-02", never) == Window(at(1), at(2))
    assert is_relative("7d")
    assert not is_relative("2026-05-01")


def test_an_empty_window_is_refused() -> None:
    """[since, until) with since not before until can hold nothing."""
    with pytest.raises(WindowError, match="not before"):
        Window(at(2), at(2))


def test_overlapping_and_touching_windows_join() -> None:
    """Windows that touch are one; a gap keeps them apart; open ends stay open."""
    parts = [Window(at(5), at(7)), Window(at(1), at(2)), Window(at(2), at(3)), Window(at(6), None)]
    assert joined(parts) == [Window(at(1), at(3)), Window(at(5), None)]
    assert joined([Window(None, at(2)), Window(at(1), at(3))]) == [Window(None, at(3))]


@pytest.mark.parametrize(
    ("part", "covered"),
    [
        (Window(at(1), at(4)), True),
        (Window(at(1), at(6)), False),
        (Window(None, at(2)), False),
        (Window(at(2), None), False),
    ],
)
def test_a_window_is_covered_by_joined_ones(part: Window, covered: bool) -> None:
    """Two touching windows cover what neither covers alone; an open side is covered by an open side only."""
    assert part.within([Window(at(1), at(3)), Window(at(3), at(5))]) is covered


def test_widening_leaves_open_sides_open() -> None:
    """The margin is added where there is a bound."""
    assert Window(at(2), None).widened(DAY) == Window(at(1), None)
