"""Builds whose outcome says more about luck than about the code."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from analytics_kit.metrics.durations import seconds_between
from analytics_kit.metrics.outcomes import (
    ERROR,
    SUCCESS,
    by_time,
    ended_in,
    grouped,
    ranked,
    totals,
    with_rate,
    with_terminated,
)
from analytics_kit.metrics.recovery import red_spells
from analytics_kit.metrics.table import COUNT, NUMBER, TEXT, TIME, answer, in_window, run

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When

WITHIN_DAYS = 14
"""How far apart a success and an error on one commit may be to make it flaky."""

_COMMIT = ["pipeline_name", "revision"]


def flaky_pipelines(builds: Data, *, since: When = None, until: When = None) -> pd.DataFrame:
    """Pipelines whose builds of one commit both fail and succeed within 14 days.

    The rate is flaky commits / commits built at least twice; terminated builds are ignored. Nothing is known of a
    commit that was built once, nor of what builds were given beside the commit.

    Args:
        builds: One row per build; needs ``id``, ``pipeline_name``, ``revision``, ``status``, ``created`` and
            ``finished``.
        since: Start of the window on ``finished``: date, datetime or ISO text, UTC unless it says else.
        until: End of the window, not included.

    Returns:
        One row per pipeline, the surest first: by the low end of the interval, so that 1 of 1 does not come before 40
        of 90. Columns: ``pipeline_name`` (str), ``flaky_rate`` (float64, 0 to 1, NaN where n is 0), ``low_rate`` and
        ``high_rate`` (float64, Wilson interval at 95 %), ``n`` (Int64, commits built twice or more), ``flaky_commits``
        (Int64), and left out (Int64): ``built_once`` (commits), ``no_revision``, ``terminated`` and ``unfinished``
        (builds).

    Raises:
        ValueError: a needed column is missing; the message names it.

    Example:
        >>> flaky_pipelines(kit.table("builds"), since="2026-03-01", until="2026-06-01")
    """
    table = _flagged(ended_in(builds, since, until, "id", *_COMMIT))
    left_out = {name: table.count(where=table[name]) for name in ("no_revision", "terminated", "unfinished")}
    pipelines = run(table.group_by("pipeline_name").aggregate(**left_out))
    told = table.filter(table.told)
    frame = pipelines.merge(_counted(told), on="pipeline_name", how="left")
    counts = ["n", "flaky_commits", "built_once"]
    frame = frame.assign(**{name: frame[name].astype(COUNT).fillna(0) for name in counts})
    frame = ranked(with_rate(frame, "flaky_rate", "flaky_commits"), ["pipeline_name"], low_rate=False, n=False)
    rates = dict.fromkeys(("flaky_rate", "low_rate", "high_rate"), NUMBER)
    definition = (
        f"flaky_pipelines: commits with success and error within {WITHIN_DAYS} days / commits built at least twice; "
        f"{by_time('finished', since, until)}."
    )
    return answer(frame, definition, {"pipeline_name": TEXT} | rates | dict.fromkeys((*counts, *left_out), COUNT))


def flaky_recoveries(builds: Data, *, since: When = None, until: When = None) -> pd.DataFrame:
    """Pipelines that went from red to green on one commit: somebody pressed restart until it passed.

    Args:
        builds: One row per build; needs ``id``, ``pipeline_name``, ``revision``, ``status``, ``created`` and
            ``finished``.
        since: Start of the window, on the ``finished`` of the first failure: date, datetime or ISO text, UTC unless it
            says else.
        until: End of the window, not included. A success that follows counts whenever it came.

    Returns:
        One row per pipeline with a red spell, most recoveries first. A red spell is one or more errors in a row on one
        commit. Columns: ``pipeline_name`` (str), ``recoveries`` (Int64, red spells that ended in a success on the same
        commit), ``n`` (Int64, all red spells), ``recovered_rate`` (float64, 0 to 1), ``low_rate`` and ``high_rate``
        (float64, Wilson interval at 95 %), ``median_seconds`` (float64, first red finish to green finish, NaN without
        recoveries), ``last_at`` (datetime64[us, UTC], the last such green finish), ``last_build`` (str, its id).
        ``.attrs`` count builds ``no_revision``, ``terminated`` and ``unfinished`` of the window.

    Raises:
        ValueError: a needed column is missing; the message names it.

    Example:
        >>> flaky_recoveries(kit.table("builds"), since="2026-05-01")
    """
    table = _flagged(ended_in(builds, None, None, "id", *_COMMIT))
    told = table.filter(table.told)
    commits = _commits(told)
    spells = red_spells(_of_commits(told, commits.filter(commits.errors > 0)), _COMMIT)
    spells = in_window(spells, "red_at", since, until)
    counted = spells.group_by("pipeline_name").aggregate(
        recoveries=spells.green_at.count(),
        n=spells.count(),
        median_seconds=seconds_between(spells.red_at, spells.green_at).quantile(0.5),
        last_at=spells.green_at.max(),
        last_build=spells.green_build.argmax(spells.green_at),
    )
    frame = with_rate(run(counted), "recovered_rate", "recoveries")
    rates = dict.fromkeys(("recovered_rate", "low_rate", "high_rate", "median_seconds"), NUMBER)
    return answer(
        ranked(frame, ["pipeline_name"], recoveries=False, n=False),
        "flaky_recoveries: first error to the next success on the same pipeline and revision; "
        f"of that error, {by_time('finished', since, until)}.",
        {"pipeline_name": TEXT, "recoveries": COUNT, "n": COUNT} | rates | {"last_at": TIME, "last_build": TEXT},
        **totals(_flagged(ended_in(builds, since, until, "revision")), ("no_revision", "terminated", "unfinished")),
    )


def _flagged(table: ir.Table) -> ir.Table:
    """The rows of `ended_in` with ``told`` (a success or an error of a known commit) and what is left out."""
    known = table.revision.fill_null("") != ""
    judged = table.ended & table.status.isin((SUCCESS, ERROR))
    return with_terminated(table).mutate(told=judged & known, no_revision=judged & ~known)


def _commits(table: ir.Table) -> ir.Table:
    """One row per commit of a pipeline: how often it was built, with which outcomes, and from when to when."""
    return table.group_by(_COMMIT).aggregate(
        builds=table.count(),
        errors=table.count(where=table.status == ERROR),
        first_at=table.finished.min(),
        last_at=table.finished.max(),
    )


def _within_days(first: ir.TimestampColumn, last: ir.TimestampColumn) -> ir.BooleanColumn:
    limit = timedelta(days=WITHIN_DAYS) // timedelta(microseconds=1)
    near: ir.BooleanColumn = last.delta(first, unit="microsecond") <= limit
    return near


def _counted(told: ir.Table) -> pd.DataFrame:
    """Per pipeline, its commits: built once, built more often (``n``), and flaky."""
    commits = _commits(told)
    mixed = (commits.errors > 0) & (commits.errors < commits.builds)
    near = _within_days(commits.first_at, commits.last_at)
    figures = {
        "n": commits.count(where=commits.builds >= 2),
        "built_once": commits.count(where=commits.builds == 1),
        "flaky_commits": commits.count(where=mixed & near),
        "drawn_out": commits.count(where=mixed & ~near),
    }
    frame = run(grouped(commits, ["pipeline_name"], figures))
    if frame["drawn_out"].any():
        more = run(_flaky_commits(_of_commits(told, commits.filter(mixed & ~near))))
        frame = frame.merge(more, on="pipeline_name", how="left", suffixes=("", "_drawn_out"))
        frame["flaky_commits"] += frame["flaky_commits_drawn_out"].fillna(0)
    return frame


def _of_commits(table: ir.Table, chosen: ir.Table) -> ir.Table:
    """The builds of some commits: putting builds in order is the slow part, and most commits need none."""
    same = [table.pipeline_name.identical_to(chosen.pipeline_name), table.revision == chosen.revision]
    return table.semi_join(chosen, same)


def _flaky_commits(builds: ir.Table) -> ir.Table:
    """Per pipeline, the commits whose outcome changed within 14 days, from the builds of commits with both outcomes.

    The nearest success and error of a commit are neighbours in time, so neighbours are all that need to be compared.
    It is slow, and a commit whose builds all lie within 14 days does not need it.
    """
    import ibis

    order = ibis.window(group_by=_COMMIT, order_by=[builds.finished, builds.id])
    beside = builds.mutate(before=builds.status.lag().over(order), before_at=builds.finished.lag().over(order))
    changed = beside.filter((beside.before != beside.status) & _within_days(beside.before_at, beside.finished))
    return changed.group_by("pipeline_name").aggregate(flaky_commits=changed.revision.nunique())
