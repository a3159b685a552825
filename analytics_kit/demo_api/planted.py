"""What is hidden in the demo's data on purpose, so that a test can ask whether an analysis finds it."""

from __future__ import annotations

from dataclasses import dataclass

from .clock import HOUR, at

SECRET_MARK = "s3cr3t"
"""Part of every planted secret: a search for it finds every leak."""

FLAKY_PIPELINES = ("checkout/e2e-tests", "mobile-app/ui-tests")
DRIFT_PIPELINE = "data-platform/spark-image"
DRIFT_DAYS = 60
DRIFT_FACTOR = 2.5
OUTAGE_DAY = "2026-05-13"
FREEZE_FIRST_DAY, FREEZE_LAST_DAY = "2026-03-09", "2026-03-15"
RENAMED_PIPELINE, FORMER_NAME, RENAMED_AT = "web-store/storefront", "web-store/shop-frontend", at("2026-03-24T10:00:00")
DELETED_PIPELINES = {
    "search/legacy-indexer": at("2026-02-20T15:00:00"),
    "mobile-app/android-v1": at("2026-04-02T09:30:00"),
    "infra/terraform-old": at("2026-05-06T11:15:00"),
}
NEVER_RUN_PIPELINE = "shared-libs/scaffold"
STALE_PIPELINE, STALE_SINCE = "docs-site/preview-v1", at("2026-01-30T12:00:00")
OFF_HOURS_ACTOR = "robin.ashdown"
OFF_HOURS_IP = "198.51.100.77"
DEPARTED_USER, DEPARTED_AT = "tomas.weller", at("2026-04-17T15:00:00")
PENDING_USER = "noor.haddad"
FIRST_TIME_ACTOR, FIRST_TIME_IP, FIRST_TIME_AT = "ines.carvalho", "192.0.2.201", at("2026-05-21T13:40:00")
BURST_HOURS = tuple(
    at(day) + hour * HOUR
    for day, hour in (
        ("2025-12-11", 10),
        ("2026-01-20", 14),
        ("2026-02-05", 9),
        ("2026-03-26", 15),
        ("2026-04-14", 11),
        ("2026-04-29", 10),
        ("2026-05-07", 14),
        ("2026-05-19", 9),
        ("2026-05-27", 13),
    )
)
"""Starts of the two-hour spans in which builds wait for minutes, not seconds."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The planted facts of one world; only tests may look at it.

    Days are ISO dates in UTC, the freeze window includes its last day; build ids are those of single odd builds.
    """

    flaky_pipelines: tuple[str, ...]
    drift_pipeline: str
    drift_days: int
    drift_factor: float
    outage_day: str
    freeze_window: tuple[str, str]
    off_hours_actor: str
    off_hours_ip: str
    first_time_actor: str
    first_time_ip: str
    departed_user: str
    pending_user: str
    deleted_pipelines: tuple[str, ...]
    renamed_pipeline: tuple[str, str]
    renamed_on: str
    never_run_pipeline: str
    stale_pipeline: str
    secret_mark: str
    negative_queue_build: str
    big_yaml_build: str
