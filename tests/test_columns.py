from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_kit.catalog import RESOURCES, ChildTable, Column, ColumnType, Paging, Resource, resource
from analytics_kit.columns import (
    Page,
    child_schema,
    dlt_child_columns,
    dlt_columns,
    json_hints,
    page_table,
    record_id,
    schema,
    tombstone,
)

DATA = Path(__file__).parent / "data"


def column(name: str, type_: ColumnType = "text") -> Column:
    return Column(name, type_, tuple(name.split("__")), "for tests")


STEPS = ChildTable("things__steps", "steps", ("steps",), "things_id", (column("name"), column("size", "bigint")))
THINGS = Resource(
    name="things",
    description="for tests",
    group="inventory",
    path="/things",
    selector="data",
    paging=Paging("single"),
    key=(("_id",),),
    columns=(
        Column("id", "text", ("_id",), "for tests"),
        *(column("text"), column("count", "bigint"), column("share", "double"), column("on", "bool")),
        *(column("at", "timestamp"), column("list", "json"), column("box__name"), column("box__lid__size", "bigint")),
        column("steps", "json"),
    ),
    cursor="at",
    children=(STEPS,),
)
NUMBERED = replace(THINGS, columns=(Column("id", "bigint", ("id",), "for tests"), *THINGS.columns[1:]), key=(("id",),))


def page(*records: Any, of: Resource = THINGS, **options: Any) -> Page:
    return page_table(of, list(records), sequence=options.pop("sequence", 0), **options)


def one(field: str, value: Any) -> tuple[Any, Any, int]:
    """What a value becomes: the value in its column, the one in the variant beside it, and the count of odd ones."""
    got = page({"id": "1", field: value})
    row = got.rows.to_pylist()[0]
    variant = row.get(f"{field}__variant")
    return row[field], None if variant is None else json.loads(variant), got.odd


MOMENT = datetime(2024, 5, 31, 14, 2, 10, 481000, UTC)


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("text", "grüße 😀", "grüße 😀"),
        ("text", "nul\0byte", "nul\0byte"),
        ("text", "half \ud83d emoji", "half � emoji"),
        ("count", 2**63 - 1, 2**63 - 1),
        ("count", -(2**63), -(2**63)),
        ("count", 5.0, 5),
        ("share", 0.25, 0.25),
        ("share", 3, 3.0),
        ("on", False, False),
        ("at", "2024-05-31T14:02:10.481Z", MOMENT),
        ("at", "2024-05-31T14:02:10.481", MOMENT),
        ("at", "2024-05-31 16:02:10.481+02:00", MOMENT),
        ("at", "2024-05-31T14:02:10.481000999Z", MOMENT),
        ("at", "2024-05-31T14:02:10,481z", MOMENT),
        ("at", "2024-05-31T23:59:59.999", datetime(2024, 5, 31, 23, 59, 59, 999000, UTC)),
        ("at", "2024-05-31", datetime(2024, 5, 31, tzinfo=UTC)),
        ("at", "2024-05-31T14:02", datetime(2024, 5, 31, 14, 2, tzinfo=UTC)),
        ("at", 1717164130481, MOMENT),
        ("at", 1717164130481.0, MOMENT),
        ("at", 0, datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("mixed", [False, True], ids=["alone", "among odd values"])
def test_fitting_values(field: str, value: Any, stored: Any, mixed: bool) -> None:
    """A value that fits its declared type is stored in it, also on a page where others do not fit."""
    others = [{"id": "2", field: ["odd"]}] if mixed else []
    got = page({"id": "1", field: value}, *others)
    assert got.rows.to_pylist()[0][field] == stored
    assert got.odd == len(others)


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("text", 5, 5),
        ("text", {"a": [1]}, {"a": [1]}),
        ("text", True, True),
        ("count", True, True),
        ("count", "5", "5"),
        ("count", 5.5, 5.5),
        ("count", 2**63, 2**63),
        ("count", -(2**63) - 1, -(2**63) - 1),
        ("count", 1e300, 1e300),
        ("count", math.nan, "NaN"),
        ("share", math.nan, "NaN"),
        ("share", math.inf, "Infinity"),
        ("share", -math.inf, "-Infinity"),
        ("share", 2**53 + 1, 2**53 + 1),
        ("share", 10**400, 10**400),
        ("share", "0.5", "0.5"),
        ("share", True, True),
        ("on", 1, 1),
        ("on", "true", "true"),
        ("at", "yesterday", "yesterday"),
        ("at", "", ""),
        ("at", "2024-02-30", "2024-02-30"),
        ("at", "2024-05-31T14:02:10+99:00", "2024-05-31T14:02:10+99:00"),
        ("at", "0001-01-01T00:00:00+01:00", "0001-01-01T00:00:00+01:00"),
        ("at", "20240531", "20240531"),
        ("at", "1717164130481", "1717164130481"),
        ("at", 1717164130.5, 1717164130.5),
        ("at", -1, -1),
        ("at", 10**15, 10**15),
        ("at", math.nan, "NaN"),
        ("at", False, False),
        ("at", "half \ud83d", "half �"),
    ],
)
def test_odd_values(field: str, value: Any, kept: Any) -> None:
    """A value that does not fit is null in its column, kept as JSON in the variant beside it, and counted once."""
    assert one(field, value) == (None, kept, 1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([], "[]"),
        ({"ü": 1.5}, '{"ü":1.5}'),
        ("text", '"text"'),
        (0, "0"),
        (False, "false"),
        (2**70, str(2**70)),
        ([math.nan, None], '["NaN",null]'),
        ({"a": -math.inf, "null": 1}, '{"a":"-Infinity","null":1}'),
        (["half \ud83d", {"\ud83d": 1}], '["half �",{"�":1}]'),
        (["nul\0byte"], '["nul\\u0000byte"]'),
    ],
)
def test_json_values(value: Any, text: str) -> None:
    """A JSON column holds compact, valid JSON of whatever came; nothing in it is odd."""
    got = page({"id": "1", "list": value})
    assert got.rows["list"].to_pylist() == [text]
    assert got.odd == 0


