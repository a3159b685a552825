"""The newest end of the history: builds that wait, run or ask, and a few odd single builds."""

from __future__ import annotations

from .builds import Build
from .clock import MINUTE, NOW, SECOND

_PLANTED = ("pending", "elected", "running", "delayed", "running", "terminating", "running", "delayed")
_NEVER_STARTED = ("pending", "elected", "delayed")


def leave_unfinished(builds: list[Build]) -> list[Build]:
    """The same builds (oldest first), the newest of them not done yet at the demo's now."""
    tail = len(builds) - max(60, len(builds) // 100)
    recent = [_as_of_now(build) for build in builds[max(tail, 0) :]]
    for place, status in enumerate(_PLANTED, start=1):
        if place <= len(recent):
            recent[-place] = _unfinished(recent[-place], status)
    return builds[: max(tail, 0)] + _with_open_approvals(recent)


def with_clock_skew(builds: list[Build]) -> tuple[list[Build], str]:
    """The same builds, one of them started two seconds before it was created; and its id."""
    place = _ordinary(builds, len(builds) * 2 // 3)
    odd = builds[place]._replace(started=builds[place].created - 2 * SECOND, delay=0, concurrency=0)
    return [*builds[:place], odd, *builds[place + 1 :]], odd.id


def big_yaml_build(builds: list[Build]) -> str:
    """Id of the build whose YAML is 60 kB: a recent one, so that small windows hold it too."""
    return builds[_ordinary(builds, len(builds) * 39 // 40)].id


def _ordinary(builds: list[Build], place: int) -> int:
    while builds[place].status != "success" or builds[place].approval:
        place -= 1
    return place


def _as_of_now(build: Build) -> Build:
    if build.started is not None and build.started >= NOW:
        return _unfinished(build, "pending")
    if build.finished is not None and build.finished >= NOW:
        return _unfinished(build, "running")
    return build


def _with_open_approvals(recent: list[Build]) -> list[Build]:
    waiting = [place for place, build in enumerate(recent) if build.pipeline.kind == "deploy" and build.finished][-2:]
    return [_unfinished(b, "pending-approval") if place in waiting else b for place, b in enumerate(recent)]


def _unfinished(build: Build, status: str) -> Build:
    started = None if status in _NEVER_STARTED else min(build.started or build.created + 9 * SECOND, NOW - SECOND)
    delay = min(NOW - build.created, 40 * MINUTE) if status == "delayed" else 0
    cleared = build._replace(concurrency=0, approval=0, failed_step=None, finished=None)
    return cleared._replace(status=status, started=started, delay=delay)
