"""The picture of a week: when work happens, by weekday and hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics_kit.charts.chart import Chart, altair
from analytics_kit.charts.layout import TEXT, WIDTH, empty, finished, tooltip
from analytics_kit.charts.values import rate_text, required, texts

if TYPE_CHECKING:
    import pandas as pd

_CELL = 26


def weekday_hour_heatmap(frame: pd.DataFrame, *, as_of: object) -> Chart:
    """Builds by weekday and hour: the more, the darker, with the number in the cell.

    Args:
        frame: As `metrics.weekday_hour_grid` returns it; needs ``weekday``, ``weekday_name``, ``hour``, ``n`` and
            ``successes``. Its ``.attrs`` name the time zone.
        as_of: What the rows stand on, ``kit.as_of("builds")`` or a text: the last line under the chart.

    Returns:
        A chart. Counts are exact, so few builds are no reason for grey.

    Raises:
        ValueError: a needed column is missing; the message names it.
        ConfigurationError: the packages for charts are not installed.

    Example:
        >>> weekday_hour_heatmap(weekday_hour_grid(kit.table("builds"), "Europe/Berlin"), as_of=kit.as_of("builds"))
    """
    required(frame, "weekday", "weekday_name", "hour", "n", "successes")
    zone = frame.attrs.get("time_zone")
    title = "Builds by weekday and hour" + (f" ({zone})" if zone else "")
    if not frame["n"].sum():
        return empty("weekday_hour_heatmap", frame, title=title, as_of=as_of, what="builds")
    ordered = frame.sort_values(["weekday", "hour"], ignore_index=True)
    names = ["weekday_name", "hour", "n", "successes"]
    hours = ordered["hour"].map("{:02}:00".format) + " to " + ordered["hour"].add(1).map("{:02}:00".format)
    success = texts(ordered["successes"] / ordered["n"].where(ordered["n"] > 0), rate_text)
    return finished(
        _cells(dark=float(ordered["n"].max()) * 0.55),
        ordered[names].assign(hours=hours, success=success),
        title=title,
        frame=frame,
        as_of=as_of,
        counted=f"weekday_hour_heatmap: {int(ordered['n'].sum())} builds",
    )


def _cells(*, dark: float) -> Any:
    alt = altair()
    cell = alt.Chart(width=WIDTH, height=7 * _CELL).encode(
        alt.X("hour:O", axis=alt.Axis(title="hour", labelAngle=0, domain=False, ticks=False)),
        alt.Y("weekday_name:N", sort=None, axis=alt.Axis(title=None, domain=False, ticks=False)),
        tooltip=tooltip({"weekday_name": "day", "hours": "hour", "n": "builds", "success": "successful by now"}),
    )
    shades = alt.Scale(range=["#F4F7FA", "#9CC7E4", "#0072B2", "#00304F"])
    on_dark = alt.when(f"datum.n > {dark:g}").then(alt.value("white")).otherwise(alt.value(TEXT))
    return alt.layer(
        cell.mark_rect(stroke="white").encode(color=alt.Color("n:Q", scale=shades, legend=None)),
        cell.mark_text(fontSize=10).encode(text=alt.Text("n:Q", format=".3~s"), color=on_dark),
    )
