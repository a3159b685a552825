"""How long builds run and wait, as the engine computes it: seconds, and the percentiles that go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics_kit.metrics.outcomes import ended_in, known, statuses_of
from analytics_kit.metrics.table import as_table, in_window

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When

LEFT_OUT = {
    "run_time": ("clock_skew", "never_started", "other_status", "unfinished"),
    "queue_time": ("clock_skew", "not_started"),
}
"""What is measured, and the flags of builds that do not count."""

PERCENTILES = {"p50_seconds": 0.5, "p90_seconds": 0.9, "p95_seconds": 0.95}


def seconds_between(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.FloatingValue:
    """Seconds from one time to another, to the microsecond; negative where the clocks disagree."""
    return end.delta(start, unit="microsecond") / 1_000_000


def percentiles(seconds: ir.FloatingValue) -> dict[str, ir.FloatingScalar]:
    """The p50, p90 and p95, interpolated between the two nearest runs; null without runs."""
    return {name: seconds.quantile(share) for name, share in PERCENTILES.items()}


def run_times(builds: Data, statuses: str | Sequence[str], since: When, until: When, *columns: str) -> ir.Table:
    """The builds that a window by finish time is about, with how long they ran.

    Returns:
        As `ended_in`, with ``seconds``: from start to finish, null where the build does not count, that is where one of
        the flags ``unfinished``, ``other_status``, ``never_started`` and ``clock_skew`` (finished before it started)
        holds.
    """
    table = ended_in(builds, since, until, "started", *columns)
    chosen = table.ended & table.status.isin(statuses_of(statuses))
    seconds = seconds_between(table.started, table.finished)
    return table.mutate(
        seconds=(chosen & (seconds >= 0)).ifelse(seconds, None),
        other_status=table.ended & ~chosen,
        never_started=chosen & table.started.isnull(),
        clock_skew=(chosen & (seconds < 0)).fill_null(False),
    )


def queue_times(builds: Data, since: When, until: When, *columns: str) -> ir.Table:
    """The builds created in a window, with how long they waited.

    Returns:
        ``created``, ``started``, ``columns`` and ``seconds``: from creation to start, null where the build does not
        count, that is where one of the flags ``not_started`` and ``clock_skew`` (started before it was created) holds.
    """
    wanted = dict.fromkeys(("created", "started", *columns))
    table = in_window(as_table(builds, *wanted), "created", since, until)
    table = table.filter(table.created.notnull())
    seconds = seconds_between(table.created, table.started)
    return table.mutate(
        seconds=(seconds >= 0).ifelse(seconds, None),
        not_started=table.started.isnull(),
        clock_skew=(seconds < 0).fill_null(False),
    )


def measured(
    builds: Data, measure: str, statuses: str | Sequence[str], since: When, until: When, *columns: str
) -> tuple[ir.Table, str, str]:
    """The builds with their ``seconds`` by the name of a measure.

    Returns:
        The rows of `run_times` or `queue_times`, the column that membership in the window goes by, and the measure in
        words.

    Raises:
        ValueError: the measure or a status is unknown.
    """
    if known("measure", measure, LEFT_OUT) == "queue_time":
        return queue_times(builds, since, until, *columns), "created", "started - created of all builds"
    meaning = f"finished - started of builds with status {' or '.join(statuses_of(statuses))}"
    return run_times(builds, statuses, since, until, *columns), "finished", meaning
