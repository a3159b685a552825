"""Column names for fields that the catalog does not declare."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

EXTRA = "extra"
VARIANT = "__variant"
_LONGEST = 60  # under the limit of every database: dlt would shorten a longer name into another one
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")
_CAMEL_CASE = re.compile(r"[A-Za-z][A-Za-z0-9]*")
# Names that the kit gives to columns of its own, also below a declared object.
_RESERVED = frozenset((EXTRA, "variant"))


def snake_case(name: str) -> str:
    """``pipelineName`` and ``PipelineName`` as ``pipeline_name``."""
    return _WORDS.sub("_", name).lower()


def prefix_of(path: tuple[str, ...]) -> str:
    """What the names of columns from the object at ``path`` begin with."""
    return "".join(f"{snake_case(name)}__" for name in path)


@lru_cache(maxsize=1024)
def names_of(fields: frozenset[str], path: tuple[str, ...], taken: frozenset[str]) -> dict[str, str]:
    """Which undeclared fields of one object become columns of their own, and under which names.

    Camel case and snake case become snake case, which dlt leaves as it is. Names of another form, and what would
    collide, are left out, for the column ``extra``. Of two fields of one object that would share a column, camelCase
    goes before snake_case before PascalCase, whatever their order and whichever page came first.

    Args:
        fields: Names of the fields, as in the record.
        path: Where the object is in the record.
        taken: Names of the declared columns.
    """
    columns: dict[str, str] = {}
    for field in sorted(fields, key=_rank):
        column = prefix_of(path) + snake_case(field)
        if _becomes_column(field, column, taken) and column not in columns.values():
            columns[field] = column
    return columns


def within_cap(names: Iterable[str], seen: set[str], cap: int) -> set[str]:
    """The names that may be columns: those seen before, and new ones up to ``cap`` in all, which are then seen.

    An API that invents a field per record would else make a table of thousands of columns.
    """
    wanted = set(names)
    seen |= set(sorted(wanted - seen)[: max(0, cap - len(seen))])
    return wanted & seen


def _rank(field: str) -> tuple[int, str]:
    form = 1 if "_" in field else 0 if field[:1].islower() else 2
    return form, field


def _becomes_column(field: str, column: str, taken: frozenset[str]) -> bool:
    well_formed = _CAMEL_CASE.fullmatch(field) or _SNAKE_CASE.fullmatch(field)
    return bool(well_formed) and len(column) <= _LONGEST and column not in taken and snake_case(field) not in _RESERVED
