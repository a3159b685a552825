"""One page of records as tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from analytics_kit.columns.cells import cells
from analytics_kit.columns.children import Elements, Parents, child_table, elements_of
from analytics_kit.columns.drafts import Draft, declared_draft, json_draft, mask_secrets
from analytics_kit.columns.drift import new_columns, variants
from analytics_kit.columns.identity import Identity, field_at, identify
from analytics_kit.columns.layout import Level, Stray, level_of, spread
from analytics_kit.columns.naming import VARIANT
from analytics_kit.columns.schema import DELETED, SEQUENCE, schema

if TYPE_CHECKING:
    from datetime import datetime

    from analytics_kit.catalog import ChildTable, Resource


@dataclass(frozen=True)
class Page:
    """One page as tables.

    Attributes:
        rows: The resource's table: declared columns in catalog order, hidden ones, then undeclared ones by name.
        children: The child tables, by name; for a parent without elements one row that only removes old ones.
        records: Number of records in the page, those outside the window included.
        odd: Number of values that were kept but did not fit: of another type than declared, ids that had to be made,
            and, where there is a window, cursors that are missing or no time.
        new_columns: Names of the columns that the catalog does not declare; all are JSON.
        ids: The id of each record of the page, in its order, those outside the window included.
        repeated: Whether a row replaces one that came before in this load.
    """

    rows: pa.Table
    children: dict[str, pa.Table]
    records: int
    odd: int
    new_columns: tuple[str, ...]
    ids: list[str | int]
    repeated: bool


def page_table(
    resource: Resource,
    records: list[Any],
    *,
    sequence: int,
    since: datetime | None = None,
    until: datetime | None = None,
    ids_seen: dict[Any, tuple[int, ...]] | None = None,
    columns_seen: set[str] | None = None,
    new_tables: frozenset[str] = frozenset(),
) -> Page:
    """Make tables of a page; no value is lost, whatever it is, and no secret kept.

    Args:
        resource: What the records are.
        records: The page's records as parsed from JSON.
        sequence: Number of the page's first record in the load; of two rows with one id the higher number wins.
        since: Start of the window, UTC, or None. Rows with an earlier cursor are left out, with their children.
        until: End of the window, not included, or None.
        ids_seen: Ids of the rows kept in this load, each with the number of its children per child table; is updated.
        columns_seen: Undeclared columns met in this load; is updated. Beyond 100 the rest goes into ``extra``.
        new_tables: Child tables that hold no rows of earlier loads: they need no rows that remove any.

    Returns:
        The tables and what there is to know of the page.
    """
    identities = [identify(resource, record) for record in records]
    kept, unreadable = _in_window(resource, records, since, until)
    parents = Parents(
        ids=[identities[row].id for row in kept],
        records=[records[row] if isinstance(records[row], dict) else {"": records[row]} for row in kept],
        sequences=[sequence + row for row in kept],
    )
    declared, new, odd = _drafts(resource, parents, [identities[row] for row in kept], columns_seen)
    seen = {} if ids_seen is None else ids_seen
    rows_before = len(seen)
    children = _children(resource, parents, seen, new_tables)
    mask_secrets([*declared, *new, *(draft for _, elements in children for draft in elements.drafts)])
    return Page(
        rows=_table(resource, parents, declared, new),
        children={child.name: child_table(resource, child, parents, elements) for child, elements in children},
        records=len(records),
        odd=odd + unreadable + sum(elements.odd for _, elements in children),
        new_columns=tuple(draft.name for draft in new),
        ids=[identity.id for identity in identities],
        repeated=len(seen) - rows_before < len(kept),
    )


def _in_window(
    resource: Resource, records: list[Any], since: datetime | None, until: datetime | None
) -> tuple[list[int], int]:
    """Rows whose cursor is in the window or cannot be read, and how many have none.

    A cursor that is there but no time is counted with the other values that do not fit.
    """
    everything = list(range(len(records)))
    if resource.cursor is None or (since is None and until is None):
        return everything, 0
    column = next(column for column in resource.columns if column.name == resource.cursor)
    found = [field_at(record, column.path) for record in records]
    cursor, _ = cells(column.type, found)
    bounds = [pc.greater_equal(cursor, pa.scalar(since, cursor.type))] if since is not None else []
    bounds += [pc.less(cursor, pa.scalar(until, cursor.type))] if until is not None else []
    inside = bounds[0] if len(bounds) == 1 else pc.and_(*bounds)
    return pc.indices_nonzero(pc.fill_null(inside, True)).to_pylist(), found.count(None)


def _drafts(
    resource: Resource, parents: Parents, identities: list[Identity], columns_seen: set[str] | None
) -> tuple[list[Draft], list[Draft], int]:
    """The declared columns, the undeclared ones by name, and how many values are odd."""
    found = spread(_level(resource), parents.records)
    found.strays += _second_keys(resource, parents.records)
    declared = [declared_draft(c.name, c.type, found.columns[c.name], c.path) for c in resource.columns[1:]]
    seen = set() if columns_seen is None else columns_seen
    rows = len(parents.ids)
    new = [*new_columns(found, rows, frozenset(schema(resource).names), seen), *variants(declared, rows)]
    originals = [identity.original for identity in identities]
    if any(value is not None for value in originals):
        new.append(json_draft(f"id{VARIANT}", originals))
    odd = [len(found.misplaced), *(len(draft.odd) for draft in declared), *(identity.odd for identity in identities)]
    return declared, sorted(new, key=lambda draft: draft.name), sum(odd)


def _table(resource: Resource, parents: Parents, declared: list[Draft], new: list[Draft]) -> pa.Table:
    wanted = schema(resource)
    arrays = {draft.name: draft.array for draft in declared}
    arrays["id"] = pa.array(parents.ids, wanted.field("id").type)
    arrays[SEQUENCE] = pa.array(parents.sequences, pa.int64())
    arrays[DELETED] = pa.array([False] * len(parents.ids), pa.bool_())
    return pa.Table.from_arrays(
        [*(arrays[name] for name in wanted.names), *(draft.array for draft in new)],
        schema=pa.schema([*wanted, *(pa.field(draft.name, pa.string()) for draft in new)]),
    )


def _children(
    resource: Resource, parents: Parents, ids_seen: dict[Any, tuple[int, ...]], new_tables: frozenset[str]
) -> list[tuple[ChildTable, Elements]]:
    """The elements of each list; notes how many each row has."""
    lists = [[_elements(record, child.path) for record in parents.records] for child in resource.children]
    nothing = (0,) * len(lists)
    counts = list(zip(*(map(len, of_child) for of_child in lists), strict=True)) or [()] * len(parents.ids)
    before: list[tuple[int, ...]] = []
    for id_, lengths in zip(parents.ids, counts, strict=True):
        before.append(ids_seen.get(id_) or nothing)
        ids_seen[id_] = lengths if any(lengths) else nothing
    return [
        (child, elements_of(child, of_child, [lengths[number] for lengths in before], new=child.name in new_tables))
        for number, (child, of_child) in enumerate(zip(resource.children, lists, strict=True))
    ]


def _elements(record: dict[str, Any], path: tuple[str, ...]) -> list[Any]:
    found = field_at(record, path)
    return found if isinstance(found, list) else []


def _only_in_id(resource: Resource) -> list[str]:
    """Fields that are in no column but ``id``, which they are the key for where a record has no ``id``."""
    declared = {column.path for column in resource.columns[1:]} | {("id",)}
    return [path[0] for path in resource.key if len(path) == 1 and path not in declared]


@lru_cache(maxsize=64)
def _level(resource: Resource) -> Level:
    """The declared objects of a record; what the id comes from is no drift."""
    level = level_of(resource.columns[1:])
    level.known |= {"id", *_only_in_id(resource)}
    return level


def _second_keys(resource: Resource, records: list[dict[str, Any]]) -> list[Stray]:
    """The key of records that have an ``id``, too, and another one: it must not be lost."""
    return [
        Stray([row], (), {name: [record[name]]})
        for name in _only_in_id(resource)
        for row, record in enumerate(records)
        if record.get("id") not in (None, "") and record.get(name) not in (None, record["id"])
    ]
