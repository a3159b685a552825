"""The API's own build reports beside our figures for the same intervals, with the reason for each difference."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analytics_kit.metrics.report_definitions import MEASURES, STATISTICS, TOTAL_TIME
from analytics_kit.metrics.report_figures import NEEDED, column_of, figures
from analytics_kit.metrics.report_reasons import AGREES, NOT_COMPARED, Pair, common_basis, verdicts
from analytics_kit.metrics.reports import tidy
from analytics_kit.metrics.table import FLAG, NUMBER, TEXT, TIME, answer, as_table, span_of, window_text
from analytics_kit.window import Window

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from analytics_kit.metrics.report_definitions import Measure
    from analytics_kit.metrics.report_reasons import Verdict
    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When


def reconcile(
    reports: Data, builds: Data, granularity: str | None = None, *, since: When = None, until: When = None
) -> pd.DataFrame:
    """The API's reports on build durations and success rates beside our own figures, and why they differ.

    The API does not say how it computes them. So each of its figures is computed from the builds under every
    definition that makes sense: by finish or by creation time, with or without terminated, never started and unfinished
    builds. The definition that gives the API's figures is the reason; where none does, that is said. Where several do,
    the one that fits the other columns of the reports is named, then the one nearest to ours.

    Args:
        reports: As for ``tidy``; used are ``buildAvgDuration``, ``buildP50Duration`` and ``buildP90Duration``.
        builds: One row per build; needs ``status``, ``created``, ``started`` and ``finished``. They must reach from
            before the reports' range to its end, all of them, and be loaded at the same time.
        granularity: As for ``tidy``.
        since: As for ``tidy``: intervals that start from here on.
        until: As for ``tidy``: intervals that start before.

    Returns:
        One row per report, range, measure and interval. Columns: ``report``, ``granularity`` (str), ``range_start``,
        ``range_end`` (datetime64[us, UTC], what was asked for), ``period`` (datetime64[us, UTC], start of the
        interval), ``measure`` (str: ``builds``, ``successes``, ``success_rate``, and ``total_time``, ``queue_time``,
        ``run_time`` in the report's statistic), ``statistic`` (str: ``mean``, ``p50``, ``p90``; missing for counts and
        rates), ``unit`` (str: ``builds``, ``rate`` from 0 to 1, ``seconds``), ``api``, ``ours``, ``difference``
        (float64, api - ours), ``relative_difference`` (float64, difference / ours), ``tolerance`` (float64, what the
        API's rounding explains), ``agrees`` (boolean, the difference is within it), ``verdict`` (str: ``agrees``;
        ``explained``, another definition gives the API's figure; ``consistent``, it would but for a wait that the
        builds hold no times for; ``unexplained``; ``not compared``, there are no builds in the range, or the API has
        no figure: ``agrees`` is missing), ``reason`` (str, in a sentence).
        ``.attrs`` hold ``duration_unit``: the unit of the API's durations, ``milliseconds`` or ``seconds``; None where
        no total time could be compared, and the API's durations are as it gives them. And ``duration_ratio``: the
        median ratio of its total times to ours in seconds (NaN where none could be compared).

    Raises:
        ValueError: a needed column is missing, or the granularity is not held.

    Example:
        >>> reconcile(kit.table("analytics_reports"), kit.table("builds"), "week")
    """
    import pandas as pd

    values = tidy(reports, None, granularity, since=since, until=until)
    values = values[values["report"].isin(STATISTICS) & values["subject"].isna() & values["range_start"].notna()]
    sides = _sides(values, as_table(builds, *NEEDED))
    ratio = _duration_ratio(sides)
    unit = _duration_unit(sides, ratio) if ratio > 0 else None
    lines = _lines(sides, _UNITS[unit] if unit else 1.0)
    definition = (
        "reports.reconcile: the API's build reports beside our figures, for intervals that start in "
        f"{window_text(span_of(since, until))}; ours by each metric's own definition."
    )
    return answer(
        pd.DataFrame(lines, columns=list(_TYPES)), definition, _TYPES, duration_unit=unit, duration_ratio=ratio
    )


_UNITS = {"seconds": 1.0, "milliseconds": 0.001}
"""Units in which the API's durations may be, in seconds: its text says the first, its samples look like the second."""
_AGREES = {AGREES: True, NOT_COMPARED: None}
_SEVERAL = 5
_FLOATS = 1e-6
"""What computing with floats may add to a difference."""

_TYPES = {
    "report": TEXT,
    "granularity": TEXT,
    "range_start": TIME,
    "range_end": TIME,
    "period": TIME,
    "measure": TEXT,
    "statistic": TEXT,
    "unit": TEXT,
    "api": NUMBER,
    "ours": NUMBER,
    "difference": NUMBER,
    "relative_difference": NUMBER,
    "tolerance": NUMBER,
    "agrees": FLAG,
    "verdict": TEXT,
    "reason": TEXT,
}


@dataclass(frozen=True)
class _Side:
    """One report for one range: the API's columns and our figures, by start of the interval."""

    report: str
    granularity: str
    span: Window
    api: pd.DataFrame
    ours: pd.DataFrame

    @property
    def statistic(self) -> str:
        return STATISTICS[self.report]

    @property
    def has_builds(self) -> bool:
        """Whether any build was created or finished in one of the intervals."""
        return bool(self.ours.notna().any(axis=None))

    @property
    def range(self) -> tuple[str, Window]:
        return self.granularity, self.span

    @property
    def name(self) -> tuple[str, tuple[str, Window]]:
        return self.report, self.range


