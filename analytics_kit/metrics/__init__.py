"""Questions to rows: each function takes an Ibis table, or a frame, and gives a small frame that states its definition.

They run where the rows are. ``frame.attrs["definition"]`` says what was counted, and by which time.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analytics_kit.metrics.audit import actions, activity
    from analytics_kit.metrics.audit_changes import sensitive_changes
    from analytics_kit.metrics.audit_failures import failed_calls
    from analytics_kit.metrics.audit_firsts import first_time_events
    from analytics_kit.metrics.audit_off_hours import off_hours, off_hours_events
    from analytics_kit.metrics.builds import queue_time, run_time, success_rate
    from analytics_kit.metrics.failures import failing_pipelines, failure_reasons, slowest_pipelines
    from analytics_kit.metrics.flaky import flaky_pipelines, flaky_recoveries
    from analytics_kit.metrics.reconciliation import reconcile
    from analytics_kit.metrics.recovery import recovery_time, still_red
    from analytics_kit.metrics.report_compare import compare
    from analytics_kit.metrics.reports import tidy
    from analytics_kit.metrics.rhythm import triggers, weekday_hour_grid
    from analytics_kit.metrics.series import duration_series, success_series, throughput
    from analytics_kit.metrics.trends import trend
    from analytics_kit.metrics.waiting import stuck

# Where each function lives: its module is imported when first asked for.
_HOMES = {
    "audit": ("actions", "activity"),
    "audit_changes": ("sensitive_changes",),
    "audit_failures": ("failed_calls",),
    "audit_firsts": ("first_time_events",),
    "audit_off_hours": ("off_hours", "off_hours_events"),
    "builds": ("queue_time", "run_time", "success_rate"),
    "failures": ("failing_pipelines", "failure_reasons", "slowest_pipelines"),
    "flaky": ("flaky_pipelines", "flaky_recoveries"),
    "reconciliation": ("reconcile",),
    "recovery": ("recovery_time", "still_red"),
    "report_compare": ("compare",),
    "reports": ("tidy",),
    "rhythm": ("triggers", "weekday_hour_grid"),
    "series": ("duration_series", "success_series", "throughput"),
    "trends": ("trend",),
    "waiting": ("stuck",),
}
_HOME_OF = {name: f"{__name__}.{home}" for home, names in _HOMES.items() for name in names}

__all__ = [
    "actions",
    "activity",
    "compare",
    "duration_series",
    "failed_calls",
    "failing_pipelines",
    "failure_reasons",
    "first_time_events",
    "flaky_pipelines",
    "flaky_recoveries",
    "off_hours",
    "off_hours_events",
    "queue_time",
    "reconcile",
    "recovery_time",
    "run_time",
    "sensitive_changes",
    "slowest_pipelines",
    "still_red",
    "stuck",
    "success_rate",
    "success_series",
    "throughput",
    "tidy",
    "trend",
    "triggers",
    "weekday_hour_grid",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted((*globals(), *__all__))
