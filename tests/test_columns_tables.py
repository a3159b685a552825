from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from things import STEPS, THINGS, column, page

from analytics_kit.catalog import RESOURCES, ColumnType, resource
from analytics_kit.columns import (
    Page,
    child_schema,
    dlt_child_columns,
    dlt_columns,
    json_hints,
    page_table,
    schema,
    tombstone,
)

DATA = Path(__file__).parent / "data"
NUMBERED = replace(THINGS, columns=(column("id", "bigint"), *THINGS.columns[1:]), key=(("id",),))

# --- window -----------------------------------------------------------------------------------------------------------

SINCE, UNTIL = datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC)
TIMES = {"early": "2024-04-30T23:59:59.999Z", "first": "2024-05-01T00:00:00Z", "late": "2024-06-01T00:00:00.000Z"}
TIMED = [{"id": name, "at": at, "steps": [{"name": name}]} for name, at in TIMES.items()]
UNTIMED = [{"id": "none"}, {"id": "odd", "at": "soon"}]


@pytest.mark.parametrize(
    ("since", "until", "kept"),
    [
        (SINCE, UNTIL, ["first"]),
        (SINCE, None, ["first", "late"]),
        (None, UNTIL, ["early", "first"]),
        (None, None, ["early", "first", "late"]),
    ],
)
def test_window(since: datetime | None, until: datetime | None, kept: list[str]) -> None:
    """Rows with since ≤ cursor < until are kept, with their children; all records are counted and named."""
    seen: dict[Any, tuple[int, ...]] = {}
    got = page(*TIMED, since=since, until=until, ids_seen=seen)
    assert got.rows["id"].to_pylist() == got.children["things__steps"]["things_id"].to_pylist() == list(seen) == kept
    assert (got.records, got.ids, got.odd) == (3, list(TIMES), 0)


def test_window_keeps_what_it_cannot_place() -> None:
    """Rows without a cursor, or with an odd one, are kept and counted; without a window a missing one is not odd."""
    assert (page(*UNTIMED, since=SINCE).rows.num_rows, page(*UNTIMED, since=SINCE).odd) == (2, 2)
    assert page(*UNTIMED).odd == 1


def test_window_needs_a_cursor() -> None:
    """A resource without a cursor column keeps all rows."""
    assert page(*TIMED, of=replace(THINGS, cursor=None), since=SINCE, until=UNTIL).rows.num_rows == 3


# --- child tables and order -------------------------------------------------------------------------------------------


def steps(got: Page) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if v is not None} for row in got.children["things__steps"].to_pylist()]


def gone(id_: str, position: int, sequence: int) -> dict[str, Any]:
    return {"things_id": id_, "position": position, "_kit_sequence": sequence, "_kit_deleted": True}


def step(id_: str, position: int, sequence: int, **fields: Any) -> dict[str, Any]:
    return {"things_id": id_, "position": position, **fields, "_kit_sequence": sequence, "_kit_deleted": False}


def test_children() -> None:
    """One row per element, with the parent's id, position and sequence; the parent keeps the list as JSON."""
    got = page({"id": "a", "steps": [{"name": "x", "size": 1}, {"name": "y"}]}, sequence=10)
    assert steps(got) == [step("a", 0, 10, name="x", size=1), step("a", 1, 10, name="y")]
    assert got.rows["steps"].to_pylist() == ['[{"name":"x","size":1},{"name":"y"}]']


@pytest.mark.parametrize("fields", [{}, {"steps": []}, {"steps": None}, {"steps": "none"}, {"steps": {"name": "x"}}])
def test_parent_without_elements(fields: dict[str, Any]) -> None:
    """Its children of earlier loads are removed by a row for position 0; what was no list stays in the parent."""
    got = page({"id": "a", **fields}, sequence=3)
    assert steps(got) == [gone("a", 0, 3)]
    kept = got.rows["steps"].to_pylist()[0]
    assert (None if kept is None else json.loads(kept)) == fields.get("steps")


