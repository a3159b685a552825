"""A small team's builds, audit log and reports, made into every chart, and what a chart shows of them."""

from __future__ import annotations

import functools
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pandas as pd
from build_rows import build, frame_of

from analytics_kit import charts, metrics
from analytics_kit.charts import Chart

AS_OF = "builds: 183 rows, 2026-05-01 to 2026-05-15, loaded 2026-05-15 09:00 UTC, complete"
WINDOW = {"since": "2026-05-01", "until": "2026-05-15"}
BUSY, CALM = 24, 3
"""Builds on a working day, and at the weekend: too few for a figure."""


def builds() -> pd.DataFrame:
    """Two weeks of builds; the night build is flaky, Wednesday the 6th fails, the 12th is slow, the 13th has none."""
    days = pd.date_range("2026-05-01", "2026-05-14")
    return frame_of(*(row for number, day in enumerate(days) for row in _builds_of(number, day)))


def _builds_of(number: int, day: pd.Timestamp) -> list[dict[str, Any]]:
    if day.day == 13:
        return []
    count = BUSY if day.day_of_week < 5 else CALM
    return [_build(number, day, place) for place in range(count)]


def _build(number: int, day: pd.Timestamp, place: int) -> dict[str, Any]:
    pipeline = ("shop/ci", "shop/deploy", "night/e2e")[place % 3]
    failed = day.day == 6 or (pipeline == "night/e2e" and place % 2 == 0)
    return build(
        "error" if failed else "success",
        f"{day:%Y-%m-%d}T{8 + place % 12:02}:{place:02}:00",
        wait=5 + place,
        run=(240 + 30 * place) * (2 if day.day == 12 else 1),
        pipeline=pipeline,
        revision=f"{number:02}{place // 6:02}",
    )


def events() -> pd.DataFrame:
    """The event that says at which step a failed build failed."""
    failed = builds().query("status == 'error'")
    steps = ["unit-test" if place % 3 else "clone" for place in range(len(failed))]
    frame = pd.DataFrame({"builds_id": failed["id"], "kind": "error", "step_name": steps, "message": "exit code 1"})
    return frame.reset_index(drop=True)


def audit() -> pd.DataFrame:
    """Three weeks of an audit log: two people by day, one at night, and a webhook."""
    times = pd.date_range("2026-04-24T01:00", "2026-05-14T23:00", freq="7h", tz="UTC")
    rows = [_entry(number, time) for number, time in enumerate(times)]
    return pd.DataFrame(rows).astype({"created_at": "datetime64[us, UTC]", "rs_status": "Int64"})


def _entry(number: int, time: pd.Timestamp) -> dict[str, Any]:
    night = not 7 <= time.hour < 19
    user = None if number % 11 == 0 else "noor" if night else ("ada", "bo")[number % 2]
    return {
        "id": 1000 + number,
        "created_at": time,
        "user_name": user,
        "user_id": user,
        "ip": "192.0.2.7" if number < 60 else "198.51.100.9",
        "action": ("update", "createApiKey", "delete")[number % 3],
        "entity": ("pipeline", "user", "context")[number % 3],
        "entity_name": f"thing-{number % 5}",
        "rs_status": 403 if number % 13 == 0 else 200,
    }


def reports() -> pd.DataFrame:
    """The report of mean durations by day, as the API tells it: milliseconds, and rates in percent."""
    days = pd.date_range("2026-05-01", "2026-05-14", tz="UTC")
    made = [_report_row(number, day) for number, day in enumerate(days)]
    times = dict.fromkeys(("range_start", "range_end", "time"), "datetime64[us, UTC]")
    return pd.DataFrame(made).astype(times)


def _report_row(number: int, day: pd.Timestamp) -> dict[str, Any]:
    total = 0 if day.day == 13 else BUSY if day.day_of_week < 5 else CALM
    mean = None if not total else 420_000 + 9_000 * number
    row = {"totalBuilds": str(total), "successRate": 90 if total else None, "totalDuration": mean, "delayDuration": 0}
    return {
        "report_name": "buildAvgDuration",
        "granularity": "day",
        "range_start": pd.Timestamp("2026-05-01", tz="UTC"),
        "range_end": pd.Timestamp("2026-05-15", tz="UTC"),
        "time": day,
        "position": number,
        "row": row,
    }


def _compared() -> pd.DataFrame:
    weeks = ("2026-05-01", "2026-05-08"), ("2026-05-08", "2026-05-15")
    return metrics.compare(reports(), "buildAvgDuration", *weeks)


FRAMES: dict[str, Callable[[], pd.DataFrame]] = {
    "duration_trend": lambda: metrics.duration_series(builds(), **WINDOW),
    "percentile_lines": lambda: metrics.duration_series(builds(), measure="queue_time", **WINDOW),
    "success_trend": lambda: metrics.success_series(builds(), **WINDOW),
    "throughput_bars": lambda: metrics.throughput(builds(), **WINDOW),
    "weekday_hour_heatmap": lambda: metrics.weekday_hour_grid(builds(), "Europe/Berlin", **WINDOW),
    "failure_pareto": lambda: metrics.failure_reasons(events(), builds(), **WINDOW),
    "rate_intervals": lambda: metrics.flaky_pipelines(builds(), **WINDOW),
    "percentile_dots": lambda: metrics.slowest_pipelines(builds(), **WINDOW),
    "before_after": lambda: metrics.trend(builds(), "2026-05-08", "2026-05-15"),
    "audit_activity": lambda: metrics.activity(audit(), **WINDOW),
    "audit_timeline": lambda: metrics.sensitive_changes(audit()),
    "report_lines": lambda: metrics.tidy(reports(), "buildAvgDuration", "day"),
    "report_changes": _compared,
    "reconcile_dots": lambda: metrics.reconcile(reports(), builds()),
}
"""For each chart, the frame of a metric that it draws."""


def draw(name: str, frame: pd.DataFrame | None = None) -> Chart:
    """A chart by its name, of its own frame (drawn once) or another."""
    if frame is None:
        return _own(name)
    chart: Chart = getattr(charts, name)(frame, as_of=AS_OF)
    return chart


@functools.cache
def _own(name: str) -> Chart:
    return draw(name, FRAMES[name]())


def rows(chart: Chart) -> list[dict[str, Any]]:
    """What the chart draws."""
    found: list[dict[str, Any]] = chart.spec["data"]["values"]
    return found


def column(chart: Chart, name: str) -> list[Any]:
    """One field of what the chart draws."""
    return [row[name] for row in rows(chart)]


def title(chart: Chart) -> str:
    """The line above the chart."""
    found: str = chart.spec["vconcat"][0]["title"]["text"]
    return found


def footer(chart: Chart) -> str:
    """The text under the chart, on one line."""
    return " ".join(chart.spec["title"]["text"]).replace("\N{NO-BREAK SPACE}", " ")


@functools.cache
def parts(chart: Chart) -> ET.Element:
    """The parsed SVG of the chart."""
    return ET.fromstring(chart.svg())  # noqa: S314  # it is our own


def words(chart: Chart) -> str:
    """The text in the SVG of the chart."""
    return " ".join(text.strip() for text in parts(chart).itertext() if text.strip())
