"""Everything that the demo API knows, made from a seed and a scale: the same two make the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from . import planted
from .audit import AuditTrail
from .audit_acts import Things
from .build_records import build_record, patched
from .builds import Build, BuildHistory
from .clock import DAY, DEFAULT_SEED, NOW, day_of
from .integrations import (
    account_settings_record,
    agent_records,
    context_records,
    execution_context_records,
    helm_repo_records,
)
from .inventory import pipelines, projects
from .people import people, user_records
from .pipeline_records import pipeline_record, project_record
from .planted import Truth
from .report_catalog import REPORTS
from .reports import ReportRequest, report_rows
from .step_types import step_type_records
from .tables import Record, Table, plain_table
from .unfinished import big_yaml_build, leave_unfinished, with_clock_skew

RESOURCES = (
    "accounts",
    "account_settings",
    "agents",
    "builds",
    "audit",
    "analytics_metadata",
    "analytics_reports",
    "execution_contexts",
    "contexts",
    "projects",
    "pipelines",
    "step_types",
    "helm_repos",
)


class World:
    """The records of all resources, and the truth about what is planted in them.

    Args:
        scale: Multiplies the builds and the audit entries; 1.0 is about 6 000 and 5 000 in 180 days.
        seed: Another seed makes another history of the same company.
    """

    def __init__(self, scale: float = 1.0, seed: int = DEFAULT_SEED) -> None:
        self.projects = projects()
        self.pipelines = pipelines(self.projects)
        everybody = people()
        history = BuildHistory(self.pipelines, everybody, Random(f"{seed}/builds"), scale).write()
        history, odd = with_clock_skew(leave_unfinished(history))
        big = big_yaml_build(history)
        trail = AuditTrail(Things(self.projects, self.pipelines, history, everybody), Random(f"{seed}/audit"), scale)
        self.builds = Table(
            reversed(history), lambda build: build.id, lambda build: build_record(build, build.id == big), patched
        )
        self.plain = self._inventory(history, seed) | {
            "accounts": plain_table(user_records(everybody, Random(f"{seed}/users")), _field("_id")),
            "audit": plain_table(reversed(trail.write()), lambda record: str(record["id"])),
        }
        self.truth = _truth(odd, big)

    def records(self, resource: str) -> list[Record]:
        """All records of a resource, as dicts, in serving order.

        For ``analytics_reports``: the rows of every report that a plain request for the last 90 days brings, each
        with its `reportName`.
        """
        if resource == "builds":
            return self.builds.records()
        return self._report_records() if resource == "analytics_reports" else self.plain[resource].records()

    def table(self, resource: str) -> Table[Build] | Table[Record] | None:
        """The table behind a resource; analytics reports have none."""
        return self.builds if resource == "builds" else self.plain.get(resource)

    def report(self, name: str, request: ReportRequest) -> list[dict[str, Any]]:
        """The rows of one report, from the builds as they are now."""
        return report_rows(REPORTS[name], self.builds.items, self.pipelines, request)

    def change_build(self, build_id: str, fields: Record) -> bool:
        """Replace fields of one build; False where the id is unknown."""
        known = self.builds.change(build_id, fields)
        self.builds.items.sort(key=lambda build: -build.created)
        return known

    def reset(self) -> None:
        """Undo all changes and deletions."""
        for table in (self.builds, *self.plain.values()):
            table.reset()

    def _inventory(self, history: list[Build], seed: int) -> dict[str, Table[Record]]:
        live = [pipeline for pipeline in self.pipelines if pipeline.deleted_at is None]
        newest, newest_by_trigger = _last_executions(history)
        return {
            "account_settings": plain_table([account_settings_record()], _field("_id")),
            "agents": plain_table(agent_records(), _field("id")),
            "analytics_metadata": plain_table([r.record() for r in REPORTS.values()], _field("reportName")),
            "execution_contexts": plain_table(execution_context_records(), _field("_id")),
            "contexts": plain_table(context_records(), lambda record: str(record["metadata"]["name"])),
            "projects": plain_table([project_record(p, self.pipelines) for p in self.projects], _field("id")),
            "pipelines": plain_table(
                [pipeline_record(p, newest.get(p.id), newest_by_trigger) for p in live],
                lambda record: str(record["metadata"]["id"]),
            ),
            "step_types": plain_table(step_type_records(Random(f"{seed}/step types")), _step_type_key),
            "helm_repos": plain_table(helm_repo_records(), _field("Name")),
        }

    def _report_records(self) -> list[Record]:
        range_start = NOW - NOW % DAY - 89 * DAY
        records = []
        for report in REPORTS.values():
            granularity = next((d.granularity for d in report.dimensions if d.allows(90)), None)
            request = ReportRequest(range_start, range_start + 90 * DAY, granularity, {})
            records += [{"reportName": report.name} | row for row in self.report(report.name, request)]
        return records


def _field(name: str) -> Callable[[Record], str]:
    return lambda record: str(record[name])


def _step_type_key(record: Record) -> str:
    return f"{record['metadata']['name']}:{record['metadata']['version']}"


def _last_executions(history: list[Build]) -> tuple[dict[str, int], dict[str, int]]:
    by_pipeline = {build.pipeline.id: build.created for build in history}
    by_trigger = {build.trigger.id: build.created for build in history if build.trigger}
    return by_pipeline, by_trigger


def _truth(negative_queue_build: str, big_yaml: str) -> Truth:
    return Truth(
        flaky_pipelines=planted.FLAKY_PIPELINES,
        drift_pipeline=planted.DRIFT_PIPELINE,
        drift_days=planted.DRIFT_DAYS,
        drift_factor=planted.DRIFT_FACTOR,
        outage_day=planted.OUTAGE_DAY,
        freeze_window=(planted.FREEZE_FIRST_DAY, planted.FREEZE_LAST_DAY),
        off_hours_actor=planted.OFF_HOURS_ACTOR,
        off_hours_ip=planted.OFF_HOURS_IP,
        first_time_actor=planted.FIRST_TIME_ACTOR,
        first_time_ip=planted.FIRST_TIME_IP,
        departed_user=planted.DEPARTED_USER,
        pending_user=planted.PENDING_USER,
        deleted_pipelines=tuple(planted.DELETED_PIPELINES),
        renamed_pipeline=(planted.FORMER_NAME, planted.RENAMED_PIPELINE),
        renamed_on=day_of(planted.RENAMED_AT),
        never_run_pipeline=planted.NEVER_RUN_PIPELINE,
        stale_pipeline=planted.STALE_PIPELINE,
        secret_mark=planted.SECRET_MARK,
        negative_queue_build=negative_queue_build,
        big_yaml_build=big_yaml,
    )
