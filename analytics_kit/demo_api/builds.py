"""The history of builds: when each was created, on what, how long it took and how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

from .clock import DAY, HISTORY_DAYS, HOUR, MINUTE, NOW, SECOND, START, day_of, object_id
from .inventory import Pipeline, Trigger
from .people import Person
from .planted import (
    BURST_HOURS,
    DRIFT_DAYS,
    DRIFT_FACTOR,
    DRIFT_PIPELINE,
    FLAKY_PIPELINES,
    OUTAGE_DAY,
    STALE_PIPELINE,
    STALE_SINCE,
)
from .rhythm import office_times, push_times

PUSHES, MANUAL_RUNS, API_RUNS = 4_200, 800, 300  # at scale 1; the nightly runs come on top
_FAMILY = 0xA0B1C2D3E4
_FLAKY_ERROR_RATE, _TERMINATED_RATE, _OUTAGE_ERROR_RATE = 0.26, 0.062, 0.94
_NO_GIT_RATE = 0.17  # of the runs that no push started: 5 % of all


class Commit(NamedTuple):
    """What a build was made of; every later build of it by a steady pipeline ends alike."""

    revision: str
    branch: str
    author: Person
    salt: int
    fails: bool


class Build(NamedTuple):
    """One build. Instants and spans in milliseconds; `salt` decides the details that nothing depends on.

    The wait before `started` is made of `delay` (no free machine), `concurrency` (its pipeline's policy) and the rest,
    initialising; `approval` is the part of its run time spent waiting for somebody.
    """

    id: str
    created: int
    started: int | None
    finished: int | None
    status: str
    pipeline: Pipeline
    cause: str
    commit: Commit | None
    person: Person | None
    trigger: Trigger | None
    delay: int
    concurrency: int
    approval: int
    failed_step: str | None
    salt: int
    patch: Mapping[str, Any]

    @property
    def run_kind(self) -> str:
        """The API's `trigger`: nearly always a build, now and then a bare image or composition."""
        return "build" if self.salt % 40 else ("launch-image", "launch-composition")[self.salt // 40 % 2]

    @property
    def branch(self) -> str | None:
        """Branch that was built, if any."""
        return self.commit.branch if self.commit else None

    @property
    def revision(self) -> str | None:
        """Commit sha that was built, if any."""
        return self.commit.revision if self.commit else None


@dataclass(slots=True)
class BuildHistory:
    """All builds, oldest first."""

    pipelines: list[Pipeline]
    people: list[Person]
    rng: Random
    scale: float
    builds: list[Build] = field(default_factory=list)
    _heads: dict[int, Commit] = field(default_factory=dict)

    def write(self) -> list[Build]:
        """Make up the whole history."""
        for created, cause, pipeline in sorted(self._planned(), key=lambda run: (run[0], run[1], run[2].number)):
            build = self._add(created, cause, pipeline, self._commit(created, cause, pipeline))
            if _retried(build):
                self._retry(build)
        self.builds.sort(key=lambda build: build.created)
        self.builds = [b._replace(id=object_id(b.created, _FAMILY, n)) for n, b in enumerate(self.builds)]
        return self.builds

    def _planned(self) -> Iterator[tuple[int, str, Pipeline]]:
        pushed = [p for p in self.pipelines if p.weight]
        cumulative = list(accumulate(p.weight for p in pushed))
        for cause, times, count in (
            ("webhook", push_times, PUSHES),
            ("manual", office_times, MANUAL_RUNS),
            ("api", push_times, API_RUNS),
        ):
            for created in times(self.rng, round(count * self.scale)):
                pipeline = self.rng.choices(pushed, cum_weights=cumulative)[0]
                if _alive(pipeline, created):
                    yield created, cause, pipeline
        yield from self._nightly()

    def _nightly(self) -> Iterator[tuple[int, str, Pipeline]]:
        first_midnight = START - START % DAY
        for pipeline in (p for p in self.pipelines if p.cron_hour is not None):
            for day in range(1, HISTORY_DAYS + 1):
                copies = int(self.scale) + (self.rng.random() < self.scale % 1)
                for copy in range(copies):
                    start = first_midnight + day * DAY + (pipeline.cron_hour or 0) * HOUR
                    yield start + copy * 7 * MINUTE % (20 * HOUR) + self.rng.randrange(3 * SECOND), "cron", pipeline

    def _commit(self, created: int, cause: str, pipeline: Pipeline) -> Commit | None:
        """What a run is made of: a push brings a commit, other runs mostly take the pipeline's newest one again."""
        if cause != "webhook" and self.rng.random() < _NO_GIT_RATE:
            return None
        head = self._heads.get(pipeline.number)
        again = {"webhook": 0.0, "cron": 0.2, "manual": 0.6, "api": 0.4}[cause]
        if head and self.rng.random() < again and not _outage(created):
            return head
        commit = self._new_commit(created, cause, pipeline)
        if not _outage(created):  # what broke in the outage is not built again, or steady pipelines would look flaky
            self._heads[pipeline.number] = commit
        return commit

    def _new_commit(self, created: int, cause: str, pipeline: Pipeline) -> Commit:
        salt = self.rng.getrandbits(48)
        main = cause == "cron" or len(pipeline.triggers) == 1 or self.rng.random() < 0.5
        branch = "main" if main else _branch(salt)
        fails = self.rng.random() < pipeline.error_rate
        return Commit(f"{self.rng.getrandbits(160):040x}", branch, self._somebody(created), salt, fails)

    def _somebody(self, instant: int) -> Person:
        workers = [person for person in self.people if person.works and person.present(instant)]
        return workers[min(int(self.rng.expovariate(1 / 7)), len(workers) - 1)]

    def _add(self, created: int, cause: str, pipeline: Pipeline, commit: Commit | None) -> Build:
        status = self._ending(created, pipeline, commit)
        run = self._run_time(created, pipeline, status)
        delay, concurrency = self._burst(created)
        started = created + delay + concurrency + self._initialising()
        approval = self._approval(pipeline, status)
        never_started = status == "terminated" and self.rng.random() < 0.12
        build = Build(
            id="",
            created=created,
            started=None if never_started else started,
            finished=started + (0 if never_started else run + approval),
            status=status,
            pipeline=pipeline,
            cause=cause,
            commit=commit,
            person=self._starter(created, cause, commit),
            trigger=_trigger(cause, pipeline, commit),
            delay=delay,
            concurrency=concurrency,
            approval=approval,
            failed_step=self._failed_step(created, pipeline) if status == "error" else None,
            salt=self.rng.getrandbits(48),
            patch={},
        )
        self.builds.append(build)
        return build

    def _ending(self, created: int, pipeline: Pipeline, commit: Commit | None) -> str:
        draw = self.rng.random()
        if _outage(created):
            return "error" if draw < _OUTAGE_ERROR_RATE else "success"
        if draw < _TERMINATED_RATE:
            return "terminated"
        if pipeline.name in FLAKY_PIPELINES:
            return "error" if self.rng.random() < _FLAKY_ERROR_RATE else "success"
        fails = commit.fails if commit else self.rng.random() < pipeline.error_rate
        return "error" if fails else "success"

    def _run_time(self, created: int, pipeline: Pipeline, status: str) -> int:
        drifts = pipeline.name == DRIFT_PIPELINE
        spread = 0.12 if drifts else 0.16 + 0.05 * (pipeline.number % 4)
        milliseconds = pipeline.median_seconds * SECOND * self.rng.lognormvariate(0, spread)
        if drifts:
            milliseconds *= 1 + (DRIFT_FACTOR - 1) * max(0.0, 1 - (NOW - created) / (DRIFT_DAYS * DAY))
        if status == "error":
            milliseconds *= self.rng.uniform(0.05, 0.2) if _outage(created) else self.rng.uniform(0.3, 1)
        if status == "terminated":
            milliseconds *= self.rng.uniform(0.05, 0.9)
        return int(milliseconds)

    def _burst(self, created: int) -> tuple[int, int]:
        if not any(start <= created < start + 2 * HOUR for start in BURST_HOURS):
            return 0, 0
        wait = self.rng.randrange(2 * MINUTE, 14 * MINUTE)
        return (wait, 0) if self.rng.random() < 0.6 else (0, wait)

    def _initialising(self) -> int:
        return int(min(60, max(5, self.rng.lognormvariate(2.75, 0.6))) * SECOND)

    def _approval(self, pipeline: Pipeline, status: str) -> int:
        asked = pipeline.kind == "deploy" and status == "success" and self.rng.random() < 0.08
        return int(self.rng.lognormvariate(5.9, 0.7) * SECOND) if asked else 0

    def _starter(self, created: int, cause: str, commit: Commit | None) -> Person | None:
        if cause == "cron":
            return None
        if cause == "api":
            return self.people[-1]  # the service user
        return commit.author if cause == "webhook" and commit else self._somebody(created)

    def _failed_step(self, created: int, pipeline: Pipeline) -> str:
        if _outage(created):
            return "clone"
        weights = [1 + 2 * (number == len(pipeline.steps) // 2 + 1) for number in range(len(pipeline.steps))]
        return self.rng.choices(pipeline.steps, weights)[0]

    def _retry(self, build: Build) -> None:
        """Somebody presses restart until it is green, three times at most."""
        for _ in range(3):
            created = (build.finished or NOW) + self.rng.randrange(4 * MINUTE, 70 * MINUTE)
            if build.status != "error" or created >= NOW or _outage(created):
                return
            build = self._add(created, "manual", build.pipeline, build.commit)


def _retried(build: Build) -> bool:
    flaky = build.pipeline.name in FLAKY_PIPELINES and build.status == "error"
    return flaky and build.commit is not None and not _outage(build.created) and build.salt % 8 != 0


def _outage(instant: int) -> bool:
    return day_of(instant) == OUTAGE_DAY


def _alive(pipeline: Pipeline, instant: int) -> bool:
    if pipeline.name == STALE_PIPELINE:
        return instant < STALE_SINCE
    return pipeline.deleted_at is None or instant < pipeline.deleted_at


def _branch(salt: int) -> str:
    stem = ("feature", "fix", "chore", "dependabot/npm")[salt % 4]
    topic = ("retry", "cache", "résumé-parser", "login", "price-rules", "logging", "upgrade", "a11y")[salt // 4 % 8]
    return f"{stem}/{topic}-{salt // 32 % 900 + 100}"


def _trigger(cause: str, pipeline: Pipeline, commit: Commit | None) -> Trigger | None:
    if cause not in ("webhook", "cron") or commit is None:
        return None
    on_main = commit.branch == "main"
    return pipeline.triggers[0] if on_main else pipeline.triggers[-1]
