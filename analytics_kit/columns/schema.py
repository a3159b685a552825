"""The Arrow schema and the dlt hints of each table; they agree, or dlt warns once per page."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from analytics_kit.columns.cells import ARROW_TYPES, cells, json_array
from analytics_kit.columns.identity import content_hash
from analytics_kit.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analytics_kit.catalog import ChildTable, Column, ColumnType, Resource

SEQUENCE = "_kit_sequence"  # grows over a load; of two rows with one id the higher one wins
DELETED = "_kit_deleted"  # true in a row that only removes rows


@lru_cache(maxsize=64)
def schema(resource: Resource) -> pa.Schema:
    """Schema of a resource's table: the declared columns in catalog order, then the hidden ones."""
    hidden = (SEQUENCE, DELETED) if resource.merge_key else (SEQUENCE,)
    return _arrow_schema(_types(resource.columns), hidden, {"id"})


@lru_cache(maxsize=64)
def child_schema(resource: Resource, child: ChildTable) -> pa.Schema:
    """Schema of a child table: parent's id, position, declared columns, ``extra``, then the hidden ones."""
    return _arrow_schema(_child_types(resource, child), (SEQUENCE, DELETED), {child.parent_key, "position"})


def dlt_columns(resource: Resource) -> dict[str, dict[str, Any]]:
    """Hints for dlt, one per column of a resource's table."""
    return _hints(_types(resource.columns), schema(resource))


def dlt_child_columns(resource: Resource, child: ChildTable) -> dict[str, dict[str, Any]]:
    """Hints for dlt, one per column of a child table."""
    return _hints(_child_types(resource, child), child_schema(resource, child))


def json_hints(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Hints for columns that the catalog does not declare: JSON, whatever they hold."""
    return {name: {"data_type": "json", "nullable": True} for name in names}


def tombstone(resource: Resource, values: Mapping[str, Any]) -> pa.Table:
    """One row that only removes the rows it stands for, in a resource with a merge key.

    Args:
        resource: What the rows belong to.
        values: Values of its columns, the merge key's at least; without an ``id`` one is made from them.
    """
    given = {"id": f"~{content_hash(dict(values))[:24]}", **values, SEQUENCE: 0, DELETED: True}
    types = {**_types(resource.columns), SEQUENCE: "bigint", DELETED: "bool"}
    arrays = [_single(types[field.name], given.get(field.name)) for field in schema(resource)]
    return pa.Table.from_arrays(arrays, schema=schema(resource))


def _single(type_: ColumnType, value: Any) -> pa.Array:
    return json_array([redact(value)]) if type_ == "json" else cells(type_, [value])[0]


def _types(columns: Iterable[Column]) -> dict[str, ColumnType]:
    return {column.name: column.type for column in columns}


def _child_types(resource: Resource, child: ChildTable) -> dict[str, ColumnType]:
    key: dict[str, ColumnType] = {child.parent_key: resource.columns[0].type, "position": "bigint"}
    return {**key, **_types(child.columns), "extra": "json"}


def _arrow_schema(types: Mapping[str, ColumnType], hidden: Iterable[str], needed: set[str]) -> pa.Schema:
    declared = [pa.field(name, ARROW_TYPES[type_], nullable=name not in needed) for name, type_ in types.items()]
    kit = {SEQUENCE: pa.field(SEQUENCE, pa.int64(), nullable=False), DELETED: pa.field(DELETED, pa.bool_())}
    return pa.schema([*declared, *(kit[name] for name in hidden)])


def _hints(types: Mapping[str, ColumnType], fields: pa.Schema) -> dict[str, dict[str, Any]]:
    hints: dict[str, dict[str, Any]] = {name: {"data_type": type_} for name, type_ in types.items()}
    hints[SEQUENCE] = {"data_type": "bigint", "dedup_sort": "desc"}
    hints[DELETED] = {"data_type": "bool", "hard_delete": True}
    return {field.name: hints[field.name] | {"nullable": field.nullable} for field in fields}
