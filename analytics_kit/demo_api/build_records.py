"""A build as the API shows it; made when first asked for, as most are never looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .build_texts import (
    big_yaml,
    commit_message,
    failure_message,
    outage_message,
    short_yaml,
    termination,
)
from .builds import Build
from .clock import HOUR, NOW, SECOND, at, day_of, iso, iso_or_none, object_id
from .inventory import Pipeline
from .people import ACCOUNT_ID, ACCOUNT_NAME
from .pipeline_records import variables_of
from .planted import OUTAGE_DAY, SECRET_MARK

_EVENT_FAMILY = 0xA0B1C2D3E5
_GIT = "https://github.example"


def build_record(build: Build, big: bool) -> dict[str, Any]:
    """One build; `big` gives it a workflow YAML of 60 kB."""
    record = _identity(build) | _cause(build) | _git(build) | _policies(build) | _details(build) | _yaml(build, big)
    return record | dict(build.patch)


def patched(build: Build, fields: dict[str, Any]) -> Build:
    """The build with some fields of its record replaced; filters and reports see a new status or time too.

    Raises:
        ValueError: a time is not ISO text.
        TypeError: a time is neither text nor null.
    """
    return build._replace(
        patch=dict(build.patch) | fields,
        status=str(fields.get("status", build.status)),
        created=at(fields["created"]) if "created" in fields else build.created,
        started=_patched_time(fields, "started", build.started),
        finished=_patched_time(fields, "finished", build.finished),
    )


def _patched_time(fields: dict[str, Any], name: str, held: int | None) -> int | None:
    if name not in fields:
        return held
    return None if fields[name] is None else at(fields[name])


def _identity(build: Build) -> dict[str, Any]:
    pipeline = build.pipeline
    name = pipeline.name_at(build.created)
    return {
        "id": build.id,
        "account": ACCOUNT_ID,
        "created": iso(build.created),
        "started": iso_or_none(build.started),
        "finished": iso_or_none(build.finished),
        "status": build.status,
        "progress": object_id(build.created, _EVENT_FAMILY, int(build.id[-6:], 16)),
        "pipelineName": name,
        "serviceId": pipeline.id,
        "serviceName": name.split("/")[1],
        "project": pipeline.project.name,
        "projectId": pipeline.project.id,
    }


def _cause(build: Build) -> dict[str, Any]:
    person = build.person
    by = {"webhook": "webhook", "cron": "cron", "api": "api"}.get(build.cause) or (person.user_name if person else None)
    webhook = build.cause == "webhook"
    return {
        "trigger": build.run_kind,
        "triggerType": build.cause,
        "triggeredBy": by,
        "triggersCount": 1 if build.trigger else 0,
        "webhookTriggered": webhook,
        "pipelineTriggerId": build.trigger.id if build.trigger else None,
        "pipelineTriggerName": _trigger_name(build),
        "event": _event(build) if webhook else None,
        "eventName": _event(build) if webhook else None,
        "eventLabel": "Commit pushed" if webhook and _event(build) == "push.heads" else None,
        "request": f"req-{build.salt:012x}" if webhook else None,
        "initiator": person.user_name if person else None,
        "initiatorAvatar": f"https://avatars.northwind.example/{person.user_name}.png" if person else None,
    }


def _trigger_name(build: Build) -> str | None:
    if build.trigger is None:
        return None
    return "nightly" if build.cause == "cron" else build.trigger.name


def _event(build: Build) -> str | None:
    return build.trigger.events[build.salt % len(build.trigger.events)] if build.trigger else None


def _git(build: Build) -> dict[str, Any]:
    commit = build.commit
    if commit is None:
        return dict.fromkeys(_GIT_FIELDS)
    repo = f"{_GIT}/{ACCOUNT_NAME}/{build.pipeline.repo}"
    author = commit.author
    return {
        "provider": "github",
        "repoOwner": ACCOUNT_NAME,
        "repoName": build.pipeline.repo,
        "repoURL": repo,
        "branchName": commit.branch,
        "branchURL": f"{repo}/tree/{commit.branch}",
        "revision": commit.revision,
        "commitMessage": commit_message(commit.salt),
        "commitURL": f"{repo}/commit/{commit.revision}",
        "committer": author.name,
        "committerAvatar": f"https://avatars.northwind.example/{author.user_name}.png" if commit.salt % 4 else None,
    }


_GIT_FIELDS = (
    "provider",
    "repoOwner",
    "repoName",
    "repoURL",
    "branchName",
    "branchURL",
    "revision",
    "commitMessage",
    "commitURL",
    "committer",
    "committerAvatar",
)


def _policies(build: Build) -> dict[str, Any]:
    waiting = build.status in ("pending", "delayed")
    approval = build.status == "pending-approval"
    return {
        "buildStrategy": "yaml",
        "runtime": {"schedulerConfig": {"type": "KubernetesPod"}},
        "packId": build.pipeline.pack,
        "delayed": build.delay,
        "pendingLicense": build.status == "delayed",
        "pendingReason": ("license" if build.status == "delayed" else "concurrency policy") if waiting else None,
        "pendingApprovals": [{"step": "approve", "since": iso(build.started or build.created)}] if approval else [],
        "pendingApprovalConcurrencyApplied": approval,
        "keepPVCsForPendingApproval": False,
        "permitRestartFromFailedSteps": build.pipeline.kind != "deploy",
        "useDebugger": build.salt % 97 == 0,
        "autoGeneratedYaml": False,
        "hasExtendedYaml": build.salt % 6 == 0,
        "hasImplicitGitCloneStep": False,
    }


def _details(build: Build) -> dict[str, Any]:
    return {
        "steps": list(build.pipeline.steps),
        "annotations": _annotations(build),
        "systemEvents": _system_events(build),
        "terminationRequest": _termination_request(build),
        "exportedVariables": {"pipeline": _exported(build)},
        "exposedVariables": _exposed(build),
    }


def _annotations(build: Build) -> list[dict[str, Any]]:
    if build.salt % 9 or build.finished is None:
        return []
    coverage = {
        "key": "coverage",
        "value": round(60 + build.salt % 3900 / 100, 2),
        "type": "number",
        "display": "percent",
    }
    preview = {"key": "preview", "value": f"https://preview.northwind.example/{build.id[-6:]}", "type": "link"}
    return [_annotation(build, n, entry) for n, entry in enumerate((coverage, preview)[: 1 + build.salt // 9 % 2])]


def _annotation(build: Build, number: int, entry: dict[str, Any]) -> dict[str, Any]:
    written = build.finished or NOW
    ids = {"annotationId": _event_id(build, 4 + number), "updatedAt": iso(written)}
    return {"display": None} | entry | ids


def _system_events(build: Build) -> list[dict[str, Any]]:
    if build.failed_step is None or build.finished is None:
        return []
    outage = day_of(build.created) == OUTAGE_DAY
    message = outage_message(build.salt) if outage else failure_message(build.failed_step, build.salt)
    events = [_system_event(build, 0, "error", message, outage or build.salt % 10 == 0)]
    if build.salt % 7 == 0:
        events.append(_system_event(build, 1, "warning", "The step was given less memory than it asked for", False))
    return events


def _system_event(build: Build, number: int, kind: str, message: str, retriable: bool) -> dict[str, Any]:
    step_kind = {"clone": "git-clone", "build-image": "build", "push-image": "push"}.get(build.failed_step or "")
    return {
        "_id": _event_id(build, number),
        "kind": kind,
        "message": message,
        "step": build.failed_step,
        "stepName": build.failed_step,
        "stepKind": step_kind or "freestyle",
        "retriable": retriable,
    }


def _termination_request(build: Build) -> list[dict[str, Any]]:
    if build.status not in ("terminated", "terminating"):
        return []
    cause, message, by_manager = termination(build.started is None, build.person, build.salt)
    return [
        {
            "_id": _event_id(build, 2),
            "cause": cause,
            "message": message,
            "date": iso((build.finished or NOW) - 2 * SECOND),
            "workflowStatus": "pending" if build.started is None else "running",
            "byBuildManager": by_manager,
        }
    ]


def _exported(build: Build) -> list[dict[str, Any]]:
    if build.salt % 4 or build.finished is None:
        return []
    version: dict[str, Any] = {"key": "APP_VERSION", "value": build.salt % 500}
    token = {"key": "REGISTRY_TOKEN", "value": f"{SECRET_MARK}-exported-{build.id[-6:]}"}
    return [version, token][: 1 + build.salt // 4 % 2]


def _exposed(build: Build) -> dict[str, Any]:
    shared = [{"key": "SIGNING_PASSWORD", "value": f"{SECRET_MARK}-shared"}] if build.salt % 5 == 0 else []
    trigger = [{"key": "RETRIES", "value": build.salt % 4}] if build.trigger else []
    project = (
        [{"key": "DB_PASSWORD", "value": f"{SECRET_MARK}-project"}] if build.pipeline.project.number % 3 == 0 else []
    )
    return {
        "pipeline": _plain_variables(build.pipeline),
        "pipelineTrigger": trigger,
        "pipelineTriggerShared": [],
        "project": project,
        "shared": shared,
    }


def _plain_variables(pipeline: Pipeline) -> list[dict[str, Any]]:
    return [{"key": v["key"], "value": v["value"]} for v in variables_of(pipeline) if not v["encrypted"]]


def _yaml(build: Build, big: bool) -> dict[str, Any]:
    steps: Sequence[str] = build.pipeline.steps
    final = big_yaml(steps) if big else short_yaml(steps, build.salt) if build.salt % 5 < 3 else None
    user = short_yaml(steps[:2], build.salt) if build.salt % 5 == 0 else None
    return {"finalWorkflowYaml": final, "userYamlDescriptor": user}


def _event_id(build: Build, number: int) -> str:
    happened = min((build.finished or build.created + HOUR), NOW)
    return object_id(happened, _EVENT_FAMILY + 1 + number, int(build.id[-6:], 16))
