"""The catalog against the API's resource table, typed here by hand, and against the golden pages."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from analytics_kit import catalog
from analytics_kit.catalog import ALL_NAMES, RESOURCES, ChildTable, Column, Resource
from analytics_kit.errors import UnknownResourceError

DATA = Path(__file__).parent / "data"
MARK = "«redacted»"
SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(__?[a-z0-9]+)*")

# name, path, selector, kind of paging, page parameter, size parameter, size
API_TABLE = [
    ("accounts", "/accounts/{account_id}/users", "data", "single", "", "", 0),
    ("account_settings", "/account-settings", "data", "single", "", "", 0),
    ("agents", "/agents", "data", "single", "", "", 0),
    ("builds", "/workflow", "workflows.docs", "page", "page", "limit", 100),
    ("audit", "/audit", "data", "page", "page", "pageSize", 1000),
    ("analytics_metadata", "/analytics/metadata", "reports.*", "single", "", "", 0),
    ("analytics_reports", "/analytics/reports/{report_name}", "data", "single", "", "", 0),
    ("execution_contexts", "/execution-contexts", "docs", "single", "", "", 0),
    ("contexts", "/contexts", "data", "single", "", "", 0),
    ("projects", "/projects", "projects", "offset", "offset", "limit", 100),
    ("pipelines", "/pipelines", "docs", "offset", "offset", "limit", 100),
    ("step_types", "/step-types", "docs.*", "offset", "offset", "limit", 1000),
    ("helm_repos", "/helm/repos", "data", "single", "", "", 0),
]
BARE = ["accounts", "account_settings", "agents", "contexts", "helm_repos"]
REPORT_SHAPES = ["long", "wide", "total"]
PYTHON_TYPES: dict[str, set[type]] = {
    "text": {str},
    "bigint": {int},
    "double": {float},
    "bool": {bool},
    "timestamp": {str},
    "json": {list, dict},
}
WITH_PAGE = [name for name in ALL_NAMES if name != "analytics_reports"]
CHILDREN = [(entry, child) for entry in RESOURCES.values() for child in entry.children]

each_resource = pytest.mark.parametrize("entry", RESOURCES.values(), ids=ALL_NAMES)
each_page = pytest.mark.parametrize("name", WITH_PAGE)
each_child = pytest.mark.parametrize(("parent", "child"), CHILDREN, ids=[child.name for _, child in CHILDREN])


def test_catalog_is_the_api_table() -> None:
    """The 13 entries say what the API's table says, in its order."""
    assert [
        (e.name, e.path, e.selector, e.paging.kind, e.paging.number, e.paging.size_param, e.paging.size)
        for e in RESOURCES.values()
    ] == API_TABLE


def test_first_pages() -> None:
    """Builds are counted from 1, offsets from 0, and audit's first request goes without a page."""
    firsts = {e.name: e.paging.first for e in RESOURCES.values() if e.paging.kind != "single"}
    assert firsts == {"builds": 1, "audit": None, "projects": 0, "pipelines": 0, "step_types": 0}


def test_windows() -> None:
    """Three resources take a window, each with its own parameters and cursor."""
    windows = {e.name: (e.cursor, e.since_param, e.until_param) for e in RESOURCES.values() if e.windowed}
    assert windows == {
        "builds": ("created", "startDate", "endDate"),
        "audit": ("created_at", "from", "to"),
        "analytics_reports": (None, "dateRange", "dateRange"),
    }
    assert not any(e.cursor or e.since_param or e.until_param for e in RESOURCES.values() if not e.windowed)


def test_totals() -> None:
    """Where a body may tell how many records there are: pipelines count them, others may have a total."""
    assert {e.name: e.total_paths for e in RESOURCES.values() if e.total_paths} == {
        "builds": ("workflows.total", "total"),
        "audit": ("total", "count"),
        "projects": ("total", "count"),
        "pipelines": ("count", "total"),
        "step_types": ("total", "count"),
    }


def test_keys() -> None:
    """A record without an id gets it from the key that the API's table names."""
    assert {e.name: e.key for e in RESOURCES.values() if e.key != (("id",),)} == {
        "accounts": (("_id",),),
        "account_settings": (("_id",),),
        "analytics_metadata": (("reportName",),),
        "execution_contexts": (("_id",),),
        "contexts": (("metadata", "name"),),
        "pipelines": (("metadata", "id"),),
        "step_types": (("metadata", "name"), ("metadata", "version")),
        "helm_repos": (("Name",),),
    }


def test_only_account_settings_may_be_a_bare_object() -> None:
    """One object instead of a list is accepted where the API answers one, and nowhere else."""
    assert [e.name for e in RESOURCES.values() if e.bare_object] == ["account_settings"]


@each_resource
def test_id_is_first_and_required(entry: Resource) -> None:
    """The primary key is the first column, never null, and integer only for audit."""
    first = entry.columns[0]
    assert (first.name, first.nullable) == ("id", False)
    assert first.type == ("bigint" if entry.name == "audit" else "text")


