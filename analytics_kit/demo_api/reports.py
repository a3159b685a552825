"""The analytics reports, computed from the demo's own builds.

A build belongs to the range in which it was created. Counted are the executed ones: those that started and have ended,
as success, error or terminated; waiting, running and never started builds are not. Durations are in milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from .builds import Build
from .clock import DAY, HOUR, MINUTE, SECOND, iso
from .inventory import Pipeline
from .report_catalog import Report

_CREDITS_PER_MINUTE = {"S": 5, "M": 10, "L": 20, "XL": 40, "XXL": 80}
Row = dict[str, Any]
Statistic = Callable[[Sequence[int]], float]


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What is asked of a report: `[start, end)` in instants, the granularity, and the filters by name."""

    start: int
    end: int
    granularity: str | None
    filters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Bucket:
    """One span of the answer, with the executed builds created in it."""

    time: str | None
    builds: list[Build]

    def row(self, **columns: object) -> Row:
        """A row of this span; the row of a whole range carries no time."""
        return columns if self.time is None else {"time": self.time} | columns


def report_rows(
    report: Report, builds: Iterable[Build], pipelines: Sequence[Pipeline], request: ReportRequest
) -> list[Row]:
    """The rows of one report; counts are text, as the live API sends them."""
    if report.name == "pipelinesDropdown":
        return _dropdown(pipelines, request.filters)
    held = list(builds)
    if report.name == "pipelinesByAvgDuration":
        return _pipelines_by_duration(held, request)
    rows = _BY_BUCKET[report.name]
    return [row for bucket in _buckets(held, request) for row in rows(bucket)]


def _credits(bucket: Bucket) -> list[Row]:
    return [
        bucket.row(key="credits", value=_credit_sum(bucket.builds)),
        bucket.row(key="builds", value=str(len(bucket.builds))),
    ]


def _pipeline_credits(bucket: Bucket) -> list[Row]:
    return [
        bucket.row(
            pipelineId=pipeline.id, pipelineName=pipeline.name, credits=_credit_sum(builds), builds=str(len(builds))
        )
        for pipeline, builds in _by_pipeline(bucket.builds)
    ]


def _active_committers(bucket: Bucket) -> list[Row]:
    committers = {build.commit.author.name for build in bucket.builds if build.commit}
    return [bucket.row(key="activeCommitters", value=str(len(committers)))]


def _durations(statistic: Statistic) -> Callable[[Bucket], list[Row]]:
    return lambda bucket: [bucket.row(**_duration_columns(bucket.builds, statistic))]


def _duration_columns(builds: Sequence[Build], statistic: Statistic) -> Row:
    succeeded = sum(build.status == "success" for build in builds)
    phases = [_phases(build) for build in builds]
    columns: Row = {
        "totalBuilds": str(len(builds)),
        "successfulBuilds": str(succeeded),
        "successRate": round(100 * succeeded / len(builds), 2) if builds else None,
    }
    for place, name in enumerate(_PHASES):
        columns[name] = round(statistic([phase[place] for phase in phases])) if phases else None
    return columns


_PHASES = (
    "totalDuration",
    "initializingDuration",
    "runningDuration",
    "pendingApprovalDuration",
    "pendingConcurrencyDuration",
    "delayDuration",
)


def _phases(build: Build) -> tuple[int, ...]:
    started, finished = build.started or 0, build.finished or 0
    initializing = started - build.created - build.delay - build.concurrency
    running = finished - started - build.approval
    return finished - build.created, initializing, running, build.approval, build.concurrency, build.delay


def _pipelines_by_duration(builds: list[Build], request: ReportRequest) -> list[Row]:
    before = replace(request, start=2 * request.start - request.end, end=request.start)
    reference = {pipeline.id: held for pipeline, held in _by_pipeline(_executed(builds, before))}
    rows = []
    for pipeline, held in _by_pipeline(_executed(builds, request)):
        now, then = (_duration_columns(part, _mean) for part in (held, reference.get(pipeline.id, [])))
        change = {f"{name}Change": _change(now[name], then[name]) for name in ("totalBuilds", "totalDuration")}
        rows.append({"pipelineId": pipeline.id, "pipelineName": pipeline.name} | now | change)
    return rows


