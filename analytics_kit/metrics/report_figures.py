"""Our own figures for the intervals of a build report, under every definition, computed where the builds are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analytics_kit.metrics.durations import seconds_between
from analytics_kit.metrics.outcomes import ERROR, FINAL, SUCCESS
from analytics_kit.metrics.periods import EVERY
from analytics_kit.metrics.report_definitions import MEASURES, MEMBERSHIPS, Definition, Measure
from analytics_kit.metrics.reports import TOTAL
from analytics_kit.metrics.table import in_window, moment, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import ibis.expr.types as ir
    import pandas as pd

    from analytics_kit.window import Window

SPANS = {"total": ("created", "finished"), "run": ("started", "finished"), "queue": ("created", "started")}
_SHARES = {"p50": 0.5, "p90": 0.9}
NEEDED = ("status", "created", "started", "finished")


def figures(builds: ir.Table, granularity: str, span: Window, statistics: Iterable[str]) -> pd.DataFrame:
    """Figures per interval.

    Args:
        builds: The columns `NEEDED`, as `as_table` makes them.
        granularity: Length of an interval (UTC), or ``total`` for the whole range.
        span: The range.
        statistics: Which of ``mean``, ``p50``, ``p90`` durations are condensed to.

    Returns:
        One row per interval in which a build was created or finished, by its start; the whole range by its own.
        One column per figure, named by `column_of`; numbers of builds, rates from 0 to 1, and seconds.
    """
    wanted = tuple(_wanted(tuple(statistics), backwards=_runs_backwards(builds)))
    finished, created = (_figures(builds, membership, granularity, span, wanted) for membership in MEMBERSHIPS)
    return finished.join(created, how="outer")


def column_of(measure: Measure, definition: Definition, statistic: str) -> str:
    """The column of `figures` that holds a measure under a definition."""
    parts = [definition.membership, definition.population, measure.name]
    if measure.span:
        parts += [statistic, "all" if definition.negatives else "forward"]
    return ".".join(parts)


class _Figure(NamedTuple):
    measure: Measure
    definition: Definition
    statistic: str


def _wanted(statistics: tuple[str, ...], *, backwards: bool) -> Iterator[_Figure]:
    """What to compute; keeping times that run backwards makes a difference only where there are some."""
    for measure in MEASURES:
        for definition in measure.definitions:
            if not definition.apart and (backwards or not definition.negatives):
                yield from (_Figure(measure, definition, name) for name in (statistics if measure.span else ("",)))


def _runs_backwards(builds: ir.Table) -> bool:
    steps = [builds[end] < builds[begin] for begin, end in SPANS.values()]
    return bool(run(builds.aggregate(n=builds.count(where=steps[0] | steps[1] | steps[2])))["n"][0])


def _figures(
    builds: ir.Table, membership: str, granularity: str, span: Window, wanted: Sequence[_Figure]
) -> pd.DataFrame:
    rows = in_window(builds, membership, span.since, span.until)
    rows = rows.filter(rows[membership].notnull())
    start = moment(span.since) if granularity == TOTAL and span.since else _interval(rows[membership], granularity)
    rows = rows.mutate(start=start, **_populations(rows))
    made = {
        column_of(*figure): _aggregate(rows, *figure) for figure in wanted if figure.definition.membership == membership
    }
    return run(rows.group_by("start").aggregate(**made)).set_index("start").tz_localize("UTC")


def _interval(stamp: ir.TimestampColumn, granularity: str) -> ir.TimestampColumn:
    if granularity not in EVERY:
        raise ValueError(f"granularity={granularity!r} cannot be recomputed; {', '.join(EVERY)} and {TOTAL} can.")
    return stamp.truncate(EVERY[granularity])


def _populations(rows: ir.Table) -> dict[str, ir.BooleanValue]:
    """Which builds count, by the keys of `POPULATIONS`."""
    import ibis

    status = rows.status.fill_null("")
    ended = status.isin(FINAL) & rows.finished.notnull()
    return {
        "success": ended & (status == SUCCESS),
        "judged": ended & status.isin((SUCCESS, ERROR)),
        "executed": ended & rows.started.notnull(),
        "final": ended,
        "all": ibis.literal(True),
    }


def _aggregate(rows: ir.Table, measure: Measure, definition: Definition, statistic: str) -> ir.Scalar:
    counted = rows[definition.population]
    if not measure.span:
        n = counted.sum()
        return (rows.success & counted).sum() / n.nullif(0) if measure.name == "success_rate" else n
    begin, end = SPANS[measure.span]
    seconds = seconds_between(rows[begin], rows[end])
    told = counted if definition.negatives else counted & (seconds >= 0)
    return seconds.mean(where=told) if statistic == "mean" else seconds.quantile(_SHARES[statistic], where=told)
