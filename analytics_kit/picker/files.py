"""The chosen rows as a file that the browser saves."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from analytics_kit.picker.needs import KitLike
    from analytics_kit.picker.rows import Rows

MOST_BYTES = 25_000_000
KINDS = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
_SAMPLE = 500


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file in memory.

    Attributes:
        name: Its name, as in ``builds.csv``.
        mime: What it is.
        content: Its bytes.
    """

    name: str
    mime: str
    content: bytes


def made_file(kit: KitLike, rows: Rows, columns: tuple[tuple[str, str], ...], kind: str) -> MadeFile | None:
    """All the rows with all the columns; None where that is too much for a browser.

    Args:
        kit: Where the rows are.
        rows: The rows.
        columns: Name and dtype of each column.
        kind: ``csv`` or ``parquet``.
    """
    if kind == "csv" and _estimate(kit, rows, columns) > 2 * MOST_BYTES:
        return None
    content = encoded(rows.read(kit, columns), kind)
    return MadeFile(f"{rows.table}.{kind}", KINDS[kind], content) if len(content) <= MOST_BYTES else None


def encoded(frame: pd.DataFrame, kind: str) -> bytes:
    """A frame as the bytes of a CSV (UTF-8, times in ISO 8601) or Parquet file."""
    if kind == "csv":
        return frame.to_csv(index=False, lineterminator="\n").encode()
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def line_instead(table: str, kind: str) -> str:
    """The line that writes the file from the cell's frame, for what is too much for a browser."""
    if kind == "csv":
        return f'{table}.to_csv("{table}.csv", index=False)'
    key = "id" if "__" not in table else "position"
    ids = f'kit.table("{table}")'
    return f'{ids}.filter({ids}["{key}"].isin(list({table}["{key}"]))).to_parquet("{table}.parquet")'


def _estimate(kit: KitLike, rows: Rows, columns: tuple[tuple[str, str], ...]) -> float:
    sample = rows.read(kit, columns, limit=_SAMPLE)
    return len(encoded(sample, "csv")) / max(len(sample), 1) * rows.count(kit)
