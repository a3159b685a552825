"""What is planted in the demo's builds is found; the names come from the demo's own ground truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import pandas as pd
import pytest

from analytics_kit import metrics
from analytics_kit.catalog import Column, resource
from analytics_kit.demo_api.planted import Truth
from analytics_kit.demo_api.world import World

BUILDS = resource("builds")
EVENTS = BUILDS.children[0]
DTYPES = {"text": "str", "bigint": "Int64", "double": "float64", "bool": "boolean"}
NOW = "2026-06-01T09:00Z"
LAST_30_DAYS = ("2026-05-02", "2026-06-01")


def value_at(record: Any, path: tuple[str, ...]) -> Any:
    """The value at a path of a record; None where the path ends early."""
    for key in path:
        record = record.get(key) if isinstance(record, Mapping) else None
    return record


def typed(records: list[Mapping[str, Any]], columns: tuple[Column, ...]) -> pd.DataFrame:
    """Records as a table with the catalog's columns, without those of free content."""
    made = {
        column: [value_at(record, column.path) for record in records] for column in columns if column.type != "json"
    }
    return pd.DataFrame({column.name: series(values, column.type) for column, values in made.items()})


def series(values: list[Any], kind: str) -> pd.Series:
    """Values in the dtype of their declared type."""
    if kind == "timestamp":
        return pd.to_datetime(pd.Series(values, dtype="object"), utc=True, format="ISO8601").astype(
            "datetime64[us, UTC]"
        )
    return pd.Series(values, dtype=DTYPES[kind])


