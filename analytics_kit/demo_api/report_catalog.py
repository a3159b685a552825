"""The analytics reports that exist: columns, filters, and the ranges and granularities that each allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_DAYS = {"day": (1, 1), "month": (28, 31), "year": (365, 366)}


@dataclass(frozen=True, slots=True)
class TimeDimension:
    """A granularity (None: the whole range as one row) and the shortest and longest range that it takes."""

    granularity: str | None
    shortest: str
    longest: str

    def allows(self, days: int) -> bool:
        """Whether a range of so many days is allowed; a month may be 28 to 31 of them."""
        return _in_days(self.shortest)[0] <= days <= _in_days(self.longest)[1]


@dataclass(frozen=True, slots=True)
class Report:
    """One report; `members` are its columns (name and title), `filters` those a user may pass (name and type)."""

    name: str
    kind: str
    description: str
    members: tuple[tuple[str, str], ...]
    filters: tuple[tuple[str, str], ...]
    dimensions: tuple[TimeDimension, ...]

    def record(self) -> dict[str, Any]:
        """The report as `/analytics/metadata` shows it."""
        return {
            "reportName": self.name,
            "type": self.kind,
            "description": self.description,
            "members": [{"name": name, "title": title} for name, title in self.members],
            "filters": [
                {"name": name, "type": kind, "description": f"keep only this {name}"} for name, kind in self.filters
            ],
            "mandatoryNonUserFilters": [{"member": "accountId", "operator": "equals"}],
            "supportedTimeDimensions": [
                {
                    "granularity": dimension.granularity,
                    "minDateRangeInterval": dimension.shortest,
                    "maxDateRangeInterval": dimension.longest,
                }
                for dimension in self.dimensions
            ],
        }


def _in_days(interval: str) -> tuple[int, int]:
    count, unit = interval.split()
    fewest, most = _DAYS[unit]
    return int(count) * fewest, int(count) * most


_BUILD_FILTERS = (("pipelineId", "array"), ("projectId", "array"), ("status", "array"), ("isFavorites", "boolean"))
_DURATIONS = (
    ("totalBuilds", "Executions"),
    ("successfulBuilds", "Successful executions"),
    ("successRate", "Success rate"),
    ("totalDuration", "Total"),
    ("initializingDuration", "Initializing"),
    ("runningDuration", "Running"),
    ("pendingApprovalDuration", "Pending approval"),
    ("pendingConcurrencyDuration", "Pending concurrency"),
    ("delayDuration", "Delayed by license"),
)
_CREDIT_TIMES = (
    TimeDimension(None, "1 day", "1 year"),
    TimeDimension("month", "1 day", "1 year"),
    TimeDimension("day", "2 day", "45 day"),
)
_DURATION_TIMES = (
    TimeDimension(None, "1 day", "6 month"),
    TimeDimension("hour", "1 day", "4 day"),
    TimeDimension("day", "1 day", "3 month"),
    TimeDimension("week", "1 day", "6 month"),
    TimeDimension("month", "1 day", "6 month"),
)

REPORTS = {
    report.name: report
    for report in (
        Report(
            "creditConsumption",
            "timeseries",
            "Credits used by the account",
            (("credits", "Credits"), ("builds", "Builds")),
            _BUILD_FILTERS[:2],
            _CREDIT_TIMES,
        ),
        Report(
            "pipelineCreditConsumption",
            "table",
            "Credits and builds per pipeline",
            (("pipelineId", "Id"), ("pipelineName", "Pipeline"), ("credits", "Credits"), ("builds", "Builds")),
            _BUILD_FILTERS[:2],
            _CREDIT_TIMES,
        ),
        Report(
            "activeCommitters",
            "timeseries",
            "Distinct committers per month",
            (("activeCommitters", "Active committers"),),
            (),
            (TimeDimension("month", "3 month", "1 year"),),
        ),
        Report(
            "buildAvgDuration", "timeseries", "Mean of build durations", _DURATIONS, _BUILD_FILTERS, _DURATION_TIMES
        ),
        Report(
            "buildP50Duration", "timeseries", "Median of build durations", _DURATIONS, _BUILD_FILTERS, _DURATION_TIMES
        ),
        Report(
            "buildP90Duration",
            "timeseries",
            "90th percentile of build durations",
            _DURATIONS,
            _BUILD_FILTERS,
            _DURATION_TIMES,
        ),
        Report(
            "pipelinesByAvgDuration",
            "table",
            "Executions and mean duration of each pipeline, with the change to the period before",
            (("pipelineId", "Id"), ("pipelineName", "Pipeline"), *_DURATIONS),
            _BUILD_FILTERS,
            _DURATION_TIMES[:1],
        ),
        Report(
            "pipelinesDropdown",
            "dropdown",
            "All pipelines, the deleted ones included",
            (("id", "Id"), ("pipelineName", "Pipeline"), ("shortName", "Short name"), ("isDeleted", "Deleted")),
            (("name", "string"),),
            (),
        ),
    )
}