def test_null_stays_null() -> None:
    """None and a missing field are null, not the JSON text ``null``, and neither is odd."""
    got = page({"id": "1", **dict.fromkeys(["text", "count", "share", "on", "at", "list", "box"])}, {"id": "2"})
    nulls = {name: [None, None] for name in THINGS_COLUMNS[1:]}
    assert got.rows.select(THINGS_COLUMNS[1:]).to_pydict() == nulls
    assert (got.odd, got.new_columns) == (0, ())


THINGS_COLUMNS = [each.name for each in THINGS.columns]


def test_all_columns_in_catalog_order() -> None:
    """Also an empty page has every declared column, in catalog order and with its type, then the hidden ones."""
    for entry in RESOURCES.values():
        rows = page_table(entry, [], sequence=0).rows
        hidden = ["_kit_sequence", "_kit_deleted"] if entry.merge_key else ["_kit_sequence"]
        assert rows.column_names == [*(each.name for each in entry.columns), *hidden]
        assert rows.schema.equals(schema(entry))
        assert rows.num_rows == 0


def test_nested_objects_flatten_as_declared() -> None:
    """A declared path is read at any depth."""
    rows = page({"id": "1", "box": {"name": "b", "lid": {"size": 3}}}, {"id": "2", "box": {}}).rows
    assert rows.select(["box__name", "box__lid__size"]).to_pylist() == [
        {"box__name": "b", "box__lid__size": 3},
        {"box__name": None, "box__lid__size": None},
    ]


# --- identity ---------------------------------------------------------------------------------------------------------

BY_PARTS = replace(THINGS, key=(("box", "name"), ("text",)))


