"""What a reader sees: views that hide the bookkeeping and the records that are gone from the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics_kit.catalog import RESOURCES, child_tables, table_owner
from analytics_kit.reading import NO_DATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from analytics_kit.catalog import Resource
    from analytics_kit.ledger import History

_HIDDEN = ("_dlt_", "_kit_")


def create_views(
    connection: duckdb.DuckDBPyConnection, histories: Mapping[str, History], newest: str | None = None
) -> list[str]:
    """One view per table of a resource that has been loaded, under the table's own name; gives the names.

    Args:
        connection: Where; the views go with it.
        histories: The record of loads, by resource.
        newest: A resource of which only the last load's rows are shown.
    """
    columns: dict[str, list[str]] = {}
    rows = connection.execute(
        "select table_name, column_name from information_schema.columns "
        "where table_catalog = current_database() and table_schema = 'main' order by table_name, ordinal_position"
    ).fetchall()
    for table, column in rows:
        columns.setdefault(table, []).append(column)
    catalog = connection.execute("select current_database()").fetchall()[0][0]
    made = [name for name in (*RESOURCES, *child_tables()) if name in columns and table_owner(name).name in histories]
    for name in made:
        owner = table_owner(name)
        shown = ", ".join(_shown(owner, column) for column in columns[name] if not column.startswith(_HIDDEN))
        history = histories[owner.name]
        where = _of_load(history.loads[-1].load_id) if name == newest else _current(owner, history)
        connection.execute(
            f"create temp view {quoted(name)} as select {shown} from {quoted(catalog)}.main.{quoted(name)}{where}"
        )
    return made


def _current(owner: Resource, history: History) -> str:
    """A record that the last complete load did not bring is gone from the API; a partial load proves nothing gone.

    Load ids are the seconds since 1970 as text, so that they sort as they were made.
    """
    complete = history.last_complete
    if owner.windowed or complete is None:
        return ""
    return f" where _dlt_load_id >= '{complete.load_id}'"


def _of_load(load_id: str) -> str:
    return f" where _dlt_load_id = '{load_id}'"


def _shown(owner: Resource, column: str) -> str:
    if column in owner.merge_key and column.startswith("range_"):
        return f"nullif({quoted(column)}, timestamptz '{NO_DATE}') as {quoted(column)}"
    return quoted(column)


def quoted(name: str) -> str:
    """The name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
