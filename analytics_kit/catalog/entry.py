"""What one entry of the catalog is made of: a resource, its paging, its columns and its child tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "bigint", "double", "bool", "timestamp", "json"]
PagingKind = Literal["single", "page", "offset"]
Group = Literal["activity", "analytics", "inventory"]
FieldPath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One declared column of a table.

    Attributes:
        name: Name in the frame: snake_case, nesting as ``__``.
        type: Type in the table; lists and objects of free content are ``json``.
        path: Where the value is in the record, one key per level.
        meaning: One line for the data dictionary.
        unit: Unit of the value; empty where it has none.
        nullable: False only where the kit itself makes the value, so that no odd record can stop a load.
    """

    name: str
    type: ColumnType
    path: FieldPath
    meaning: str
    unit: str = ""
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Paging:
    """How a listing is cut into pages.

    Attributes:
        kind: One page only, numbered pages, or an offset.
        number: Parameter with the page number or the offset.
        size_param: Parameter with the page size.
        size: Records asked for per page.
        first: Value of ``number`` in the first request; None sends that request without it.
    """

    kind: PagingKind
    number: str = ""
    size_param: str = ""
    size: int = 0
    first: int | None = None


@dataclass(frozen=True, slots=True)
class ChildTable:
    """A list of objects inside a record that is a table of its own, too.

    Besides ``columns`` it has ``parent_key`` (the parent's ``id``) and ``position`` (bigint, from 0).

    Attributes:
        name: Name of the table.
        column: The parent's json column that holds the same list.
        path: Where the list is in the parent's record.
        parent_key: Column with the parent's ``id``.
        columns: Declared columns; their paths start at the element of the list.
    """

    name: str
    column: str
    path: FieldPath
    parent_key: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """What the API can be asked to narrow a listing by. It goes by the column that it applies to.

    Attributes:
        column: The column; no two resources share the name of one.
        param: The query parameter.
        values: The values that it takes; empty where it takes any.
        many: Whether it takes several values at once.
        whole: Whether its values are whole numbers.
    """

    column: str
    param: str
    values: tuple[str, ...] = ()
    many: bool = True
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """One named endpoint of the API, which is one table.

    Attributes:
        name: Name of the resource and of its table.
        description: One line: what one row is.
        group: Which of the three kinds of question it serves.
        path: Path under the base URL; ``{…}`` is bound from the settings or from another resource.
        selector: Data selector of the enveloped dialect.
        paging: How the listing is paged.
        key: Paths that give the ``id`` of a record without one, joined with ``:``.
        columns: Declared columns, ``id`` first.
        cursor: Column that the window applies to, or None.
        windowed: True where the API can be asked for a window.
        since_param: Parameter with the window's start, or None.
        until_param: Parameter with the window's end, or None.
        total_paths: Dotted paths where a body may tell how many records there are.
        secrets: Columns that may carry secrets; redaction itself goes by key name.
        children: Lists that are child tables, too.
        merge_key: Columns whose rows are replaced together; empty where ``id`` alone decides.
        bare_object: True where the bare dialect answers one object instead of a list.
        filters: What the API can narrow the listing by.
    """

    name: str
    description: str
    group: Group
    path: str
    selector: str
    paging: Paging
    key: tuple[FieldPath, ...]
    columns: tuple[Column, ...]
    cursor: str | None = None
    windowed: bool = False
    since_param: str | None = None
    until_param: str | None = None
    total_paths: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    children: tuple[ChildTable, ...] = ()
    merge_key: tuple[str, ...] = ()
    bare_object: bool = False
    filters: tuple[Filter, ...] = ()


def column(name: str, type: ColumnType, path: str, meaning: str, unit: str = "", *, nullable: bool = True) -> Column:
    """A column whose path is written with dots, as in ``metadata.created_at``."""
    return Column(name, type, tuple(path.split(".")), meaning, unit, nullable)
