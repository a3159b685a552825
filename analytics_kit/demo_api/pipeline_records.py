"""Projects and pipelines as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .clock import DAY, HOUR, NOW, iso, iso_or_none
from .inventory import Pipeline, Project, Trigger
from .people import ACCOUNT_ID, ACCOUNT_NAME
from .planted import RENAMED_AT, RENAMED_PIPELINE, SECRET_MARK

_MACHINES = {"S": ("400m", "800Mi"), "M": ("1000m", "2Gi"), "L": ("3000m", "6Gi")}


def project_record(project: Project, pipelines: list[Pipeline]) -> dict[str, Any]:
    """One project; `pipelines` are all of the account, the deleted ones are not counted."""
    held = [p for p in pipelines if p.project is project and p.deleted_at is None]
    return {
        "id": project.id,
        "projectName": project.name,
        "accountId": ACCOUNT_ID,
        "tags": list(project.tags),
        "pipelinesNumber": len(held),
        "favorite": project.number % 4 == 0,
        "image": f"https://images.northwind.example/{project.name}.svg" if project.number % 3 == 1 else None,
        "variables": _project_variables(project),
        "updatedAt": iso(NOW - (3 + 5 * project.number) * DAY - 7 * HOUR),
        "metadata": {"createdAt": iso(project.created)},
    }


def pipeline_record(
    pipeline: Pipeline, last_executed: int | None, last_by_trigger: Mapping[str, int]
) -> dict[str, Any]:
    """One pipeline; the instants are those of its newest build and of the newest build of each trigger id."""
    triggers = [_trigger(pipeline, trigger, last_by_trigger.get(trigger.id)) for trigger in pipeline.triggers]
    return {
        "version": "1.0",
        "kind": "pipeline",
        "last_executed": iso_or_none(last_executed),
        "metadata": _metadata(pipeline),
        "spec": _spec(pipeline, triggers),
    }


def variables_of(pipeline: Pipeline) -> list[dict[str, Any]]:
    """Variables of a pipeline's specification; the encrypted ones show a mask, the others their value."""
    token = {"key": "API_TOKEN", "value": f"{SECRET_MARK}-pipeline-{pipeline.number:02d}", "encrypted": False}
    masked = {"key": "DEPLOY_KEY", "value": "*****", "encrypted": True}
    region = {"key": "REGION", "value": f"{SECRET_MARK}-region-{pipeline.number:02d}", "encrypted": False}
    return [token, masked, region][: pipeline.number % 4]


def _project_variables(project: Project) -> list[dict[str, Any]]:
    password = {"key": "DB_PASSWORD", "value": f"{SECRET_MARK}-project-{project.name}", "encrypted": False}
    masked = {"key": "NPM_TOKEN", "value": "*****", "encrypted": True}
    return [password, masked] if project.number % 3 == 0 else []


def _metadata(pipeline: Pipeline) -> dict[str, Any]:
    updated = RENAMED_AT if pipeline.name == RENAMED_PIPELINE else NOW - (1 + 3 * pipeline.number) * DAY
    generated_from = "shared-libs/scaffold" if pipeline.number % 15 == 4 else None
    return {
        "id": pipeline.id,
        "name": pipeline.name,
        "shortName": pipeline.short_name,
        "project": pipeline.project.name,
        "projectId": pipeline.project.id,
        "accountId": ACCOUNT_ID,
        "created_at": iso(pipeline.created),
        "updated_at": iso(updated),
        "revision": 2 + pipeline.number * 7 % 40,
        "labels": {"tags": _tags(pipeline)},
        "originalYamlString": _yaml(pipeline),
        "deprecate": {"applicationPort": "8080", "repoPipeline": True} if pipeline.number % 20 == 9 else {},
        "description": f"{pipeline.kind} of {pipeline.project.name}" if pipeline.number % 2 else "",
        "isPublic": pipeline.project.name == "docs-site",
        "template": {"isTemplate": pipeline.short_name == "scaffold", "generatedFrom": generated_from},
        "executionContextId": None,
    }


def _tags(pipeline: Pipeline) -> list[str]:
    return [pipeline.kind] if pipeline.kind in ("deploy", "tests") else []