def test_odd_elements() -> None:
    """What an element has undeclared, or not in its type, goes into the child's ``extra``; odd values are counted."""
    got = page({"id": "a", "steps": [{"name": 5, "new": 1}, "text", None, {"size": True, "": 0}]})
    extra = [json.loads(row["extra"]) for row in steps(got)]
    assert extra == [{"new": 1, "name": 5}, {"": "text"}, {"": None}, {"": 0, "size": True}]
    assert got.odd == 2


def test_shorter_list_in_one_load() -> None:
    """A parent that comes again with fewer elements gets rows that remove the surplus, with the newer sequence."""
    seen: dict[Any, tuple[int, ...]] = {}
    two, three = [{"name": "x"}] * 2, [{"name": "y"}] * 3
    page({"id": "a", "steps": three}, ids_seen=seen)
    assert seen == {"a": (3,)}
    again = page({"id": "a", "steps": two}, {"id": "a", "steps": []}, sequence=5, ids_seen=seen)
    assert steps(again) == [
        step("a", 0, 5, name="x"),
        step("a", 1, 5, name="x"),
        gone("a", 2, 5),
        gone("a", 0, 6),
        gone("a", 1, 6),
    ]
    assert seen == {"a": (0,)}


def test_a_new_child_table_needs_no_rows_that_remove() -> None:
    """Where it holds none of earlier loads; those of this load that are gone are removed all the same."""
    seen: dict[Any, tuple[int, ...]] = {}
    new = frozenset({"things__steps"})
    first = page({"id": "a"}, {"id": "b", "steps": [{"name": "x"}]}, ids_seen=seen, new_tables=new)
    assert steps(first) == [step("b", 0, 1, name="x")]
    assert not first.repeated
    again = page({"id": "b"}, {"id": "c"}, sequence=2, ids_seen=seen, new_tables=new)
    assert steps(again) == [gone("b", 0, 2)]
    assert again.repeated
    assert page({"id": "a"}, {"id": "a"}).repeated


def test_sequence_grows_with_the_records() -> None:
    """Each row's number is the page's plus its place, also where the window left others out."""
    got = page(*TIMED, since=SINCE, sequence=100)
    assert got.rows["_kit_sequence"].to_pylist() == [101, 102]


# --- schemas and hints ------------------------------------------------------------------------------------------------

DLT_TYPES = {"text": pa.string(), "bigint": pa.int64(), "double": pa.float64(), "bool": pa.bool_()}
DLT_TYPES |= {"timestamp": pa.timestamp("us", "UTC"), "json": pa.string()}


def _tables() -> list[tuple[pa.Schema, dict[str, dict[str, Any]]]]:
    parents = [(schema(entry), dlt_columns(entry)) for entry in RESOURCES.values()]
    return parents + [
        (child_schema(entry, child), dlt_child_columns(entry, child))
        for entry in RESOURCES.values()
        for child in entry.children
    ]


def test_hints_agree_with_the_schema() -> None:
    """Names, order, types and nullability are the same for Arrow and dlt."""
    for fields, hints in _tables():
        assert list(hints) == fields.names
        assert [DLT_TYPES[hint["data_type"]] for hint in hints.values()] == fields.types
        assert [hint["nullable"] for hint in hints.values()] == [field.nullable for field in fields]


def test_hints_of_keys_and_hidden_columns() -> None:
    """Only ids, places and sequences are never null; dlt learns which row wins and which only removes."""
    assert [name for name, hint in dlt_columns(THINGS).items() if not hint["nullable"]] == ["id", "_kit_sequence"]
    hints = dlt_child_columns(NUMBERED, STEPS)
    assert hints["things_id"] == {"data_type": "bigint", "nullable": False}
    assert hints["position"] == {"data_type": "bigint", "nullable": False}
    assert hints["_kit_sequence"] == {"data_type": "bigint", "dedup_sort": "desc", "nullable": False}
    assert hints["_kit_deleted"] == {"data_type": "bool", "hard_delete": True, "nullable": True}
    assert json_hints(["a"]) == {"a": {"data_type": "json", "nullable": True}}


