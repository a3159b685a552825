"""A million builds: every metric answers in the database, and only a small frame comes back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ibis
import pytest

from analytics_kit import metrics

if TYPE_CHECKING:
    import pandas as pd

pytestmark = pytest.mark.long

BUILDS = 1_000_000
SECONDS = 2.0
PATIENCE = 5  # a busy machine is slower; a metric that pulls the rows into pandas is slower than that

# 180 days, 300 pipelines in 12 projects, 400 branches, a new commit for every third build; 80 % green, 13 % red
MAKE_BUILDS = f"""
create table builds as
with numbered as (select i, hash(i) a, hash(i + 1e7) b, hash(i + 2e7) c from range({BUILDS}) r(i)),
timed as (select *, timestamptz '2026-01-01 00:00:00+00' + to_milliseconds(i * 15552) created from numbered)
select
    printf('%024x', i) id,
    created,
    case when a % 100 > 0 then created + to_milliseconds(5000 + (b % 55000)::bigint) end started,
    case when i < {BUILDS} - 500 then created + to_milliseconds(65000 + (c % 1800000)::bigint) end finished,
    case when i >= {BUILDS} - 500 then 'running' when b % 100 < 80 then 'success' when b % 100 < 93 then 'error'
        else 'terminated' end status,
    'project-' || a % 12 || '/pipeline-' || a % 300 pipeline_name,
    case when a % 20 > 0 then 'branch-' || b % 400 end branch_name,
    case when a % 20 > 0 then sha1((a % 300 || '-' || i // 900)::varchar) end revision,
    ['webhook', 'manual', 'cron', 'api'][1 + (c % 4)::int] trigger_type,
    'user-' || c % 100 initiator,
    null::varchar pending_reason
from timed
"""
MAKE_EVENTS = """
create table builds__system_events as
select id builds_id, 'step-' || hash(id) % 9 step_name, 'error' kind, 'message ' || hash(id) % 50 message
from builds where status = 'error'
"""
CASES: dict[str, Callable[[Any, Any], pd.DataFrame]] = {
    "success_rate": lambda builds, _: metrics.success_rate(builds),
    "success_rate, all": lambda builds, _: metrics.success_rate(builds, by=None, mode="codefresh"),
    "run_time": lambda builds, _: metrics.run_time(builds),
    "queue_time": lambda builds, _: metrics.queue_time(builds, since="2026-02-01"),
    "throughput": lambda builds, _: metrics.throughput(builds, "hour", time_zone="Europe/Berlin"),
    "success_series": lambda builds, _: metrics.success_series(builds, time_zone="America/New_York"),
    "duration_series": lambda builds, _: metrics.duration_series(builds, "hour"),
    "duration_series, queue": lambda builds, _: metrics.duration_series(builds, "day", "queue_time"),
    "trend": lambda builds, _: metrics.trend(builds, "2026-04-01", "2026-06-30"),
    "trend, success_rate": lambda builds, _: metrics.trend(builds, "2026-04-01", "2026-06-30", measure="success_rate"),
    "slowest_pipelines": lambda builds, _: metrics.slowest_pipelines(builds),
    "failing_pipelines": lambda builds, _: metrics.failing_pipelines(builds),
    "failure_reasons": lambda builds, events: metrics.failure_reasons(events, builds),
    "flaky_pipelines": lambda builds, _: metrics.flaky_pipelines(builds),
    "flaky_recoveries": lambda builds, _: metrics.flaky_recoveries(builds),
    "recovery_time": lambda builds, _: metrics.recovery_time(builds),
    "still_red": lambda builds, _: metrics.still_red(builds, "2026-07-01", since="2026-06-28"),
    "stuck": lambda builds, _: metrics.stuck(builds, "2026-07-01"),
    "triggers": lambda builds, _: metrics.triggers(builds),
    "weekday_hour_grid": lambda builds, _: metrics.weekday_hour_grid(builds, "Europe/Berlin"),
}


@pytest.fixture(scope="module")
def million() -> Any:
    """A database with a million builds, made by the database."""
    engine = ibis.duckdb.connect()
    engine.raw_sql("set TimeZone = 'UTC'")
    engine.raw_sql(MAKE_BUILDS)
    engine.raw_sql(MAKE_EVENTS)
    return engine


@pytest.mark.parametrize("name", CASES)
def test_a_million_builds(
    name: str, million: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer comes soon, and no query on the way brings more than a few thousand rows into pandas."""
    pulled: list[int] = []
    to_pandas = type(million).to_pandas

    def counted(self: Any, *args: Any, **kwargs: Any) -> pd.DataFrame:
        rows = to_pandas(self, *args, **kwargs)
        pulled.append(len(rows))
        return rows

    monkeypatch.setattr(type(million), "to_pandas", counted)
    builds, events = million.table("builds"), million.table("builds__system_events")
    start = time.perf_counter()
    frame = CASES[name](builds, events)
    seconds = time.perf_counter() - start
    with capsys.disabled():
        print(f"\n{name:25}{seconds:6.2f} s, {len(frame)} rows in {len(pulled)} queries", end="")  # noqa: T201
    assert 0 < len(frame) <= max(pulled) + 168
    assert max(pulled) < 10_000
    assert seconds < SECONDS * PATIENCE
