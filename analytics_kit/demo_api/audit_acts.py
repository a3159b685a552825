"""What people do in the account, as one audit entry each: action, entity, request and answer as text."""

from __future__ import annotations

import json
from bisect import bisect_right
from random import Random
from typing import Any, NamedTuple
from urllib.parse import quote

from .builds import Build
from .inventory import Pipeline, Project
from .people import ACCOUNT_ID, Person
from .planted import SECRET_MARK


class Act(NamedTuple):
    """An action of the API, on which kind of thing, how often, and whether only admins may."""

    action: str
    entity: str
    url: str
    share: float
    admin: bool = False


ACTS = (
    Act("getBuildLogs", "build", "/api/progress/{id}", 26),
    Act("login", "user", "/api/auth/login", 20),
    Act("replacePipeline", "pipeline", "/api/pipelines/{name}", 18),
    Act("getContext", "context", "/api/contexts/{name}", 8),
    Act("updateProjectVariables", "project", "/api/projects/{id}/variables", 5),
    Act("updateContext", "context", "/api/contexts/{name}", 4),
    Act("updateProject", "project", "/api/projects/{id}", 4),
    Act("createPipeline", "pipeline", "/api/pipelines", 2),
    Act("createApiKey", "token", "/api/auth/key", 1.5),
    Act("createContext", "context", "/api/contexts", 1),
    Act("deleteApiKey", "token", "/api/auth/key/{id}", 1, admin=True),
    Act("inviteUser", "user", f"/api/accounts/{ACCOUNT_ID}/users/invite", 1, admin=True),
    Act("updateUserRoles", "user", f"/api/accounts/{ACCOUNT_ID}/users/{{id}}/roles", 1, admin=True),
    Act("updateTeamPermissions", "team", "/api/teams/{id}/permissions", 1, admin=True),
    Act("updateAccountSettings", "account", "/api/account-settings", 0.5, admin=True),
)
OFF_HOURS_ACTS = tuple(
    act
    for act in ACTS
    if act.action in ("createApiKey", "deleteApiKey", "updateUserRoles", "updateTeamPermissions", "updateContext")
)
DELETE_PIPELINE = Act("deletePipeline", "pipeline", "/api/pipelines/{name}", 0)
_TEAMS = (("65d1e9b0c4b7e90012ab5001", "admins"), ("65d1e9b0c4b7e90012ab5002", "developers"))
_CONTEXTS = ("github-main", "shared-config", "deploy-secrets", "prod-values", "artifacts-s3")


class Things(NamedTuple):
    """What can be touched."""

    projects: list[Project]
    pipelines: list[Pipeline]
    builds: list[Build]
    people: list[Person]


def entry(act: Act, things: Things, instant: int, actor: Person, rng: Random) -> dict[str, Any]:
    """One act on a random thing of its kind that exists at the instant; without time, actor and status."""
    thing_id, name = _touched(act, things, instant, actor, rng)
    return entry_on(act, thing_id, name, _body(act, name, rng), rng)


def entry_on(act: Act, thing_id: str, name: str, body: dict[str, Any] | None, rng: Random) -> dict[str, Any]:
    """One act on this thing."""
    query = {"access_token": _secret(rng)} if act.action == "getBuildLogs" and rng.random() < 0.08 else {}
    url = act.url.format(id=thing_id, name=quote(name, safe=""))
    answer = {"token": _secret(rng), "name": name} if act.action == "createApiKey" else None
    return {
        "action": act.action,
        "entity": act.entity,
        "entityId": thing_id,
        "entityName": name,
        "req_url": url + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else ""),
        "req_query": json.dumps(query),
        "req_params": json.dumps({"name": name} if "{name}" in act.url else {}, ensure_ascii=False),
        "req_body": None if body is None else json.dumps(body, ensure_ascii=False),
        "res_body": None if answer is None else json.dumps(answer),
    }