@each_resource
def test_column_names(entry: Resource) -> None:
    """Names of columns are snake_case and unique in their table; each column has a meaning in one line."""
    for columns in (entry.columns, *(child.columns for child in entry.children)):
        names = [column.name for column in columns]
        assert len(set(names)) == len(names)
        assert [name for name in names if not SNAKE_CASE.fullmatch(name)] == []
        assert [column.name for column in columns if not column.meaning or "\n" in column.meaning] == []


@each_resource
def test_names_in_an_entry_are_columns(entry: Resource) -> None:
    """Cursor, secrets and merge key name declared columns, and the cursor is a timestamp."""
    types = {column.name: column.type for column in entry.columns}
    assert {*entry.secrets, *entry.merge_key} <= set(types)
    assert entry.cursor is None or types[entry.cursor] == "timestamp"


@each_resource
def test_only_what_the_kit_makes_is_required(entry: Resource) -> None:
    """No null from the API can stop a load: besides id, only columns that the kit fills itself are required."""
    required = {column.name for column in entry.columns if not column.nullable}
    assert required == {"id", *entry.merge_key}


@each_child
def test_child_tables_belong_to_a_column(parent: Resource, child: ChildTable) -> None:
    """A child table reads the list that its parent keeps in a json column, and is named after both."""
    column = next(column for column in parent.columns if column.name == child.column)
    assert (column.type, column.path) == ("json", child.path)
    assert (child.name, child.parent_key) == (f"{parent.name}__{child.column}", f"{parent.name}_id")
    assert not {child.parent_key, "position"} & {column.name for column in child.columns}


def test_tables_are_resources_and_child_tables() -> None:
    """What can be read as a frame is the 13 resources and three child tables."""
    children = {"accounts__logins", "builds__system_events", "pipelines__spec__triggers"}
    assert len(catalog.tables()) == 16
    assert set(catalog.tables()) == {*ALL_NAMES, *children}


@pytest.mark.parametrize(("typo", "meant"), [("build", "builds"), ("builds__system_events", "builds")])
def test_unknown_name_tells_the_close_match(typo: str, meant: str) -> None:
    """An unknown name is quoted beside the close match and all known names; a child table leads to its parent."""
    with pytest.raises(UnknownResourceError) as caught:
        catalog.resource(typo)
    assert f"{typo!r}; did you mean {meant!r}?" in str(caught.value)
    assert all(name in str(caught.value) for name in ALL_NAMES)


@pytest.mark.parametrize("find", [catalog.resource, catalog.table_owner])
def test_names_in_a_list_are_told_how_they_are_given(find: Any) -> None:
    """A list of names, the most natural slip, is answered with the names one by one."""
    with pytest.raises(UnknownResourceError, match='"builds", "agents"'):
        find(["builds", "agents"])
    with pytest.raises(UnknownResourceError, match="7 is no name"):
        find(7)


def test_unknown_name_without_a_close_match() -> None:
    """A name that is like none gets the list and no guess."""
    with pytest.raises(UnknownResourceError) as caught:
        catalog.resource("xyzzy")
    assert "did you mean" not in str(caught.value)


def test_resource_finds_every_name() -> None:
    """Each known name leads to the entry of that name, and the mapping cannot be changed."""
    assert [catalog.resource(name).name for name in ALL_NAMES] == list(ALL_NAMES)
    with pytest.raises(TypeError):
        RESOURCES["builds"] = RESOURCES["audit"]  # type: ignore[index]


def test_catalog_needs_only_the_standard_library() -> None:
    """Importing the catalog brings in nothing from outside Python and the kit."""
    code = (
        "import sys; before = set(sys.modules); import analytics_kit.catalog; "
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before} - sys.stdlib_module_names)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=DATA.parents[1], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["analytics_kit"]


@pytest.mark.parametrize("name", BARE)
def test_both_dialects_hold_the_same_records(name: str) -> None:
    """The bare page is what the declared selector finds in the enveloped one."""
    bare = _json(f"{name}.bare.json")
    assert _records(RESOURCES[name]) == (bare if isinstance(bare, list) else [bare])


@each_page
def test_every_field_of_a_page_is_declared(name: str) -> None:
    """Each field of the golden page is a declared column, or lies inside a declared json column."""
    columns = RESOURCES[name].columns
    met = {path for record in _records(RESOURCES[name]) for path in _leaves(record)}
    assert {path for path in met if not _declared(path, columns)} == set()


@each_child
def test_every_field_of_a_child_record_is_declared(parent: Resource, child: ChildTable) -> None:
    """Each field of the listed objects is a declared column of the child table."""
    lists = [_at(record, child.path) or [] for record in _records(parent)]
    met = {path for elements in lists for element in elements for path in _leaves(element)}
    assert {path for path in met if not _declared(path, child.columns)} == set()


