"""The audit trail: who did what, built beside the history of builds so that both tell the same story."""

from __future__ import annotations

from random import Random
from typing import Any

from .audit_acts import (
    ACTS,
    DELETE_PIPELINE,
    OFF_HOURS_ACTS,
    Act,
    Things,
    entry,
    entry_on,
    run_entry,
    stop_entry,
    webhook_entry,
)
from .builds import Build
from .clock import DAY, HISTORY_DAYS, HOUR, MINUTE, SECOND, START, iso, weekday
from .people import ACCOUNT_ID, Person
from .planted import (
    FIRST_TIME_ACTOR,
    FIRST_TIME_AT,
    FIRST_TIME_IP,
    FORMER_NAME,
    OFF_HOURS_ACTOR,
    OFF_HOURS_IP,
    RENAMED_AT,
    RENAMED_PIPELINE,
)
from .rhythm import office_times

OFFICE_ENTRIES = 2_700  # at scale 1; what belongs to builds and the planted entries come on top
_FIRST_ID = 48_210_377
_WEBHOOKS_KEPT = 6  # every sixth: the trail would drown in them
_OFF_HOURS_WEEKENDS, _OFF_HOURS_PER_NIGHT = 12, 9
_REFUSED_RATE = 0.051  # of what people do: 3 % of all, as runs and webhooks are never refused
_REFUSALS = (403, 403, 403, 401, 404, 404, 400, 500)


class AuditTrail:
    """All audit entries, oldest first."""

    def __init__(self, things: Things, rng: Random, scale: float) -> None:
        self._things = things
        self._rng = rng
        self._scale = scale
        self._rows: list[tuple[int, dict[str, Any]]] = []
        self._by_name = {person.user_name: person for person in things.people}

    def write(self) -> list[dict[str, Any]]:
        """Make up the whole trail; ids grow with time."""
        self._office()
        for build in self._things.builds:
            self._build(build)
        self._off_hours()
        self._first_time()
        self._changes_of_pipelines()
        self._rows.sort(key=lambda row: row[0])
        return [{"id": _FIRST_ID + 3 * n} | row for n, (_, row) in enumerate(self._rows)]

    def _add(
        self, instant: int, row: dict[str, Any], actor: Person | None, ip: str | None, refusable: bool = True
    ) -> None:
        refused = refusable and self._rng.random() < _REFUSED_RATE
        who = {
            "accountId": ACCOUNT_ID,
            "userId": actor.id if actor else None,
            "userName": actor.user_name if actor else None,
            "userEmail": actor.email if actor else None,
            "ip": ip,
            "rs_status": self._rng.choice(_REFUSALS) if refused else 200,
            "correlationId": f"{self._rng.getrandbits(128):032x}",
            "createdAt": iso(instant),
        }
        self._rows.append((instant, row | who))

    def _office(self) -> None:
        admins = [person for person in self._things.people if person.admin]
        workers = [person for person in self._things.people if person.works]
        shares = [act.share for act in ACTS]
        for instant in office_times(self._rng, round(OFFICE_ENTRIES * self._scale)):
            act = self._rng.choices(ACTS, shares)[0]
            able = [person for person in (admins if act.admin else workers) if person.present(instant)]
            actor = self._rng.choice(able)
            self._add(instant, entry(act, self._things, instant, actor, self._rng), actor, actor.ip)

    def _build(self, build: Build) -> None:
        if build.cause in ("manual", "api") and build.person is not None:
            own_ip = build.person.ip if build.cause == "manual" else "203.0.113.9"
            self._add(build.created, run_entry(build, self._rng), build.person, own_ip, refusable=False)
        elif build.cause == "webhook" and build.salt % _WEBHOOKS_KEPT == 0:
            ip = "192.0.2.10" if build.salt % 5 else None
            self._add(build.created, webhook_entry(build, self._rng), None, ip, refusable=False)
        stopped_by_hand = build.status == "terminated" and build.started is not None and build.salt % 3 == 0
        if stopped_by_hand and build.person is not None and build.finished is not None:
            self._add(build.finished - 2 * SECOND, stop_entry(build), build.person, build.person.ip, refusable=False)

    def _off_hours(self) -> None:
        actor = self._by_name[OFF_HOURS_ACTOR]
        nights = [START - START % DAY + day * DAY for day in range(HISTORY_DAYS + 1)]
        weekends = [night for night in nights if weekday(night) >= 5]
        for night in weekends[-2 * _OFF_HOURS_WEEKENDS :: 2]:
            for _ in range(max(1, round(_OFF_HOURS_PER_NIGHT * self._scale))):
                instant = night + 2 * HOUR + self._rng.randrange(2 * HOUR)
                act = self._rng.choice(OFF_HOURS_ACTS)
                self._add(instant, entry(act, self._things, instant, actor, self._rng), actor, OFF_HOURS_IP)

    def _first_time(self) -> None:
        actor = self._by_name[FIRST_TIME_ACTOR]
        for number, name in enumerate(("login", "getContext", "createApiKey")):
            row = entry(_act(name), self._things, FIRST_TIME_AT, actor, self._rng)
            self._add(FIRST_TIME_AT + number * 3 * MINUTE, row, actor, FIRST_TIME_IP, refusable=False)

    def _changes_of_pipelines(self) -> None:
        actor = self._things.people[0]
        for pipeline in self._things.pipelines:
            if pipeline.deleted_at is not None:
                row = entry_on(DELETE_PIPELINE, pipeline.id, pipeline.name, None, self._rng)
                self._add(pipeline.deleted_at, row, actor, actor.ip, refusable=False)
            if pipeline.name == RENAMED_PIPELINE:
                body = {"metadata": {"name": RENAMED_PIPELINE, "originalName": FORMER_NAME}}
                row = entry_on(_act("replacePipeline"), pipeline.id, FORMER_NAME, body, self._rng)
                self._add(RENAMED_AT, row, actor, actor.ip, refusable=False)


def _act(name: str) -> Act:
    return next(act for act in ACTS if act.action == name)
