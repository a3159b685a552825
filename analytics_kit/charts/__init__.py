"""Frames to pictures: each function takes the frame of one metric, and what its rows stand on, and gives a chart.

A chart is interactive in JupyterLab (tooltips; on time axes Ctrl and wheel, or pinching, zoom, dragging moves, a double
click resets) and an SVG everywhere else, without a network. Figures that stand on fewer than 20 runs are grey.

=========================  =============================================================================
chart                      draws the frame of
=========================  =============================================================================
``duration_trend``         ``duration_series``
``percentile_lines``       ``duration_series``
``success_trend``          ``success_series``
``throughput_bars``        ``throughput``
``weekday_hour_heatmap``   ``weekday_hour_grid``
``failure_pareto``         ``failing_pipelines``, ``failure_reasons``
``rate_intervals``         ``flaky_pipelines``, ``flaky_recoveries``, ``success_rate``, ``failing_pipelines``,
                           ``off_hours``
``percentile_dots``        ``slowest_pipelines``, ``run_time``, ``queue_time``
``before_after``           ``trend``
``audit_activity``         ``activity``
``audit_timeline``         ``sensitive_changes``, ``first_time_events``, ``off_hours_events``
``report_lines``           ``tidy``
``report_changes``         ``compare``
``reconcile_dots``         ``reconcile``
=========================  =============================================================================
"""

from __future__ import annotations

from analytics_kit.charts.audit import audit_activity, audit_timeline
from analytics_kit.charts.before_after import before_after
from analytics_kit.charts.chart import Chart
from analytics_kit.charts.over_time import duration_trend, percentile_lines, success_trend, throughput_bars
from analytics_kit.charts.ranked import failure_pareto, percentile_dots, rate_intervals
from analytics_kit.charts.report_compare import reconcile_dots, report_changes
from analytics_kit.charts.reports import report_lines
from analytics_kit.charts.week import weekday_hour_heatmap

__all__ = [
    "Chart",
    "audit_activity",
    "audit_timeline",
    "before_after",
    "duration_trend",
    "failure_pareto",
    "percentile_dots",
    "percentile_lines",
    "rate_intervals",
    "reconcile_dots",
    "report_changes",
    "report_lines",
    "success_trend",
    "throughput_bars",
    "weekday_hour_heatmap",
]