def run_entry(build: Build, rng: Random) -> dict[str, Any]:
    """Somebody, or a script, started this build."""
    variables = {"API_TOKEN": _secret(rng)} if build.salt % 4 == 0 else {}
    name = build.pipeline.name_at(build.created)
    key = f"?api_key={_secret(rng)}" if build.cause == "api" and build.salt % 6 == 0 else ""
    return {
        "action": "runPipeline",
        "entity": "pipeline",
        "entityId": build.pipeline.id,
        "entityName": name,
        "req_url": f"/api/pipelines/run/{quote(name, safe='')}{key}",
        "req_query": json.dumps({"api_key": key[9:]} if key else {}),
        "req_params": json.dumps({"name": name}),
        "req_body": json.dumps({"branch": build.branch, "variables": variables}, ensure_ascii=False),
        "res_body": json.dumps(build.id),
    }


def stop_entry(build: Build) -> dict[str, Any]:
    """Somebody stopped this build."""
    return {
        "action": "terminateBuild",
        "entity": "build",
        "entityId": build.id,
        "entityName": build.pipeline.name_at(build.created),
        "req_url": f"/api/builds/{build.id}/terminate",
        "req_query": "{}",
        "req_params": json.dumps({"id": build.id}),
        "req_body": None,
        "res_body": None,
    }


def webhook_entry(build: Build, rng: Random) -> dict[str, Any]:
    """The git server told about the push that started this build; nobody is logged in."""
    trigger = build.trigger
    secret = _secret(rng)
    push = {"ref": f"refs/heads/{build.branch}", "after": build.revision, "hook": {"config": {"secret": secret}}}
    return {
        "action": "webhookReceived",
        "entity": "trigger",
        "entityId": trigger.id if trigger else None,
        "entityName": trigger.name if trigger else None,
        "req_url": f"/api/webhooks/github?token={secret}",
        "req_query": json.dumps({"token": secret}),
        "req_params": "{}",
        "req_body": json.dumps(push, ensure_ascii=False),
        "res_body": None,
    }


def _touched(act: Act, things: Things, instant: int, actor: Person, rng: Random) -> tuple[str, str]:
    if act.action == "login":
        return actor.id, actor.user_name
    if act.entity == "pipeline":
        pipeline = rng.choice([p for p in things.pipelines if p.deleted_at is None or p.deleted_at > instant])
        return pipeline.id, pipeline.name
    if act.entity == "project":
        project = rng.choice(things.projects)
        return project.id, project.name
    if act.entity == "build":
        place = bisect_right(things.builds, instant, key=lambda build: build.created)
        build = things.builds[rng.randrange(max(0, place - 50), max(1, place))]
        return build.id, build.pipeline.name
    if act.entity == "user":
        person = rng.choice(things.people)
        # the API's own habit: an invitation has no id yet, so the address stands in for it
        return (person.email if act.action == "inviteUser" else person.id), person.user_name
    return _named_thing(act, rng)


def _named_thing(act: Act, rng: Random) -> tuple[str, str]:
    if act.entity == "team":
        return rng.choice(_TEAMS)
    if act.entity == "context":
        name = rng.choice(_CONTEXTS)
        return name, name
    if act.entity == "account":
        return ACCOUNT_ID, "northwind"
    return f"{rng.getrandbits(96):024x}", f"key-{rng.randrange(100, 999)}"


def _body(act: Act, name: str, rng: Random) -> dict[str, Any] | None:
    if act.action.startswith(("get", "delete")):
        return None
    bodies: dict[str, dict[str, Any]] = {
        "login": {"user": name, "password": _secret(rng)},
        "replacePipeline": {
            "metadata": {"name": name},
            "spec": {"variables": [{"key": "TOKEN", "value": _secret(rng)}]},
        },
        "updateContext": {"spec": {"type": "config", "data": {"auth": {"type": "basic", "password": _secret(rng)}}}},
        "createContext": {"spec": {"type": "secret", "data": {"variables": {"CLIENT_SECRET": _secret(rng)}}}},
        "updateProjectVariables": {"variables": [{"key": "DB_PASSWORD", "value": _secret(rng), "encrypted": False}]},
        "updateUserRoles": {"roles": ["User", "Account-Admin"]},
        "updateTeamPermissions": {"permissions": ["pipeline:write", "context:read"]},
        "inviteUser": {"email": name, "inviteUrl": f"https://ci.northwind.example/invite/{_secret(rng)}"},
    }
    return bodies.get(act.action, {"name": name})


def _secret(rng: Random) -> str:
    return f"{SECRET_MARK}-{rng.getrandbits(40):010x}"
