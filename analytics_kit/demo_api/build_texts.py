"""The words in builds: commit messages, failure reasons, termination causes and workflow YAML."""

from __future__ import annotations

from collections.abc import Sequence

from .people import Person
from .planted import SECRET_MARK

_VERBS = (
    "fix",
    "add",
    "retry",
    "drop",
    "speed up",
    "rename",
    "document",
    "guard",
    "corrige",
    "更新",
    "prüfe",
    "revert",
)
_THINGS = (
    "refunds in two currencies",
    "the price cache",
    "naïve date parsing",
    "login redirect",
    "flags for the beta 🚀",
    "l'été promotions — «soldes»",
    "検索 index",
    "retries of the mail queue",
    "size of the image",
    "Größenangaben",
    'quotes "like these" and \\ slashes',
    "a11y of the menu",
)

_FAILURES: dict[str, tuple[str, ...]] = {
    "clone": ("fatal: unable to access repository: connection timed out", "pathspec did not match any known branch"),
    "install": ("npm ERR! network socket hang up", "package lock is out of date", "Could not resolve dependencies"),
    "lint": ("step exited with code 1", "3 problems (3 errors, 0 warnings)"),
    "unit-test": ("step exited with code 1", "2 tests failed, 418 passed", "out of memory: killed (137)"),
    "build-image": (
        "COPY failed: file not found in build context",
        "step exited with code 2",
        "no space left on device",
    ),
    "push-image": ("denied: requested access to the resource is denied", "registry answered 503"),
    "scan-image": ("4 vulnerabilities of level high found", "step exited with code 1"),
    "start-services": ("service postgres did not become ready in 120 s", "port 5432 is already allocated"),
    "run-tests": ("step exited with code 1", "Timeout: element .pay-button not found after 30000 ms", "7 tests failed"),
    "publish-report": ("403 from the report bucket", "step exited with code 1"),
    "render-manifests": ("template rendering failed: nil pointer evaluating .Values.image", "step exited with code 1"),
    "deploy": ("release failed: timed out waiting for the condition", "admission webhook denied the request"),
    "verify": ("health check answered 502 five times", "step exited with code 1"),
    "prepare": ("step exited with code 1", "lock is held by another run"),
    "run-job": ("step exited with code 1", "out of memory: killed (137)", "deadline of 3600 s exceeded"),
}


def commit_message(salt: int) -> str:
    """A commit message; some have a body, some have no ASCII in them."""
    subject = f"{_VERBS[salt // 7 % len(_VERBS)]} {_THINGS[salt // 91 % len(_THINGS)]}"
    return f"{subject}\n\nSee ticket NW-{salt % 9000}." if salt % 6 == 0 else subject


def failure_message(step: str, salt: int) -> str:
    """Why this step failed."""
    messages = _FAILURES[step]
    return messages[salt // 11 % len(messages)]


def outage_message(salt: int) -> str:
    """Why everything failed on the day of the outage."""
    return ("registry.northwind.example: connection refused", "git.northwind.example answered 503")[salt % 2]


def termination(before_start: bool, person: Person | None, salt: int) -> tuple[str, str, bool]:
    """Cause, message and whether the build manager did it by itself."""
    if before_start:
        return "delay", "Delay time limit exceeded", True
    if salt % 3 == 0 and person is not None:
        return "user", f"Terminated by {person.user_name}", False
    if salt % 3 == 1:
        return "timeout", "Maximum run time exceeded", True
    return "policy", "A newer build of the same branch was started", True


def short_yaml(steps: Sequence[str], salt: int) -> str:
    """A workflow of some hundred characters, with a password in every third."""
    secret = f"    environment:\n      - DB_PASSWORD={SECRET_MARK}-yaml-{salt % 1000}\n" if salt % 3 == 0 else ""
    login = f"    arguments:\n      registry: northwind\n      password: {SECRET_MARK}-step\n" if salt % 7 == 0 else ""
    body = "".join(f"  {name}:\n    title: {name}\n    image: alpine:3.20\n" for name in steps)
    return f"version: '1.0'\nstages: [{', '.join(steps)}]\nsteps:\n{body}{secret}{login}"


def big_yaml(steps: Sequence[str]) -> str:
    """A generated workflow of 60 000 characters."""
    parts = [short_yaml(steps, 1)]
    number = 0
    while sum(map(len, parts)) < 60_000:
        parts.append(
            f"  matrix-{number:04d}:\n    image: alpine:3.20\n    commands:\n      - make test SHARD={number}\n" * 20
        )
        number += 1
    return "".join(parts)[:60_000]
