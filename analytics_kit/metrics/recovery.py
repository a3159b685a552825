"""How long a pipeline stays red on a branch, and which are red still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics_kit.metrics.durations import seconds_between
from analytics_kit.metrics.outcomes import ERROR, SUCCESS, by_time, ended_in, ranked, totals, with_terminated
from analytics_kit.metrics.table import (
    COUNT,
    NUMBER,
    TEXT,
    TIME,
    answer,
    in_window,
    instant_of,
    moment,
    run,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import pandas as pd

    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When

_LINE = ["pipeline_name", "branch_name"]


def recovery_time(builds: Data, *, since: When = None, until: When = None) -> pd.DataFrame:
    """How long pipelines stayed red: from the first failed finish to the next successful finish on the same branch.

    Terminated builds are ignored; builds without a branch are a branch of their own. This says when a pipeline was
    green again, not when a service was: the API knows of no incidents.

    Args:
        builds: One row per build; needs ``id``, ``pipeline_name``, ``branch_name``, ``status``, ``created`` and
            ``finished``. Rows before the window tell which failures are first ones.
        since: Start of the window, on the ``finished`` of the first failure: date, datetime or ISO text, UTC unless it
            says else.
        until: End of the window, not included. A success that follows counts whenever it came.

    Returns:
        One row per pipeline that was red, longest median first. Columns: ``pipeline_name`` (str), ``median_seconds``,
        ``mean_seconds`` (float64, NaN where n is 0), ``n`` (Int64, red spells that ended), ``still_red`` (Int64, spells
        without a success so far: they are not in the figures, which are the shorter for it; `still_red` lists them).
        ``.attrs`` count builds ``terminated`` and ``unfinished`` in the window.

    Raises:
        ValueError: a needed column is missing; the message names it.

    Example:
        >>> recovery_time(kit.table("builds"), since="2026-05-01", until="2026-06-01")
    """
    spells = _branch_spells(builds, since, until)
    seconds = seconds_between(spells.red_at, spells.green_at)
    counted = spells.group_by("pipeline_name").aggregate(
        median_seconds=seconds.quantile(0.5),
        mean_seconds=seconds.mean(),
        n=spells.green_at.count(),
        still_red=spells.count(where=spells.green_at.isnull()),
    )
    return answer(
        ranked(run(counted), ["pipeline_name"], median_seconds=False, still_red=False),
        "recovery_time: first red finish to the next green finish on the same pipeline and branch; "
        f"of the first red, {by_time('finished', since, until)}.",
        {"pipeline_name": TEXT, "median_seconds": NUMBER, "mean_seconds": NUMBER, "n": COUNT, "still_red": COUNT},
        **totals(with_terminated(ended_in(builds, since, until)), ("terminated", "unfinished")),
    )


def still_red(builds: Data, now: When, *, since: When = None, until: When = None) -> pd.DataFrame:
    """The pipelines and branches that failed and did not succeed since: what `recovery_time` cannot measure yet.

    Args:
        builds: As for `recovery_time`.
        now: When the ages are counted to: date, datetime or ISO text, UTC unless it says else.
        since: Start of the window, on the ``finished`` of the first failure.
        until: End of the window, not included.

    Returns:
        One row per pipeline and branch, red the longest first. Columns: ``pipeline_name``, ``branch_name`` (str,
        missing without a branch), ``red_at`` (datetime64[us, UTC], finish of the first failure), ``red_build`` (str,
        its id), ``age_seconds`` (float64, from then to ``now``). ``.attrs`` count ``n``.

    Raises:
        ValueError: a needed column is missing, or ``now`` cannot be read; the message names it.

    Example:
        >>> still_red(kit.table("builds"), now="2026-06-01T09:00Z")
    """
    spells = _branch_spells(builds, since, until)
    red = spells.filter(spells.green_at.isnull())
    red = red.mutate(age_seconds=seconds_between(red.red_at, moment(instant_of(now))))
    frame = ranked(run(red), _LINE, red_at=True)
    texts = dict.fromkeys(_LINE, TEXT)
    return answer(
        frame,
        "still_red: no green finish after the first red one on the same pipeline and branch; "
        f"of the first red, {by_time('finished', since, until)}.",
        texts | {"red_at": TIME, "red_build": TEXT, "age_seconds": NUMBER},
        n=len(frame),
    )


def red_spells(table: ir.Table, line: Sequence[str]) -> ir.Table:
    """From red to green, as often as it happened.

    Args:
        table: Successes and errors, with ``finished``, ``id`` and the columns of ``line``.
        line: What builds must share to follow one another.

    Returns:
        One row per first error of a line and per error after a success: the columns of ``line``, ``red_at``,
        ``red_build``, and ``green_at`` and ``green_build`` of the next success, null where there is none.
    """
    import ibis

    order = ibis.window(group_by=list(line), order_by=[table.finished, table.id])
    marked = table.mutate(before=table.status.lag().over(order))
    turns = marked.filter(marked.before.isnull() | (marked.before != marked.status))
    order = ibis.window(group_by=list(line), order_by=[turns.finished, turns.id])
    ahead = turns.mutate(green_at=turns.finished.lead().over(order), green_build=turns.id.lead().over(order))
    red = ahead.filter(ahead.status == ERROR)
    return red.select(*line, "green_at", "green_build", red_at=red.finished, red_build=red.id)


def _branch_spells(builds: Data, since: When, until: When) -> ir.Table:
    table = ended_in(builds, None, None, "id", *_LINE)
    judged = table.filter(table.ended & table.status.isin((SUCCESS, ERROR)))
    return in_window(red_spells(judged, _LINE), "red_at", since, until)
