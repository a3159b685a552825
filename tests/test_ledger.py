"""What the record of loads says is held."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from analytics_kit.ledger import Entry, History, histories, worst
from analytics_kit.window import Window

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


def at(day: int) -> datetime:
    return datetime(2026, 5, day, tzinfo=UTC)


def entry(
    load_id: str, status: str, since: int | None = 1, until: int | None = 31, *, rows: int = 5, part: str | None = None
) -> Entry:
    bounds = (at(since) if since else None, at(until) if until else None)
    return Entry(
        load_id, "builds", part, *bounds, status, rows, "why" if status in ("partial", "failed") else None, NOW, NOW
    )


def history(*entries: Entry) -> History:
    return histories(entries)["builds"]


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (["loaded", "loaded"], "loaded"),
        (["loaded", "empty"], "loaded"),
        (["empty", "empty"], "empty"),
        (["loaded", "partial"], "partial"),
        (["loaded", "partial", "failed"], "failed"),
        ([], "empty"),
    ],
)
def test_a_whole_is_as_good_as_its_worst_part(parts: list[str], whole: str) -> None:
    """Failed before partial before loaded; empty only where all parts are."""
    assert worst(parts) == whole


def test_only_complete_loads_hold_a_window() -> None:
    """A partial load's window is not held; a complete one's is, joined with its neighbours."""
    told = history(
        entry("1", "loaded", 1, 10),
        entry("2", "partial", 10, 20),
        entry("3", "empty", 20, 25),
        entry("4", "loaded", 24, 31),
    )
    assert told.windows == [Window(at(1), at(10)), Window(at(20), at(31))]


def test_nothing_is_held_beyond_the_moment_of_loading() -> None:
    """An open or future end holds what existed at the API's now, no more."""
    assert history(entry("1", "loaded", 1, None)).windows == [Window(at(1), NOW)]
    future = Entry("1", "builds", None, at(1), datetime(2027, 1, 1, tzinfo=UTC), "loaded", 1, None, NOW, NOW)
    assert history(future).windows == [Window(at(1), NOW)]


@pytest.mark.parametrize(
    ("statuses", "rows", "state"),
    [
        ([], 0, "never loaded"),
        (["failed"], 0, "never loaded"),
        (["empty"], 0, "empty"),
        (["loaded"], 5, "loaded"),
        (["loaded", "empty"], 5, "loaded"),
        (["loaded", "failed"], 5, "loaded"),
        (["loaded", "partial"], 5, "partial"),
        (["partial", "loaded"], 5, "loaded"),
    ],
)
def test_never_loaded_empty_partial_and_loaded_are_told_apart(statuses: list[str], rows: int, state: str) -> None:
    """A failure leaves what was there as it was; a partial load makes it partial until a complete one."""
    entries = [
        entry(str(number), status, rows=0 if status in ("failed", "empty") else 5)
        for number, status in enumerate(statuses)
    ]
    told = history(*entries) if entries else History("builds", ())
    assert told.state(rows) == state


def test_the_last_attempt_is_told_apart_from_the_last_that_brought_rows() -> None:
    """After a failure, what is read is of the load before it."""
    told = history(entry("1", "loaded"), entry("2", "failed", rows=0))
    assert (told.last.load_id, told.last_with_rows.load_id, told.last_complete.load_id) == ("2", "1", "1")  # type: ignore[union-attr]


def test_a_failed_report_beside_good_ones_leaves_rows_to_read() -> None:
    """The resource's status is failed, its rows are there, and what is held is called partial."""
    told = history(entry("1", "loaded", part="a"), entry("1", "failed", rows=0, part="b"))
    assert told.last is not None
    assert told.last.status == "failed"
    assert told.state(5) == "partial"
