"""Pictures of reports compared: two windows of one, and the API's figures beside ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics_kit.charts.chart import Chart, altair
from analytics_kit.charts.layout import BLUE, FEW, ORANGE, RED, SKY, empty, finished, tooltip
from analytics_kit.charts.named import TOP, hover, name_axis, names_of, numbers, shown, sized
from analytics_kit.charts.values import change_text, duration_text, number_text, rate_text, required, texts

if TYPE_CHECKING:
    import pandas as pd

_VERDICTS = {"agrees": BLUE, "explained": ORANGE, "consistent": SKY, "unexplained": RED}
_UNITS = {"seconds": duration_text, "rate": rate_text}


def report_changes(frame: pd.DataFrame, *, as_of: object, top: int = TOP) -> Chart:
    """Two windows of a report: by how many percent each series changed.

    Args:
        frame: As `metrics.compare` returns it; needs ``subject``, ``series``, ``a``, ``b`` and ``relative_change``.
        as_of: What the rows stand on, ``kit.as_of("analytics_reports")`` or a text: the last line under the chart.
        top: How many rows to show, in the frame's order.

    Returns:
        A chart; rows without a figure in one of the windows, or with 0 in the first, are left out.

    Raises:
        ValueError: a needed column is missing; the message names it.
        ConfigurationError: the packages for charts are not installed.

    Example:
        >>> report_changes(compare(kit.table("analytics_reports"), "buildAvgDuration", a, b), as_of="...")
    """
    required(frame, "subject", "series", "a", "b", "relative_change")
    title = "Change from the first window to the second (%)"
    some, notes = shown(frame, frame["relative_change"].notna(), top, "two figures to compare")
    if not len(some):
        return empty("report_changes", frame, title=title, as_of=as_of, what="figures to compare")
    named = names_of(some, ["subject", "series"] if some["subject"].notna().any() else ["series"])
    a, b = texts(some["a"], number_text), texts(some["b"], number_text)
    rows = some[["relative_change"]].assign(name=named, a=a, b=b, change=texts(some["relative_change"], change_text))
    rows["text"] = rows["change"] + "  (" + a + " → " + b + ")"
    return finished(
        sized(_bars(), len(rows)),
        rows,
        title=title,
        subtitle="Bars: relative change; beside them, the figures of both windows in the API's unit.",
        frame=frame,
        as_of=as_of,
        notes=notes,
        counted=f"report_changes: {len(rows)} rows",
    )


def reconcile_dots(frame: pd.DataFrame, *, as_of: object) -> Chart:
    """The API's figures against ours: by how many percent they differ in each interval, and whether it is known why.

    Args:
        frame: As `metrics.reconcile` returns it; needs ``measure``, ``statistic``, ``granularity``,
            ``range_end``, ``period``, ``unit``, ``api``, ``ours``, ``relative_difference``, ``verdict``, ``reason``.
        as_of: What the rows stand on, ``kit.as_of("analytics_reports")`` or a text: the last line under the chart.

    Returns:
        A chart, a dot per interval; where ours is 0 there is no relative difference, and no dot.

    Raises:
        ValueError: a needed column is missing; the message names it.
        ConfigurationError: the packages for charts are not installed.

    Example:
        >>> reconcile_dots(reconcile(kit.table("analytics_reports"), kit.table("builds"), "week"), as_of="...")
    """
    # Three reports count builds and successes alike, for the same intervals.
    same = ["measure", "statistic", "granularity", "range_end", "period"]
    required(frame, *same, "unit", "api", "ours", "relative_difference", "verdict", "reason")
    title = "The API's figures against ours (difference in %)"
    told = frame[frame["relative_difference"].notna()].drop_duplicates(same)
    if not len(told):
        return empty("reconcile_dots", frame, title=title, as_of=as_of, what="figures to compare")
    rows = told[["verdict", "reason"]].assign(
        name=told["measure"].str.replace("_", " ") + (" " + told["statistic"]).fillna(""),
        difference=told["relative_difference"],
        period=told["period"].dt.strftime("%Y-%m-%d %H:%M UTC"),
        change=texts(told["relative_difference"], change_text),
        api=_figures(told, "api"),
        ours=_figures(told, "ours"),
    )
    return finished(
        sized(_dots(), rows["name"].nunique()),
        rows,
        title=title,
        subtitle="A dot per interval: right of 0, the API says more than we do.",
        frame=frame,
        as_of=as_of,
        counted=f"reconcile_dots: {len(rows)} figures",
    )


def _figures(frame: pd.DataFrame, column: str) -> list[str]:
    """Each figure as a text, in its own unit."""
    pairs = zip(frame[column].astype("float64"), frame["unit"], strict=True)
    return [_UNITS.get(unit, number_text)(value) for value, unit in pairs]


def _dots() -> Any:
    alt = altair()
    colour = alt.Color("verdict:N", title=None, scale=alt.Scale(domain=list(_VERDICTS), range=list(_VERDICTS.values())))
    told = {"name": "measure", "period": "interval from", "api": "API", "ours": "ours", "change": "difference"}
    dots = (
        alt.Chart()
        .mark_circle(size=60, opacity=0.8)
        .encode(
            alt.X("difference:Q", axis=alt.Axis(title=None, format="+.0%", tickCount=6)),
            name_axis(),
            colour,
            tooltip=tooltip(told | {"verdict": "verdict", "reason": "reason"}),
        )
    )
    return alt.layer(alt.Chart().mark_rule(color=FEW).encode(x=alt.XDatum(0)), dots)


def _bars() -> Any:
    alt = altair()
    x = alt.X("relative_change:Q", axis=alt.Axis(title=None, format="+.0%", tickCount=6))
    told = {"name": "name", "a": "first window", "b": "second window", "change": "change"}
    return alt.layer(
        alt.Chart().mark_bar(size=14, color=BLUE).encode(x, name_axis()),
        numbers(),
        hover(told),
    )
