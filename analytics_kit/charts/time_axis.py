"""Periods and instants on a horizontal axis, as the clock of their time zone shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analytics_kit.charts.chart import altair
from analytics_kit.charts.values import required

if TYPE_CHECKING:
    import pandas as pd

_EVERY_DAY = "utchours(datum.value) || utcminutes(datum.value) ? '' : utcFormat(datum.value, '%-d %b')"
_LABELS = {
    "hour": "utchours(datum.value) || utcminutes(datum.value)"
    " ? utcFormat(datum.value, '%H:%M') : utcFormat(datum.value, '%-d %b')",
    "day": _EVERY_DAY,
    "week": _EVERY_DAY,
    "month": "utcFormat(datum.value, '%b %Y')",
}
_FILLED = 0.92  # of a period's width, so that its bar stands apart from the next


@dataclass(frozen=True)
class TimeAxis:
    """A time axis.

    Vega knows UTC and the reader's own zone only, so times are written as the clock in their zone shows them and drawn
    as if they were UTC.

    Attributes:
        every: ``hour``, ``day``, ``week`` or ``month``: what its labels show.
        zone: Name of the time zone.
        ends: Where it begins and ends, without zoom.
        ticks: Where it has ticks; empty where Vega is to decide.
    """

    every: str
    zone: str
    ends: tuple[str, str]
    ticks: tuple[str, ...] = ()

    def x(self, field: str, *, labels: bool = True) -> Any:
        """The encoding of a field, which holds times, on the axis; one of two panels goes without labels."""
        alt = altair()
        options: dict[str, Any] = {"title": None, "labels": labels, "ticks": labels}
        if labels:
            options |= {"title": f"{self.every} ({self.zone})", "labelExpr": _LABELS[self.every]}
        if self.ticks:
            options["values"] = list(self.ticks)
        axis = alt.Axis(grid=False, labelOverlap="parity", labelSeparation=2, **options)
        return alt.X(f"{field}:T", axis=axis, scale=alt.Scale(type="utc", domain=list(self.ends)))


def zoom() -> Any:
    """Zoom and pan of the time axis, as maps in a page do it: the wheel alone goes on scrolling the notebook.

    With Ctrl, because with Shift the wheel turns sideways on some systems, and because pinching is sent as Ctrl, too.
    """
    return altair().selection_interval(
        name="zoom", bind="scales", encodings=["x"], zoom="wheel![event.ctrlKey || event.metaKey]", clear="dblclick"
    )


def placed(frame: pd.DataFrame) -> tuple[pd.DataFrame, TimeAxis]:
    """Where each period of a series lies, and the axis.

    Args:
        frame: One row per period, in order; needs ``period`` and may have ``whole``.

    Returns:
        One row per period: ``at`` (its start), ``left`` and ``right`` (of its bar, which stands over the start, as a
        label does), texts as `TimeAxis` reads them, ``label`` for people, and ``cut`` (bool, it is not whole).
    """
    import pandas as pd

    required(frame, "period")
    periods = frame["period"]
    wall = periods.dt.tz_localize(None)
    every = frame.attrs.get("every") or _every(wall)
    steps: dict[str, Any] = {f"{every}s": 1}
    ends = wall + pd.DateOffset(**steps)
    half = (ends - wall) / 2
    zone = str(periods.dt.tz or "UTC")
    cut = ~frame["whole"].astype("boolean").fillna(True) if "whole" in frame else pd.Series(False, index=frame.index)
    rows = pd.DataFrame(
        {
            "at": iso(wall),
            "left": iso(wall - half * _FILLED),
            "right": iso(wall + half * _FILLED),
            "label": _labels(periods, wall, every) + cut.map({True: " (cut by the window)", False: ""}),
            "cut": cut.astype(bool),
        }
    )
    ticks = tuple(iso(wall)) if every in ("week", "month") else ()
    return rows, TimeAxis(every, zone, (iso(wall - half).iloc[0], iso(wall + half).iloc[-1]), ticks)


def around(instants: pd.Series) -> TimeAxis:
    """An axis for instants, a little longer than they reach."""
    import pandas as pd

    first, last = instants.min(), instants.max()
    margin = max((last - first) / 50, pd.Timedelta(minutes=10))
    every = "day" if last - first > pd.Timedelta(days=4) else "hour"
    ends = iso(pd.Series([first - margin, last + margin]).dt.tz_localize(None))
    return TimeAxis(every, str(instants.dt.tz or "UTC"), (ends.iloc[0], ends.iloc[1]))


def iso(wall: pd.Series) -> pd.Series:
    """Times without a zone as texts that Vega reads as UTC."""
    made: pd.Series = wall.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return made


def _every(wall: pd.Series) -> str:
    """The length of the periods, from how close they follow one another; of a single one nothing is known."""
    import pandas as pd

    shortest = wall.diff().min()
    lengths = {"month": pd.Timedelta(days=20), "week": pd.Timedelta(days=6), "day": pd.Timedelta(hours=20)}
    if pd.isna(shortest):
        return "day"
    return next((every for every, length in lengths.items() if shortest >= length), "hour")


def _labels(periods: pd.Series, wall: pd.Series, every: str) -> pd.Series:
    """What a period is called: ``Mon 2026-05-04``, ``week from Mon 2026-05-04``."""
    days: pd.Series = wall.dt.day_name().str[:3] + wall.dt.strftime(" %Y-%m-%d")
    if every == "month":
        days = wall.dt.strftime("%Y-%m")
    elif every == "week":
        days = "week from " + days
    elif every == "hour":
        days = days + periods.dt.strftime(" %H:%M %Z" if periods.dt.tz else " %H:%M")
    return days
