from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
from dlt.common.normalizers.naming.snake_case import NamingConvention
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from things import MARK, THINGS, column, page

from analytics_kit.catalog import ChildTable, Resource, resource
from analytics_kit.columns import Page, dlt_child_columns, dlt_columns, json_hints, page_table, tombstone


def new(got: Page) -> list[dict[str, Any]]:
    """The undeclared columns of each row, those that are null left out."""
    rows = got.rows.select(list(got.new_columns)).to_pylist()
    return [{name: json.loads(value) for name, value in row.items() if value is not None} for row in rows]


# --- undeclared fields ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "columns"),
    [
        ({"newField": 1, "URLPath": "x", "a1": None}, {"new_field": 1, "url_path": "x"}),
        ({"box": {"name": "n", "newField": [1]}}, {"box__new_field": [1]}),
        ({"box": {"lid": {"color": "red"}}}, {"box__lid__color": "red"}),
        ({"box": "closed"}, {"box__variant": "closed"}),
        ({"box": {"lid": 5}}, {"box__lid__variant": 5}),
        # collisions and names that are not of the expected form
        ({"Id": 1, "Text": 2}, {"extra": {"Id": 1, "Text": 2}}),
        ({"foo-bar": 1, "foo_bar": 2}, {"foo_bar": 2, "extra": {"foo-bar": 1}}),
        ({"fooBar": 1, "foo_bar": 2, "FooBar": 3}, {"foo_bar": 1, "extra": {"foo_bar": 2, "FooBar": 3}}),
        ({"foo_bar": 1, "FooBar": 2}, {"foo_bar": 1, "extra": {"FooBar": 2}}),
        (
            {"": 1, "_x": 2, "__v": 3, "x_": 4, "a__b": 5, "1a": 6, "ä": 7},
            {"extra": {"": 1, "_x": 2, "__v": 3, "x_": 4, "a__b": 5, "1a": 6, "ä": 7}},
        ),
        ({"_dlt_id": 1, "_kit_sequence": 2, "extra": 3}, {"extra": {"_dlt_id": 1, "_kit_sequence": 2, "extra": 3}}),
        ({"box__name": 1, "boxName": 2, "box_Name": 3}, {"box_name": 2, "extra": {"box__name": 1, "box_Name": 3}}),
        ({"box": {"": 1, "variant": 2, "Name": 3}}, {"extra": {"box": {"": 1, "variant": 2, "Name": 3}}}),
        ({"n" * 60: 1, "n" * 61: 2}, {"n" * 60: 1, "extra": {"n" * 61: 2}}),
    ],
)
def test_undeclared_fields(fields: dict[str, Any], columns: dict[str, Any]) -> None:
    """A new field is a JSON column under the kit's own name; what would collide goes into ``extra`` under its own."""
    got = page({"id": "1", **fields})
    assert new(got) == [columns]


def test_undeclared_field_is_json_from_first_sight() -> None:
    """A field that is a number, then a text, then null is one JSON column all the time."""
    pages = [page({"id": "1", "extraField": value}) for value in (5, "5", None, [5])]
    assert [got.new_columns for got in pages] == [("extra_field",)] * 4
    assert [got.rows["extra_field"].to_pylist() for got in pages] == [["5"], ['"5"'], [None], ["[5]"]]


def test_undeclared_columns_come_last_by_name() -> None:
    """The order of the columns does not depend on the order of the fields."""
    got = page({"zeta": 1, "id": "1", "count": "x", "Id": 2}, {"alpha": 1, "id": True})
    assert list(got.new_columns) == ["alpha", "count__variant", "extra", "id__variant", "zeta"]
    assert got.rows.column_names[-5:] == list(got.new_columns)


def test_who_gets_a_column_does_not_depend_on_order() -> None:
    """Of fields that would share a column the same one gets it, in whatever order they come."""
    made = [
        new(page({"id": "1", **dict(order)}))
        for order in permutations({"fooBar": 1, "foo_bar": 2, "fooBAR": 3}.items())
    ]
    assert all(each == made[0] for each in made)


