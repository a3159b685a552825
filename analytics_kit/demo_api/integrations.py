"""Agents, contexts, execution contexts, Helm repositories and account settings, as the API shows them."""

from __future__ import annotations

from typing import Any

from .clock import DAY, HOUR, MINUTE, NOW, at, iso, object_id
from .inventory import RUNTIMES
from .people import ACCOUNT_ID
from .planted import SECRET_MARK

_FAMILY = 0xC4B7E90012


def agent_records() -> list[dict[str, Any]]:
    """The runner agents: one is unhealthy, one has never reported a status."""
    healthy = ("healthy", "All good", NOW - MINUTE)
    stale = ("unhealthy", "runtime gke-data/runner has not reported for 9 days", NOW - 9 * DAY)
    return [
        _agent(1, "eks-prod-agent", [RUNTIMES[0]], healthy),
        _agent(2, "eks-staging-agent", [RUNTIMES[1], "eks-staging/large"], healthy),
        _agent(3, "gke-data-agent", [RUNTIMES[2]], stale),
        _agent(4, "lab-agent", [RUNTIMES[3]], None),
    ]


def account_settings_record() -> dict[str, Any]:
    """The one settings object of the account."""
    return {
        "_id": "65d1e9b0c4b7e90012ab0f01",
        "schemaVersion": "1.0.0",
        "settings": {"modules": ["pipelines", "gitops"]},
        "createdAt": "2023-02-10T12:00:00.000Z",
        "updatedAt": "2026-01-08T10:21:19.402Z",
        "__v": 0,
    }


def execution_context_records() -> list[dict[str, Any]]:
    """Two execution contexts; the first is the account's default."""
    return [
        _execution_context(1, "default", "", True, []),
        _execution_context(2, "restricted", "for forks and contractors", False, ["security"]),
    ]


def helm_repo_records() -> list[dict[str, Any]]:
    """Helm repositories; the first one is built in."""
    rows = (("CF_HELM_DEFAULT", False), ("northwind-charts", False), ("bitnami", True), ("grafana", True))
    return [
        {
            "Name": name,
            "Public": public,
            "CreatedAt": iso(at("2023-02-10T12:00:00") + 90 * number * DAY),
            "UpdatedAt": iso(NOW - (11 + 40 * number) * DAY),
        }
        for number, (name, public) in enumerate(rows)
    ]


def context_records() -> list[dict[str, Any]]:
    """Shared configuration and integrations, most of them with a secret in `spec.data`."""
    bucket = {"type": "json", "jsonConfig": {"bucket": "ci-cache", "privateKey": _secret("gcs")}}
    slack = {
        "WEBHOOK_URL": f"https://hooks.northwind.example/{_secret('slack')}",
        "SLACK_TOKEN": _secret("slack-token"),
    }
    kubernetes = {"secretStoreReferences": [{"name": "prod", "resource": "vault"}], "token": _secret("k8s")}
    return [
        _context("github-main", "git.github", {"sharingPolicy": "AllUsersInAccount", "auth": _auth("github")}, True),
        _context("gitlab-mirror", "git.gitlab", {"sharingPolicy": "OnlyAdmins", "auth": _auth("gitlab")}),
        _context("bitbucket-old", "git.bitbucket", {"sharingPolicy": "OnlyAdmins", "auth": _auth("bitbucket")}),
        _context(
            "shared-config", "config", {"variables": {"LOG_LEVEL": _secret("level"), "DB_PASSWORD": _secret("db")}}
        ),
        _context("release-flags", "config", {"variables": {}}),
        _context("deploy-secrets", "secret", {"variables": {"AWS_SECRET_ACCESS_KEY": _secret("aws")}}),
        _context("notify-secrets", "secret", slack),
        _context("chart-values", "yaml", {"replicas": 2, "auth": {"password": _secret("values")}}),
        _context(
            "prod-values", "secret-yaml", {"raw": f"db:\n  password: {_secret('raw')}\n  host: db.northwind.example\n"}
        ),
        _context(
            "charts", "helm-repository", {"repositoryUrl": "https://charts.northwind.example", "auth": _auth("helm")}
        ),
        _context("artifacts-s3", "storage.s3", {"auth": {"type": "basic", "accessKeyId": _secret("s3-id")}}),
        _context("cache-gcs", "storage.gc", {"auth": bucket}),
        _context("cluster-secrets", "secret-store.kubernetes", kubernetes),
        _context("système-partagé", "config", {"variables": {"TOKEN": _secret("unicode")}}, system=True),
    ]


def _agent(number: int, name: str, runtimes: list[str], status: tuple[str, str, int] | None) -> dict[str, Any]:
    record: dict[str, Any] = {
        "id": object_id(at("2024-02-29") + number * 40 * DAY, _FAMILY, 0xAB7000 + number),
        "name": name,
        "account": ACCOUNT_ID,
        "runtimes": runtimes,
        "tokenName": f"{name}_token",
    }
    if status is not None:
        health, message, reported = status
        record["status"] = {"healthStatus": health, "message": message, "reportedAt": iso(reported)}
    return record


def _execution_context(number: int, name: str, description: str, default: bool, tags: list[str]) -> dict[str, Any]:
    created = at("2023-02-10T12:00:00") + number * 30 * DAY
    return {
        "_id": object_id(created, _FAMILY, 0xAB9000 + number),
        "name": name,
        "description": description,
        "account": ACCOUNT_ID,
        "accountDefault": default,
        "tags": tags,
        "createdAt": iso(created),
        "updatedAt": iso(NOW - 200 * DAY + number * HOUR),
        "__v": number - 1,
    }


def _context(name: str, kind: str, data: dict[str, Any], default: bool = False, system: bool = False) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "context",
        "owner": "account",
        "metadata": {"name": name, "default": default, "system": system},
        "spec": {"type": kind, "data": data},
    }


def _auth(what: str) -> dict[str, Any]:
    return {"type": "basic", "idpId": None, "password": _secret(what), "permissions": ["repo"]}


def _secret(what: str) -> str:
    return f"{SECRET_MARK}-context-{what}"