def _change(now: Any, then: Any) -> float | None:
    return round(100 * (float(now) / float(then) - 1), 2) if then and float(then) else None


def _dropdown(pipelines: Sequence[Pipeline], filters: dict[str, Any]) -> list[Row]:
    wanted = str(filters.get("name", ""))
    return [
        {"id": p.id, "pipelineName": p.name, "shortName": p.short_name, "isDeleted": p.deleted_at is not None}
        for p in pipelines
        if wanted in p.name
    ]


def _executed(builds: Iterable[Build], request: ReportRequest) -> list[Build]:
    return [
        build
        for build in builds
        if request.start <= build.created < request.end
        and build.started is not None
        and build.finished is not None
        and build.status in ("success", "error", "terminated")
        and _passes(build, request.filters)
    ]


def _passes(build: Build, filters: dict[str, Any]) -> bool:
    held = {
        "pipelineId": build.pipeline.id,
        "projectId": build.pipeline.project.id,
        "status": build.status,
    }
    favourite = build.pipeline.project.number % 4 == 0
    if filters.get("isFavorites") and not favourite:
        return False
    return all(held[name] in wanted for name, wanted in filters.items() if name in held)


def _by_pipeline(builds: Iterable[Build]) -> list[tuple[Pipeline, list[Build]]]:
    groups: dict[str, tuple[Pipeline, list[Build]]] = {}
    for build in builds:
        groups.setdefault(build.pipeline.id, (build.pipeline, []))[1].append(build)
    return sorted(groups.values(), key=lambda group: group[0].number)


def _buckets(builds: list[Build], request: ReportRequest) -> list[Bucket]:
    """Every span of the range, the empty ones too."""
    executed = _executed(builds, request)
    if request.granularity is None:
        return [Bucket(None, executed)]
    spans: dict[int, list[Build]] = {start: [] for start in _bucket_starts(request)}
    for build in executed:
        spans[_bucket_start(build.created, request.granularity)].append(build)
    return [Bucket(iso(start)[:-1], held) for start, held in spans.items()]


def _bucket_starts(request: ReportRequest) -> Iterable[int]:
    granularity = request.granularity or "day"
    start = _bucket_start(request.start, granularity)
    while start < request.end:
        yield start
        start = _bucket_start(start + _AT_MOST[granularity], granularity)


_AT_MOST = {"hour": HOUR, "day": DAY, "week": 7 * DAY, "month": 31 * DAY}


def _bucket_start(instant: int, granularity: str) -> int:
    if granularity in ("hour", "day"):
        return instant - instant % _AT_MOST[granularity]
    day = datetime.fromtimestamp(instant // SECOND, UTC).replace(hour=0, minute=0, second=0)
    first = day.replace(day=1) if granularity == "month" else day - timedelta(days=day.weekday())
    return int(first.timestamp()) * SECOND


def _credit_sum(builds: Iterable[Build]) -> str:
    return str(round(sum(_credits_of(build) for build in builds)))


def _credits_of(build: Build) -> float:
    rate = _CREDITS_PER_MINUTE.get(build.pipeline.pack or "", 0)  # the company's own machines cost none
    return ((build.finished or 0) - (build.started or 0)) / MINUTE * rate


def _mean(values: Sequence[int]) -> float:
    return sum(values) / len(values)


def _percentile(share: float) -> Statistic:
    def statistic(values: Sequence[int]) -> float:
        ordered = sorted(values)
        place = share * (len(ordered) - 1)
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (place - low)

    return statistic


_BY_BUCKET: dict[str, Callable[[Bucket], list[Row]]] = {
    "creditConsumption": _credits,
    "pipelineCreditConsumption": _pipeline_credits,
    "activeCommitters": _active_committers,
    "buildAvgDuration": _durations(_mean),
    "buildP50Duration": _durations(_percentile(0.5)),
    "buildP90Duration": _durations(_percentile(0.9)),
}
