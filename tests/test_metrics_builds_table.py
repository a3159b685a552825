"""What all metrics on builds share: rows of every kind in, a typed and documented frame out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import ibis
import pandas as pd
import pytest
from build_rows import build, frame_of, table_of

from analytics_kit import metrics
from analytics_kit.metrics.table import as_table, in_window, run

NOW = "2026-06-01T09:00Z"
EVENTS = pd.DataFrame(
    {"builds_id": ["build-001"], "step_name": ["test"], "kind": ["error"], "message": ["2 tests failed"]}, dtype="str"
)
METRICS: dict[str, Callable[[Any], pd.DataFrame]] = {
    "duration_series": metrics.duration_series,
    "failing_pipelines": metrics.failing_pipelines,
    "failure_reasons": lambda builds: metrics.failure_reasons(EVENTS, builds),
    "flaky_pipelines": metrics.flaky_pipelines,
    "flaky_recoveries": metrics.flaky_recoveries,
    "queue_time": metrics.queue_time,
    "recovery_time": metrics.recovery_time,
    "run_time": metrics.run_time,
    "slowest_pipelines": metrics.slowest_pipelines,
    "still_red": lambda builds: metrics.still_red(builds, NOW),
    "stuck": lambda builds: metrics.stuck(builds, NOW),
    "success_rate": metrics.success_rate,
    "success_series": metrics.success_series,
    "throughput": metrics.throughput,
    "trend": lambda builds: metrics.trend(builds, "2026-05-01", "2026-06-01"),
    "triggers": metrics.triggers,
    "weekday_hour_grid": metrics.weekday_hour_grid,
}
BUILDS = frame_of(
    build(revision="a", initiator="mira", trigger_type="manual"),
    build("error", revision="a", trigger_type="cron"),
    build("error", "2026-05-05T10:00:00", revision="b"),
    build("running", run=None),
)


def test_every_public_metric_on_builds_is_tried_here() -> None:
    """A metric that is added must be added to this list, or the tests below would not see it."""
    homes = ("builds", "failures", "flaky", "recovery", "rhythm", "series", "trends", "waiting")
    public = {name for home in homes for name in metrics._HOMES[home]}
    assert set(METRICS) == public
    assert sorted(metrics.__all__) == metrics.__all__
    assert all(callable(getattr(metrics, name)) for name in public)
    assert {name for names in metrics._HOMES.values() for name in names} == set(metrics.__all__)


@pytest.mark.parametrize("name", METRICS)
def test_no_rows_give_the_same_columns_and_dtypes(name: str) -> None:
    """From an empty table come all columns with their dtypes, as from a full one; from an empty database table too."""
    full = METRICS[name](BUILDS)
    for nothing in (BUILDS.iloc[:0], table_of(BUILDS).limit(0), BUILDS.iloc[:0].astype(object)):
        empty = METRICS[name](nothing)
        assert empty.dtypes.to_dict() == full.dtypes.to_dict()
        assert len(empty) == (168 if name == "weekday_hour_grid" else 0)
    assert len(full) > 0


@pytest.mark.parametrize("name", METRICS)
def test_a_frame_and_a_database_give_the_same_answer(name: str) -> None:
    """The rows' home makes no difference, neither does the zone that the database believes to be in."""
    expected = METRICS[name](BUILDS)
    for zone in ("UTC", "Australia/Sydney"):
        answered = METRICS[name](table_of(BUILDS, zone))
        pd.testing.assert_frame_equal(answered, expected)
        assert answered.attrs == expected.attrs


@pytest.mark.parametrize("name", METRICS)
def test_every_answer_states_its_definition(name: str) -> None:
    """The definition has an id, a sentence, and the column that decides what belongs to the window."""
    attrs = METRICS[name](BUILDS).attrs
    assert attrs["definition"].startswith(attrs["definition_id"] + ": ")
    assert attrs["definition_id"].split(".")[0] == name
    assert "time (finished)" in attrs["definition"] or "time (created)" in attrs["definition"]


@pytest.mark.parametrize("name", METRICS)
def test_every_answer_has_counts_units_and_times_of_the_agreed_kind(name: str) -> None:
    """Counts are Int64, rates and seconds float64, times UTC, texts str."""
    frame = METRICS[name](BUILDS)
    for column, dtype in frame.dtypes.items():
        wanted = "float64" if str(column).endswith(("_rate", "_seconds")) else None
        wanted = wanted or ("datetime64[us, UTC]" if str(column).endswith("_at") or column == "period" else None)
        wanted = wanted or ("Int64" if column == "n" else None)
        assert str(dtype) == wanted or wanted is None, column
        assert str(dtype) in {"float64", "datetime64[us, UTC]", "Int64", "str", "boolean"}, column


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_names_a_missing_column(name: str) -> None:
    """Without ``created`` no metric answers, and each says so."""
    with pytest.raises(ValueError, match="no column 'created'"):
        METRICS[name](BUILDS.drop(columns="created"))