def test_resource_with_a_merge_key() -> None:
    """Its rows say that they are not deleted, and a tombstone is one row that is."""
    entry = resource("analytics_reports")
    record = {"id": "r/0", "report_name": "r", "range_start": "2024-05-01T00:00:00.000", "row": {"token": "x"}}
    assert page_table(entry, [record], sequence=0).rows["_kit_deleted"].to_pylist() == [False]
    values = {"report_name": "r", "range_start": "2024-05-01", "row": {"token": "x"}}
    table = tombstone(entry, values)
    row = {name: value for name, value in table.to_pylist()[0].items() if value is not None}
    assert table.schema.equals(schema(entry))
    assert row.pop("id") == tombstone(entry, values)["id"].to_pylist()[0] != tombstone(entry, {})["id"].to_pylist()[0]
    assert row == {
        "report_name": "r",
        "range_start": datetime(2024, 5, 1, tzinfo=UTC),
        "row": '{"token":"«redacted»"}',
        "_kit_sequence": 0,
        "_kit_deleted": True,
    }
    assert tombstone(entry, {"id": "mine"})["id"].to_pylist() == ["mine"]


# --- golden pages -----------------------------------------------------------------------------------------------------


def load(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def selected(body: Any, selector: str) -> list[Any]:
    for name in selector.split("."):
        body = (list(body.values()) if isinstance(body, dict) else body) if name == "*" else body[name]
    return body if isinstance(body, list) else [body]


def plain(table: pa.Table, types: dict[str, ColumnType]) -> list[dict[str, Any]]:
    """Rows as in the golden files: times as ISO text, JSON parsed."""
    read: dict[str, Callable[[Any], Any]] = {"timestamp": lambda at: at.isoformat(), "json": json.loads}
    return [
        {name: None if row[name] is None else read.get(type_, lambda v: v)(row[name]) for name, type_ in types.items()}
        for row in table.to_pylist()
        if not row.get("_kit_deleted")
    ]


@pytest.mark.parametrize("name", [name for name in RESOURCES if name != "analytics_reports"])
def test_golden_page(name: str) -> None:
    """The recorded page of each resource becomes exactly the expected rows, children included; nothing is drift."""
    entry = RESOURCES[name]
    got = page_table(entry, selected(load(f"{name}.enveloped"), entry.selector), sequence=0)
    assert plain(got.rows, {each.name: each.type for each in entry.columns}) == load(f"{name}.expected")
    assert (got.odd, got.new_columns) == (0, ())
    for child in entry.children:
        key: dict[str, ColumnType] = {child.parent_key: entry.columns[0].type, "position": "bigint"}
        types = key | {each.name: each.type for each in child.columns}
        assert plain(got.children[child.name], types) == load(f"{child.name}.expected")
        assert set(got.children[child.name]["extra"].to_pylist()) == {None}


@pytest.mark.long
def test_20_000_builds_take_two_seconds() -> None:
    """200 pages of 100 builds of about 2.5 kB become tables in under two seconds of computing, redaction included."""
    build = selected(load("builds.enveloped"), "workflows.docs")[0]
    plainer = {
        "exportedVariables": [],
        "exposedVariables": {},
        "finalWorkflowYaml": "version: '1.0'",
        "systemEvents": [],
    }
    pages = [
        [{**build, **plainer, "id": f"{number:024x}"} for number in range(first, first + 100)]
        for first in range(0, 20_000, 100)
    ]
    gc.disable()  # as during a load
    start = time.process_time()
    for number, records in enumerate(pages):
        page_table(RESOURCES["builds"], records, sequence=100 * number)
    seconds = time.process_time() - start
    gc.enable()
    assert seconds < 2