def events_of(records: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The system events of builds, each with its build's id."""
    for record in records:
        yield from (event | {"builds_id": record["id"]} for event in value_at(record, EVENTS.path))


@dataclass
class Demo:
    """The demo's builds and events in a database, and what is hidden in them."""

    builds: Any
    events: Any
    truth: Truth


@pytest.fixture(scope="module")
def demo() -> Demo:
    """The demo's whole history, as a load would store it."""
    world = World(1.0)
    records = world.records("builds")
    engine = ibis.duckdb.connect()
    engine.raw_sql("set TimeZone = 'UTC'")
    event_columns = (*EVENTS.columns, Column("builds_id", "text", ("builds_id",), ""))
    builds = engine.create_table("builds", typed(records, BUILDS.columns))
    events = engine.create_table("builds__system_events", typed(list(events_of(records)), event_columns))
    return Demo(builds, events, world.truth)


def test_both_flaky_pipelines_and_no_other_lead(demo: Demo) -> None:
    """The two that are flaky are the first two, and no other pipeline has a flaky commit."""
    frame = metrics.flaky_pipelines(demo.builds)
    flaky = len(demo.truth.flaky_pipelines)
    assert set(frame["pipeline_name"][:flaky]) == set(demo.truth.flaky_pipelines)
    assert frame["low_rate"][:flaky].min() > 0.5
    assert (frame["flaky_commits"][flaky:] == 0).all()


def test_flaky_recoveries_name_them_too(demo: Demo) -> None:
    """Restarting until it passes happens on the flaky pipelines only."""
    frame = metrics.flaky_recoveries(demo.builds)
    assert set(frame.loc[frame["recoveries"] > 0, "pipeline_name"]) == set(demo.truth.flaky_pipelines)


def test_the_drift_leads_the_trend_table(demo: Demo) -> None:
    """The pipeline that got slower is the first one in the table of the last 30 days, and by a wide margin."""
    frame = metrics.trend(demo.builds, *LAST_30_DAYS)
    assert frame["pipeline_name"][0] == demo.truth.drift_pipeline
    assert frame["relative_change"][0] > 2 * frame["relative_change"][1]


def test_the_drift_shows_in_its_duration_series(demo: Demo) -> None:
    """Its median rises month by month; the last 30 of the drift's days are as slow as 3/4 of it make them."""
    its = demo.builds.filter(demo.builds.pipeline_name == demo.truth.drift_pipeline)
    months = metrics.duration_series(its, "month", until="2026-06-01")["p50_seconds"]
    steady = months[:-2]
    assert steady.max() < 1.1 * steady.min()
    assert steady.max() < months.iloc[-2] < months.iloc[-1]
    expected = 1 + (demo.truth.drift_factor - 1) * (1 - 15 / demo.truth.drift_days)
    assert months.iloc[-1] / steady.median() == pytest.approx(expected, rel=0.1)


def test_the_outage_day_is_the_worst_of_the_success_series(demo: Demo) -> None:
    """No other day has so low a rate, and not by chance: its interval ends below that of the second worst day."""
    frame = metrics.success_series(demo.builds).sort_values("success_rate", ignore_index=True)
    assert frame["period"][0] == pd.Timestamp(demo.truth.outage_day, tz="UTC")
    second = frame[frame["n"] >= 20].iloc[1]
    assert frame["high_rate"][0] < second["low_rate"]


def test_the_outage_day_shows_in_the_throughput(demo: Demo) -> None:
    """As many builds as on its neighbours, and by far the smallest share of successes."""
    frame = metrics.throughput(demo.builds, since="2026-05-04", until="2026-06-01").set_index("period")
    busy = frame[frame["n"] >= 20]
    assert (busy["successes"] / busy["n"]).idxmin() == pd.Timestamp(demo.truth.outage_day, tz="UTC")
    assert (busy["successes"] / busy["n"]).nsmallest(2).iloc[1] > 0.5


def test_the_freeze_shows_in_the_weekly_throughput(demo: Demo) -> None:
    """The week of the release freeze has the fewest builds of all whole weeks."""
    frame = metrics.throughput(demo.builds, "week")
    whole = frame[frame["whole"]].set_index("period")
    assert whole["n"].idxmin() == pd.Timestamp(demo.truth.freeze_window[0], tz="UTC")


def test_the_one_negative_wait_is_counted(demo: Demo) -> None:
    """One build started before it was created; it is left out of the queue time of its pipeline and counted there."""
    frame = metrics.queue_time(demo.builds)
    odd = demo.builds.filter(demo.builds.id == demo.truth.negative_queue_build).pipeline_name.execute().tolist()
    assert frame.loc[frame["clock_skew"] > 0, "pipeline_name"].tolist() == odd
    assert frame["clock_skew"].sum() == 1


def test_deleted_and_renamed_pipelines_keep_their_builds(demo: Demo) -> None:
    """A deleted pipeline is still told of; a renamed one has two names, and one service id."""
    names = set(metrics.success_rate(demo.builds)["pipeline_name"])
    assert names >= {*demo.truth.deleted_pipelines, *demo.truth.renamed_pipeline}
    assert demo.truth.never_run_pipeline not in names
    assert len(metrics.success_rate(demo.builds, by="service_id")) == len(names) - 1


def test_parts_add_up_to_the_whole(demo: Demo) -> None:
    """Every build is somewhere: in the rate, terminated or unfinished; pipelines, days and cells sum to all."""
    everything = demo.builds.count().execute()
    rate = metrics.success_rate(demo.builds)
    assert rate["n"].sum() + rate["terminated"].sum() + rate["unfinished"].sum() == everything
    assert metrics.throughput(demo.builds, "hour", time_zone="America/New_York")["n"].sum() == everything
    assert metrics.weekday_hour_grid(demo.builds, "Asia/Kolkata")["n"].sum() == everything
    assert metrics.triggers(demo.builds)["share_rate"].sum() == pytest.approx(1)
    times = metrics.run_time(demo.builds, by=None)
    assert times[["n", "clock_skew", "never_started", "other_status", "unfinished"]].sum(axis=1)[0] == everything


def test_failure_reasons_cover_all_failures(demo: Demo) -> None:
    """In the outage every build failed at one step; over all time each failed build names its step."""
    frame = metrics.failure_reasons(demo.events, demo.builds)
    assert frame["n"].sum() == frame.attrs["failed"] == metrics.failing_pipelines(demo.builds).attrs["errors"]
    day = pd.Timestamp(demo.truth.outage_day)
    outage = metrics.failure_reasons(
        demo.events, demo.builds, since=day + pd.Timedelta(hours=1), until=day + pd.Timedelta(days=1)
    )
    assert outage["share_rate"][0] > 0.9


def test_unfinished_builds_are_those_at_the_end(demo: Demo) -> None:
    """Builds that wait or run are listed with their age, open approvals among them, and none is final."""
    frame = metrics.stuck(demo.builds, NOW)
    assert "pending-approval" in set(frame["status"])
    assert frame["age_seconds"].is_monotonic_decreasing
    assert frame["age_seconds"].min() > 0
