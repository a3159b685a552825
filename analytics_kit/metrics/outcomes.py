"""How builds end: which statuses are final, which builds a window judges, and how sure a share of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics_kit.metrics.table import AS_IT_COMES, as_table, moment, run, span_of, window_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import ibis.expr.types as ir
    import pandas as pd

    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When, Window

SUCCESS, ERROR = "success", "error"
TERMINATED = ("terminated", "denied")
"""A rejected approval is shown as denied; it counts as terminated."""
FINAL = (SUCCESS, ERROR, *TERMINATED)
FEW_RUNS = 20
"""Figures from fewer runs are drawn grey, and ranked behind the others."""

_TIMES = {"created": "creation time", "finished": "finish time"}
_Z = 1.959963984540054  # 95 % of a normal distribution lies within so many standard deviations


def ended_in(builds: Data, since: When, until: When, *columns: str) -> ir.Table:
    """The builds that a window by finish time is about.

    Args:
        builds: One row per build; needs ``status``, ``created``, ``finished`` and ``columns``.
        since: Start of the window.
        until: End of the window, not included.
        *columns: What is wanted beside them.

    Returns:
        The needed columns and two flags: ``ended``, a final status and a finish time in the window; and ``unfinished``,
        created in the window and without a final status or a finish time. Every row has one of them.
    """
    table = as_table(builds, *dict.fromkeys(("status", "created", "finished", *columns)))
    final = table.status.fill_null("").isin(FINAL) & table.finished.notnull()
    span = span_of(since, until)
    flagged = table.mutate(ended=final & within(table.finished, span), unfinished=~final & within(table.created, span))
    return flagged.filter(flagged.ended | flagged.unfinished)


def with_terminated(table: ir.Table) -> ir.Table:
    """The rows of `ended_in` with one more flag, ``terminated``: somebody or something stopped it."""
    return table.mutate(terminated=table.ended & table.status.isin(TERMINATED))


def within(column: ir.TimestampColumn, span: Window) -> ir.BooleanValue:
    """Whether a time lies in the window; a null time does only where the window has no bounds."""
    import ibis

    inside: ir.BooleanValue = ibis.literal(True)
    if span.since is not None:
        inside = inside & (column >= moment(span.since))
    if span.until is not None:
        inside = inside & (column < moment(span.until))
    return inside.fill_null(False)


def by_time(column: str, since: When, until: When) -> str:
    """How a definition says which time decides whether a build belongs to the window."""
    return f"by {_TIMES[column]} ({column}) in {window_text(span_of(since, until))}"


def known(name: str, value: str, choices: Iterable[str]) -> str:
    """The value, if it is one of the choices.

    Raises:
        ValueError: it is not; the message lists them.
    """
    allowed = list(choices)
    if value not in allowed:
        raise ValueError(f"{name}={value!r} is unknown; there are {', '.join(allowed)}.")
    return value


def statuses_of(statuses: str | Sequence[str]) -> tuple[str, ...]:
    """The final statuses asked for.

    Raises:
        ValueError: one of them is not final, or there is none.
    """
    chosen = (statuses,) if isinstance(statuses, str) else tuple(statuses)
    if not chosen or any(status not in FINAL for status in chosen):
        raise ValueError(f"statuses={statuses!r}: one or several are needed of {', '.join(FINAL)}.")
    return chosen


def keys_of(by: str | Sequence[str] | None) -> list[str]:
    """The columns to group on; None makes one group of all."""
    return [] if by is None else [by] if isinstance(by, str) else list(by)


def key_dtypes(keys: Sequence[str]) -> dict[str, str]:
    """Columns that the caller chose keep the dtype they have."""
    return dict.fromkeys(keys, AS_IT_COMES)


def grouped(table: ir.Table, keys: Sequence[str], figures: Mapping[str, ir.Value]) -> ir.Table:
    """One row per group with its figures; without keys, one row, also where there are no rows."""
    return table.group_by(list(keys)).aggregate(**figures) if keys else table.aggregate(**figures)


def totals(table: ir.Table, flags: Iterable[str]) -> dict[str, int]:
    """How many rows each flag holds for."""
    counted = run(table.aggregate(**{flag: table.count(where=table[flag]) for flag in flags}))
    return {str(name): int(counts[0]) for name, counts in counted.items()}


def ranked(frame: pd.DataFrame, keys: Sequence[str], **ascending: bool) -> pd.DataFrame:
    """The rows in the order of some columns, missing values last, ties by the keys."""
    order = ascending | dict.fromkeys(keys, True)
    return frame.sort_values(list(order), ascending=list(order.values()), na_position="last", ignore_index=True)


def with_rate(frame: pd.DataFrame, name: str, part: str, whole: str = "n") -> pd.DataFrame:
    """The frame with a share and its Wilson interval.

    Args:
        frame: Holds both counts.
        name: Column for the share, ``part`` / ``whole``, 0 to 1; NaN where ``whole`` is 0.
        part: Column that counts the part.
        whole: Column that counts the whole.

    Returns:
        The frame with ``name``, ``low_rate`` and ``high_rate`` (float64).
    """
    share, low, high = wilson(frame[part], frame[whole])
    return frame.assign(**{name: share, "low_rate": low, "high_rate": high})


def wilson(part: pd.Series, whole: pd.Series) -> tuple[Any, Any, Any]:
    """A share and its Wilson score interval at 95 %, float64 from 0 to 1; NaN where the whole is 0.

    Unlike the share plus and minus its standard error, it stays within 0 and 1 and is wide for few runs.
    """
    n = whole.astype("float64").where(whole > 0)
    share = part.astype("float64") / n
    spread = _Z * ((share * (1 - share) + _Z**2 / (4 * n)) / n) ** 0.5
    middle, scale = share + _Z**2 / (2 * n), 1 + _Z**2 / n
    low, high = (middle - spread) / scale, (middle + spread) / scale
    return share, low.where(share != 0, 0.0), high.where(share != 1, 1.0)  # exact ends, without rounding
