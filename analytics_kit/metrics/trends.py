"""What changed: a window beside the equally long one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analytics_kit.errors import WindowError
from analytics_kit.metrics.builds import mode_statuses, rate_text
from analytics_kit.metrics.durations import LEFT_OUT, measured
from analytics_kit.metrics.outcomes import (
    FEW_RUNS,
    SUCCESS,
    by_time,
    ended_in,
    grouped,
    key_dtypes,
    keys_of,
    known,
    ranked,
    totals,
    with_terminated,
)
from analytics_kit.metrics.table import COUNT, NUMBER, answer, moment, run, span_of, window_text
from analytics_kit.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    import ibis.expr.types as ir
    import pandas as pd

    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When

MEASURES = (*LEFT_OUT, "success_rate")
_DTYPES = dict.fromkeys(("value", "previous", "change", "relative_change"), NUMBER) | {"n": COUNT, "previous_n": COUNT}


def trend(
    builds: Data,
    since: When,
    until: When,
    by: str | Sequence[str] | None = "pipeline_name",
    measure: str = "run_time",
    *,
    percentile: float = 0.5,
    statuses: str | Sequence[str] = SUCCESS,
) -> pd.DataFrame:
    """A window beside the equally long one just before it, the same figure on both sides.

    Args:
        builds: One row per build; needs what `run_time`, `queue_time` or `success_rate` needs. The rows must reach back
            to the previous window, that is to ``since - (until - since)``.
        since: Start of the window: date, datetime or ISO text, UTC unless it says else.
        until: End of the window, not included.
        by: Column or columns to group on; None for one row on all builds. A pipeline that was renamed is two names;
            its ``service_id`` stays.
        measure: ``"run_time"`` (by finish time), ``"queue_time"`` (by creation time) or ``"success_rate"`` (by finish
            time).
        percentile: Which percentile of a time, between 0 and 1.
        statuses: Final statuses that count for the run time.

    Returns:
        One row per value of ``by``: those with 20 builds or more on both sides first, of these the one that got worse
        the most first (relative to what it was; a success rate in absolute terms). Columns: ``by``, ``value`` and
        ``previous`` (float64; seconds, or a rate from 0 to 1; NaN where n is 0), ``change`` (``value`` - ``previous``),
        ``relative_change`` (``change`` / ``previous``; NaN where that is 0 or missing), ``n`` and ``previous_n``
        (Int64, builds in the figures). ``.attrs`` hold ``unit`` and count ``left_out`` over both windows.

    Raises:
        ValueError: a needed column is missing, a bound is None, or an argument is unknown; the message names it.

    Example:
        >>> trend(kit.table("builds"), "2026-05-01", "2026-06-01", percentile=0.9)
    """
    before, turn, now = _windows(since, until)
    keys = keys_of(by)
    if known("measure", measure, MEASURES) == "success_rate":
        compared = _rates(ended_in(builds, before.since, now.until, *keys))
    else:
        compared = _times(*measured(builds, measure, statuses, before.since, now.until, *keys), percentile)
    rows = compared.rows
    recent = rows[compared.column] >= moment(turn)
    figures = compared.figures("", recent) | compared.figures("previous_", ~recent)
    frame = _sorted(_with_change(run(grouped(rows, keys, figures))), keys, compared.unit)
    spans = f"{by_time(compared.column, since, until)} beside {window_text(before)}"
    definition = f"trend.{measure}: {compared.meaning}; {spans}."
    left_out = totals(rows, compared.left_out)
    return answer(frame, definition, key_dtypes(keys) | _DTYPES, unit=compared.unit, left_out=left_out)


class _Compared(NamedTuple):
    """What is compared: rows of both windows, and how a figure and its n are computed from some of them."""

    rows: ir.Table
    column: str
    meaning: str
    unit: str
    left_out: tuple[str, ...]
    figures: Callable[[str, ir.BooleanValue], dict[str, ir.Scalar]]


def _times(rows: ir.Table, column: str, meaning: str, percentile: float) -> _Compared:
    if not 0 <= percentile <= 1:
        raise ValueError(f"percentile={percentile!r} is not between 0 and 1.")

    def figures(side: str, told: ir.BooleanValue) -> dict[str, ir.Scalar]:
        seconds = rows.seconds
        return {f"{side}value": seconds.quantile(percentile, where=told), f"{side}n": seconds.count(where=told)}

    left_out = LEFT_OUT["run_time" if column == "finished" else "queue_time"]
    return _Compared(rows, column, f"p{percentile * 100:g} of {meaning}", "seconds", left_out, figures)


def _rates(rows: ir.Table) -> _Compared:
    statuses = mode_statuses("kit")
    rows = with_terminated(rows)
    judged = rows.ended & rows.status.isin(statuses)
    succeeded = (rows.status == SUCCESS).cast("float64")

    def figures(side: str, told: ir.BooleanValue) -> dict[str, ir.Scalar]:
        return {f"{side}value": succeeded.mean(where=judged & told), f"{side}n": rows.count(where=judged & told)}

    return _Compared(rows, "finished", rate_text(statuses), "rate", ("terminated", "unfinished"), figures)


def _windows(since: When, until: When) -> tuple[Window, datetime, Window]:
    """The window before, the moment between, and the window itself."""
    now = span_of(since, until)
    if now.since is None or now.until is None:
        raise WindowError(
            f"since={since!r}, until={until!r}: a trend compares two windows, so both bounds are needed.",
            hint='Give both, as in since="2026-05-01", until="2026-06-01".',
        )
    return Window(now.since - (now.until - now.since), now.since), now.since, now


def _with_change(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.rename(columns={"previous_value": "previous"})
    value, previous = frame["value"].astype(NUMBER), frame["previous"].astype(NUMBER)
    change = value - previous
    return frame.assign(change=change, relative_change=change / previous.where(previous != 0))


def _sorted(frame: pd.DataFrame, keys: Sequence[str], unit: str) -> pd.DataFrame:
    """What got worse the most comes first, but behind it whatever stands on few runs."""
    few = frame[["n", "previous_n"]].min(axis=1) < FEW_RUNS
    order = {"change": True} if unit == "rate" else {"relative_change": False}
    return ranked(frame.assign(_few=few), keys, _few=True, **order)