def test_only_so_many_new_columns() -> None:
    """Beyond 100 new columns in a load the rest goes into ``extra``; columns met before stay columns."""
    seen: set[str] = set()
    first = page({"id": "1", **{f"key{number:03}": number for number in range(99)}}, columns_seen=seen)
    second = page({"id": "2", "key000": 0, "zeta": 1, "alpha": 2, "beta": 3}, columns_seen=seen)
    assert len(first.new_columns) == 99
    assert new(second) == [{"key000": 0, "alpha": 2, "extra": {"beta": 3, "zeta": 1}}]
    alone = page({"id": "3", **{f"key{number:03}": number for number in range(101)}})
    assert len(alone.new_columns) == 101
    assert new(alone)[0]["extra"] == {"key100": 100}


FIELDS = st.dictionaries(st.text(st.sampled_from("aBc1_-é$"), max_size=8), st.integers(), max_size=6)


@settings(max_examples=60, deadline=None)
@given(FIELDS)
def test_names_are_the_kits_own(fields: dict[str, int]) -> None:
    """Every name is one that dlt leaves as it is, and no field is lost, whatever it is called."""
    got = page({**fields, "id": "1"})
    naming = NamingConvention(60)
    assert [naming.normalize_path(name) for name in got.rows.column_names] == got.rows.column_names
    columns = new(got)[0]
    assert sorted([*columns.pop("extra", {}).values(), *columns.values()]) == sorted(fields.values())


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=5),
        st.sampled_from(["\ud83d", "\0", 2**80]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["id", "text", "count", "at", "list", "box", "inviteUrl", "variables", "spec", "steps", "new", "Id"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(VALUES, st.dictionaries(NAMES, VALUES, max_size=6)), max_size=4))
@pytest.mark.long
def test_any_page(records: list[Any]) -> None:
    """No page raises, each record is a row, and all JSON is valid."""
    got = page(*records)
    assert got.rows.num_rows == got.records == len(got.ids) == len(records)
    got.rows.validate(full=True)
    got.children["things__steps"].validate(full=True)
    for name in ("list", "steps", *got.new_columns):
        for text in got.rows[name].to_pylist():
            assert text is None or json.loads(text, parse_constant=_refuse) is not None or text == "null"


def _refuse(constant: str) -> None:
    raise ValueError(constant)


SAFE = st.recursive(
    st.one_of(st.integers(-(2**53), 2**53), st.sampled_from(["x", "y z", 0.5, True])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["name", "size", "lid", "new"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["text", "count", "list", "box", "steps", "newField", "Text"]),
        SAFE,
        min_size=1,
        max_size=5,
    )
)
def test_nothing_is_lost(record: dict[str, Any]) -> None:
    """Every leaf of a record is found again in its row."""
    row = page({"id": "1", **record}).rows.to_pylist()[0]
    stored = " ".join(str(value) for value in row.values() if value is not None)
    for leaf in _leaves(record):
        assert str(leaf) in stored or json.dumps(leaf) in stored or f"{leaf}.0" in stored


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
    else:
        yield value