@each_page
def test_expected_rows_follow_from_the_paths(name: str) -> None:
    """Each column without secrets holds what the golden page has at the column's path."""
    entry = RESOURCES[name]
    for record, row in zip(_records(entry), _json(f"{name}.expected.json"), strict=True):
        assert row["id"] == _identity(entry, record)
        for column in entry.columns[1:]:
            if column.name not in entry.secrets:
                sent = _value(column, _at(record, column.path))
                assert (column.name, _value(column, row[column.name])) == (column.name, sent)


@pytest.mark.parametrize("name", [*WITH_PAGE, *(f"analytics_reports.{shape}" for shape in REPORT_SHAPES)])
def test_expected_rows_have_the_declared_columns(name: str) -> None:
    """The expected rows name all declared columns and no other."""
    declared = {column.name for column in RESOURCES[name.partition(".")[0]].columns}
    assert all(set(row) == declared for row in _json(f"{name}.expected.json"))


@pytest.mark.parametrize("page", [*WITH_PAGE, *(f"analytics_reports.{shape}" for shape in REPORT_SHAPES)])
def test_expected_values_have_the_declared_types(page: str) -> None:
    """Every expected value, of a resource and of its child tables, is of the type that the catalog declares."""
    entry = RESOURCES[page.partition(".")[0]]
    for table, columns in [(page, entry.columns), *((child.name, child.columns) for child in entry.children)]:
        rows = _json(f"{table}.expected.json")
        met = [(c.name, c.type, row[c.name]) for row in rows for c in columns if row[c.name] is not None]
        assert [item for item in met if type(item[2]) not in PYTHON_TYPES[item[1]]] == []


@each_child
def test_expected_child_rows(parent: Resource, child: ChildTable) -> None:
    """The expected child rows name the parent, the place in its list, and all declared columns."""
    rows = _json(f"{child.name}.expected.json")
    declared = {child.parent_key, "position", *(column.name for column in child.columns)}
    assert all(set(row) == declared for row in rows)
    assert [(row[child.parent_key], row["position"]) for row in rows] == [
        (_identity(parent, record), position)
        for record in _records(parent)
        for position, _ in enumerate(_at(record, child.path) or [])
    ]


@pytest.mark.parametrize("table", [*WITH_PAGE, *(child.name for _, child in CHILDREN)])
def test_every_column_has_a_value_somewhere(table: str) -> None:
    """The golden rows together hold at least one value for every declared column."""
    rows = _json(f"{table}.expected.json")
    assert [name for name in rows[0] if all(row[name] is None for row in rows)] == []


@pytest.mark.parametrize("shape", REPORT_SHAPES)
def test_report_rows_keep_the_row_as_sent(shape: str) -> None:
    """Of long and wide reports alike, the row column holds the API's row, in the API's order."""
    rows = _json(f"analytics_reports.{shape}.expected.json")
    assert [row["row"] for row in rows] == _json(f"analytics_reports.{shape}.json")["data"]
    assert [row["position"] for row in rows] == list(range(len(rows)))


@each_page
def test_secrets_are_where_the_catalog_says(name: str) -> None:
    """The secrets of a golden page lie in the columns that the catalog names, and there a mark is expected."""
    entry = RESOURCES[name]
    carriers = {c.name for c in entry.columns for record in _records(entry) if "s3cr3t" in str(_at(record, c.path))}
    rows = _json(f"{name}.expected.json")
    assert carriers == set(entry.secrets)
    assert {column for row in rows for column, value in row.items() if MARK in str(value)} == carriers


@pytest.mark.parametrize("path", sorted(DATA.glob("*.expected.json")), ids=lambda path: path.name)
def test_no_secret_is_expected_to_be_stored(path: Path) -> None:
    """No secret value appears in any expected row."""
    assert "s3cr3t" not in path.read_text(encoding="utf-8")


def _json(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def _records(entry: Resource) -> list[dict[str, Any]]:
    """What the declared selector finds in the resource's enveloped page."""
    found = _json(f"{entry.name}.enveloped.json")
    for step in entry.selector.split("."):
        if step != "*":
            found = found[step]
        elif isinstance(found, dict):
            found = list(found.values())
    return found if isinstance(found, list) else [found]


def _at(record: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        record = record.get(step) if isinstance(record, dict) else None
    return record


def _leaves(record: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in record.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, (*above, key))
        else:
            yield (*above, key)


def _declared(path: tuple[str, ...], columns: tuple[Column, ...]) -> bool:
    return any(c.path == path or (c.type == "json" and c.path == path[: len(c.path)]) for c in columns)


def _identity(entry: Resource, record: dict[str, Any]) -> Any:
    parts = [_at(record, path) for path in entry.key]
    return parts[0] if len(parts) == 1 else ":".join(parts)


def _value(column: Column, value: Any) -> Any:
    return datetime.fromisoformat(value) if column.type == "timestamp" and value else value
