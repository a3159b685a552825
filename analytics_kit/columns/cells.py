"""Python values to Arrow arrays: each value in its declared type, or told to be odd."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analytics_kit.catalog import ColumnType

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "timestamp": pa.timestamp("us", "UTC"),
    "json": pa.string(),
}
Odd = dict[int, Any]  # by row: a value that does not fit
_NONE = type(None)
# Python's dates: from the year 1 to before the year 10000, in milliseconds.
_EARLIEST, _LATEST = -62_135_596_800_000, 253_402_300_800_000
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?[ ]?(Z|z|[+-]\d\d(?::?\d\d)?)?)?", re.ASCII
)
_UNFIT = object()


def cells(type_: ColumnType, values: Sequence[Any]) -> tuple[pa.Array, Odd]:
    """An array of the declared type, null where a value is None or odd, and the odd values by row.

    Args:
        type_: Any type but json.
        values: One value per row, as parsed from JSON.
    """
    fast, slow = _CONVERTERS[type_]
    array = fast(values)
    if array is not None:
        return array, {}
    fitted = [None if value is None else slow(value) for value in values]
    odd = {row: values[row] for row, value in enumerate(fitted) if value is _UNFIT}
    return pa.array([None if value is _UNFIT else value for value in fitted], ARROW_TYPES[type_]), odd


def text_array(texts: list[str | None]) -> pa.Array:
    """An array of text; half of a surrogate pair, which no database can hold, becomes U+FFFD."""
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:
        return pa.array([None if text is None else encodable(text) for text in texts], pa.string())


def encodable(text: str) -> str:
    """The text with lone surrogates as U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def json_array(values: Sequence[Any]) -> pa.Array:
    """An array of values as compact JSON, as ``json_text`` writes each."""
    try:
        array = pa.array([None if value is None else orjson.dumps(value) for value in values], pa.string())
    except TypeError:
        return text_array([json_text(value) for value in values])
    may_hold_nan = pc.indices_nonzero(pc.match_substring(array, "null")).to_pylist()
    if any(_holds_nan(values[row]) for row in may_hold_nan):
        return text_array([json_text(value) for value in values])
    return array


def json_text(value: Any) -> str | None:
    """A value as compact JSON; None stays None, NaN and infinity become text."""
    if value is None:
        return None
    try:
        text = orjson.dumps(value).decode()
    except TypeError:  # lone surrogates, integers beyond 64 bits, more than 254 levels
        return _lenient_json(value)
    # orjson writes null for NaN, and would so lose it.
    return _lenient_json(value) if "null" in text and _holds_nan(value) else text


def _lenient_json(value: Any) -> str:
    try:
        return json.dumps(_writable(value), ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        return '"nested too deep"'


def _holds_nan(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return True
    return False


def _writable(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, float) and not math.isfinite(value):
        return json.dumps(value)
    if isinstance(value, dict):
        return {encodable(name): _writable(inner) for name, inner in value.items()}
    return [_writable(inner) for inner in value] if isinstance(value, list) else value


def _only(values: Sequence[Any], *types: type) -> bool:
    return set(map(type, values)) <= {_NONE, *types}


def _texts(values: Sequence[Any]) -> pa.Array | None:
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowTypeError, UnicodeEncodeError):
        return None


def _text(value: Any) -> Any:
    return encodable(value) if isinstance(value, str) else _UNFIT


def _bigints(values: Sequence[Any]) -> pa.Array | None:
    try:
        return pa.array(values, pa.int64()) if _only(values, int) else None
    except OverflowError:
        return None


def _bigint(value: Any) -> Any:
    integral = type(value) is int or (isinstance(value, float) and value.is_integer())
    return int(value) if integral and -(2**63) <= value < 2**63 else _UNFIT


def _doubles(values: Sequence[Any]) -> pa.Array | None:
    if not _only(values, float):
        return None
    array = pa.array(values, pa.float64())
    return array if pc.all(pc.is_finite(array)).as_py() in (True, None) else None


def _double(value: Any) -> Any:
    """NaN and infinity are odd: they would spoil every sum. So is an integer that a double cannot hold exactly."""
    if type(value) not in (int, float) or not abs(value) < 2**1023 or int(value) != int(float(value)):
        return _UNFIT
    return float(value)


def _bools(values: Sequence[Any]) -> pa.Array | None:
    return pa.array(values, pa.bool_()) if _only(values, bool) else None


def _bool(value: Any) -> Any:
    return value if isinstance(value, bool) else _UNFIT


def _timestamps(values: Sequence[Any]) -> pa.Array | None:
    texts = _texts(values)
    try:
        times = None if texts is None else texts.cast(ARROW_TYPES["timestamp"])
    except pa.ArrowInvalid:  # a time without zone, a day, no time at all
        return None
    return times if times is not None and _in_python_years(times) else None


def _in_python_years(times: pa.Array) -> bool:
    """Whether all times are in the years 1 to 9999; Arrow goes beyond, by a zone's hours or more."""
    ends = [end.value for end in pc.min_max(times).values()]
    return all(end is None or _EARLIEST * 1000 <= end < _LATEST * 1000 for end in ends)


def _timestamp(value: Any) -> Any:
    """ISO text, UTC where it names no zone, or milliseconds since 1970."""
    if type(value) in (int, float) and 0 <= value < _LATEST and int(value) == value:
        return datetime.fromtimestamp(int(value) // 1000, UTC).replace(microsecond=int(value) % 1000 * 1000)
    found = _ISO.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return _UNFIT
    day, time, fraction, zone = found.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{time or '00:00'}{(zone or 'Z').upper()}").astimezone(UTC)
    except (ValueError, OverflowError):
        return _UNFIT
    return moment.replace(microsecond=int((fraction or "0").ljust(6, "0")[:6]))


_CONVERTERS: dict[str, tuple[Callable[[Sequence[Any]], pa.Array | None], Callable[[Any], Any]]] = {
    "text": (_texts, _text),
    "bigint": (_bigints, _bigint),
    "double": (_doubles, _double),
    "bool": (_bools, _bool),
    "timestamp": (_timestamps, _timestamp),
}
