"""Marks over time: lines with a band and grey where runs are few, above bars that count the runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from analytics_kit.charts.chart import altair
from analytics_kit.charts.layout import BLUE, FEW, FEW_PALE, PALE, WIDTH, grey_if_few, tooltip
from analytics_kit.charts.time_axis import TimeAxis, placed, zoom
from analytics_kit.charts.values import FEW_RUNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

HEIGHT, LOW_HEIGHT = 190, 45
TICKS = 5
_SURE = "_sure"
_MANY = 60  # periods; from then on points are small


class Lines(NamedTuple):
    """What is drawn above the counts.

    Attributes:
        title: What is measured.
        unit: In which unit.
        names: What each column that becomes a line is called.
        band: The columns between which a band lies, or None.
        axis: Title and format of the vertical axis.
        scale: What its scale must know.
        tooltips: What each column of texts is called.
    """

    title: str
    unit: str
    names: Mapping[str, str]
    band: tuple[str, str] | None
    axis: Mapping[str, str]
    scale: Mapping[str, Any]
    tooltips: Mapping[str, str]


def trend_rows(frame: pd.DataFrame, figures: pd.DataFrame) -> tuple[pd.DataFrame, TimeAxis]:
    """The rows that `above_counts` draws.

    Args:
        frame: One row per period; needs ``period`` and ``n``.
        figures: The columns to draw, in the unit of their axis, and the texts of tooltips.

    Returns:
        As `placed`, with ``n``, ``few`` (bool, fewer runs than a figure should stand on), the figures, and each number
        again with nothing where runs are few: the coloured lines break there, and the grey ones below them go on.
    """
    rows, axis = placed(frame)
    few = (frame["n"] < FEW_RUNS).astype(bool)
    sure = figures.select_dtypes("number").where(~few).add_suffix(_SURE)
    return rows.assign(n=frame["n"], few=few).join(figures).join(sure), axis


def above_counts(rows: pd.DataFrame, lines: Lines, axis: TimeAxis) -> Any:
    """Lines on top, a bar for the runs of each period underneath; one time axis for both."""
    alt = altair()
    marks = [*_band(lines, axis), *_lines(lines, axis, small=len(rows) > _MANY), _hover(lines.tooltips, axis)]
    top = alt.layer(*marks).properties(width=WIDTH, height=HEIGHT)
    panels = alt.vconcat(top, _counts(rows, lines.tooltips, axis), spacing=6)
    return panels.resolve_legend(color="independent")  # a shared one would stand above the title


def count_axis(title: str, counts: pd.Series, ticks: int) -> Any:
    """An axis of whole numbers."""
    return altair().Axis(title=title, tickCount=min(ticks, max(int(counts.max()), 1)), format="~s")


def column(axis: TimeAxis, upper: str, lower: Any, colour: Any, *, labels: bool = True, **options: Any) -> Any:
    """A bar per period from one field to another, or to a number."""
    alt = altair()
    below = alt.Y2(lower) if isinstance(lower, str) else alt.Y2Datum(lower)
    x = axis.x("left", labels=labels)
    return (
        alt.Chart()
        .mark_rect(clip=True)
        .encode(x, alt.X2("right"), options.pop("y", alt.Y(f"{upper}:Q")), below, color=colour, **options)
    )


def _band(lines: Lines, axis: TimeAxis) -> list[Any]:
    """The band, and in it a bar per period: beside a gap there is no area."""
    if lines.band is None:
        return []
    alt = altair()
    (low, high), chart = lines.band, alt.Chart()
    return [
        mark.encode(axis.x("at", labels=False), _y(lines, low + kind), alt.Y2(high + kind), color=alt.value(colour))
        for kind, colour in (("", FEW_PALE), (_SURE, PALE))
        for mark in (chart.mark_area(clip=True), chart.mark_rule(clip=True, strokeWidth=3))
    ]


def _lines(lines: Lines, axis: TimeAxis, *, small: bool) -> list[Any]:
    alt = altair()
    made, size = [], 8 if small else 30
    for field, name in lines.names.items():
        own = alt.ColorDatum(name, title=None) if len(lines.names) > 1 else alt.value(BLUE)
        for drawn, colour in ((field, alt.value(FEW)), (field + _SURE, own)):
            place = alt.Chart().encode(axis.x("at", labels=False), _y(lines, drawn), color=colour)
            made += [place.mark_line(clip=True, strokeWidth=1.5), place.mark_circle(clip=True, opacity=1, size=size)]
    return made


def _y(lines: Lines, field: str) -> Any:
    alt = altair()
    return alt.Y(f"{field}:Q", axis=alt.Axis(**lines.axis, tickCount=TICKS), scale=alt.Scale(**lines.scale))


def _hover(tooltips: Mapping[str, str], axis: TimeAxis) -> Any:
    """All of a period's height shows its tooltip: points are small."""
    alt = altair()
    area = alt.Chart(name="lines").mark_rect(clip=True, opacity=0)
    shown = tooltip({"label": "period", **tooltips, "n": "builds"})
    return area.encode(axis.x("left", labels=False), alt.X2("right"), tooltip=shown).add_params(zoom())


def _counts(rows: pd.DataFrame, tooltips: Mapping[str, str], axis: TimeAxis) -> Any:
    alt = altair()
    y = alt.Y("n:Q", axis=count_axis("n", rows["n"], 2))
    shown = tooltip({"label": "period", **tooltips, "n": "builds"})
    bars = column(axis, "n", 0, grey_if_few(BLUE), y=y, tooltip=shown)
    return bars.properties(name="counts", width=WIDTH, height=LOW_HEIGHT).add_params(zoom())