# --- secrets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "stored"),
    [
        ({"inviteUrl": "https://x.example/i"}, {"invite_url": MARK}),
        ({"inviteUrl": {"a": "x"}}, {"invite_url": None, "invite_url__variant": f'{{"a":"{MARK}"}}'}),
        ({"tokenName": "agent_token"}, {"token_name": "agent_token"}),
        ({"text": "token=hunter&x=1"}, {"text": f"token={MARK}&x=1"}),
        ({"text": '{"password":"hunter"}'}, {"text": f'{{"password":"{MARK}"}}'}),
        ({"list": [{"apiKey": "hunter"}]}, {"list": f'[{{"apiKey":"{MARK}"}}]'}),
        ({"variables": [{"key": "A", "value": "hunter"}]}, {"variables": f'[{{"key":"A","value":"{MARK}"}}]'}),
        ({"spec": {"type": "secret", "data": {"type": "hunter"}}}, {"spec__data": f'{{"type":"{MARK}"}}'}),
        ({"spec": {"type": "git", "data": {"type": "open"}}}, {"spec__data": '{"type":"open"}'}),
        ({"count": {"secret": "hunter"}}, {"count__variant": f'{{"secret":"{MARK}"}}'}),
        ({"newToken": "hunter"}, {"new_token": f'"{MARK}"'}),
        ({"newField": {"token": 5}}, {"new_field": f'{{"token":"{MARK}"}}'}),
        ({"new-token": "hunter"}, {"extra": f'{{"new-token":"{MARK}"}}'}),
        ({"box": {"newVariables": {"A": "hunter"}}}, {"box__new_variables": f'{{"A":"{MARK}"}}'}),
        ({"box": "https://u:hunter@h.example"}, {"box__variant": f'"https://u:{MARK}@h.example"'}),
    ],
)
def test_secrets_in_every_kind_of_column(fields: dict[str, Any], stored: dict[str, Any]) -> None:
    """Declared, undeclared, flattened, odd and extra values are masked by name before they are stored."""
    rows = page({"id": "1", **fields}, {"id": "2", "text": "plain"}).rows
    assert {name: rows[name][0].as_py() for name in stored} == stored
    assert "hunter" not in str(rows.to_pylist())
    assert rows["text"][1].as_py() == "plain"


def test_secrets_in_children() -> None:
    """Elements of lists are masked in the child table as in the parent."""
    got = page(
        {"id": "1"},
        {"id": "2", "steps": [{"name": "a"}, {"name": "pwd=hunter", "token": "hunter", "size": "pwd=hunter"}]},
    )
    child = got.children["things__steps"].to_pylist()[1]
    assert child["name"] == f"pwd={MARK}"
    assert json.loads(child["extra"]) == {"token": MARK, "size": f"pwd={MARK}"}
    assert "hunter" not in str([*got.children["things__steps"].to_pylist(), *got.rows.to_pylist()])


def test_list_under_a_secret_name() -> None:
    """A child table of a list that is itself secret holds only marks."""
    secrets = ChildTable("things__tokens", "tokens", ("tokens",), "things_id", (column("value"),))
    entry = replace(THINGS, columns=(*THINGS.columns, column("tokens", "json")), children=(secrets,))
    got = page_table(entry, [{"id": "1", "tokens": [{"value": "hunter", "note": "hunter"}]}], sequence=0)
    assert "hunter" not in str([*got.children["things__tokens"].to_pylist(), *got.rows.to_pylist()])


