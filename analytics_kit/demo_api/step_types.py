"""The catalogue of step types: the public ones in several versions, and a few private ones."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from .clock import DAY, NOW, at, iso, object_id
from .people import ACCOUNT_ID, ACCOUNT_NAME

_FAMILY = 0xC4B7E90012
_PUBLIC = {
    "build": "git-clone build push composition compose-up image-scan sbom buildx kaniko bazel",
    "deployment": "helm kubectl kustomize argo-rollout gitops-sync ecs-deploy lambda-deploy cloud-run app-service",
    "testing": "unit-report junit-upload e2e-runner browser-grid load-runner contract-tests coverage-upload mutation",
    "notification": "chat-message mail-sender incident-open incident-close status-page pager webhook-call",
    "security": "secret-scan dependency-audit image-sign policy-check license-check dast sast",
    "utility": "pending-approval export-variables json-query yaml-merge cache-restore cache-save s3-copy release-notes",
}
_PRIVATE = ("deploy-guard", "db-migrate", "feature-flags", "smoke-check", "cost-tag")


def step_type_records(rng: Random) -> list[dict[str, Any]]:
    """All versions of all step types, a list in catalogue order; name and version together are the key."""
    named = [(name, category, True) for category, names in _PUBLIC.items() for name in names.split()]
    named += [(f"{ACCOUNT_NAME}/{name}", "deployment", False) for name in _PRIVATE]
    records: list[dict[str, Any]] = []
    for number, (name, category, public) in enumerate(named):
        versions = 1 + number % 4
        for version in range(versions):
            records.append(_record(rng, len(records), name, category, public, version, version == versions - 1))
    return records


def _record(
    rng: Random, number: int, name: str, category: str, public: bool, version: int, latest: bool
) -> dict[str, Any]:
    return {
        "version": "1.0",
        "kind": "step-type",
        "metrics": {"finished": int(rng.lognormvariate(8, 2)) if public else rng.randrange(900)},
        "metadata": _metadata(number, name, category, public, version, latest),
        "spec": _spec(name, public),
    }


def _metadata(number: int, name: str, category: str, public: bool, version: int, latest: bool) -> dict[str, Any]:
    created = at("2020-06-01") + number * 11 * DAY
    return {
        "id": object_id(created, _FAMILY, 0xAB8001 + number),
        "name": name,
        "version": f"1.{version}.{number % 13}",
        "title": _short(name).replace("-", " ").capitalize(),
        "description": f"Runs {name} as a step",
        "isPublic": public,
        "official": public and number % 3 == 0,
        "latest": latest,
        "stage": "incubating" if number % 5 == 4 else "graduated",
        "categories": [category],
        "tags": ["curated"] if number % 4 == 0 else [],
        "maintainers": [{"name": "Step authors", "email": "steps@northwind.example"}] if number % 2 else [],
        "sources": [f"https://git.northwind.example/steps/{name}"],
        "sourceURL": f"https://git.northwind.example/steps/{name}" if public else None,
        "icon": _icon(name),
        "accountId": None if public else ACCOUNT_ID,
        "created_at": iso(created),
        "updated_at": iso(min(created + 200 * DAY, NOW - (number + 1) * DAY)),
        "examples": _examples(name, number),
    }


def _short(name: str) -> str:
    return name.rpartition("/")[2]


def _icon(name: str) -> dict[str, Any]:
    url = f"https://images.northwind.example/steps/{name}.svg"
    return {"type": "svg", "url": url, "name": name, "color": "#1f6feb", "background": "#ffffff"} | {
        "size": {"large": {"url": url}}
    }


def _examples(name: str, number: int) -> list[dict[str, Any]]:
    if number % 3 == 2:
        return []
    # the map below a workflow is keyed by names that users choose: a schema of columns would never end
    step = {"type": name, "title": "Run it", "arguments": {"WORKING_DIR": "./", "RETRIES": number % 4}}
    return [{"name": "basic", "description": "", "workflow": {"version": "1.0", "steps": {f"my_{number}": step}}}]


def _spec(name: str, public: bool) -> dict[str, Any]:
    arguments = {"type": "object", "properties": {"WORKING_DIR": {"type": "string"}}, "required": []}
    template = f"main:\n  name: {name}\n  image: registry.northwind.example/{name}:[[.Arguments.TAG]]\n"
    spec: dict[str, Any] = {
        "arguments": json.dumps(arguments),
        "returns": "{}",
        "stepsTemplate": template if public else "",
        "delimiters": {"left": "[[", "right": "]]"},
    }
    if not public:
        spec["steps"] = {"check": {"image": "alpine"}, _short(name): {"commands": ["./run.sh"]}}
    return spec
