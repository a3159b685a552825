"""Pictures of builds over time: how many, how many succeed, and how long they take."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from analytics_kit.charts.chart import Chart, altair
from analytics_kit.charts.layout import WIDTH, cut_notes, empty, few_notes, finished, paler_if_cut, tooltip
from analytics_kit.charts.panels import HEIGHT, TICKS, Lines, above_counts, column, count_axis, trend_rows
from analytics_kit.charts.time_axis import TimeAxis, placed, zoom
from analytics_kit.charts.values import duration_text, rate_text, required, texts, unit_of

if TYPE_CHECKING:
    import pandas as pd

_MEASURES = {"run_time": "Run time", "queue_time": "Queue time"}
_ZEROS_SHOWN = 70  # periods; more have no room for a digit


def duration_trend(frame: pd.DataFrame, *, as_of: object) -> Chart:
    """How long builds took, period by period: the median as a line, a band up to p90, and the builds behind them.

    Args:
        frame: As `metrics.duration_series` returns it; needs ``period``, ``p50_seconds``, ``p90_seconds`` and ``n``.
        as_of: What the rows stand on, ``kit.as_of("builds")`` or a text: the last line under the chart.

    Returns:
        A chart; grey where a period has fewer than 20 builds.

    Raises:
        ValueError: a needed column is missing; the message names it.
        ConfigurationError: the packages for charts are not installed.

    Example:
        >>> duration_trend(duration_series(kit.table("builds"), "week"), as_of=kit.as_of("builds"))
    """
    shown = "Line: median; band: up to p90, below which 9 of 10 builds stay; bars: builds."
    return _durations("duration_trend", frame, ("p50_seconds", "p90_seconds"), shown, as_of)


def percentile_lines(frame: pd.DataFrame, *, as_of: object) -> Chart:
    """How long builds took, period by period: p50, p90 and p95 as lines, and the builds behind them.

    Args:
        frame: As `metrics.duration_series` returns it; needs ``period``, ``p50_seconds``, ``p90_seconds``,
            ``p95_seconds`` and ``n``.
        as_of: As for `duration_trend`.

    Returns:
        A chart; grey where a period has fewer than 20 builds.

    Raises:
        ValueError: a needed column is missing; the message names it.
        ConfigurationError: the packages for charts are not installed.

    Example:
        >>> percentile_lines(duration_series(kit.table("builds"), "week"), as_of=kit.as_of("builds"))
    """
    shown = "Lines: the time below which 50, 90 and 95 of 100 builds stay; bars: builds."
    return _durations("percentile_lines", frame, ("p50_seconds", "p90_seconds", "p95_seconds"), shown, as_of)


def success_trend(frame: pd.DataFrame, *, as_of: object) -> Chart:
    """The share of builds that succeeded, period by period, with its 95 % interval and the builds behind it.

    Args:
        frame: As `metrics.success_series` returns it; needs ``period``, ``success_rate``, ``low_rate``, ``high_rate``
            and ``n``.
        as_of: As for `duration_trend`.

    Returns:
        A chart; grey where a period has fewer than 20 builds.

    Raises:
        ValueError: a needed column is missing; the message names it.
        ConfigurationError: the packages for charts are not installed.

    Example:
        >>> success_trend(success_series(kit.table("builds")), as_of=kit.as_of("builds"))
    """
    names = {"success_rate": "success rate", "low_rate": "at least", "high_rate": "at most"}
    required(frame, "period", *names, "n")
    lines = Lines(
        title="Success rate of builds",
        unit="%",
        names={"success_rate": "success rate"},
        band=("low_rate", "high_rate"),
        axis={"title": "success rate", "format": ".0%"},
        scale={"domain": _share_domain(frame["low_rate"]), "nice": False},
        tooltips={f"{name}_text": title for name, title in names.items()},
    )
    words = frame[list(names)].apply(texts, text=rate_text).add_suffix("_text")
    shown = "Line: share that succeeded; band: its 95 % interval; bars: builds."
    return _trend("success_trend", frame, frame[list(names)].join(words), lines, shown, as_of)


def throughput_bars(frame: pd.DataFrame, *, as_of: object) -> Chart:
    """Builds per period, the successful ones apart; a period without builds is an empty place, marked 0.

    Args:
        frame: As `metrics.throughput` returns it; needs ``period``, ``n`` and ``successes``.
        as_of: As for `duration_trend`.

    Returns:
        A chart; paler where the window cuts a period. Counts are exact, so few builds are no reason for grey.

    Raises:
        ValueError: a needed column is missing; the message names it.
        ConfigurationError: the packages for charts are not installed.

    Example:
        >>> throughput_bars(throughput(kit.table("builds"), "day"), as_of=kit.as_of("builds"))
    """
    required(frame, "period", "n", "successes")
    kind = "throughput_bars"
    if not frame["n"].sum():
        return empty(kind, frame, title="Builds per period", as_of=as_of, what="builds")
    rows, axis = placed(frame)
    rows = rows.assign(n=frame["n"], successes=frame["successes"], others=frame["n"] - frame["successes"])
    return finished(
        _stacked(rows, axis),
        rows,
        title=f"Builds per {axis.every}",
        frame=frame,
        as_of=as_of,
        notes=cut_notes(rows["cut"]),
        counted=f"{kind}: {len(rows)} periods",
    )


def _durations(kind: str, frame: pd.DataFrame, columns: tuple[str, ...], shown: str, as_of: object) -> Chart:
    """Percentiles per period: two become a line and a band, more become a line each."""
    required(frame, "period", *columns, "n")
    measure = _MEASURES.get(str(frame.attrs.get("definition_id", "")).rpartition(".")[2], "Duration")
    unit = unit_of(frame[list(columns)])
    names = {name: name.removesuffix("_seconds") for name in columns}
    band = len(columns) == 2
    lines = Lines(
        title=f"{measure} of builds",
        unit=unit.name,
        names={columns[0]: "p50"} if band else names,
        band=(columns[0], columns[1]) if band else None,
        axis={"title": unit.name},
        scale={"zero": True, "nice": TICKS},
        tooltips={f"{name}_text": title for name, title in names.items()},
    )
    words = frame[list(columns)].apply(texts, text=duration_text).add_suffix("_text")
    figures = (frame[list(columns)] / unit.seconds).join(words)
    return _trend(kind, frame, figures, lines, shown, as_of)


def _trend(kind: str, frame: pd.DataFrame, figures: pd.DataFrame, lines: Lines, shown: str, as_of: object) -> Chart:
    if not frame["n"].sum():
        return empty(kind, frame, title=lines.title, as_of=as_of)
    rows, axis = trend_rows(frame, figures)
    return finished(
        above_counts(rows, lines, axis),
        rows,
        title=f"{lines.title} per {axis.every} ({lines.unit})",
        subtitle=shown,
        frame=frame,
        as_of=as_of,
        notes=[*few_notes(rows["few"])],
        counted=f"{kind}: {len(rows)} periods",
    )


def _share_domain(lowest: pd.Series) -> list[float]:
    """From a tenth below the lowest share to 100 %, with room for half a dot at both ends."""
    return [math.floor(lowest.min() * 10) / 10 - 0.02 if lowest.notna().any() else 0, 1.02]


def _stacked(rows: pd.DataFrame, axis: TimeAxis) -> Any:
    """Successful builds, the others on top of them, and a digit where there are none."""
    alt = altair()
    names = ["successful", "other (failed, terminated or not done)"]
    shown = tooltip({"label": "period", "n": "builds", "successes": "successful", "others": "other"})
    options = {"opacity": paler_if_cut(), "tooltip": shown}
    y = alt.Y("n:Q", axis=count_axis("builds", rows["n"], TICKS))
    colours = [alt.ColorDatum(name, title=None) for name in names]
    bars = [
        column(axis, "successes", 0, colours[0], y=alt.Y("successes:Q"), **options).properties(name="bars"),
        column(axis, "n", "successes", colours[1], y=y, **options),
    ]
    zeros = alt.Chart().mark_text(text="0", baseline="bottom", dy=-2, clip=True).encode(axis.x("at"), alt.YDatum(0))
    if len(rows) <= _ZEROS_SHOWN:
        bars.append(zeros.transform_filter("datum.n == 0"))
    return alt.layer(bars[0].add_params(zoom()), *bars[1:]).properties(width=WIDTH, height=HEIGHT)