def _yaml(pipeline: Pipeline) -> str:
    steps = "".join(f"  {name}:\n    type: {_step_type(name)}\n    stage: {name}\n" for name in pipeline.steps)
    secret = (
        f"    environment:\n      - API_KEY={SECRET_MARK}-yaml-{pipeline.number:02d}\n" if pipeline.weight > 5 else ""
    )
    return f"version: '1.0'\nsteps:\n{steps}{secret}"


def _step_type(step: str) -> str:
    return {"clone": "git-clone", "build-image": "build", "push-image": "push", "deploy": "helm"}.get(step, "freestyle")


def _spec(pipeline: Pipeline, triggers: list[dict[str, Any]]) -> dict[str, Any]:
    cpu, memory = _MACHINES[pipeline.pack or "M"]
    return {
        "triggers": triggers,
        "cronTriggers": _cron_triggers(pipeline),
        "variables": variables_of(pipeline),
        "contexts": ["shared-config"] if pipeline.number % 3 == 0 else [],
        "stages": list(pipeline.steps),
        "steps": {name: {"type": _step_type(name), "stage": name} for name in pipeline.steps},
        "mode": "parallel" if pipeline.kind == "tests" else "sequential",
        "concurrency": 1 if pipeline.kind == "deploy" else 0,
        "branchConcurrency": 1 if pipeline.kind == "ci" else 0,
        "triggerConcurrency": 0,
        "priority": 50 if pipeline.kind == "deploy" else 0,
        "terminationPolicy": [{"type": "branch", "event": "onCreate"}] if pipeline.kind == "ci" else [],
        "runtimeEnvironment": {"name": pipeline.runtime, "cpu": cpu, "memory": memory, "dindStorage": None},
        "specTemplate": _spec_template(pipeline),
        "packId": pipeline.pack,
        "externalResources": [],
        "options": {"noCache": False, "resetVolume": False},
        "permitRestartFromFailedSteps": pipeline.kind != "deploy",
        "hooks": _hooks(pipeline),
        "scopes": [],
    }


def _spec_template(pipeline: Pipeline) -> dict[str, Any] | None:
    if pipeline.number % 2:
        return None
    repo = f"{ACCOUNT_NAME}/{pipeline.repo}"
    return {"location": "git", "repo": repo, "path": f"./ci/{pipeline.short_name}.yml", "revision": "main"} | {
        "context": "github-main"
    }


def _hooks(pipeline: Pipeline) -> dict[str, Any] | None:
    if pipeline.kind != "deploy":
        return None
    return {"onFail": {"exec": {"image": "curlimages/curl", "commands": ["./notify.sh failed"]}}}


def _trigger(pipeline: Pipeline, trigger: Trigger, last_execution: int | None) -> dict[str, Any]:
    return {
        "id": trigger.id,
        "name": trigger.name,
        "type": "git",
        "repo": f"{ACCOUNT_NAME}/{pipeline.repo}",
        "events": list(trigger.events),
        "provider": "github",
        "context": "github-main",
        "contexts": [],
        "branchRegex": trigger.branches,
        "branchRegexInput": "regex",
        "commentRegex": "/.*/gi",
        "pullRequestAllowForkEvents": False,
        "modifiedFilesGlob": "src/**" if pipeline.kind == "ci" else "",
        "disabled": pipeline.kind == "cron",
        "verified": True,
        "status": "verified",
        "lastExecutionDate": iso_or_none(last_execution),
        "options": {"noCache": False, "noCfCache": False, "resetVolume": False},
        "gerritCIStatusLabels": [],
    }


def _cron_triggers(pipeline: Pipeline) -> list[dict[str, Any]]:
    if pipeline.cron_hour is None:
        return []
    return [
        {
            "name": "nightly",
            "expression": f"0 {pipeline.cron_hour} * * *",
            "message": f"nightly {pipeline.short_name}",
            "gitTriggerId": pipeline.triggers[0].id,
            "branch": "main",
            "disabled": False,
            "event": f"cron:0 {pipeline.cron_hour} * * *:nightly:{pipeline.id[-8:]}",
        }
    ]
