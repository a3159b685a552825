"""Lists of objects inside records as tables of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from analytics_kit.columns.drafts import declared_draft, json_draft
from analytics_kit.columns.drift import extra_of_elements
from analytics_kit.columns.layout import level_of, spread
from analytics_kit.columns.naming import EXTRA
from analytics_kit.columns.schema import DELETED, SEQUENCE, child_schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analytics_kit.catalog import ChildTable, Resource
    from analytics_kit.catalog.entry import FieldPath
    from analytics_kit.columns.drafts import Draft


class Parents(NamedTuple):
    """The records that become rows: ids, records and sequence numbers, in one order."""

    ids: list[str | int]
    records: list[dict[str, Any]]
    sequences: list[int]


class Elements(NamedTuple):
    """The elements of one list of all records, and where each belongs.

    Attributes:
        places: Row of the parent and position in its list, per element.
        gone: The same of elements that an earlier version of the list had.
        drafts: Columns that come from the elements.
        odd: Number of values that did not fit their type.
    """

    places: list[tuple[int, int]]
    gone: list[tuple[int, int]]
    drafts: list[Draft]
    odd: int


def elements_of(child: ChildTable, lists: list[list[Any]], before: list[int], *, new: bool = False) -> Elements:
    """Take the lists of all parents apart.

    dlt replaces the children of a parent only where new ones come. So for a parent without elements position 0 is gone,
    and for one that came before in the same load with more elements each position too many.

    Args:
        child: Which list.
        lists: Each parent's list.
        before: How many elements each parent had when it came last in this load.
        new: The child table holds no rows of earlier loads, and nothing of them can be gone.
    """
    objects = [element if isinstance(element, dict) else {"": element} for elements in lists for element in elements]
    found = spread(level_of(child.columns), objects)
    drafts = [declared_draft(c.name, c.type, found.columns[c.name], (*child.path, *c.path)) for c in child.columns]
    odd = [*found.misplaced, *_odd_values(child, drafts)]
    extra = json_draft(EXTRA, extra_of_elements(found.strays, odd, len(objects)), child.path)
    return Elements(
        places=[(row, position) for row, elements in enumerate(lists) for position in range(len(elements))],
        gone=[
            (row, position)
            for row, elements in enumerate(lists)
            for position in range(len(elements), max(before[row], 0 if new else 1))
        ],
        drafts=[*drafts, extra],
        odd=len(odd),
    )


def child_table(resource: Resource, child: ChildTable, parents: Parents, elements: Elements) -> pa.Table:
    """One row per element, and one that only removes for each element that is gone."""
    wanted = child_schema(resource, child)
    arrays = {draft.name: draft.array for draft in elements.drafts}
    tables = [_with_keys(wanted, parents, elements.places, arrays, deleted=False)]
    if elements.gone:
        tables.append(_with_keys(wanted, parents, elements.gone, {}, deleted=True))
    return pa.concat_tables(tables).combine_chunks()


def _odd_values(child: ChildTable, drafts: list[Draft]) -> Iterable[tuple[int, FieldPath, Any]]:
    for column, draft in zip(child.columns, drafts, strict=True):
        for row, value in draft.odd.items():
            yield row, column.path, value


def _with_keys(
    wanted: pa.Schema, parents: Parents, places: list[tuple[int, int]], arrays: dict[str, pa.Array], *, deleted: bool
) -> pa.Table:
    key = wanted.names[0]
    full = {
        key: pa.array([parents.ids[row] for row, _ in places], wanted.field(key).type),
        "position": pa.array([position for _, position in places], pa.int64()),
        SEQUENCE: pa.array([parents.sequences[row] for row, _ in places], pa.int64()),
        DELETED: pa.array([deleted] * len(places), pa.bool_()),
        **arrays,
    }
    nothing = {field.name: pa.nulls(len(places), field.type) for field in wanted if field.name not in full}
    return pa.Table.from_arrays([{**full, **nothing}[name] for name in wanted.names], schema=wanted)
