"""Which pipelines are slow, which fail, and at which step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics_kit.metrics.builds import TIME_DTYPES, run_time
from analytics_kit.metrics.outcomes import ERROR, FEW_RUNS, SUCCESS, TERMINATED, by_time, ended_in, ranked, with_rate
from analytics_kit.metrics.table import COUNT, NUMBER, TEXT, TIME, answer, as_table, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import pandas as pd

    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When

_PARETO = {"share_rate": NUMBER, "cumulative_rate": NUMBER}


def slowest_pipelines(
    builds: Data,
    top: int | None = 10,
    statuses: str | Sequence[str] = SUCCESS,
    *,
    since: When = None,
    until: When = None,
) -> pd.DataFrame:
    """The pipelines whose slow runs are the slowest: by p95 of the run time.

    Args:
        builds: One row per build; needs what `run_time` needs, and ``pipeline_name``.
        top: How many pipelines; None for all.
        statuses: Final statuses that count.
        since: Start of the window on ``finished``: date, datetime or ISO text, UTC unless it says else.
        until: End of the window, not included.

    Returns:
        One row per pipeline, slowest p95 first, those with fewer than 20 timed builds behind the others. Columns:
        ``pipeline_name`` (str), ``p50_seconds``, ``p90_seconds``, ``p95_seconds``, ``mean_seconds`` (float64), ``n``
        (Int64, builds timed), ``total_seconds`` (float64, all their run time). ``.attrs`` count ``pipelines``, shown or
        not, and ``left_out`` builds by reason.

    Raises:
        ValueError: a needed column is missing, or a status is not final; the message names it.

    Example:
        >>> slowest_pipelines(kit.table("builds"), top=5, since="2026-05-01")
    """
    times = run_time(builds, "pipeline_name", statuses, since=since, until=until)
    left_out = times.columns.difference(["pipeline_name", *TIME_DTYPES])
    frame = times.assign(total_seconds=times["mean_seconds"] * times["n"].astype(NUMBER), few=times["n"] < FEW_RUNS)
    frame = ranked(frame[frame["n"] > 0], ["pipeline_name"], few=True, p95_seconds=False)
    return answer(
        frame.head(len(frame) if top is None else top),
        f"slowest_pipelines: by p95 of {times.attrs['definition'].partition(': ')[2]}",
        {"pipeline_name": TEXT} | TIME_DTYPES | {"total_seconds": NUMBER},
        pipelines=len(frame),
        left_out={reason: int(times[reason].sum()) for reason in left_out},
    )


def failing_pipelines(builds: Data, top: int | None = 10, *, since: When = None, until: When = None) -> pd.DataFrame:
    """The pipelines with the most failed builds.

    Args:
        builds: One row per build; needs ``pipeline_name``, ``status``, ``created`` and ``finished``.
        top: How many pipelines; None for all.
        since: Start of the window on ``finished``: date, datetime or ISO text, UTC unless it says else.
        until: End of the window, not included.

    Returns:
        One row per pipeline that failed, most failures first. Columns: ``pipeline_name`` (str), ``errors`` (Int64),
        ``share_rate`` (float64, 0 to 1, of all failures in the window), ``cumulative_rate`` (float64, of this row and
        those above), ``error_rate`` (float64, errors / n), ``low_rate`` and ``high_rate`` (float64, its Wilson interval
        at 95 %), ``n`` (Int64, successes and errors), ``terminated`` (Int64, left out), ``last_at`` (datetime64[us,
        UTC], finish of the last failure). ``.attrs`` count ``errors``, ``pipelines`` that failed, shown or not, and
        ``unfinished`` builds.

    Raises:
        ValueError: a needed column is missing; the message names it.

    Example:
        >>> failing_pipelines(kit.table("builds"), since="2026-05-01", until="2026-06-01")
    """
    table = ended_in(builds, since, until, "pipeline_name")
    failed = table.ended & (table.status == ERROR)
    counted = table.group_by("pipeline_name").aggregate(
        errors=table.count(where=failed),
        n=table.count(where=table.ended & table.status.isin((SUCCESS, ERROR))),
        terminated=table.count(where=table.ended & table.status.isin(TERMINATED)),
        unfinished=table.count(where=table.unfinished),
        last_at=table.finished.max(where=failed),
    )
    every = run(counted)
    total = int(every["errors"].sum())
    frame = with_rate(every[every["errors"] > 0], "error_rate", "errors")
    frame = _pareto(ranked(frame, ["pipeline_name"], errors=False, error_rate=False), "errors", total)
    rates = dict.fromkeys(("error_rate", "low_rate", "high_rate"), NUMBER)
    return answer(
        frame.head(len(frame) if top is None else top),
        f"failing_pipelines: builds with status error; {by_time('finished', since, until)}.",
        {"pipeline_name": TEXT, "errors": COUNT} | _PARETO | rates | {"n": COUNT, "terminated": COUNT, "last_at": TIME},
        errors=total,
        pipelines=len(frame),
        unfinished=int(every["unfinished"].sum()),
    )


def failure_reasons(events: Data, builds: Data, *, since: When = None, until: When = None) -> pd.DataFrame:
    """The steps at which failed builds failed, from their system events of the kind error.

    Args:
        events: One row per system event, the table ``builds__system_events``; needs ``builds_id``, ``kind``,
            ``step_name`` and ``message``.
        builds: One row per build; needs ``id``, ``pipeline_name``, ``status``, ``created`` and ``finished``. Both are
            tables of one database, or frames.
        since: Start of the window on the build's ``finished``: date, datetime or ISO text, UTC unless it says else.
        until: End of the window, not included.

    Returns:
        One row per step, most failed builds first. Columns: ``step_name`` (str; missing for failed builds of which no
        event names a step), ``n`` (Int64, failed builds; one that failed at two steps is in both), ``share_rate``
        (float64, 0 to 1, of all failed builds), ``pipelines`` (Int64, distinct), ``message`` (str, the most frequent
        one) and ``message_n`` (Int64, failed builds with it), ``last_at`` (datetime64[us, UTC], the last such finish).
        ``.attrs`` count ``failed`` builds and those ``without_step``.

    Raises:
        ValueError: a needed column is missing; the message names it.

    Example:
        >>> failure_reasons(kit.table("builds__system_events"), kit.table("builds"), since="2026-05-01")
    """
    table = ended_in(builds, since, until, "id", "pipeline_name")
    failed = table.filter(table.ended & (table.status == ERROR)).select("id", "pipeline_name", "finished")
    told = as_table(events, "builds_id", "kind", "step_name", "message")
    told = told.filter((told.kind == ERROR) & told.step_name.notnull()).drop("kind")
    rows = failed.left_join(told, failed.id == told.builds_id)
    steps = run(_by_step(rows)).merge(run(_top_message(rows)), on="step_name", how="left")
    total = int(run(failed.aggregate(n=failed.count()))["n"][0])
    steps = steps.assign(share_rate=steps["n"] / total)
    texts = {"step_name": TEXT, "n": COUNT, "share_rate": NUMBER, "pipelines": COUNT}
    return answer(
        ranked(steps, ["step_name"], n=False),
        f"failure_reasons: failed builds by the step of their error events; {by_time('finished', since, until)}.",
        texts | {"message": TEXT, "message_n": COUNT, "last_at": TIME},
        failed=total,
        without_step=int(steps.loc[steps["step_name"].isna(), "n"].sum()),
    )


def _by_step(rows: ir.Table) -> ir.Table:
    figures = {"n": rows.id.nunique(), "pipelines": rows.pipeline_name.nunique(), "last_at": rows.finished.max()}
    return rows.group_by("step_name").aggregate(**figures)


def _top_message(rows: ir.Table) -> ir.Table:
    """The message that most builds of a step have; of equally frequent ones the first in the alphabet."""
    import ibis

    counted = rows.group_by("step_name", "message").aggregate(message_n=rows.id.nunique())
    order = ibis.window(group_by=counted.step_name, order_by=[counted.message_n.desc(), counted.message])
    first = counted.mutate(place=ibis.row_number().over(order)).filter(lambda row: row.place == 0)
    return first.drop("place")


def _pareto(frame: pd.DataFrame, count: str, total: int) -> pd.DataFrame:
    """The share of each row, and of all rows down to it."""
    share = frame[count].astype(NUMBER) / total
    return frame.assign(share_rate=share, cumulative_rate=share.cumsum())
