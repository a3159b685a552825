"""The picture of an analytics report over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics_kit.charts.chart import Chart, altair
from analytics_kit.charts.layout import BLUE, COLOURS, FEW, WIDTH, empty, few_notes, finished, tooltip
from analytics_kit.charts.panels import HEIGHT
from analytics_kit.charts.time_axis import TimeAxis, placed, zoom
from analytics_kit.charts.values import FEW_RUNS, number_text, required, texts

if TYPE_CHECKING:
    import pandas as pd

_RUNS = "totalBuilds"
_COUNTS = (_RUNS, "successfulBuilds")
_WHAT = ["subject", "series", "time"]
_LOW, _SURE = 90, "_sure"


def report_lines(frame: pd.DataFrame, *, as_of: object) -> Chart:
    """A report over time, as the API computed it: a panel per series, each on a scale of its own.

    Args:
        frame: One report at one granularity, as `metrics.tidy` returns it; needs ``report``, ``granularity``,
            ``range_end``, ``time``, ``subject``, ``series`` and ``value``. Where two ranges hold one interval, the
            later range counts.
        as_of: What the rows stand on, ``kit.as_of("analytics_reports")`` or a text: the last line under the chart.

    Returns:
        A chart; grey where the report counts fewer than 20 builds (``totalBuilds``). Of several subjects, such as
        pipelines, those with the five largest values are shown.

    Raises:
        ValueError: a needed column is missing, or there are several reports or granularities; the message names them.
        ConfigurationError: the packages for charts are not installed.

    Example:
        >>> report_lines(tidy(kit.table("analytics_reports"), "buildP90Duration", "week"), as_of="...")
    """
    required(frame, "report", "granularity", "range_end", *_WHAT, "value")
    told = frame[frame["time"].notna()]
    report, every = _only(frame, "report"), _only(told, "granularity")
    title = " ".join(filter(None, ["Report", report, every and f"per {every}"]))
    if told["value"].isna().all():
        return empty("report_lines", frame, title=title, as_of=as_of, what="intervals")
    latest = told.sort_values("range_end", kind="stable").drop_duplicates(_WHAT, keep="last")
    subjects = latest.groupby("subject", dropna=False)["value"].max().sort_values(ascending=False, kind="stable").index
    some = latest[latest["subject"].isin(subjects[: len(COLOURS)])]
    rows, axis = _intervals(some, every)
    largest = some.groupby("series", sort=False)["value"].agg(lambda values: values.abs().max())
    zeros = [str(name) for name in largest.index[~(largest > 0)]]
    series = [str(name) for name in largest.index if name not in zeros] or zeros[:1]
    return finished(
        _panels(series, axis, subjects=len(subjects) > 1),
        rows[rows["series"].isin(series)],
        title=title,
        subtitle="As the API computed it, in the API's unit.",
        frame=frame,
        as_of=as_of,
        notes=[*few_notes(rows["few"], "builds"), *_left_out(len(subjects), zeros)],
        counted=f"report_lines: {len(series)} series",
    )


def _left_out(subjects: int, zeros: list[str]) -> list[str]:
    more = [f"The {len(COLOURS)} largest of {subjects}."] if subjects > len(COLOURS) else []
    return more + ([f"Left out, always 0 or missing: {', '.join(zeros)}."] if zeros else [])


def _only(frame: pd.DataFrame, column: str) -> str:
    """The one value of a column; empty without rows."""
    held = [str(value) for value in frame[column].drop_duplicates()]
    if len(held) > 1:
        raise ValueError(f"The frame holds several values of {column!r}: {', '.join(held)}.\nChoose one of them.")
    return held[0] if held else ""


def _intervals(some: pd.DataFrame, every: str) -> tuple[pd.DataFrame, TimeAxis]:
    """One row per value: where it lies, what it is of, and whether it stands on few builds."""
    import pandas as pd

    starts = pd.DataFrame({"period": some["time"].drop_duplicates().sort_values(ignore_index=True)})
    starts.attrs["every"] = every
    places, axis = placed(starts)
    runs = some[some["series"] == _RUNS].set_index(["subject", "time"])["value"].rename("runs")
    rows = some.join(runs, on=["subject", "time"]).merge(
        places[["at", "label"]].join(starts), left_on="time", right_on="period"
    )
    few = (rows["runs"] < FEW_RUNS) & ~rows["series"].isin(_COUNTS)
    made = rows[["at", "label", "series", "value"]].assign(
        subject=rows["subject"].fillna("account"),
        text=texts(rows["value"], number_text),
        runs=texts(rows["runs"], number_text),
        few=few,
    )
    return made.assign(**{f"value{_SURE}": made["value"].where(~few)}), axis


def _panels(series: list[str], axis: TimeAxis, *, subjects: bool) -> Any:
    alt = altair()
    height = HEIGHT if len(series) == 1 else _LOW
    panels = [
        _panel(number, name, axis, subjects=subjects, last=number == len(series) - 1).properties(
            height=height, width=WIDTH, title=alt.Title(name, frame="group", fontSize=11, fontWeight="normal", offset=4)
        )
        for number, name in enumerate(series)
    ]
    return alt.vconcat(*panels, spacing=10).resolve_legend(color="independent")


def _panel(number: int, series: str, axis: TimeAxis, *, subjects: bool, last: bool) -> Any:
    alt = altair()
    legend = alt.Legend(title=None) if number == 0 else None
    own = alt.Color("subject:N", sort=None, legend=legend) if subjects else alt.value(BLUE)
    told = {"label": "interval", "subject": "of", "series": "series", "text": "value", "runs": "builds"}
    marks = []
    for field, colour in (("value", alt.value(FEW)), (f"value{_SURE}", own)):
        y = alt.Y(f"{field}:Q", axis=alt.Axis(title=None, tickCount=4, format="~s"), scale=alt.Scale(nice=4))
        place = alt.Chart().encode(axis.x("at", labels=last), y, color=colour, detail="subject:N")
        marks += [
            place.mark_line(clip=True, strokeWidth=1.5),
            place.mark_circle(clip=True, opacity=1, size=35).encode(tooltip=tooltip(told)),
        ]
    marks[0] = marks[0].properties(name=f"series_{number}").add_params(zoom())
    return alt.layer(*marks).transform_filter(alt.FieldEqualPredicate(field="series", equal=series))
