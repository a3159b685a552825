"""Filters that the API applies: what is refused, what is asked, and what a filtered load counts for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from analytics_kit.catalog import RESOURCES
from analytics_kit.errors import FilterError, IncompleteDataWarning
from analytics_kit.filters import checked_filters, filter_params, filter_text

if TYPE_CHECKING:
    from demo_server import Demo

    from analytics_kit.kit import Kit

BOTH = ("builds", "audit")


def test_no_two_resources_share_a_filter() -> None:
    """A column names one filter of one resource, so that a plain mapping can tell them all."""
    columns = Counter(found.column for entry in RESOURCES.values() for found in entry.filters)
    assert set(columns.values()) == {1}


def test_each_filter_goes_by_a_declared_column() -> None:
    """What can be filtered can be seen in the frame, under the same name."""
    for entry in RESOURCES.values():
        assert {found.column for found in entry.filters} <= {column.name for column in entry.columns}


def test_one_value_and_several_are_taken() -> None:
    """A single value stands for a list of one; each filter finds its resource, and a value counts once."""
    given = {"status": ["error", "error", "success"], "branch_name": "main", "rs_status": 403}
    checked = checked_filters(given, BOTH)
    assert checked == {
        "builds": {"status": ("error", "success"), "branch_name": ("main",)},
        "audit": {"rs_status": (403,)},
    }
    assert filter_params("builds", checked["builds"]) == {"status": ["error", "success"], "branchName": ["main"]}
    assert filter_params("audit", checked["audit"]) == {"rs_status": ["403"]}
    assert filter_text(checked["builds"]) == "status error or success, branch_name main"
    assert (checked_filters(None, BOTH), filter_text({})) == ({}, None)


@pytest.mark.parametrize(
    ("given", "names", "told"),
    [
        ({"branch": "main"}, BOTH, ["'branch'", "did you mean 'branch_name'?", "builds can be filtered by status"]),
        ({"status": "eror"}, BOTH, ["'eror'", "did you mean 'error'?", "pending-approval"]),
        ({"status": []}, BOTH, ["[]", "one or more of"]),
        ({"status": None}, BOTH, ["None", "one or more of"]),
        ({"branch_name": [""]}, BOTH, ["''", "one or more texts"]),
        ({"action": ["a", "b"]}, BOTH, ["['a', 'b']", "one text"]),
        ({"rs_status": "403"}, BOTH, ["'403'", "one whole number"]),
        ({"rs_status": True}, BOTH, ["True", "one whole number"]),
        ({"status": "error"}, ("audit",), ["applies to builds", 'Add "builds"']),
        (["status"], BOTH, ["['status']", 'filters={"status": ["error"]}']),
    ],
)
def test_what_cannot_be_meant_is_refused(given: Any, names: tuple[str, ...], told: list[str]) -> None:
    """The message quotes the value and says what is allowed."""
    with pytest.raises(FilterError) as raised:
        checked_filters(given, names)
    assert [text for text in told if text not in str(raised.value)] == []
    assert isinstance(raised.value, ValueError)


def test_nothing_is_asked_for_a_refused_filter(kit: Kit, demo: Demo) -> None:
    """A wrong filter is found before the first request, whatever else is loaded."""
    with pytest.raises(FilterError):
        kit.load("builds", filters={"status": "eror"})
    assert demo.log()["requests"] == []


def test_only_matching_rows_are_asked_for(kit: Kit, demo: Demo) -> None:
    """The API filters: the rows are those of the plain load that match, and the report tells what was filtered."""
    report = kit.load("builds", "audit", filters={"status": ["error", "terminated"], "action": "createPipeline"})
    some = kit.sql("select id, status from builds")
    actions = set(kit.sql("select action from audit")["action"])
    assert report["builds"].filters == "status error or terminated"
    kit.load("builds", "audit")
    every = kit.sql("select id, status from builds")
    assert set(some["id"]) == set(every[every["status"].isin(["error", "terminated"])]["id"])
    assert 0 < len(some) < len(every)
    assert actions == {"createPipeline"}


def test_a_filtered_load_holds_no_window(kit: Kit) -> None:
    """Its rows are there, and every reader is told that they are not all there are."""
    kit.load("builds", since="30d", filters={"status": "error"})
    held = kit.resources().set_index("resource").loc["builds"]
    assert (held["status"], held["since"] is held["until"]) == ("partial", True)
    assert "only rows with status error were loaded" in str(kit.as_of("builds"))
    with pytest.warns(IncompleteDataWarning, match="only rows with status error were loaded"):
        assert set(kit.frame("builds")["status"]) == {"error"}


def test_a_filtered_load_takes_nothing_from_a_whole_one(kit: Kit) -> None:
    """After a whole load it replaces the rows it brings; the window and the others stay."""
    kit.load("builds", since="30d")
    before, whole = kit.as_of("builds"), set(kit.frame("builds")["id"])
    kit.load("builds", since="30d", filters={"status": "error"})
    after = kit.as_of("builds")
    assert after == before
    assert set(kit.frame("builds", since="30d")["id"]) == whole


def test_a_database_from_before_filters_is_read(kit: Kit) -> None:
    """A file whose record of loads has no filters yet tells what it holds, and takes the next load."""
    import duckdb

    kit.load("builds", since="7d")
    with duckdb.connect(str(kit.settings.database)) as connection:
        connection.execute("alter table _kit_loads drop column filters")
        connection.execute("delete from _dlt_version")  # which would say that the column is there
    held = kit.as_of("builds")
    assert held.complete
    kit.load("builds", since="7d", filters={"status": "error"})
    assert kit.as_of("builds").since == held.since