def test_rows_of_no_known_kind_are_refused() -> None:
    """A list of dicts is no table; the message says where tables come from."""
    with pytest.raises(TypeError, match=r"list.*kit\.table"):
        metrics.success_rate([{"status": "success"}])


def test_a_missing_column_comes_with_what_is_there() -> None:
    """The message lists what is needed and what the rows have."""
    with pytest.raises(
        ValueError, match=r"'finished'; needed here: status, finished\.\n.*They have: status\."
    ) as caught:
        as_table(pd.DataFrame({"status": ["success"]}), "status", "finished")
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(
    "since",
    [
        "2026-05-05",
        date(2026, 5, 5),
        datetime(2026, 5, 5, tzinfo=UTC),
        "2026-05-05T02:00+02:00",
        pd.Timestamp("2026-05-05"),
    ],
    ids=str,
)
def test_bounds_come_in_many_forms(since: Any) -> None:
    """A date, a datetime, an ISO text with or without a zone: all mean the same instant."""
    table = in_window(as_table(BUILDS, "created"), "created", since, None)
    assert run(table)["created"].tolist() == [pd.Timestamp("2026-05-05T10:00")]


def test_relative_bounds_are_refused() -> None:
    """A metric has no clock: "30d" counts from a now that it does not know."""
    with pytest.raises(ValueError, match="no clock"):
        metrics.success_rate(BUILDS, since="30d")


def test_frames_of_texts_lists_and_nulls_become_tables() -> None:
    """ISO texts become times, lists and dicts JSON text, a column of nulls gets its declared type."""
    frame = pd.DataFrame(
        {
            "created": ["2026-05-04T10:00:00Z", "2026-05-04T10:00:00.250+02:00"],
            "steps": [["clone", "test"], None],
            "annotations": [{"key": "coverage"}, []],
            "revision": [None, None],
            "rs_status": [None, None],
        }
    )
    table = as_table(frame)
    assert {name: str(kind) for name, kind in table.schema().items()} == {
        "created": "timestamp",
        "steps": "string",
        "annotations": "string",
        "revision": "string",
        "rs_status": "int64",
    }
    rows = run(table)
    assert rows["created"].tolist() == [pd.Timestamp("2026-05-04T10:00:00"), pd.Timestamp("2026-05-04T08:00:00.250")]
    assert rows["steps"].tolist()[0] == '["clone","test"]'
    assert rows["annotations"].tolist() == ['{"key":"coverage"}', "[]"]


def test_columns_of_nothing_but_nulls_have_their_declared_type() -> None:
    """A table in memory does not know what its nulls are; the catalog does."""
    table = as_table(ibis.memtable({"finished": [None], "revision": [None]}))
    assert [str(kind) for kind in table.schema().values()] == ["timestamp", "string"]


def test_times_without_a_zone_are_utc() -> None:
    """A database column without a zone, as some files have it, is read as UTC in any session."""
    naive = BUILDS.assign(**{name: BUILDS[name].dt.tz_localize(None) for name in ("created", "started", "finished")})
    pd.testing.assert_frame_equal(metrics.throughput(table_of(naive, "Asia/Tokyo")), metrics.throughput(BUILDS))


def test_the_portable_way_out_of_a_zone_agrees_with_the_fast_one() -> None:
    """What other engines get is the same instants as what the usual one gets."""
    from analytics_kit.metrics.table import _without_zone

    builds = table_of(BUILDS, "America/New_York")
    fast, portable = (run(builds.select(at=_without_zone(builds.created, engine))) for engine in ("duckdb", "other"))
    pd.testing.assert_frame_equal(fast, portable)
    assert fast["at"].tolist() == BUILDS["created"].dt.tz_localize(None).tolist()


def test_rows_in_memory_stay_off_the_default_engine() -> None:
    """A frame or a table in memory is answered by the kit's own engine: no default is set for the whole process."""
    before = ibis.options.default_backend
    metrics.success_rate(BUILDS)
    metrics.success_rate(ibis.memtable(BUILDS))
    assert ibis.options.default_backend is before


def test_importing_the_metrics_is_cheap() -> None:
    """Neither pandas nor an engine is imported before a metric is asked for."""
    heavy = "{'pandas', 'ibis', 'duckdb', 'pyarrow'}"
    code = f"import sys, analytics_kit.metrics as m; dir(m); print({heavy} & sys.modules.keys())"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "set()"


def test_an_unknown_metric_is_an_attribute_error() -> None:
    """A name that is no metric fails as any module's does."""
    with pytest.raises(AttributeError, match="mttr"):
        metrics.mttr  # noqa: B018
