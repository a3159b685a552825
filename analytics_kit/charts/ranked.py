"""Pictures of which: the pipelines, steps or users that fail, are flaky, or take long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from analytics_kit.charts.chart import Chart, altair
from analytics_kit.charts.layout import BLUE, FEW, RED, ROW, SKY, empty, few_notes, finished, grey_if_few
from analytics_kit.charts.named import TOP, hover, name_axis, name_columns, names_of, numbers, shown, sized
from analytics_kit.charts.values import FEW_RUNS, count_text, duration_text, rate_text, required, texts, unit_of

if TYPE_CHECKING:
    import pandas as pd


class Rate(NamedTuple):
    """A share that a metric gives with its interval: its title, and what its n counts."""

    title: str
    of: str


RATES = {
    "flaky_rate": Rate("Flaky rate", "commits built at least twice"),
    "success_rate": Rate("Success rate of builds", "builds"),
    "error_rate": Rate("Failed builds", "builds"),
    "recovered_rate": Rate("Red spells that a restart ended", "red spells"),
    "off_hours_rate": Rate("Activity outside office hours", "entries"),
}
"""The columns that `rate_intervals` draws."""

_MEASURES = {"run_time": "Run time", "slowest_pipelines": "Run time", "queue_time": "Queue time"}
_PERCENTILES = {"p50_seconds": "p50", "p90_seconds": "p90", "p95_seconds": "p95"}


def rate_intervals(frame: pd.DataFrame, *, as_of: object, top: int = TOP) -> Chart:
    """Shares with their 95 % intervals, a name per row: how sure the flaky list, or any other, is.

    Args:
        frame: As `metrics.flaky_pipelines`, `success_rate`, `failing_pipelines`, `flaky_recoveries` or `off_hours`
            returns it; needs the columns that name a row, one of the rates in `RATES`, ``low_rate``, ``high_rate`` and
            ``n``.
        as_of: What the rows stand on, ``kit.as_of("builds")`` or a text: the last line under the chart.
        top: How many rows to show, in the frame's order.

    Returns:
        A chart; rows with fewer than 20 runs are grey, rows without any are left out.

    Raises:
        ValueError: a needed column is missing; the message names it.
        ConfigurationError: the packages for charts are not installed.

    Example:
        >>> rate_intervals(flaky_pipelines(kit.table("builds")), as_of=kit.as_of("builds"))
    """
    column = next((name for name in RATES if name in frame), "")
    if not column:
        raise ValueError(f"The frame has none of the rates {', '.join(RATES)}.\nIt has: {', '.join(map(str, frame))}.")
    required(frame, column, "low_rate", "high_rate", "n")
    rate = RATES[column]
    some, notes = shown(frame, frame["n"] > 0, top, rate.of)
    if not len(some):
        return empty("rate_intervals", frame, title=rate.title, as_of=as_of)
    named = names_of(some, name_columns(some, (*RATES, "n", "low_rate", "errors", "recoveries", "off_hours")))
    rows = some[["low_rate", "high_rate", "n"]].assign(name=named, rate=some[column], few=some["n"] < FEW_RUNS)
    words = {"share": column, "at_least": "low_rate", "at_most": "high_rate"}
    rows = rows.assign(**{name: texts(some[figure], rate_text) for name, figure in words.items()})
    rows["text"] = rows["share"] + " of " + texts(rows["n"], count_text)
    return finished(
        sized(_intervals(rate, zero=column != "success_rate"), len(rows)),
        rows,
        title=f"{rate.title} (%)",
        subtitle=f"Dot: the rate; line: its 95 % interval; on the right: the rate, and of how many {rate.of}.",
        frame=frame,
        as_of=as_of,
        notes=[*few_notes(rows["few"], rate.of), *notes],
        counted=f"rate_intervals: {len(rows)} rows",
    )


def failure_pareto(frame: pd.DataFrame, *, as_of: object, top: int = TOP) -> Chart:
    """What fails most: failures as bars, and as a line the share of all failures down to each.

    Args:
        frame: As `metrics.failing_pipelines` returns it (needs ``pipeline_name``, ``errors``, ``cumulative_rate`` and
            ``n``), or `failure_reasons` (needs ``step_name`` and ``n``; all its rows, because the shares are computed
            here: a build that failed at two steps counts at both).
        as_of: As for `rate_intervals`.
        top: How many rows to show.

    Returns:
        A chart; grey where a pipeline has fewer than 20 builds, or where there are fewer than 20 failures in all.

    Raises:
        ValueError: a needed column is missing; the message names it.
        ConfigurationError: the packages for charts are not installed.

    Example:
        >>> failure_pareto(failing_pipelines(kit.table("builds"), top=None), as_of=kit.as_of("builds"))
    """
    by_step = "step_name" in frame
    required(frame, *(["step_name", "n"] if by_step else ["pipeline_name", "errors", "cumulative_rate", "n"]))
    name, count = ("step_name", "n") if by_step else ("pipeline_name", "errors")
    title = f"Failed builds by {'step' if by_step else 'pipeline'}"
    if not frame[count].sum():
        return empty("failure_pareto", frame, title=title, as_of=as_of, what="failed builds")
    cumulative = frame["n"].cumsum() / frame["n"].sum() if by_step else frame["cumulative_rate"]
    few = frame["n"].sum() < FEW_RUNS if by_step else frame["n"] < FEW_RUNS
    every = frame[["n"]].assign(name=names_of(frame, [name]), count=frame[count], cumulative=cumulative, few=few)
    rows, notes = shown(every, every["count"] > 0, top)
    rows["text"] = texts(rows["count"], count_text)
    rows["cumulative_text"] = texts(rows["cumulative"], rate_text)
    return finished(
        sized(_pareto(by_step=by_step), len(rows)),
        rows,
        title=title,
        subtitle="Bars and numbers: failed builds (lower axis); line: share of all, down to here (upper axis).",
        frame=frame,
        as_of=as_of,
        notes=[*few_notes(rows["few"]), *notes],
        counted=f"failure_pareto: {len(rows)} rows",
    )


def percentile_dots(frame: pd.DataFrame, *, as_of: object, top: int = TOP) -> Chart:
    """What takes long: p50, p90 and p95 as dots on a line, a name per row.

    Args:
        frame: As `metrics.slowest_pipelines`, `run_time` or `queue_time` returns it; needs the columns that name a row,
            ``p50_seconds``, ``p90_seconds``, ``p95_seconds`` and ``n``.
        as_of: As for `rate_intervals`.
        top: How many rows to show, in the frame's order.

    Returns:
        A chart; rows with fewer than 20 builds are grey, rows without any are left out.

    Raises:
        ValueError: a needed column is missing; the message names it.
        ConfigurationError: the packages for charts are not installed.

    Example:
        >>> percentile_dots(slowest_pipelines(kit.table("builds")), as_of=kit.as_of("builds"))
    """
    required(frame, *_PERCENTILES, "n")
    measure = _MEASURES.get(str(frame.attrs.get("definition_id")), "Duration")
    some, notes = shown(frame, frame["n"] > 0, top)
    if not len(some):
        return empty("percentile_dots", frame, title=f"{measure} of builds", as_of=as_of)
    unit = unit_of(some[["p95_seconds"]])
    rows = some[["n"]].assign(name=names_of(some, name_columns(some, _PERCENTILES)), few=some["n"] < FEW_RUNS)
    rows["text"] = "n " + texts(rows["n"], count_text)
    for column, label in _PERCENTILES.items():
        rows[label] = some[column] / unit.seconds
        rows[f"{label}_text"] = texts(some[column], duration_text)
    return finished(
        sized(_dots(unit.name), len(rows)),
        rows,
        title=f"{measure} of builds ({unit.name})",
        subtitle="Dots: the time below which 50, 90 and 95 of 100 builds stay.",
        frame=frame,
        as_of=as_of,
        notes=[*few_notes(rows["few"]), *notes],
        counted=f"percentile_dots: {len(rows)} rows",
    )


def _intervals(rate: Rate, *, zero: bool) -> Any:
    alt = altair()
    x = {"axis": alt.Axis(title=None, format=".0%", tickCount=6), "scale": alt.Scale(zero=zero)}
    row = alt.Chart().encode(y=name_axis(), color=grey_if_few(BLUE))
    told = {"name": "name", "share": "share", "at_least": "at least", "at_most": "at most", "n": rate.of}
    return alt.layer(
        row.mark_rule(strokeWidth=2).encode(alt.X("low_rate:Q", **x), alt.X2("high_rate")),
        row.mark_circle(size=70, opacity=1).encode(alt.X("rate:Q", **x)),
        numbers(),
        hover(told),
    )


def _pareto(*, by_step: bool) -> Any:
    alt = altair()
    counts = alt.X("count:Q", axis=alt.Axis(title="failed builds", tickMinStep=1, grid=False))
    shares = alt.X(
        "cumulative:Q", axis=alt.Axis(title=None, format=".0%", orient="top"), scale=alt.Scale(domain=[0, 1])
    )
    bars = alt.Chart().mark_bar(size=ROW - 6).encode(counts, name_axis(), color=grey_if_few(SKY))
    line = alt.Chart().mark_line(strokeWidth=1.5, color=RED, point={"size": 30, "filled": True, "color": RED})
    told = {"name": "name", "count": "failed builds", "cumulative_text": "share of all, down to here"}
    return alt.layer(
        alt.layer(bars, numbers()),
        line.encode(shares, name_axis(), order=alt.Order("cumulative:Q")),
        hover(told if by_step else told | {"n": "builds judged"}),
    ).resolve_scale(x="independent")


def _dots(unit: str) -> Any:
    alt = altair()
    row = alt.Chart().encode(y=name_axis())
    x = {"axis": alt.Axis(title=unit), "scale": alt.Scale(zero=True)}
    line = row.mark_rule(color=FEW, strokeWidth=2).encode(alt.X("p50:Q", **x), alt.X2("p95"))
    dots = row.mark_circle(size=70, opacity=1)
    told = {"name": "name"} | {f"{label}_text": label for label in _PERCENTILES.values()} | {"n": "builds"}
    return alt.layer(
        line,
        *(
            dots.encode(alt.X(f"{label}:Q", **x), color=alt.ColorDatum(label, title=None))
            for label in _PERCENTILES.values()
        ),
        *(
            dots.encode(alt.X(f"{label}:Q", **x), color=alt.value(FEW)).transform_filter("datum.few")
            for label in _PERCENTILES.values()
        ),
        numbers(),
        hover(told),
    )
