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


class Stray(NamedTuple):
    """What objects with the same fields hold undeclared: their rows, and per field the values in these rows."""

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
    found = _by_field((*level.columns, *level.inner), objects)
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
    result.strays += _strays(level, objects)


def _by_field(names: tuple[str, ...], objects: list[dict[str, Any]]) -> dict[str, Sequence[Any]]:
    """The values of fields, one per object; object by object, for its fields lie together in memory."""
    columns = zip(*[list(map(owner.get, names)) for owner in objects], strict=True) if objects else [()] * len(names)
    return dict(zip(names, columns, strict=True))


def _misplaced(path: FieldPath, found: Sequence[Any]) -> Iterable[Misplaced]:
    odd = (row for row, value in enumerate(found) if value is not None and not isinstance(value, dict))
    return [Misplaced(row, path, found[row]) for row in odd]


def _strays(level: Level, objects: list[dict[str, Any]]) -> Iterable[Stray]:
    # Records of one kind have the same fields: which of them are undeclared is asked once.
    alike: dict[tuple[str, ...], list[int]] = {}
    for row, owner in enumerate(objects):
        alike.setdefault(tuple(owner), []).append(row)
    for fields, rows in alike.items():
        if undeclared := tuple(name for name in fields if name not in level.known):
            yield Stray(rows, level.path, _by_field(undeclared, [objects[row] for row in rows]))
