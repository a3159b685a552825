from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from things import THINGS, column, page

from analytics_kit.catalog import RESOURCES, Resource
from analytics_kit.columns import page_table, record_id, schema

NUMBERED = replace(THINGS, columns=(column("id", "bigint"), *THINGS.columns[1:]), key=(("id",),))


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


def test_resource_without_text() -> None:
    """A resource with nothing that could hold a secret is a table like any other."""
    numbers = replace(
        THINGS, columns=(column("id", "bigint"), column("count", "bigint")), key=(), children=(), cursor=None
    )
    assert page({"id": 1, "count": 2}, of=numbers).rows["count"].to_pylist() == [2]


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
    got = page({"id": "a", "_id": "b"}, {"id": "c", "_id": "c"}, {"id": "d", "_id": None}, {"id": "", "_id": "e"})
    assert got.rows["extra"].to_pylist() == ['{"_id":"b"}', None, None, None]


IDS = st.one_of(st.text(max_size=4), st.integers(), st.floats(), st.booleans(), st.lists(st.integers(), max_size=2))


@settings(max_examples=60, deadline=None)
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
