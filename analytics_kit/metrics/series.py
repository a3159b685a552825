"""Builds over time: how many, how many of them succeed, and how long they take, per hour, day, week or month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics_kit.metrics.builds import RATE_DTYPES, TIME_DTYPES, mode_statuses, rate_counts, rate_text, time_figures
from analytics_kit.metrics.durations import LEFT_OUT, measured
from analytics_kit.metrics.outcomes import SUCCESS, by_time, ended_in, totals, with_rate
from analytics_kit.metrics.periods import by_period, period_dtype
from analytics_kit.metrics.table import COUNT, FLAG, answer, as_table, in_window

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When


def throughput(
    builds: Data, every: str = "day", *, since: When = None, until: When = None, time_zone: str = "UTC"
) -> pd.DataFrame:
    """Builds per period, of any status, with periods in which there was none.

    Args:
        builds: One row per build; needs ``status`` and ``created``.
        every: ``"hour"``, ``"day"``, ``"week"`` (from Monday) or ``"month"``.
        since: Start of the window on ``created``: date, datetime or ISO text, UTC unless it says else; None: the first
            build.
        until: End of the window, not included; None: the last build.
        time_zone: IANA name of the zone whose days are meant.

    Returns:
        One row per period, in order. Columns: ``period`` (datetime64[us, ``time_zone``], its start), ``n`` (Int64,
        builds), ``successes`` (Int64, of them by now successful) and ``whole`` (boolean; False where the window, or on
        an open side the first or last build, cuts the period). No builds and an open side: no rows.

    Raises:
        ValueError: a needed column is missing, or ``every`` or ``time_zone`` is unknown; the message names it.

    Example:
        >>> throughput(kit.table("builds"), "week", since="2026-03-02", until="2026-06-01", time_zone="Europe/Berlin")
    """
    table = in_window(as_table(builds, "status", "created"), "created", since, until)
    figures = {"n": table.count(), "successes": table.count(where=table.status == SUCCESS)}
    frame = by_period(table, "created", figures, every, time_zone, since, until)
    definition = (
        f"throughput.{every}: builds of any status per {every} ({time_zone}); {by_time('created', since, until)}."
    )
    return _series(frame, definition, {"n": COUNT, "successes": COUNT}, every, time_zone)


def success_series(
    builds: Data,
    every: str = "day",
    mode: str = "kit",
    *,
    since: When = None,
    until: When = None,
    time_zone: str = "UTC",
) -> pd.DataFrame:
    """The success rate per period, recomputed from the builds of each.

    Args:
        builds: One row per build; needs ``status``, ``created`` and ``finished``.
        every: ``"hour"``, ``"day"``, ``"week"`` (from Monday) or ``"month"``.
        mode: Whose definition, as in `success_rate`.
        since: Start of the window on ``finished``: date, datetime or ISO text, UTC unless it says else; None: the first
            finish.
        until: End of the window, not included; None: the last finish.
        time_zone: IANA name of the zone whose days are meant.

    Returns:
        One row per period, in order. Columns: ``period`` (datetime64[us, ``time_zone``], its start), ``success_rate``,
        ``low_rate`` and ``high_rate`` (float64, 0 to 1, Wilson interval at 95 %, NaN where n is 0), ``n`` (Int64,
        builds in the rate), ``successes``, ``terminated`` (Int64) and ``whole`` (boolean, as in `throughput`).
        ``.attrs`` count ``unfinished``.

    Raises:
        ValueError: a needed column is missing, or ``every``, ``mode`` or ``time_zone`` is unknown; the message names
            it.

    Example:
        >>> success_series(kit.table("builds"), "day", since="2026-05-01", until="2026-06-01")
    """
    statuses = mode_statuses(mode)
    table = ended_in(builds, since, until)
    ended = table.filter(table.ended)
    figures = {name: count for name, count in rate_counts(ended, statuses).items() if name != "unfinished"}
    counts = dict.fromkeys(figures, COUNT)
    frame = by_period(ended, "finished", figures, every, time_zone, since, until)
    frame = with_rate(frame, "success_rate", "successes")
    definition = (
        f"success_series.{mode}: {rate_text(statuses)} per {every} ({time_zone}); {by_time('finished', since, until)}."
    )
    made = _series(frame, definition, RATE_DTYPES | counts, every, time_zone)
    made.attrs.update(totals(table, ["unfinished"]))
    return made


def duration_series(
    builds: Data,
    every: str = "day",
    measure: str = "run_time",
    statuses: str | Sequence[str] = SUCCESS,
    *,
    since: When = None,
    until: When = None,
    time_zone: str = "UTC",
) -> pd.DataFrame:
    """Percentiles of the run time or the queue time per period, recomputed from the builds of each.

    Args:
        builds: One row per build; needs what `run_time` or `queue_time` needs, without a column to group on.
        every: ``"hour"``, ``"day"``, ``"week"`` (from Monday) or ``"month"``.
        measure: ``"run_time"`` (by finish time) or ``"queue_time"`` (by creation time).
        statuses: Final statuses that count for the run time; the queue time takes all builds.
        since: Start of the window: date, datetime or ISO text, UTC unless it says else; None: the first build.
        until: End of the window, not included; None: the last build.
        time_zone: IANA name of the zone whose days are meant.

    Returns:
        One row per period, in order. Columns: ``period`` (datetime64[us, ``time_zone``], its start), ``p50_seconds``,
        ``p90_seconds``, ``p95_seconds``, ``mean_seconds`` (float64, NaN where n is 0), ``n`` (Int64, builds timed),
        ``clock_skew`` (Int64, left out because negative) and ``whole`` (boolean, as in `throughput`). ``.attrs`` count
        ``left_out`` by reason, over the whole window.

    Raises:
        ValueError: a needed column is missing, or an argument is unknown; the message names it.

    Example:
        >>> duration_series(kit.table("builds"), "week", since="2026-03-02", until="2026-06-01")
    """
    rows, column, meaning = measured(builds, measure, statuses, since, until)
    told = rows.filter(rows.seconds.notnull() | rows.clock_skew)
    figures = time_figures(told) | {"clock_skew": told.count(where=told.clock_skew)}
    frame = by_period(told, column, figures, every, time_zone, since, until)
    definition = f"duration_series.{measure}: {meaning}, per {every} ({time_zone}); {by_time(column, since, until)}."
    made = _series(frame, definition, TIME_DTYPES | {"clock_skew": COUNT}, every, time_zone)
    made.attrs["left_out"] = totals(rows, LEFT_OUT[measure])
    return made


def _series(frame: pd.DataFrame, definition: str, dtypes: dict[str, str], every: str, time_zone: str) -> pd.DataFrame:
    columns = {"period": period_dtype(time_zone)} | dtypes | {"whole": FLAG}
    return answer(frame, definition, columns, every=every, time_zone=time_zone)
