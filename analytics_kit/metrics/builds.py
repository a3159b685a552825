"""How builds do: the share that succeeds, how long they run, and how long they wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics_kit.metrics.durations import LEFT_OUT, PERCENTILES, measured, percentiles
from analytics_kit.metrics.outcomes import (
    ERROR,
    FINAL,
    SUCCESS,
    TERMINATED,
    by_time,
    ended_in,
    grouped,
    key_dtypes,
    keys_of,
    known,
    ranked,
    with_rate,
)
from analytics_kit.metrics.table import COUNT, NUMBER, answer, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import pandas as pd

    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When

_JUDGED = (SUCCESS, ERROR)
MODES = {"kit": _JUDGED, "circleci": _JUDGED, "codefresh": FINAL, "devlake": FINAL}
"""Which statuses a success is measured against. On the statuses of this API the four definitions make two."""

RATE_DTYPES = {"success_rate": NUMBER, "low_rate": NUMBER, "high_rate": NUMBER}
RATE_COUNTS = {"n": COUNT, "successes": COUNT, "terminated": COUNT, "unfinished": COUNT}
TIME_DTYPES = dict.fromkeys((*PERCENTILES, "mean_seconds"), NUMBER) | {"n": COUNT}


def success_rate(
    builds: Data,
    by: str | Sequence[str] | None = "pipeline_name",
    mode: str = "kit",
    *,
    since: When = None,
    until: When = None,
) -> pd.DataFrame:
    """Share of finished builds that succeeded.

    By default success / (success + error): terminated and denied builds say nothing about the code, and are counted
    apart.

    Args:
        builds: One row per build; needs ``status``, ``created``, ``finished`` and ``by``.
        by: Column or columns to group on; None for one row on all builds.
        mode: Whose definition: ``"kit"`` and ``"circleci"`` (terminated left out), ``"codefresh"`` and ``"devlake"``
            (measured against all finished builds, terminated included). Each pair is one definition on this API's
            statuses.
        since: Start of the window on ``finished``: date, datetime or ISO text, UTC unless it says else.
        until: End of the window, not included.

    Returns:
        One row per value of ``by``, lowest rate first. Columns: ``by``, ``success_rate`` (float64, 0 to 1, NaN where n
        is 0), ``low_rate`` and ``high_rate`` (float64, Wilson interval at 95 %), ``n`` (Int64, builds in the rate),
        ``successes``, ``terminated`` (Int64, with denied; left out unless the mode counts them) and ``unfinished``
        (Int64, left out: no final status or no finish time, created in the window).

    Raises:
        ValueError: a needed column is missing, or the mode is unknown; the message names it.

    Example:
        >>> success_rate(kit.table("builds"), by="project", since="2026-05-01", until="2026-06-01")
    """
    statuses = mode_statuses(mode)
    keys = keys_of(by)
    table = ended_in(builds, since, until, *keys)
    frame = with_rate(run(grouped(table, keys, rate_counts(table, statuses))), "success_rate", "successes")
    frame = ranked(frame, keys, success_rate=True, n=False)
    definition = f"success_rate.{mode}: {rate_text(statuses)}; {by_time('finished', since, until)}."
    return answer(frame, definition, key_dtypes(keys) | RATE_DTYPES | RATE_COUNTS)


def run_time(
    builds: Data,
    by: str | Sequence[str] | None = "pipeline_name",
    statuses: str | Sequence[str] = SUCCESS,
    *,
    since: When = None,
    until: When = None,
) -> pd.DataFrame:
    """How long builds ran, from start to finish.

    By default successful builds: a build that fails stops early and would make a broken pipeline look fast. The wait
    for an approval in the middle of a run is part of it, because the API gives no times for it.

    Args:
        builds: One row per build; needs ``status``, ``created``, ``started``, ``finished`` and ``by``.
        by: Column or columns to group on; None for one row on all builds.
        statuses: Final statuses that count: of ``success``, ``error``, ``terminated``, ``denied``.
        since: Start of the window on ``finished``: date, datetime or ISO text, UTC unless it says else.
        until: End of the window, not included.

    Returns:
        One row per value of ``by``, slowest median first. Columns: ``by``, ``p50_seconds``, ``p90_seconds``,
        ``p95_seconds``, ``mean_seconds`` (float64; percentiles interpolated; NaN where n is 0), ``n`` (Int64, builds
        timed), and left out (Int64): ``clock_skew`` (finished before it started), ``never_started``, ``other_status``,
        ``unfinished`` (created in the window).

    Raises:
        ValueError: a needed column is missing, or a status is not final; the message names it.

    Example:
        >>> run_time(kit.table("builds"), statuses=("success", "error"), since="2026-05-01")
    """
    return _durations("run_time", builds, by, statuses, since, until)


def queue_time(
    builds: Data, by: str | Sequence[str] | None = "pipeline_name", *, since: When = None, until: When = None
) -> pd.DataFrame:
    """How long builds waited, from creation to start, whatever became of them.

    The wait for an approval is not in it: this API asks for approvals in the middle of a run, after the start.

    Args:
        builds: One row per build; needs ``created``, ``started`` and ``by``.
        by: Column or columns to group on; None for one row on all builds.
        since: Start of the window on ``created``: date, datetime or ISO text, UTC unless it says else.
        until: End of the window, not included.

    Returns:
        One row per value of ``by``, longest median first. Columns: ``by``, ``p50_seconds``, ``p90_seconds``,
        ``p95_seconds``, ``mean_seconds`` (float64; percentiles interpolated; NaN where n is 0), ``n`` (Int64, builds
        timed), and left out (Int64): ``clock_skew`` (started before it was created), ``not_started`` (still waiting, or
        ended without a start).

    Raises:
        ValueError: a needed column is missing; the message names it.

    Example:
        >>> queue_time(kit.table("builds"), by="runtime__scheduler_config__type")
    """
    return _durations("queue_time", builds, by, SUCCESS, since, until)


def _durations(
    measure: str, builds: Data, by: str | Sequence[str] | None, statuses: str | Sequence[str], since: When, until: When
) -> pd.DataFrame:
    keys = keys_of(by)
    table, column, meaning = measured(builds, measure, statuses, since, until, *keys)
    left_out = {flag: table.count(where=table[flag]) for flag in LEFT_OUT[measure]}
    frame = ranked(run(grouped(table, keys, time_figures(table) | left_out)), keys, p50_seconds=False, n=False)
    definition = f"{measure}: {meaning}; {by_time(column, since, until)}."
    return answer(frame, definition, key_dtypes(keys) | TIME_DTYPES | dict.fromkeys(left_out, COUNT))


def mode_statuses(mode: str) -> tuple[str, ...]:
    """The statuses that a mode measures success against.

    Raises:
        ValueError: the mode is unknown.
    """
    return MODES[known("mode", mode, MODES)]


def rate_text(statuses: Sequence[str]) -> str:
    """A mode's definition in words."""
    return (
        "success / all finished builds, terminated included"
        if TERMINATED[0] in statuses
        else "success / (success + error)"
    )


def rate_counts(table: ir.Table, statuses: Sequence[str]) -> dict[str, ir.IntegerScalar]:
    """What a success rate is made of, from the rows of `ended_in`."""
    return {
        "n": table.count(where=table.ended & table.status.isin(statuses)),
        "successes": table.count(where=table.ended & (table.status == SUCCESS)),
        "terminated": table.count(where=table.ended & table.status.isin(TERMINATED)),
        "unfinished": table.count(where=table.unfinished),
    }


def time_figures(table: ir.Table) -> dict[str, ir.NumericScalar]:
    """Percentiles, mean and count of a table's ``seconds``."""
    return percentiles(table.seconds) | {"mean_seconds": table.seconds.mean(), "n": table.seconds.count()}
