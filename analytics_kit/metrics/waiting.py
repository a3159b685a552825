"""Which builds are not done: those that wait for an approval, for a machine, or for nobody knows what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics_kit.metrics.durations import seconds_between
from analytics_kit.metrics.outcomes import FINAL, by_time, ranked, totals
from analytics_kit.metrics.table import (
    NUMBER,
    TEXT,
    TIME,
    answer,
    as_table,
    in_window,
    instant_of,
    moment,
    run,
)

if TYPE_CHECKING:
    import pandas as pd

    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When


def stuck(
    builds: Data, now: When, older_than_hours: float = 0.0, *, since: When = None, until: When = None
) -> pd.DataFrame:
    """Builds that are not done, those that wait for an approval among them, with their age.

    Args:
        builds: One row per build; needs ``id``, ``pipeline_name``, ``branch_name``, ``status``, ``initiator``,
            ``pending_reason``, ``created`` and ``started``.
        now: When the ages are counted to: date, datetime or ISO text, UTC unless it says else.
        older_than_hours: Only builds created at least that long ago.
        since: Start of the window on ``created``.
        until: End of the window, not included.

    Returns:
        One row per build without a final status, oldest first. Columns: ``id``, ``pipeline_name``, ``branch_name``,
        ``status``, ``initiator``, ``pending_reason`` (str), ``created``, ``started`` (datetime64[us, UTC], missing
        where it did not start), ``age_seconds`` (float64, from creation to ``now``). ``.attrs`` count ``n``,
        ``younger`` and ``final``, the latter left out.

    Raises:
        ValueError: a needed column is missing, or ``now`` cannot be read; the message names it.

    Example:
        >>> stuck(kit.table("builds"), now="2026-06-01T09:00Z", older_than_hours=1)
    """
    texts = ("id", "pipeline_name", "branch_name", "status", "initiator", "pending_reason")
    table = in_window(as_table(builds, *texts, "created", "started"), "created", since, until)
    age = seconds_between(table.created, moment(instant_of(now)))
    final = table.status.fill_null("").isin(FINAL)
    table = table.mutate(
        age_seconds=age, final=final, younger=~final & (age < older_than_hours * 3600).fill_null(False)
    )
    frame = ranked(run(table.filter(~table.final & ~table.younger)), ["id"], created=True)
    return answer(
        frame,
        f"stuck: builds without a final status; {by_time('created', since, until)}.",
        dict.fromkeys(texts, TEXT) | {"created": TIME, "started": TIME, "age_seconds": NUMBER},
        n=len(frame),
        **totals(table, ("younger", "final")),
    )