def _sides(values: pd.DataFrame, builds: ir.Table) -> list[_Side]:
    """Each report and range that is held, with our figures for the same intervals."""
    made = []
    ranges = values[["granularity", "range_start", "range_end"]].drop_duplicates()
    for granularity, first, end in zip(*(ranges[name].tolist() for name in ranges), strict=True):
        span = Window(first.to_pydatetime(), end.to_pydatetime())
        within = (
            (values["granularity"] == granularity) & (values["range_start"] == first) & (values["range_end"] == end)
        )
        held = values[within].assign(start=lambda found, first=first: found["time"].fillna(first))
        reports = held["report"].unique().tolist()
        ours = figures(builds, granularity, span, [STATISTICS[name] for name in reports])
        for report in reports:
            api = held[held["report"] == report].pivot(index="start", columns="series", values="value")
            made.append(_Side(report, granularity, span, api, ours.reindex(api.index)))
    return made


def _duration_ratio(sides: list[_Side]) -> float:
    """Median of the API's total times over ours in seconds, by whichever definition has any; NaN where none has."""
    import pandas as pd

    ratios = [pd.Series(dtype="float64")]
    for side in sides:
        columns = [column_of(TOTAL_TIME, definition, side.statistic) for definition in TOTAL_TIME.definitions]
        ours = side.ours[[name for name in columns if name in side.ours]].astype("float64").bfill(axis="columns")
        if TOTAL_TIME.series in side.api:
            ratios.append(side.api[TOTAL_TIME.series] / ours.iloc[:, 0])
    known = pd.concat(ratios[1:] or ratios)
    return float(known[(known > 0) & (known < float("inf"))].median())


def _duration_unit(sides: list[_Side], ratio: float) -> str:
    """The unit in which more of the API's total times are ours by some definition; if that is a tie, by their size."""

    def support(unit: str) -> tuple[int, float]:
        pairs = [_pair(side, TOTAL_TIME, _UNITS[unit]) for side in sides if TOTAL_TIME.series in side.api]
        fits = sum(max(pair.fits(definition) for definition in pair.tried) for pair in pairs)
        return fits, -abs(math.log(ratio * _UNITS[unit]))

    return max(_UNITS, key=support)


def _lines(sides: list[_Side], seconds: float) -> list[dict[str, Any]]:
    """The rows of the answer; ``seconds`` is the length of the API's unit of time."""
    scale = {"builds": 1.0, "rate": 0.01, "seconds": seconds}
    means = {side.range: side for side in sides if side.statistic == "mean"}
    pairs = [
        (side, _pair(side, measure, scale[measure.unit], means.get(side.range)))
        for side in sides
        for measure in MEASURES
        if measure.series in side.api
    ]
    basis = common_basis([pair for _, pair in pairs])
    proven = {
        side.name
        for side, pair in pairs
        if pair.measure == TOTAL_TIME and pair.told and any(all(pair.same[each]) for each in pair.on(basis))
    }
    return [
        line for side, pair in pairs for line in _rows(side, pair, verdicts(pair, basis, proven=side.name in proven))
    ]


def _pair(side: _Side, measure: Measure, scale: float, means: _Side | None = None) -> Pair:
    """A measure's figures on both sides, ours under every definition that can be computed."""
    tried, tolerance = {}, {}
    step = _step(side.api[measure.series], measure.unit) * scale
    for definition in measure.definitions:
        column = column_of(measure, definition, side.statistic)
        if column in side.ours and (side.statistic == "mean" or not definition.apart):
            shown = [name for name in measure.apart if definition.apart and name in side.api]
            none = 0 if measure.unit == "builds" and side.has_builds else float("nan")
            ours = side.ours[column].astype("float64").fillna(none)
            tried[definition] = tuple(ours - side.api[shown].sum(axis="columns") * scale)
            # each column of the API is rounded by itself
            tolerance[definition] = step / 2 * (1 + len(shown)) + _FLOATS
    waits = None if means is None or side is means else _waits(means, measure, side.api.index, scale)
    return Pair(measure, tuple(side.api[measure.series] * scale), tried, tolerance, waits, side.has_builds)


def _waits(means: _Side, measure: Measure, starts: pd.Index, scale: float) -> tuple[float, ...] | None:
    """The mean of the waits that the API takes out of a measure, by interval; None where it takes none out."""
    shown = [name for name in measure.apart if name in means.api]
    return tuple(means.api[shown].sum(axis="columns").reindex(starts) * scale) if shown else None


def _step(values: pd.Series, unit: str) -> float:
    """The step to which the API rounds, in its own unit: the coarsest one that all its figures are on.

    A few round percentages prove nothing: a rate's step is told from several, and taken as a hundredth before.
    """
    if unit == "builds":
        return 0.0
    told = values[(values % 100 != 0) & values.notna()] if unit == "rate" else values.dropna()
    steps = (1.0, 0.1, 0.01, 0.001) if unit == "seconds" or len(told) >= _SEVERAL else (0.01,)
    return next((step for step in steps if not ((told / step).round() * step - told).abs().max() > _FLOATS), 0.0)


def _rows(side: _Side, pair: Pair, found: list[Verdict]) -> list[dict[str, Any]]:
    """The rows of one measure."""
    fixed = {
        "report": side.report,
        "granularity": side.granularity,
        "range_start": side.span.since,
        "range_end": side.span.until,
        "measure": pair.measure.name,
        "statistic": side.statistic if pair.measure.span else None,
        "unit": pair.measure.unit,
        "tolerance": pair.tolerance[pair.measure.ours],
    }
    return [
        fixed
        | {"period": start, "api": api, "ours": ours, "difference": api - ours}
        | {"relative_difference": (api - ours) / ours if ours else None, "agrees": _AGREES.get(verdict, False)}
        | {"verdict": verdict, "reason": reason}
        for start, api, ours, (verdict, reason) in zip(
            side.api.index, pair.api, pair.tried[pair.measure.ours], found, strict=True
        )
    ]
