"""What the catalog does not know: undeclared fields, values of another type, values where objects should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics_kit.columns.drafts import Draft, json_draft
from analytics_kit.columns.naming import EXTRA, VARIANT, names_of, prefix_of, within_cap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analytics_kit.catalog.entry import FieldPath
    from analytics_kit.columns.layout import Spread, Stray

MOST_NEW_COLUMNS = 100
Objects = list[dict[str, Any] | None]


def new_columns(found: Spread, rows: int, taken: frozenset[str], seen: set[str]) -> list[Draft]:
    """JSON columns for all that was not declared.

    A field gets a column of its own, named as in ``names_of``; what cannot have one, and what is beyond the cap, goes
    into the column ``extra``: an object of the fields under their own names, nested as in the record. A value where an
    object was declared goes into ``<object>__variant``.

    Args:
        found: Records taken apart.
        rows: How many there are.
        taken: Names of the declared columns.
        seen: Names given in this load so far; the new ones are added.
    """
    named = [(stray, names_of(frozenset(stray.fields), stray.path, taken)) for stray in found.strays]
    allowed = within_cap((name for _, names in named for name in names.values()), seen, MOST_NEW_COLUMNS)
    columns: dict[str, tuple[FieldPath, list[Any]]] = {}
    extra: Objects = [None] * rows
    for stray, names in named:
        for field, values in stray.fields.items():
            path = (*stray.path, field)
            if names.get(field) in allowed:
                column = columns.setdefault(names[field], (path, [None] * rows))[1]
                for row, value in zip(stray.rows, values, strict=True):
                    column[row] = value
            else:
                put_all(extra, stray.rows, path, values)
    for misplaced in found.misplaced:
        name = f"{prefix_of(misplaced.path)}variant"
        columns.setdefault(name, (misplaced.path, [None] * rows))[1][misplaced.row] = misplaced.value
    drafts = [json_draft(name, values, path) for name, (path, values) in columns.items()]
    return [*drafts, json_draft(EXTRA, extra)] if any(value is not None for value in extra) else drafts


def variants(drafts: Iterable[Draft], rows: int) -> list[Draft]:
    """One JSON column for each column that met values of another type."""
    return [
        json_draft(f"{draft.name}{VARIANT}", [draft.odd.get(row) for row in range(rows)])
        for draft in drafts
        if draft.odd
    ]


def extra_of_elements(strays: Iterable[Stray], odd: Iterable[tuple[int, FieldPath, Any]], rows: int) -> list[Any]:
    """The ``extra`` of a child table: per element what was not declared, and what did not fit."""
    extra: Objects = [None] * rows
    for stray in strays:
        for field, values in stray.fields.items():
            put_all(extra, stray.rows, (*stray.path, field), values)
    for row, path, value in odd:
        put(extra, row, path, value)
    return extra


def put_all(objects: Objects, rows: list[int], path: FieldPath, values: Sequence[Any]) -> None:
    """Set a value in the objects of several rows."""
    for row, value in zip(rows, values, strict=True):
        put(objects, row, path, value)


def put(objects: Objects, row: int, path: FieldPath, value: Any) -> None:
    """Set a value in the object of one row, making the objects on the way."""
    target = objects[row] = objects[row] or {}
    for name in path[:-1]:
        target = target.setdefault(name, {})
    target[path[-1]] = value