@pytest.mark.parametrize(
    ("of", "record", "expected"),
    [
        (THINGS, {"id": "a", "_id": "b"}, "a"),
        (THINGS, {"_id": "b"}, "b"),
        (THINGS, {"id": None, "_id": "b"}, "b"),
        (THINGS, {"id": "", "_id": "b"}, "b"),
        (THINGS, {"id": 7}, "7"),
        (BY_PARTS, {"box": {"name": "n"}, "text": "1.0"}, "n:1.0"),
        (BY_PARTS, {"box": {"name": "a:b"}, "text": "c\\"}, "a\\:b:c\\\\"),
        (NUMBERED, {"id": 48210377}, 48210377),
        (NUMBERED, {"id": "48210377"}, 48210377),
        (NUMBERED, {"id": 48210377.0}, 48210377),
        (NUMBERED, {"id": 0}, 0),
    ],
)
def test_id_is_what_the_api_says(of: Resource, record: dict[str, Any], expected: Any) -> None:
    """The id is the record's ``id``, else its key; numbers and texts become the column's type."""
    got = page(record, of=of)
    assert record_id(of, record) == expected
    assert got.rows["id"].to_pylist() == got.ids == [expected]
    assert got.odd == 0


@pytest.mark.parametrize(
    ("of", "value"),
    [
        (THINGS, {"$oid": "a"}),
        (THINGS, True),
        (THINGS, "half \ud83d"),
        (THINGS, "https://u:hunter@h.example"),
        *((NUMBERED, value) for value in ("x7", "007", "7 ", 7.5, True, 2**63, str(2**63), [7], math.inf)),
    ],
)
def test_id_that_the_column_cannot_hold(of: Resource, value: Any) -> None:
    """Such an id becomes a hash, always the same; the original stays beside it, without secrets, and is counted."""
    got = page({"id": value}, of=of)
    made = got.rows["id"].to_pylist()[0]
    assert made == record_id(of, {"id": value, "text": "other"})
    assert made.startswith("~") if of is THINGS else made < 0
    variant = json.loads(got.rows["id__variant"].to_pylist()[0])
    assert variant == {
        "half \ud83d": "half �",
        "https://u:hunter@h.example": "https://u:«redacted»@h.example",
        math.inf: "Infinity",
    }.get(value if isinstance(value, (str, float)) else "", value)
    assert got.odd == 1


@pytest.mark.parametrize("of", [THINGS, NUMBERED, BY_PARTS, replace(THINGS, key=())])
def test_record_without_a_key(of: Resource) -> None:
    """Its id comes from its content, whatever the order of its fields; another content is another id."""
    first, second = (
        page({"a": 1, "b": [None]}, {"b": [None], "a": 1}, {"a": 2}, of=of),
        page({"a": 1, "b": [None]}, of=of),
    )
    assert first.ids[0] == first.ids[1] == second.ids[0] != first.ids[2]
    assert first.odd == 3
    assert page({"box": {"name": "n"}}, of=of).odd == 1


def test_record_that_is_no_object() -> None:
    """It is a row of its own, with its value in ``extra``."""
    got = page("text", None, [1])
    assert [json.loads(text) for text in got.rows["extra"].to_pylist()] == [{"": "text"}, {"": None}, {"": [1]}]
    assert len(set(got.ids)) == got.odd == 3


def test_second_key_is_not_lost() -> None:
    """Where a record has an ``id`` and a key of another value, that key goes into ``extra``; an equal one does not."""
    got = page({"id": "a", "_id": "b"}, {"id": "c", "_id": "c"})
    assert got.rows["extra"].to_pylist() == ['{"_id":"b"}', None]


IDS = st.one_of(st.text(max_size=4), st.integers(), st.floats(), st.booleans(), st.lists(st.integers(), max_size=2))


@settings(max_examples=300, deadline=None)
@given(IDS, IDS, IDS, IDS)
def test_different_keys_never_share_an_id(a: Any, b: Any, c: Any, d: Any) -> None:
    """Two keys of two parts give one id only if both parts are the same to a reader of JSON."""
    first, second = {"box": {"name": a}, "text": b}, {"box": {"name": c}, "text": d}
    if record_id(BY_PARTS, first) == record_id(BY_PARTS, second):
        assert [text(a), text(b)] == [text(c), text(d)]


def text(part: Any) -> str:
    return part if isinstance(part, str) else json.dumps(part)


@pytest.mark.parametrize("depth", [300, 5000])
def test_deep_record(depth: int) -> None:
    """A record nested deeper than any parser goes still has an id and a row."""
    value: Any = 1
    for _ in range(depth):
        value = [value]
    assert page({"list": value}).rows.num_rows == 1


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
