"""Analytics reports, long or wide, as one tidy frame."""

from __future__ import annotations

import itertools
import json
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics_kit.metrics.table import NUMBER, TEXT, TIME, answer, as_table, moment, run, span_of, window_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import ibis.expr.types as ir
    import pandas as pd

    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When, Window

Row = dict[str, Any]

TOTAL = "total"
"""The ``granularity`` of a row that stands for its whole range."""
TIDY_TYPES = {
    "report": TEXT,
    "granularity": TEXT,
    "range_start": TIME,
    "range_end": TIME,
    "time": TIME,
    "subject": TEXT,
    "subject_id": TEXT,
    "series": TEXT,
    "value": NUMBER,
}
_COLUMNS = ("report_name", "granularity", "range_start", "range_end", "time", "position", "row")
_NOT_WIDE = ("time", "key", "value")


class Cell(NamedTuple):
    """One value of a report's row, with what it is of; ``value`` None where it is no number."""

    subject: str | None
    subject_id: str | None
    series: str
    value: float | None
    raw: Any


def tidy(
    reports: Data,
    report: str | Sequence[str] | None = None,
    granularity: str | None = None,
    *,
    since: When = None,
    until: When = None,
) -> pd.DataFrame:
    """Rows of analytics reports with one number each, whatever the shape in which the API sent them.

    A long row gives one value, named by its key. A wide row gives one value per column; its columns of text (or named
    like an id or a name) say what the row is about. Counts that came as text are numbers here, yes and no are 1 and 0.

    Args:
        reports: One row per row of a report; needs ``report_name``, ``granularity``, ``range_start``, ``range_end``,
            ``time``, ``position`` and ``row``.
        report: Name or names of reports; None for all.
        granularity: ``hour``, ``day``, ``week``, ``month`` or ``total`` (one figure over the range); None for all.
        since: Start of the window, on ``time``; a row without a time counts by its range, which must lie within.
        until: End of the window, not included.

    Returns:
        One row per value; by report, granularity, range, then in the API's order. Columns: ``report``, ``granularity``
        (str), ``range_start``, ``range_end`` (datetime64[us, UTC], what was asked for, end not included; NaT for a
        report without dates), ``time`` (datetime64[us, UTC], start of the interval; NaT where the whole range is one
        row), ``subject``, ``subject_id`` (str, what the row is about, e.g. a pipeline's name and id; missing where it
        is about the account), ``series`` (str, what is measured), ``value`` (float64, in the API's unit; NaN where
        there is no number). One interval may be there twice, if two ranges that hold it were loaded: the range tells
        them apart.
        ``.attrs`` count ``n`` (report rows) and ``no_number`` (values that are neither missing nor a number).

    Raises:
        ValueError: a needed column is missing, or a report or granularity is not held; the message says which are.

    Example:
        >>> tidy(kit.table("analytics_reports"), "buildP90Duration", "week")
    """
    import pandas as pd

    span = span_of(since, until)
    rows = run(_chosen(as_table(reports, *_COLUMNS), report, granularity, span))
    made = [_line(record, cell) for record, cell in _all_cells(rows.to_dict("records"))]
    definition = (
        f"reports.tidy: values as the API computed them, for intervals that start in {window_text(span)} "
        "or ranges that lie within."
    )
    no_number = sum(line["value"] is None and line["raw"] is not None for line in made)
    frame = pd.DataFrame(made, columns=[*TIDY_TYPES, "raw"])
    return answer(frame, definition, TIDY_TYPES, n=len(rows), no_number=no_number)


def number(value: Any) -> float | None:
    """The number that a value is or spells; None where it is none, or not a finite one."""
    try:
        made = float(value)
    except (TypeError, ValueError):
        return None
    return made if math.isfinite(made) else None


def _chosen(rows: ir.Table, report: str | Sequence[str] | None, granularity: str | None, span: Window) -> ir.Table:
    if report is not None:
        rows = _held(rows, "report_name", [report] if isinstance(report, str) else list(report))
    if granularity is not None:
        rows = _held(rows, "granularity", [granularity])
    if span.since is not None:
        rows = rows.filter(rows.time.fill_null(rows.range_start) >= moment(span.since))
    if span.until is not None:
        # a range may end where the window does, an interval has to start before
        inside = rows.time.isnull().ifelse(rows.range_end <= moment(span.until), rows.time < moment(span.until))
        rows = rows.filter(inside)
    return rows.order_by("report_name", "granularity", "range_start", "range_end", "position")


def _held(rows: ir.Table, column: str, wanted: list[str]) -> ir.Table:
    """The rows with one of the wanted values; a value that is nowhere is a mistake, unless there are no rows at all."""
    held = sorted(run(rows.select(column).distinct())[column].dropna())
    if held and (missing := [name for name in wanted if name not in held]):
        raise ValueError(f"No rows of {column} {', '.join(map(repr, missing))}.\nThere are: {', '.join(held)}.")
    return rows.filter(rows[column].isin(wanted))


def _all_cells(records: Iterable[Mapping[Any, Any]]) -> Iterator[tuple[Mapping[Any, Any], Cell]]:
    """Each record with each of its values."""
    for _, group in itertools.groupby(records, key=lambda record: record["report_name"]):
        held = list(group)
        for record, found in zip(held, _cells([_parsed(record["row"]) for record in held]), strict=True):
            yield from ((record, cell) for cell in found)


def _cells(rows: Sequence[Row]) -> list[list[Cell]]:
    """The values of a report's rows, by row; all rows together tell which columns are numbers."""
    dimensions = _dimensions(rows)
    return [list(_cells_of(row, dimensions)) for row in rows]


def _parsed(row: Any) -> Row:
    """The row as a dict: engines give JSON parsed or as text."""
    made = json.loads(row) if isinstance(row, str) else row
    return made if isinstance(made, dict) else {}


def _dimensions(rows: Sequence[Row]) -> list[str]:
    """The columns that say what a row is about: named like an id or a name, or with texts and no number in any row."""
    names = dict.fromkeys(name for row in rows for name in row if name not in _NOT_WIDE)
    return [name for name in names if _is_label(name) or _is_text([row.get(name) for row in rows])]


def _is_label(name: str) -> bool:
    return name in ("id", "name") or name.endswith(("Id", "Name", "_id", "_name"))


def _is_text(values: Iterable[Any]) -> bool:
    told = [value for value in values if value is not None]
    return any(isinstance(value, str) for value in told) and all(number(value) is None for value in told)


def _cells_of(row: Row, dimensions: Sequence[str]) -> Iterator[Cell]:
    ids = [row.get(name) for name in dimensions if name.lower().endswith("id")]
    labels = [row.get(name) for name in dimensions if not name.lower().endswith("id")]
    subject, subject_id = _joined(labels or ids), _joined(ids)
    if "key" in row and "value" in row:
        yield Cell(subject, subject_id, str(row["key"]), number(row["value"]), row["value"])
    for name in row:
        if name not in (*_NOT_WIDE, *dimensions):
            yield Cell(subject, subject_id, name, number(row[name]), row[name])


def _joined(values: Sequence[Any]) -> str | None:
    """The texts as one; a short name that another one ends with says nothing new."""
    texts = [str(value) for value in values if value is not None]
    told = [text for text in texts if not any(other != text and other.endswith(text) for other in texts)]
    return " / ".join(told) or None


def _line(record: Mapping[Any, Any], cell: Cell) -> Row:
    kept = {name: record[name] for name in ("granularity", "range_start", "range_end", "time")}
    return {"report": record["report_name"]} | kept | cell._asdict()
