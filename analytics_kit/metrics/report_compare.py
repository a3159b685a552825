"""Two windows of an analytics report beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics_kit.errors import WindowError
from analytics_kit.metrics.reports import TOTAL, tidy
from analytics_kit.metrics.table import COUNT, FLAG, NUMBER, TEXT, answer, span_of, window_text
from analytics_kit.window import Window

if TYPE_CHECKING:
    import pandas as pd

    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When

ADDED = ("totalBuilds", "successfulBuilds", "builds", "credits")
"""Series whose intervals add up."""
WEIGHT = "totalBuilds"
"""Series that says how much an interval counts, where a mean of means is made."""
_WHAT = ["subject_id", "subject", "series"]


def compare(
    reports: Data,
    report: str,
    window_a: tuple[When, When],
    window_b: tuple[When, When],
    granularity: str | None = None,
) -> pd.DataFrame:
    """Each series of a report in two windows, and what changed from the first to the second.

    A figure that the API computed over exactly the window is taken as it is. Otherwise whole intervals are put
    together: counts and credits are summed; success rates, and the durations of a report of means, are weighted with
    ``totalBuilds``, which is exact up to the API's rounding; percentiles and other figures cannot be put together, so
    the median of the intervals stands for a typical one. ``statistic`` says which it was.

    Args:
        reports: As for ``tidy``.
        report: Name of the report.
        window_a: The first window, ``(since, until)``, end not included.
        window_b: The second window.
        granularity: Whose rows to take: ``total`` for figures over exactly the windows. None takes ``total`` if both
            windows are held so, else the one granularity that is held.

    Returns:
        One row per subject and series, in the API's order. Columns: ``subject``, ``subject_id``, ``series``,
        ``statistic`` (str: ``as reported``, ``sum``, ``weighted mean``, ``median of intervals``), ``a``, ``b``
        (float64, in the API's unit, NaN where there is no number), ``change`` (float64, b - a), ``relative_change``
        (float64, change / a; NaN where a is 0), ``n_a``, ``n_b`` (Int64, intervals with a number), ``whole_a``,
        ``whole_b`` (boolean; False where the figure is of a part of the window: an interval is cut, or not loaded).
        ``.attrs`` hold ``granularity``, and ``cut_a`` and ``cut_b``: intervals left out because the window or the
        range that was loaded cuts them.

    Raises:
        ValueError: a needed column is missing; the report or granularity is not held; several granularities are held
            and none is named.
        WindowError: a window lacks a bound, or one cannot be read.
    """
    spans = {"a": _window(window_a, "window_a"), "b": _window(window_b, "window_b")}
    values = tidy(reports, report, granularity)
    chosen = granularity or _granularity(values, list(spans.values()))
    values = values[values["granularity"] == chosen]
    frame = values[_WHAT].drop_duplicates()
    frame["statistic"] = [_statistic(report, chosen, series) for series in frame["series"]]
    attrs: dict[str, Any] = {"granularity": chosen}
    for side, span in spans.items():
        inside, attrs[f"cut_{side}"] = _whole_intervals(values, span, chosen)
        frame = frame.merge(_put_together(inside, frame, side), on=_WHAT, how="left")
        frame[f"whole_{side}"] = not attrs[f"cut_{side}"] and span.within(_ranges(inside))
    frame["change"] = frame["b"] - frame["a"]
    frame["relative_change"] = frame["change"] / frame["a"].where(frame["a"] != 0)
    definition = (
        f"reports.compare: {report} in {window_text(spans['b'])} beside {window_text(spans['a'])}, from rows per "
        f"{chosen}; by the start of the interval (time)."
    )
    return answer(frame, definition, _TYPES, **attrs)


_TYPES = {
    "subject": TEXT,
    "subject_id": TEXT,
    "series": TEXT,
    "statistic": TEXT,
    "a": NUMBER,
    "b": NUMBER,
    "change": NUMBER,
    "relative_change": NUMBER,
    "n_a": COUNT,
    "n_b": COUNT,
    "whole_a": FLAG,
    "whole_b": FLAG,
}


def _window(bounds: tuple[When, When], name: str) -> Window:
    span = span_of(*bounds)
    if span.since is None or span.until is None:
        raise WindowError(f"{name}={bounds!r} lacks a bound.", hint='Give both, as in ("2026-05-01", "2026-06-01").')
    return span


def _granularity(values: pd.DataFrame, spans: list[Window]) -> str:
    """The granularity to take where none was named."""
    totals = values[values["granularity"] == TOTAL]
    if all(_exactly(totals, span).any() for span in spans):
        return TOTAL
    held = [name for name in values["granularity"].unique() if name != TOTAL]
    if len(held) > 1:
        raise ValueError(f"The report is held per {', '.join(held)}.\nName the granularity to compare.")
    return held[0] if held else TOTAL


def _exactly(totals: pd.DataFrame, span: Window) -> pd.Series:
    return (totals["range_start"] == span.since) & (totals["range_end"] == span.until)


def _whole_intervals(values: pd.DataFrame, span: Window, granularity: str) -> tuple[pd.DataFrame, int]:
    """The values of intervals that lie whole in a window, and how many intervals do so only in part.

    Of an interval that was loaded with two ranges, the later range counts.
    """
    if granularity == TOTAL:
        return values[_exactly(values, span)], 0
    ends = interval_ends(values["time"], granularity)
    touches = (ends > span.since) & (values["time"] < span.until)
    inside = (values["time"] >= span.since) & (ends <= span.until)
    whole = inside & (values["time"] >= values["range_start"]) & (ends <= values["range_end"])
    kept = values[whole].sort_values(["range_end", "range_start"], kind="stable")
    kept = kept.drop_duplicates([*_WHAT, "time"], keep="last")
    return kept, int(values.loc[touches, "time"].nunique() - kept["time"].nunique())


def interval_ends(starts: pd.Series, granularity: str) -> pd.Series:
    """Ends of the intervals that start at these times, end not included.

    Raises:
        ValueError: the granularity has no known length.
    """
    import pandas as pd

    if granularity not in ("hour", "day", "week", "month"):
        raise ValueError(f"granularity={granularity!r} is none of hour, day, week, month.")
    step: Any = {f"{granularity}s": 1}
    ends: pd.Series = starts + pd.DateOffset(**step)
    return ends


def _ranges(values: pd.DataFrame) -> list[Window]:
    known = values[["range_start", "range_end"]].dropna().drop_duplicates()
    return [Window(first.to_pydatetime(), end.to_pydatetime()) for first, end in known.itertuples(index=False)]


def _statistic(report: str, granularity: str, series: str) -> str:
    if granularity == TOTAL:
        return "as reported"
    if series in ADDED:
        return "sum"
    is_mean = "Avg" in report and series.endswith("Duration")
    return "weighted mean" if is_mean or series == "successRate" else "median of intervals"


def _put_together(inside: pd.DataFrame, wanted: pd.DataFrame, side: str) -> pd.DataFrame:
    """One figure per subject and series from those of its intervals, named after the side."""
    import pandas as pd

    weights = inside.loc[inside["series"] == WEIGHT, ["subject_id", "subject", "time", "value"]]
    values = inside.merge(weights.rename(columns={"value": "weight"}), on=["subject_id", "subject", "time"], how="left")
    values = values.merge(wanted[[*_WHAT, "statistic"]], on=_WHAT).dropna(subset="value")
    made = [
        dict(zip(_WHAT, what, strict=True)) | {side: _figure(group), f"n_{side}": len(group)}
        for what, group in values.groupby(_WHAT, dropna=False, sort=False)
    ]
    frame = pd.DataFrame(made, columns=[*_WHAT, side, f"n_{side}"])
    return frame.astype({"subject_id": "str", "subject": "str", "series": "str", side: "float64", f"n_{side}": "Int64"})


def _figure(group: pd.DataFrame) -> float:
    statistic = group["statistic"].iloc[0]
    if statistic == "sum":
        return float(group["value"].sum())
    if statistic == "weighted mean":
        weights = group["weight"].where(group["weight"] > 0)
        return float((group["value"] * weights).sum(min_count=1) / weights.sum(min_count=1))
    return float(group["value"].median())
