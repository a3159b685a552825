"""Parameters of a notebook, checked where it begins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

import analytics_kit as ak

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def kit() -> Iterator[ak.Kit]:
    with ak.parameters(source="demo").connect() as kit:
        kit.load("builds", since="14d")
        yield kit


def test_what_is_wrong_says_what_is_allowed() -> None:
    """A source, a zone, a date, a granularity: each with the values there are, or the close match."""
    with pytest.raises(ak.ConfigurationError, match="demo, live"):
        ak.parameters(source="production")
    with pytest.raises(ak.ConfigurationError, match="'Europe/Berlin'"):
        ak.parameters(time_zone="Europe/Berln")
    with pytest.raises(ak.WindowError, match="30d"):
        ak.parameters(since="last month")
    with pytest.raises(ak.WindowError, match="not before"):
        ak.parameters(since="2026-05-02", until="2026-05-01")
    with pytest.raises(ak.WindowError, match="hour, day, week, month"):
        ak.parameters(granularity="daily")


def test_what_is_near_ends_in_one_mark(kit: ak.Kit) -> None:
    """A close match ends in its question mark, and without one the sentence ends in a full stop."""
    with pytest.raises(ak.ConfigurationError, match=r"is no time zone; did you mean 'Europe/Berlin'\?\n"):
        ak.parameters(time_zone="Europe/Berln")
    with pytest.raises(ak.ConfigurationError, match=r"time_zone='x' is no time zone\.\n"):
        ak.parameters(time_zone="x")
    with pytest.raises(ak.ConfigurationError, match=r"is in no row; did you mean 'payments'\?\n"):
        ak.parameters().only(kit.table("builds"), project="paymets")
    with pytest.raises(ak.ConfigurationError, match=r"project='zzzzzz' is in no row\.\n"):
        ak.parameters().only(kit.table("builds"), project="zzzzzz")


def test_a_window_without_a_start_says_so(kit: ak.Kit) -> None:
    """None is no start, as in a load; where a window is needed it is refused with what to give instead."""
    asked = ak.parameters(since=None)
    with pytest.raises(ak.WindowError, match=r'since=None(?s:.*)since="30d"'):
        asked.window(kit)
    assert kit.load("projects", since=asked.since)["projects"].status == "loaded"


def test_live_needs_settings() -> None:
    """With source live the kit is that of the settings, and says which are missing."""
    with pytest.raises(ak.ConfigurationError, match="base_url"):
        ak.parameters(source="live").connect()


def test_a_window_counts_from_the_clock_of_the_api(kit: ak.Kit) -> None:
    """The demo's clock stands still, so that "30d" is the same window at every run."""
    span = ak.parameters(since="30d", until="1d").window(kit)
    assert (span.since, span.until) == (NOW - timedelta(days=30), NOW - timedelta(days=1))
    assert kit.now() == NOW


def test_only_takes_what_is_there(kit: ak.Kit) -> None:
    """A name filters, an empty one takes all, and one that is in no row is told with the close match."""
    asked, builds = ak.parameters(), kit.table("builds")
    named = asked.only(builds, project="payments", pipeline_name="").to_pandas()
    assert set(named["project"]) == {"payments"}
    assert asked.only(builds, project=None).count().execute() == builds.count().execute()
    with pytest.raises(ak.ConfigurationError, match="'payments'"):
        asked.only(builds, project="paymets")


def test_before_anything_was_loaded_now_is_this_machines(tmp_path: object) -> None:
    """No load, no clock of the API."""
    with ak.connect(base_url="http://127.0.0.1:9", api_key="k") as kit:
        assert abs(kit.now() - datetime.now(UTC)) < timedelta(minutes=1)
