"""What every metric shares: rows in as one Ibis table, the window, and the small typed frame that comes back."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from analytics_kit.catalog import RESOURCES
from analytics_kit.errors import WindowError
from analytics_kit.window import When, Window, window

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    import ibis.expr.types as ir
    import pandas as pd

Data: TypeAlias = "ir.Table | pd.DataFrame"
"""What a metric takes: an Ibis table of any engine, or a frame."""

TEXT: Final = "str"
COUNT: Final = "Int64"
NUMBER: Final = "float64"
FLAG: Final = "boolean"
TIME: Final = "datetime64[us, UTC]"
"""Dtypes of the columns that metrics return; rates are numbers from 0 to 1, durations are numbers of seconds."""

AS_IT_COMES = ""
"""For a column that the caller chose: it keeps the dtype that the engine gives it."""

_IBIS_TYPE = {
    "text": "string",
    "bigint": "int64",
    "double": "float64",
    "bool": "boolean",
    "timestamp": "timestamp",
    "json": "string",
}
_PANDAS_TYPE = {"text": TEXT, "bigint": COUNT, "double": NUMBER, "bool": FLAG}


def as_table(data: Data, *needed: str) -> ir.Table:
    """The needed columns of the caller's rows, as one Ibis table whose times are UTC without a zone.

    Without a zone, because engines cut a day or read an hour in the zone of their session, whatever the column says.

    Args:
        data: An Ibis table of any engine, or a frame; lists and dicts in a frame become JSON text.
        *needed: Columns to keep; none given keeps all.

    Returns:
        A table with the columns in the order asked for. A frame's rows are held in memory, on an engine of the kit's
        own.

    Raises:
        ValueError: a needed column is missing; the message names it.
        TypeError: ``data`` is neither an Ibis table nor a frame.
    """
    import pandas as pd

    names = list(dict.fromkeys(needed or tuple(getattr(data, "columns", ()))))
    if isinstance(data, pd.DataFrame):
        _require(names, data.columns)
        return _from_frame(data[names])
    if not hasattr(data, "to_pyarrow") or not hasattr(data, "schema"):
        raise TypeError(
            f"Rows come as an Ibis table or a frame, not as {type(data).__name__}: kit.table(name) or kit.frame(name)."
        )
    _require(names, data.columns)
    return data.select(**{name: _utc(data, name) for name in names})


def in_window(table: ir.Table, column: str, since: When = None, until: When = None) -> ir.Table:
    """The rows of a table made by `as_table` with ``since <= column < until``; with a bound given, null times are out.

    Raises:
        WindowError: a bound cannot be read (dates, datetimes and ISO texts are; without a zone they are UTC).
    """
    span = span_of(since, until)
    if span.since is not None:
        table = table.filter(table[column] >= moment(span.since))
    if span.until is not None:
        table = table.filter(table[column] < moment(span.until))
    return table


def span_of(since: When, until: When) -> Window:
    """The window ``[since, until)`` in UTC; a metric has no "now" to count back from, so relative bounds are refused.

    Raises:
        WindowError: a bound is relative or cannot be read, or ``since`` is not before ``until``.
    """
    return window(since, until, _no_now)


def instant_of(now: When) -> datetime:
    """The moment that ages are counted to.

    Raises:
        WindowError: it is missing or cannot be read.
    """
    read = span_of(now, None).since
    if read is None:
        raise WindowError(
            "now=None: an age needs a moment to count to.", hint='Give one, as in now="2026-06-01T09:00Z".'
        )
    return read


def _no_now() -> datetime:
    raise WindowError(
        "A metric has no clock to count back from.", hint='Give dates, as in since="2026-05-01", until="2026-06-01".'
    )


def moment(instant: datetime) -> ir.TimestampScalar:
    """An instant as the engine's literal, UTC without a zone, like the times of `as_table`."""
    import ibis

    return ibis.literal(instant.replace(tzinfo=None), "timestamp")


def run(expression: ir.Table) -> pd.DataFrame:
    """The rows of a result, which is small: the work was done where the rows are."""
    rows: pd.DataFrame = _engine_of(expression).to_pandas(expression)
    return rows


def answer(frame: pd.DataFrame, definition: str, columns: Mapping[str, str], **attrs: Any) -> pd.DataFrame:
    """The frame that a metric returns.

    Args:
        frame: The values; other columns than ``columns`` are dropped.
        definition: ``"id: one sentence, which names the column that membership in the window goes by"``.
        columns: Dtype of each column, in order; ``AS_IT_COMES`` leaves one alone.
        **attrs: What else belongs beside the numbers, e.g. counts of rows left out; plain values only.

    Returns:
        The columns in that order and with those dtypes, also where there are no rows; ``.attrs`` holds ``definition``,
        ``definition_id`` and ``attrs``.
    """
    import pandas as pd

    made = pd.DataFrame({name: _typed(frame[name], dtype) for name, dtype in columns.items()}).reset_index(drop=True)
    made.attrs.update(definition=definition, definition_id=definition.partition(":")[0], **attrs)
    return made


