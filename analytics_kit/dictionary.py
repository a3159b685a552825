"""The data dictionary: what each column of a table means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics_kit.catalog import table_owner

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from analytics_kit.catalog import Column, Resource

_DTYPES = {
    "text": "str",
    "bigint": "Int64",
    "double": "float64",
    "bool": "boolean",
    "timestamp": "datetime64[us, UTC]",
    "json": "object",
}


def data_dictionary(name: str) -> pd.DataFrame:
    """One row per declared column of a resource or child table: see Kit.columns."""
    import pandas as pd

    rows = list(_rows(table_owner(name), name))
    return pd.DataFrame(rows, columns=["column", "dtype", "unit", "meaning", "path"])


def _rows(owner: Resource, name: str) -> Iterator[tuple[str, str, str, str, str]]:
    child = next((child for child in owner.children if child.name == name), None)
    if child is None:
        yield from (_row(column) for column in owner.columns)
        return
    yield (
        child.parent_key,
        _DTYPES[owner.columns[0].type],
        "",
        f"id of the row of {owner.name} that it belongs to",
        "id",
    )
    yield "position", "Int64", "", "Place in the list, from 0", ""
    yield from (_row(column, ".".join((*child.path, ""))) for column in child.columns)
    yield "extra", _DTYPES["json"], "", "Fields that are not declared, and values that do not fit", ""


def _row(column: Column, stem: str = "") -> tuple[str, str, str, str, str]:
    return column.name, _DTYPES[column.type], column.unit, column.meaning, stem + ".".join(column.path)
