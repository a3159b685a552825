"""The demo company's projects and pipelines: what exists, how often it runs, how long and how well."""

from __future__ import annotations

from dataclasses import dataclass

from .clock import DAY, at, object_id
from .planted import DELETED_PIPELINES, FORMER_NAME, RENAMED_AT, RENAMED_PIPELINE

_FAMILY = 0xC4B7E90012
RUNTIMES = ("eks-prod/runner", "eks-staging/runner", "gke-data/runner", "lab/arm64")

# project: tags, then its pipelines: (short name, kind, share of the pushes, median seconds, error rate)
_PLAN: dict[str, tuple[tuple[str, ...], tuple[tuple[str, str, float, int, float], ...]]] = {
    "payments": (
        ("pci", "backend"),
        (
            ("ci", "ci", 10, 380, 0.10),
            ("deploy", "deploy", 6, 240, 0.07),
            ("integration-tests", "tests", 6, 760, 0.15),
            ("nightly-scan", "cron", 0, 900, 0.07),
        ),
    ),
    "checkout": (
        ("pci", "frontend"),
        (
            ("ci", "ci", 9, 300, 0.10),
            ("deploy", "deploy", 5, 210, 0.06),
            ("e2e-tests", "tests", 8, 840, 0.10),
            ("load-tests", "tests", 1, 1500, 0.19),
        ),
    ),
    "catalog": (
        ("backend",),
        (
            ("ci", "ci", 7, 330, 0.11),
            ("deploy", "deploy", 4, 220, 0.06),
            ("smoke-tests", "tests", 3, 150, 0.09),
            ("import-nightly", "cron", 0, 1300, 0.09),
        ),
    ),
    "search": (
        ("backend", "ml"),
        (
            ("ci", "ci", 6, 420, 0.13),
            ("deploy", "deploy", 3, 260, 0.08),
            ("relevance-tests", "tests", 3, 1100, 0.22),
            ("legacy-indexer", "image", 3, 540, 0.20),
        ),
    ),
    "identity": (
        ("security", "backend"),
        (
            ("ci", "ci", 6, 310, 0.08),
            ("deploy", "deploy", 3, 230, 0.05),
            ("security-scan", "image", 2, 620, 0.13),
            ("release", "deploy", 0.6, 480, 0.10),
        ),
    ),
    "notifications": (
        ("backend",),
        (
            ("ci", "ci", 5, 260, 0.09),
            ("deploy", "deploy", 3, 200, 0.06),
            ("template-check", "tests", 2, 90, 0.05),
        ),
    ),
    "web-store": (
        ("frontend",),
        (
            ("storefront", "ci", 8, 450, 0.12),
            ("deploy", "deploy", 5, 190, 0.06),
            ("visual-tests", "tests", 3, 680, 0.17),
            ("lighthouse", "tests", 2, 240, 0.12),
        ),
    ),
    "mobile-app": (
        ("mobile",),
        (
            ("ci", "ci", 6, 720, 0.14),
            ("ui-tests", "tests", 7, 1150, 0.12),
            ("beta", "deploy", 1, 900, 0.10),
            ("release", "deploy", 0.3, 1200, 0.13),
            ("android-v1", "ci", 3, 820, 0.20),
        ),
    ),
    "data-platform": (
        ("data",),
        (
            ("ci", "ci", 5, 400, 0.11),
            ("spark-image", "image", 8, 520, 0.08),
            ("deploy", "deploy", 2, 300, 0.08),
            ("etl-nightly", "cron", 0, 2100, 0.11),
        ),
    ),
    "infra": (
        ("platform",),
        (
            ("plan", "image", 6, 110, 0.09),
            ("apply", "deploy", 3, 340, 0.10),
            ("base-images", "image", 2, 980, 0.12),
            ("terraform-old", "deploy", 2, 300, 0.16),
        ),
    ),
    "docs-site": (
        ("docs",),
        (
            ("publish", "deploy", 4, 75, 0.04),
            ("preview-v1", "ci", 3, 95, 0.07),
            ("link-check", "cron", 0, 130, 0.13),
        ),
    ),
    "shared-libs": (
        ("platform",),
        (
            ("ci", "ci", 5, 210, 0.09),
            ("scaffold", "ci", 0, 120, 0.05),
        ),
    ),
}