def window_text(span: Window) -> str:
    """A window for people: ``[2026-05-01, 2026-06-01) UTC``, open sides as ``…``."""
    return f"[{_day(span.since)}, {_day(span.until)}) UTC"


def _day(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d %H:%M}".removesuffix(" 00:00") if instant else "…"


def _typed(values: pd.Series, dtype: Any) -> pd.Series:
    import pandas as pd

    if dtype == AS_IT_COMES:
        return values
    times = dtype.startswith("datetime64")
    made: pd.Series = (pd.to_datetime(values, utc=True) if times else values).astype(dtype)
    return made


def _require(needed: Iterable[str], present: Iterable[str]) -> None:
    held = list(present)
    if missing := [name for name in needed if name not in held]:
        raise ValueError(
            f"The rows have no column {', '.join(map(repr, missing))}; needed here: {', '.join(needed)}.\n"
            f"They have: {', '.join(map(str, held)) or 'none'}."
        )


@functools.cache
def _declared() -> dict[str, str]:
    """Types by column name, as the catalog declares them for what happened; a name with two meanings is left out."""
    activity = [entry for entry in RESOURCES.values() if entry.group == "activity"]
    tables = [entry.columns for entry in activity] + [child.columns for entry in activity for child in entry.children]
    types: dict[str, set[str]] = {}
    for column in (column for columns in tables for column in columns):
        types.setdefault(column.name, set()).add(column.type)
    return {name: kinds.pop() for name, kinds in types.items() if len(kinds) == 1}


def _utc(table: ir.Table, name: str) -> ir.Column:
    """A column ready for use: times without a zone, and a column of nothing but nulls with its declared type."""
    column, kind = table[name], table[name].type()
    if kind.is_null():
        return column.cast(_IBIS_TYPE[_declared().get(name, "text")])
    if kind.is_timestamp() and kind.timezone is not None:
        return _without_zone(column, _engine_of(table).name)
    return column


def _without_zone(column: ir.TimestampColumn, engine: str) -> ir.TimestampColumn:
    import ibis

    if engine == "duckdb":
        # A cast would read the session's zone, and the portable way below takes 0.6 s for 1 000 000 rows, this 0.01 s.
        microseconds = _builtin("epoch_us", "timestamp('UTC')", "int64")(column)
        return _builtin("make_timestamp", "int64", "timestamp")(microseconds)
    epoch = ibis.literal("1970-01-01T00:00:00+00:00", "timestamp('UTC')")
    return ibis.literal("1970-01-01T00:00:00", "timestamp") + column.delta(epoch, unit="microsecond").as_interval("us")


@functools.cache
def _builtin(name: str, takes: str, gives: str) -> Any:
    """A function of one argument that the engine has and Ibis does not name."""
    import ibis

    return ibis.udf.scalar.builtin(lambda value: value, name=name, signature=((takes,), gives))


def _from_frame(frame: pd.DataFrame) -> ir.Table:
    import ibis
    import pandas as pd

    made = pd.DataFrame({name: _storable(frame[name]) for name in frame.columns})
    return ibis.memtable(made)


def _storable(values: pd.Series) -> pd.Series:
    """A frame's column as the engine should see it."""
    import pandas as pd

    declared = _declared().get(str(values.name))
    if declared == "timestamp" or isinstance(values.dtype, pd.DatetimeTZDtype):
        written = None if pd.api.types.is_datetime64_any_dtype(values) else "ISO8601"
        return pd.to_datetime(values, utc=True, format=written).dt.tz_localize(None).astype("datetime64[us]")
    if values.dtype == object and values.map(lambda value: isinstance(value, list | dict)).any():
        return values.map(_json_text).astype(TEXT)
    nothing_known = values.dtype == object and values.isna().all()
    dtype: Any = _PANDAS_TYPE.get(declared or "", TEXT if nothing_known else values.dtype)
    made: pd.Series = values.astype(dtype)
    return made


def _json_text(value: Any) -> str | None:
    import orjson

    return orjson.dumps(value).decode() if isinstance(value, list | dict) else value


def _engine_of(expression: ir.Table) -> Any:
    """The engine that holds the rows; the kit's own where they are in memory."""
    import ibis.expr.operations as ops

    # told apart by identity: to Ibis two databases in memory are equal
    engines = {
        id(table.source): table.source for table in expression.op().find((ops.DatabaseTable, ops.SQLQueryResult))
    }
    if len(engines) > 1:
        raise ValueError("The tables come through two connections: give tables of one connection, or frames.")
    return next(iter(engines.values()), None) or _own_engine()


@functools.cache
def _own_engine() -> Any:
    import ibis

    engine = ibis.duckdb.connect()
    engine.raw_sql("set TimeZone = 'UTC'")
    engine.raw_sql("set enable_progress_bar = false")
    return engine
