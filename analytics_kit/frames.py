"""From a query's result to a typed pandas frame."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import orjson
import pandas as pd
import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

_HIDDEN = ("_dlt_", "_kit_")
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")

_TARGETS: dict[str, tuple[pa.DataType, Any]] = {
    "BOOLEAN": (pa.bool_(), pd.BooleanDtype()),
    "TIMESTAMP WITH TIME ZONE": (pa.timestamp("us", "UTC"), None),
    "DATE": (pa.timestamp("us"), None),
    "FLOAT": (pa.float64(), None),
}


def typed_frame(result: duckdb.DuckDBPyRelation) -> pd.DataFrame:
    """One frame row per row of the result.

    Times with a zone become ``datetime64[us, UTC]``, dates and other times ``datetime64[us]``, integers ``Int64``,
    booleans ``boolean``,
    other numbers ``float64``, texts ``str``; JSON comes back as Python lists and dicts. Bookkeeping columns are left
    out.
    """
    kinds = {
        name: str(kind) for name, kind in zip(result.columns, result.types, strict=True) if not name.startswith(_HIDDEN)
    }
    table = result.to_arrow_table()
    made = {
        name: _series(table.column(index), kinds[name])
        for index, name in enumerate(table.column_names)
        if name in kinds
    }
    return pd.DataFrame(made, columns=list(made))


def _series(values: pa.ChunkedArray, kind: str) -> Any:
    if kind == "JSON":
        return pd.Series(_parsed(values), dtype=object)
    if kind in ("HUGEINT", "UBIGINT", "UHUGEINT"):
        return _whole(values)
    target, dtype = _target(kind)
    if target is None:
        return values.to_pandas()
    return _as(values, target, dtype)


def _target(kind: str) -> tuple[pa.DataType | None, Any]:
    """The Arrow type and the pandas type that a type of the database becomes; None where it stays."""
    if kind in _INTEGERS:
        return pa.int64(), pd.Int64Dtype()
    if kind in _TARGETS:
        return _TARGETS[kind]
    if kind.startswith("DECIMAL"):
        return pa.float64(), None
    return (pa.timestamp("us"), None) if kind.startswith("TIMESTAMP") else (None, None)


def _as(values: pa.ChunkedArray, kind: pa.DataType, dtype: Any) -> Any:
    cast = values if values.type == kind else values.cast(kind)
    return cast.to_pandas(types_mapper={kind: dtype}.get) if dtype is not None else cast.to_pandas()


def _whole(values: pa.ChunkedArray) -> Any:
    """A sum of integers is wider than 64 bit in the database; it is an integer all the same where it fits."""
    try:
        return _as(values, pa.int64(), pd.Int64Dtype())
    except pa.ArrowInvalid:
        return values.cast(pa.float64()).to_pandas()


def _parsed(values: pa.ChunkedArray) -> list[Any]:
    """Parsing makes many small objects at once; the cyclic collector would walk them again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        return [None if text is None else orjson.loads(text) for text in values.to_pylist()]
    finally:
        if enabled:
            gc.enable()