_STEPS = {
    "ci": ("clone", "install", "lint", "unit-test", "build-image", "push-image"),
    "tests": ("clone", "install", "start-services", "run-tests", "publish-report"),
    "image": ("clone", "build-image", "scan-image", "push-image"),
    "deploy": ("clone", "render-manifests", "deploy", "verify"),
    "cron": ("clone", "prepare", "run-job", "publish-report"),
}


@dataclass(frozen=True, slots=True)
class Project:
    """A project; `number` is its place in the plan."""

    id: str
    name: str
    tags: tuple[str, ...]
    number: int
    created: int


@dataclass(frozen=True, slots=True)
class Trigger:
    """A git trigger of a pipeline."""

    id: str
    name: str
    events: tuple[str, ...]
    branches: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline, with what shapes its builds: share of the pushes, median run time (seconds), error rate (0 to 1)."""

    id: str
    project: Project
    short_name: str
    kind: str
    weight: float
    median_seconds: int
    error_rate: float
    triggers: tuple[Trigger, ...]
    number: int
    created: int

    @property
    def name(self) -> str:
        """Full name, ``project/pipeline``."""
        return f"{self.project.name}/{self.short_name}"

    def name_at(self, instant: int) -> str:
        """The full name that a build created then carries."""
        former = self.name == RENAMED_PIPELINE and instant < RENAMED_AT
        return FORMER_NAME if former else self.name

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of its steps, in order."""
        return _STEPS[self.kind]

    @property
    def repo(self) -> str:
        """Name of the repository that it builds; the owner is the company."""
        return f"{self.project.name}-{'app' if 'frontend' in self.project.tags else 'service'}"

    @property
    def runtime(self) -> str:
        """Name of the runtime environment, one of an agent's."""
        return RUNTIMES[2] if self.project.name == "data-platform" else RUNTIMES[self.number % 2]

    @property
    def pack(self) -> str | None:
        """Size of the machine; None on the company's own machines."""
        if self.number % 11 == 5:
            return None
        return ("S", "S", "M", "M", "L")[self.number % 5] if self.median_seconds < 1000 else "L"

    @property
    def cron_hour(self) -> int | None:
        """Hour (UTC) of its nightly run, for pipelines that have one."""
        return 1 + self.number % 4 if self.kind == "cron" else None

    @property
    def deleted_at(self) -> int | None:
        """When it was deleted; its builds stay."""
        return DELETED_PIPELINES.get(self.name)


def projects() -> list[Project]:
    """All projects of the account."""
    return [_project(number, name, tags) for number, (name, (tags, _)) in enumerate(_PLAN.items())]


def pipelines(owners: list[Project]) -> list[Pipeline]:
    """All pipelines, the deleted ones included."""
    rows = [(project, row) for project in owners for row in _PLAN[project.name][1]]
    return [_pipeline(number, project, *row) for number, (project, row) in enumerate(rows)]


def _project(number: int, name: str, tags: tuple[str, ...]) -> Project:
    created = at("2023-03-01T08:00:00") + number * 17 * DAY
    return Project(object_id(created, _FAMILY, 0xAB1001 + number), name, tags, number, created)


def _pipeline(
    number: int, project: Project, short_name: str, kind: str, weight: float, seconds: int, error_rate: float
) -> Pipeline:
    created = project.created + (1 + number % 7) * 11 * DAY
    return Pipeline(
        id=object_id(created, _FAMILY, 0xAB2001 + number),
        project=project,
        short_name=short_name,
        kind=kind,
        weight=weight,
        median_seconds=seconds,
        error_rate=error_rate,
        triggers=_triggers(number, kind, created),
        number=number,
        created=created,
    )


def _triggers(number: int, kind: str, created: int) -> tuple[Trigger, ...]:
    first = 0xAB3003 + 16 * number
    push = Trigger(object_id(created, _FAMILY, first), "main-push", ("push.heads",), "/^main$/gi")
    if kind in ("deploy", "cron"):
        return (push,)
    events = ("pullrequest.opened", "pullrequest.synchronize")
    return push, Trigger(object_id(created, _FAMILY, first + 1), "pull-request", events, "/.*/gi")
