"""The picture of what changed: a window beside the one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics_kit.charts.chart import Chart, altair
from analytics_kit.charts.layout import BLUE, FEW, RED, empty, few_notes, finished
from analytics_kit.charts.named import TOP, hover, name_axis, name_columns, names_of, numbers, shown, sized
from analytics_kit.charts.values import (
    FEW_RUNS,
    TimeUnit,
    change_text,
    count_text,
    duration_text,
    rate_text,
    required,
    texts,
    unit_of,
)

if TYPE_CHECKING:
    import pandas as pd

_FIGURES = ("value", "previous", "change", "relative_change", "n", "previous_n")
_SHOWN = 0.005  # a smaller change is printed as 0 %
_MEASURES = {"run_time": "Run time of builds", "queue_time": "Queue time of builds", "success_rate": "Success rate"}


def before_after(frame: pd.DataFrame, *, as_of: object, top: int = TOP) -> Chart:
    """A window beside the one before it: an arrow per name, from what was to what is.

    Args:
        frame: As `metrics.trend` returns it; needs the columns that name a row, ``value``, ``previous``, ``n`` and
            ``previous_n``, and in ``.attrs`` the ``unit``: ``"seconds"`` or ``"rate"``.
        as_of: What the rows stand on, ``kit.as_of("builds")`` or a text: the last line under the chart.
        top: How many rows to show, in the frame's order.

    Returns:
        A chart; rows with fewer than 20 builds in one of the windows are grey, rows without any in one are left out.

    Raises:
        ValueError: a needed column or the unit is missing; the message names it.
        ConfigurationError: the packages for charts are not installed.

    Example:
        >>> before_after(trend(kit.table("builds"), "2026-05-01", "2026-06-01"), as_of=kit.as_of("builds"))
    """
    required(frame, "value", "previous", "n", "previous_n")
    if frame.attrs.get("unit") not in ("seconds", "rate"):
        raise ValueError(
            "The frame's .attrs lack the unit, which tells seconds from rates: give it as trend() returned it."
        )
    title = _MEASURES.get(str(frame.attrs.get("definition_id", "")).rpartition(".")[2], "Figure")
    some, notes = shown(frame, frame["value"].notna() & frame["previous"].notna(), top)
    if not len(some):
        return empty("before_after", frame, title=f"{title}, before and after", as_of=as_of)
    unit = None if frame.attrs.get("unit") == "rate" else unit_of(some[["value", "previous"]])
    return finished(
        sized(_arrows({"title": unit.name} if unit else {"title": None, "format": ".0%"}), len(some)),
        _changes(some, unit),
        title=f"{title}, before and after ({unit.name if unit else '%'})",
        subtitle="Ring: the window before; arrow: to this window; red: it got worse.",
        frame=frame,
        as_of=as_of,
        notes=[*few_notes(_few(some)), *notes],
        counted=f"before_after: {len(some)} rows",
    )


def _changes(some: pd.DataFrame, unit: TimeUnit | None) -> pd.DataFrame:
    """The rows to draw: durations in their unit, or rates where there is none."""
    scale, text = (unit.seconds, duration_text) if unit else (1, rate_text)
    change = some["value"] - some["previous"]
    relative = change / some["previous"].where(some["previous"] != 0)
    amount = texts(relative, change_text) if unit else texts(change * 100, "{:+.1f} points".format)
    counts = texts(some["previous_n"], count_text) + " → " + texts(some["n"], count_text)
    return some[["n", "previous_n"]].assign(
        name=names_of(some, name_columns(some, _FIGURES)),
        value=some["value"] / scale,
        previous=some["previous"] / scale,
        few=_few(some),
        worse=(relative if unit else -change) >= _SHOWN,
        turn=(change > 0).map({True: 90, False: -90}),
        now=texts(some["value"], text),
        before=texts(some["previous"], text),
        amount=amount,
        text=amount + "  (n " + counts + ")",
    )


def _arrows(axis: dict[str, Any]) -> Any:
    alt = altair()
    x = {"axis": alt.Axis(**axis, tickCount=6), "scale": alt.Scale(zero=False, nice=False, padding=10)}
    colour = (
        alt.when("datum.few").then(alt.value(FEW)).when("datum.worse").then(alt.value(RED)).otherwise(alt.value(BLUE))
    )
    row = alt.Chart().encode(y=name_axis(), color=colour)
    told = {"name": "name", "before": "before", "now": "now", "amount": "change"}
    return alt.layer(
        row.mark_rule(strokeWidth=2).encode(alt.X("previous:Q", **x), alt.X2("value")),
        row.mark_point(size=45, fill="white", strokeWidth=2, opacity=1).encode(alt.X("previous:Q", **x)),
        row.mark_point(shape="triangle", size=80, filled=True, opacity=1).encode(
            alt.X("value:Q", **x), angle=alt.Angle("turn:Q", scale=None)
        ),
        numbers(),
        hover(told | {"previous_n": "n before", "n": "n now"}),
    )


def _few(frame: pd.DataFrame) -> pd.Series:
    few: pd.Series = frame[["n", "previous_n"]].min(axis="columns") < FEW_RUNS
    return few
