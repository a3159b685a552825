"""Cells as the texts that a table shows, and what part of the rows that is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from analytics_kit.picker.words import counted, grouped

if TYPE_CHECKING:
    import pandas as pd

    from analytics_kit.picker.rows import Sort

_LONGEST = 200


def texts(frame: pd.DataFrame) -> list[list[str | None]]:
    """The cells of a frame, row by row; None for a missing one."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [[_text(value) for value in row] for row in plain.itertuples(index=False)]


def part_shown(shown: int, found: int, whole: int, *, sort: Sort, newest: bool, search: str = "") -> str:
    """What part of the rows is shown.

    Args:
        shown: Rows in the table.
        found: Rows in which the search is found.
        whole: Rows chosen.
        sort: Their order.
        newest: Whether the usual order is by time.
        search: What is looked for.
    """
    of = f"{grouped(whole)} chosen rows"
    order = f", by {sort.column} {'descending' if sort.descending else 'ascending'}" if sort.column else ""
    looked = f" with “{search.strip()}”" if search.strip() else ""
    if shown == found == whole:
        return f"All {counted(whole, 'chosen row')}{order}" if whole else "No rows: nothing held is chosen"
    if shown == found:
        return f"{grouped(found)} of {of}{looked}{order}"
    first = "Newest" if newest and not sort.column else "First"
    return f"{first} {grouped(shown)} of {f'{grouped(found)} rows{looked}, of ' if looked else ''}{of}{order}"


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, bool):
        return str(value).lower()
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
