"""Where the values of records are: one list of values per declared column, and what was not declared."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analytics_kit.catalog import Column
    from analytics_kit.catalog.entry import FieldPath

NOTHING: dict[str, Any] = {}


@dataclass
class Level:
    """One declared object of a record.

    Attributes:
        path: Where the object is in the record.
        columns: Columns of its own fields, by field.
        inner: Declared objects inside of it, by field.
        known: All of its declared fields.
    """

    path: FieldPath
    columns: dict[str, list[Column]] = field(default_factory=dict)
    inner: dict[str, Level] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)


class Values(NamedTuple):
    """The values of one field, one per row, and the objects that they stand in."""

    values: Sequence[Any]
    owners: list[dict[str, Any]]


class Alike(NamedTuple):
    """Objects that have the same fields: their rows, and per field the values in these rows."""

    rows: list[int]
    fields: dict[str, Sequence[Any]]


class Stray(NamedTuple):
    """What objects with the same fields hold undeclared, at one place of their records."""

    rows: list[int]
    path: FieldPath
    fields: dict[str, Sequence[Any]]


class Misplaced(NamedTuple):
    """A value where an object was declared, in one row."""

    row: int
    path: FieldPath
    value: Any


@dataclass
class Spread:
    """Records taken apart.

    Attributes:
        columns: Values of each declared column, by its name.
        strays: What was not declared.
        misplaced: Values where objects were declared.
    """

    columns: dict[str, Values] = field(default_factory=dict)
    strays: list[Stray] = field(default_factory=list)
    misplaced: list[Misplaced] = field(default_factory=list)


@lru_cache(maxsize=64)
def level_of(columns: tuple[Column, ...]) -> Level:
    """The declared objects of a record, outermost first."""
    top = Level(())
    for column in columns:
        level = top
        for name in column.path[:-1]:
            level.known.add(name)
            level = level.inner.setdefault(name, Level((*level.path, name)))
        level.known.add(column.path[-1])
        level.columns.setdefault(column.path[-1], []).append(column)
    return top


def spread(level: Level, records: list[dict[str, Any]]) -> Spread:
    """Take records apart along a level and the levels inside of it."""
    result = Spread()
    _spread(level, records, result)
    return result


def _spread(level: Level, objects: list[dict[str, Any]], result: Spread) -> None:
    shapes = _shapes(objects)
    found = {name: _in_rows(name, shapes, len(objects)) for name in (*level.columns, *level.inner)}
    for name, columns in level.columns.items():
        values = Values(found[name], objects)
        for column in columns:
            result.columns[column.name] = values
    for name, inner in level.inner.items():
        whole = name in level.columns  # the object is kept whole, too: nothing in it is undeclared
        _spread(
            inner,
            [value if isinstance(value, dict) else NOTHING for value in found[name]],
            Spread(result.columns) if whole else result,
        )
        if not whole:
            result.misplaced += _misplaced(inner.path, found[name])
    for rows, fields in shapes:
        if undeclared := {name: values for name, values in fields.items() if name not in level.known}:
            result.strays.append(Stray(rows, level.path, undeclared))


def _shapes(objects: list[dict[str, Any]]) -> list[Alike]:
    """The objects by the fields that they have, which most share: what is asked of fields is asked once of a shape."""
    rows_of: dict[tuple[str, ...], list[int]] = {}
    for row, owner in enumerate(objects):
        rows_of.setdefault(tuple(owner), []).append(row)
    return [
        Alike(rows, dict(zip(fields, zip(*[objects[row].values() for row in rows], strict=True), strict=True)))
        for fields, rows in rows_of.items()
    ]


def _in_rows(name: str, shapes: list[Alike], rows: int) -> Sequence[Any]:
    """The values of one field in the order of the rows, None where an object has none."""
    if len(shapes) == 1 and name in shapes[0].fields:
        return shapes[0].fields[name]
    values: list[Any] = [None] * rows
    for shape in shapes:
        for row, value in zip(shape.rows, shape.fields.get(name, ()), strict=False):
            values[row] = value
    return values


def _misplaced(path: FieldPath, found: Sequence[Any]) -> Iterable[Misplaced]:
    odd = (row for row, value in enumerate(found) if value is not None and not isinstance(value, dict))
    return [Misplaced(row, path, found[row]) for row in odd]
