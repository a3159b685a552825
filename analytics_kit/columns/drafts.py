"""Columns on their way into a table: values in their types, then secrets masked in all of them at once."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from analytics_kit.columns.cells import Odd, cells, json_array, json_text, text_array
from analytics_kit.redaction import SUSPICIOUS, field_rule, redact, redact_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analytics_kit.catalog import ColumnType
    from analytics_kit.catalog.entry import FieldPath
    from analytics_kit.columns.layout import Values


# All builds of a pipeline repeat its YAML, and a long text takes a millisecond.
_redacted_text = lru_cache(maxsize=256)(redact_text)


@dataclass
class Draft:
    """One column before its secrets are masked.

    Attributes:
        name: Name of the column.
        values: One value per row, as the API sent them, or masked already because of where they stand.
        array: The same in Arrow.
        json: Whether the array holds them as JSON text.
        odd: Values that do not fit the declared type, by row.
        clean: Whether the values are masked already, because of where they stand.
    """

    name: str
    values: Sequence[Any]
    array: pa.Array
    json: bool
    odd: Odd = field(default_factory=dict)
    clean: bool = False


def declared_draft(name: str, type_: ColumnType, values: Values, path: FieldPath) -> Draft:
    """A declared column; ``path`` is where its values stand in the record."""
    rule = field_rule(path)
    found = values.values
    if rule is not None:
        found = [None if value is None else rule(value, owner) for value, owner in zip(*values, strict=True)]
    if type_ == "json":
        return _json(name, found, clean=rule is not None)
    array, odd = cells(type_, found)
    return Draft(name, found, array, json=False, odd=odd, clean=rule is not None)


def json_draft(name: str, values: Sequence[Any], path: FieldPath = ()) -> Draft:
    """A JSON column that was not declared."""
    rule = field_rule(path)
    if rule is not None:
        values = [None if value is None else rule(value, {}) for value in values]
    return _json(name, values, clean=rule is not None)


def mask_secrets(drafts: list[Draft]) -> None:
    """Mask what is left of secrets in the text of all columns.

    Clean text costs one search by Arrow's own engine; only what that finds is looked at in Python.
    """
    searched = [draft for draft in drafts if pa.types.is_string(draft.array.type) and not draft.clean]
    changes: dict[int, dict[int, str | None]] = {}
    for column, row in _suspicious([draft.array for draft in searched]):
        draft = searched[column]
        value = draft.values[row]
        masked = redact(value) if draft.json else _redacted_text(value)
        if masked != value:
            changes.setdefault(column, {})[row] = json_text(masked) if draft.json else masked
    for column, texts in changes.items():
        kept = searched[column].array.to_pylist()
        searched[column].array = text_array([texts.get(row, text) for row, text in enumerate(kept)])


def _json(name: str, values: Sequence[Any], *, clean: bool) -> Draft:
    return Draft(name, values, json_array(values), json=True, clean=clean)


def _suspicious(arrays: list[pa.Array]) -> Iterator[tuple[int, int]]:
    """Column and row of each text that may hold a secret."""
    ends = list(accumulate(map(len, arrays)))
    if not ends:
        return
    lower = pc.ascii_lower(pa.concat_arrays(arrays))  # faster than to search without regard to case
    for index in pc.indices_nonzero(pc.match_substring_regex(lower, SUSPICIOUS)).to_pylist():
        column = bisect_right(ends, index)
        yield column, index - ends[column] + len(arrays[column])