# --- through dlt into DuckDB ------------------------------------------------------------------------------------------


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Loads pages into one DuckDB file, one call one load, and gives back the tables as lists of rows."""
    monkeypatch.setenv("NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID", "true")
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    database = tmp_path / "kit.duckdb"
    runs = iter(range(100))

    def run(entry: Resource, *pages: Page) -> dict[str, list[dict[str, Any]]]:
        pipeline = dlt.pipeline(
            "kit",
            destination=dlt.destinations.duckdb(str(database)),
            dataset_name="main",
            pipelines_dir=str(tmp_path / str(next(runs))),
        )
        pipeline.run([_rows(entry, pages), *_child_rows(entry, pages)])
        with duckdb.connect(str(database), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            names = [entry.name, *(child.name for child in entry.children)]
            return {name: connection.sql(f'from "{name}"').to_arrow_table().to_pylist() for name in names}

    return run


def _rows(entry: Resource, pages: tuple[Page, ...]) -> Any:
    @dlt.resource(
        name=entry.name,
        write_disposition="merge",
        primary_key="id",
        merge_key=entry.merge_key or None,
        columns=dlt_columns(entry),  # type: ignore[arg-type]
    )
    def rows() -> Iterator[Any]:
        for got in pages:
            hints = dlt.mark.make_hints(columns=json_hints(got.new_columns))  # type: ignore[arg-type]
            yield dlt.mark.with_hints(got.rows, hints) if got.new_columns else got.rows

    return rows


def _child_rows(entry: Resource, pages: tuple[Page, ...]) -> list[Any]:
    return [
        dlt.resource(
            [got.children[child.name] for got in pages],
            name=child.name,
            write_disposition="merge",
            primary_key=(child.parent_key, "position"),
            merge_key=child.parent_key,
            columns=dlt_child_columns(entry, child),  # type: ignore[arg-type]
        )
        for child in entry.children
    ]


def test_everything_odd_reaches_the_database(load: Any, caplog: pytest.LogCaptureFixture) -> None:
    """New columns, variants, NUL, cut emojis, NaN and changing types all arrive, over pages and loads."""
    first = page(
        {
            "id": "1",
            "text": "nul\0 half \ud83d",
            "count": 2**70,
            "newField": 5,
            "Id": "x",
            "list": ["\0", "\ud83d", math.nan],
        },
        {"id": "2", "at": "soon", "box": "closed", "newField": "text"},
    )
    second = page({"id": "3", "otherField": {"a": None}, "newField": [1], "text": 5})
    load(THINGS, first, second)
    load(THINGS, page({"id": "4", "newField": None, "thirdField": True}))
    rows = {row["id"]: row for row in load(THINGS, page())["things"]}
    assert rows["1"]["text"] == "nul\0 half �"
    assert json.loads(rows["1"]["count__variant"]) == 2**70
    assert json.loads(rows["1"]["extra"]) == {"Id": "x"}
    assert json.loads(rows["1"]["list"]) == ["\0", "�", "NaN"]
    assert [rows[id_]["new_field"] for id_ in "1234"] == ["5", '"text"', "[1]", None]
    assert (rows["2"]["at"], rows["2"]["at__variant"], rows["2"]["box__variant"]) == (None, '"soon"', '"closed"')
    assert (rows["3"]["other_field"], rows["3"]["text__variant"], rows["4"]["third_field"]) == (
        '{"a":null}',
        "5",
        "true",
    )


def test_last_record_wins_and_children_follow(load: Any) -> None:
    """Of one id in a load the last record counts; its children are replaced, also by none, in a load and after it."""
    seen: dict[Any, tuple[int, ...]] = {}
    pages = [
        page_table(THINGS, records, sequence=sequence, ids_seen=seen)
        for sequence, records in (
            (
                0,
                [
                    {"id": "a", "text": "old", "steps": [{"name": "1"}, {"name": "2"}]},
                    {"id": "b", "steps": [{"name": "b"}]},
                ],
            ),
            (2, [{"id": "a", "text": "new", "steps": [{"name": "3"}]}, {"id": "c", "steps": [{"name": "c"}]}]),
            (4, [{"id": "c", "steps": [{"name": "c"}]}]),
        )
    ]
    tables = load(THINGS, *pages)
    assert {row["id"]: row["text"] for row in tables["things"]} == {"a": "new", "b": None, "c": None}
    assert sorted(row["name"] for row in tables["things__steps"]) == ["3", "b", "c"]
    tables = load(THINGS, page({"id": "b", "steps": []}))
    assert sorted(row["name"] for row in tables["things__steps"]) == ["3", "c"]
    assert len(tables["things"]) == 3


def test_tombstone_empties_a_report(load: Any) -> None:
    """A report that has become empty loses its rows; the same report over another range keeps its own."""
    entry = resource("analytics_reports")
    ranges = [
        {"report_name": "r", "granularity": "day", "range_start": f"2024-0{n}-01", "range_end": "2024-06-01"}
        for n in (1, 2)
    ]
    records = [{**key, "id": f"{n}", "position": 0, "row": {}} for n, key in enumerate(ranges)]
    load(entry, page_table(entry, records, sequence=0))
    empty = Page(tombstone(entry, ranges[0]), {}, 0, 0, (), [], repeated=False)
    assert [row["id"] for row in load(entry, empty)["analytics_reports"]] == ["1"]


@pytest.mark.parametrize("name", ["builds", "audit", "accounts"])
def test_dlt_has_nothing_to_warn_of(load: Any, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Arrow schema and hints agree in types and nullability, so that dlt is silent but for JSON kept as text."""
    entry = resource(name)
    load(entry, page_table(entry, [{"id": "1"}], sequence=0))
    warnings = [
        line for line in capfd.readouterr().err.splitlines() if "WARNING" in line and "json" not in line.lower()
    ]
    assert warnings == []
