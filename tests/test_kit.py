"""The main job, end to end: real HTTP from the demo API into a real DuckDB file, and back as frames."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from demo_server import KEY, Demo, start
from kits import kit_on

import analytics_kit as ak
from analytics_kit.catalog import RESOURCES
from analytics_kit.demo_api.world import World

SCALE = 0.1
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
PLAIN = [name for name, entry in RESOURCES.items() if not entry.merge_key]


@pytest.fixture(scope="module", params=["enveloped", "bare"])
def served(request: pytest.FixtureRequest) -> Iterator[Demo]:
    demo = start("--dialect", request.param, "--scale", str(SCALE))
    yield demo
    demo.stop()


@pytest.fixture(scope="module")
def world() -> World:
    return World(SCALE)


def ids_held(world: World, name: str) -> list[Any]:
    """The ids that the kit must give for the server's records, by the contract's keys."""
    keys: dict[str, Any] = {
        "pipelines": lambda row: row["metadata"]["id"],
        "contexts": lambda row: row["metadata"]["name"],
        "step_types": lambda row: f"{row['metadata']['name']}:{row['metadata']['version']}",
        "analytics_metadata": lambda row: row["reportName"],
        "helm_repos": lambda row: row["Name"],
    }
    key = keys.get(name, lambda row: row.get("id", row.get("_id")))
    return sorted(key(row) for row in world.records(name))


def test_all_13_resources_come_back_with_exactly_the_rows_the_api_holds(
    served: Demo, world: World, tmp_path: Path
) -> None:
    """In both dialects: every frame has the ids of the server, none lost or doubled; a second load changes nothing."""
    with kit_on(served, tmp_path) as kit:
        report = kit.load()
        assert report.ok, report
        assert set(report) == set(RESOURCES)
        first = {name: kit.frame(name) for name in RESOURCES}
        for name in PLAIN:
            assert sorted(first[name]["id"]) == ids_held(world, name), name
            assert report[name].rows == len(first[name])
        again = kit.load()
        assert {name: load.rows for name, load in again.items()} == {name: load.rows for name, load in report.items()}
        for name in RESOURCES:
            pd.testing.assert_frame_equal(kit.frame(name), first[name])


def test_reports_come_back_as_the_api_answers_them(demo: Demo, kit: ak.Kit) -> None:
    """Each row of the API is one row, whole in ``row``, with report, granularity and range; long and wide alike."""
    window = {"since": "2026-03-01", "until": "2026-05-01"}
    names = ["buildAvgDuration", "creditConsumption"]
    frame = kit.load_frame("analytics_reports", reports=names, granularity="month", **window)
    for name in names:
        dates = ["2026-03-01", "2026-04-30"]
        sent = demo.rows(f"/analytics/reports/{name}", "data", dateRange=dates, granularity="month")
        held = frame[frame["report_name"] == name].sort_values("position")
        assert held["row"].tolist() == sent
    assert set(frame["granularity"]) == {"month"}
    assert set(frame["range_start"]) == {pd.Timestamp("2026-03-01", tz="UTC")}
    assert set(frame["range_end"]) == {pd.Timestamp("2026-05-01", tz="UTC")}
    long = frame[frame["report_name"] == "creditConsumption"]
    assert long["value"].dtype == "float64"
    assert long["value"].notna().all()


def test_a_changed_build_replaces_the_old_row(demo: Demo, kit: ak.Kit) -> None:
    """A status that changes between two loads is seen, on the same row."""
    before = kit.load_frame("builds", since="7d")
    running = before.loc[before["status"] == "running", "id"].iloc[0]
    assert demo.post(f"/builds/{running}", {"status": "success", "finished": "2026-06-01T08:59:00.000Z"}) == 200
    after = kit.load_frame("builds", since="7d")
    assert len(after) == len(before)
    changed = after.set_index("id").loc[running]
    assert changed["status"] == "success"
    assert changed["finished"] == pd.Timestamp("2026-06-01T08:59", tz="UTC")


def test_a_window_is_half_open_and_counts_from_the_apis_clock(kit: ak.Kit, world: World) -> None:
    """since="30d" counts back from the demo's own now; rows at since belong, rows at until do not."""
    frame = kit.load_frame("builds", since="30d")
    assert frame["created"].min() >= NOW - timedelta(days=30)
    created = sorted(row["created"] for row in world.records("builds"))
    first, last = created[-40], created[-20]
    cut = kit.load_frame("builds", since=first, until=last)
    assert cut["created"].min() == pd.Timestamp(first)
    assert len(cut) == sum(first <= value < last for value in created)
    assert len(kit.frame("builds", since=first, until=last)) == len(cut)


def test_frames_are_typed(kit: ak.Kit) -> None:
    """Times, integers, booleans, texts, lists and objects have the documented types, and no bookkeeping shows."""
    kit.load("builds", "audit", since="14d")
    builds, audit = kit.frame("builds"), kit.frame("audit")
    assert str(builds["created"].dtype) == str(builds["finished"].dtype) == "datetime64[us, UTC]"
    assert (str(audit["id"].dtype), str(audit["rs_status"].dtype)) == ("Int64", "Int64")
    assert str(builds["webhook_triggered"].dtype) == "boolean"
    assert str(builds["status"].dtype) == "str"
    assert isinstance(builds["steps"].iloc[0], list)
    assert not [name for name in builds.columns if name.startswith(("_dlt", "_kit"))]
    assert list(kit.columns("builds")["column"]) == list(builds.columns)
    dtypes = kit.columns("builds").set_index("column")["dtype"]
    assert {name: str(dtype) for name, dtype in builds.dtypes.items()} == dtypes.to_dict()


def test_child_tables_follow_their_parents(kit: ak.Kit) -> None:
    """One row per element of the parent's list, with its id and position."""
    kit.load("builds", "accounts", "pipelines", since="14d")
    for child, parent, column in (
        ("builds__system_events", "builds", "system_events"),
        ("accounts__logins", "accounts", "logins"),
        ("pipelines__spec__triggers", "pipelines", "spec__triggers"),
    ):
        parents, rows = kit.frame(parent), kit.frame(child)
        expected = {(row["id"], place) for _, row in parents.iterrows() for place in range(len(row[column] or []))}
        assert expected
        assert set(zip(rows[f"{parent}_id"], rows["position"], strict=True)) == expected


def test_reading_before_loading_is_an_error_and_empty_is_not(kit: ak.Kit) -> None:
    """Never loaded raises; loaded and empty is a frame with all columns and the same types."""
    with pytest.raises(ak.NotLoadedError, match="builds"):
        kit.frame("builds")
    with pytest.raises(ak.NotLoadedError):
        kit.table("builds")
    with pytest.raises(ak.NotLoadedError):
        kit.sql("select 1")
    report = kit.load("builds", since="2020-01-01", until="2020-02-01")
    assert report["builds"].status == "empty"
    empty = kit.frame("builds")
    assert len(empty) == 0
    full = kit.load_frame("builds", since="7d")
    assert list(empty.dtypes.items()) == list(full.dtypes.items())
    with pytest.raises(ak.NotLoadedError, match="agents"):
        kit.frame("agents")


def test_resources_tells_what_is_held(kit: ak.Kit) -> None:
    """Never loaded, empty and loaded are told apart; the window held is joined from complete loads."""
    kit.load("builds", since="2026-05-01", until="2026-05-10")
    kit.load("builds", since="2026-05-10", until="2026-05-20")
    kit.load("audit", since="2020-01-01", until="2020-02-01")
    held = kit.resources().set_index("resource")
    assert list(held.index) == list(RESOURCES)
    assert held.loc["builds", "status"] == "loaded"
    assert (held.loc["builds", "since"], held.loc["builds", "until"]) == (
        pd.Timestamp("2026-05-01", tz="UTC"),
        pd.Timestamp("2026-05-20", tz="UTC"),
    )
    assert held.loc["builds", "rows"] == len(kit.frame("builds"))
    assert held.loc["audit", "status"] == "empty"
    assert held.loc["agents", "status"] == "never loaded"


def test_a_window_that_is_not_held_warns_once(kit: ak.Kit) -> None:
    """Reading beyond what was loaded says so, once per load."""
    kit.load("builds", since="2026-05-01", until="2026-05-10")
    assert len(kit.frame("builds", since="2026-05-02", until="2026-05-05")) > 0
    with pytest.warns(ak.IncompleteDataWarning, match="2026-05-01 to 2026-05-10"):
        kit.frame("builds", since="2026-04-20", until="2026-05-05")
    kit.frame("builds", since="2026-04-20", until="2026-05-05")


def test_as_of_is_the_line_under_a_chart(kit: ak.Kit) -> None:
    """Window, rows, when it was loaded and whether it is complete."""
    rows = len(kit.load_frame("builds", since="2026-05-01", until="2026-05-10"))
    told = kit.as_of("builds")
    assert (told.rows, told.complete) == (rows, True)
    assert f"builds: {rows:,} rows, 2026-05-01 to 2026-05-10, loaded" in str(told)


def test_sql_binds_its_parameters_and_types_its_result(kit: ak.Kit) -> None:
    """A value with a quote is a value; integers, times and JSON come back typed; the engine's message is quoted."""
    kit.load("builds", since="14d")
    found = kit.sql(
        "select count(*) n, max(created) t, any_value(steps) steps, sum(1) s from builds where status = $s", s="it's"
    )
    assert (found["n"].iloc[0], str(found["n"].dtype), str(found["s"].dtype)) == (0, "Int64", "Int64")
    assert str(found["t"].dtype) == "datetime64[us, UTC]"
    assert isinstance(kit.sql("select steps from builds limit 1")["steps"].iloc[0], list)
    with pytest.raises(ak.QueryError, match="nonsense"):
        kit.sql("select nonsense from builds")
    for statement in ("delete from builds", "create table x as select 1", "drop view builds", "select 1; select 2", ""):
        with pytest.raises(ak.QueryError):
            kit.sql(statement)


def test_what_the_engine_refuses_is_told_with_the_next_step(kit: ak.Kit) -> None:
    """A value that is missing, a table that was not loaded or is none, a column: each with what to do about it."""
    kit.load("builds", since="2d")
    for query, told in (
        ("select * from builds where project = $p and branch_name = $b", ["a value for $b, $p", "by its name"]),
        ("select * from builds where project = ?", ["a value for $1"]),
        ("select * from audit", ["audit does not exist", 'kit.load("audit")']),
        ("select * from accounts__logins", ['kit.load("accounts")']),
        ("select * from bulds", ["bulds does not exist", "did you mean 'builds'?"]),
        ("select projct from builds", ["projct", '"project"', "kit.columns(name)"]),
    ):
        with pytest.raises(ak.QueryError) as caught:
            kit.sql(query)
        assert all(part in str(caught.value) for part in told), str(caught.value)
        assert len(str(caught.value).splitlines()) <= 3
        assert "pg_" not in str(caught.value)


def test_an_unknown_name_is_told_with_the_close_match(kit: ak.Kit) -> None:
    """Resources and columns alike."""
    with pytest.raises(ak.UnknownResourceError, match="builds"):
        kit.load("bulids")
    for call in (kit.load, kit.load_frame, kit.frame):
        names: Any = ["builds", "agents"]
        with pytest.raises(ak.UnknownResourceError, match='"builds", "agents"'):
            call(names)
    with pytest.raises(ak.UnknownResourceError, match="'builds'"):
        kit.frame("build")
    kit.load("agents")
    with pytest.raises(ak.QueryError, match="'name'"):
        kit.frame("agents", columns=["nam"])


def test_columns_prunes(kit: ak.Kit) -> None:
    """Only the columns asked for come back, in that order."""
    kit.load("builds", since="7d")
    assert list(kit.frame("builds", columns=["status", "id"]).columns) == ["status", "id"]


def test_a_failing_resource_does_not_sink_the_others(demo: Demo, tmp_path: Path) -> None:
    """A 500 on page 3 leaves 200 rows and partial, a 403 beside it fails, the others are loaded."""
    kit = kit_on(demo, tmp_path, concurrency=1)  # so that page 3 is the third request
    demo.fault(path="/workflow", kind="status", status=500, after=2)
    demo.fault(path="/agents", kind="status", status=403)
    report = kit.load("builds", "agents", "projects", errors="report")
    assert {name: load.status for name, load in report.items()} == {
        "builds": "partial",
        "agents": "failed",
        "projects": "loaded",
    }
    assert report["builds"].rows == 200
    assert isinstance(report["builds"].error, ak.ServerFailureError)
    assert isinstance(report["agents"].error, ak.AccessDeniedError)
    assert not report.ok
    with pytest.warns(ak.IncompleteDataWarning, match="partial"):
        assert len(kit.frame("builds")) == 200
    assert kit.as_of("builds").complete is False
    held = kit.resources().set_index("resource")
    assert held["status"].loc[["builds", "agents", "projects"]].tolist() == ["partial", "never loaded", "loaded"]
    with pytest.raises(ak.NotLoadedError, match="failed"):
        kit.frame("agents")
    demo.reset()
    assert kit.load("builds").ok
    assert kit.resources().set_index("resource").loc["builds", "status"] == "loaded"


def test_the_shown_report_tells_the_next_step(demo: Demo, kit: ak.Kit) -> None:
    """One line per resource, also for a message of two: what happened, and what to do."""
    demo.fault(path="/agents", kind="status", status=403)
    shown = repr(kit.load("agents", "projects", errors="report")).splitlines()
    assert len(shown) == 3
    assert "may not read this" in shown[1]
    assert shown[1].endswith("Give the key the scope of this resource, or use the key of an account admin.")


def test_errors_raise_where_resources_are_named_and_report_where_none_is(demo: Demo, kit: ak.Kit) -> None:
    """A named resource that fails raises after the load, with the report; a load of all reports."""
    demo.fault(path="/agents", kind="status", status=403)
    with pytest.raises(ak.LoadError) as caught:
        kit.load("agents", "projects")
    assert caught.value.report["projects"].status == "loaded"  # type: ignore[attr-defined]
    assert isinstance(caught.value.__cause__, ak.AccessDeniedError)
    assert kit.load()["agents"].status == "failed"
    with pytest.raises(ak.LoadError):
        kit.load(errors="raise")
    with pytest.raises(ValueError, match="ignore"):
        kit.load("agents", errors="ignore")  # type: ignore[arg-type]


def test_without_an_account_id_only_accounts_fails(demo: Demo, tmp_path: Path) -> None:
    """The setting is asked for by the one resource that needs it, and named."""
    with kit_on(demo, tmp_path, account_id=None) as kit:
        report = kit.load()
        assert [name for name, load in report.items() if load.status == "failed"] == ["accounts"]
        assert isinstance(report["accounts"].error, ak.ConfigurationError)
        with pytest.raises(ak.ConfigurationError, match="account_id"):
            kit.load("accounts")


def test_failed_metadata_fails_the_reports_with_the_same_error(demo: Demo, kit: ak.Kit) -> None:
    """Reports without their list are failed, never empty; named reports are still asked."""
    demo.fault(path="/analytics/metadata", kind="status", status=403)
    report = kit.load("analytics_metadata", "analytics_reports", errors="report")
    assert report["analytics_reports"].status == "failed"
    assert isinstance(report["analytics_reports"].error, ak.AccessDeniedError)
    named = kit.load(
        "analytics_reports", reports=["buildAvgDuration"], since="2026-05-01", until="2026-06-01", errors="report"
    )
    assert named["analytics_reports"].status == "loaded"


def test_a_report_without_data_is_empty_after_one_retry(demo: Demo, kit: ak.Kit) -> None:
    """The 500 that means "no data" is asked twice at most, ends as empty, and takes the rows of the last time away."""
    window = {"reports": ["buildAvgDuration"], "since": "2026-05-01", "until": "2026-06-01"}
    assert len(kit.load_frame("analytics_reports", **window)) == 1
    demo.reset()
    demo.fault(path="/analytics/reports/buildAvgDuration", kind="no_data")
    report = kit.load("analytics_reports", **window)
    assert report["analytics_reports"].parts is not None
    assert report["analytics_reports"].parts["buildAvgDuration"].status == "empty"
    assert sum("buildAvgDuration" in line["path"] for line in demo.log()["requests"]) == 2
    assert len(kit.frame("analytics_reports")) == 0


def test_a_report_outside_its_limits_is_told_before_it_is_asked(demo: Demo, kit: ak.Kit) -> None:
    """The error names the report and the limit; the other reports come."""
    with pytest.raises(ak.LoadError) as caught:
        kit.load(
            "analytics_reports",
            reports=["creditConsumption", "buildAvgDuration"],
            since="2026-01-01",
            until="2026-05-01",
            granularity="day",
        )
    parts = caught.value.report["analytics_reports"].parts  # type: ignore[attr-defined]
    assert isinstance(parts["creditConsumption"].error, ak.WindowError)
    assert "45 days" in str(parts["creditConsumption"].error)
    assert not any("creditConsumption" in line["path"] for line in demo.log()["requests"])


def test_a_misspelt_report_is_told_with_those_there_are(kit: ak.Kit) -> None:
    """The API decides, and when it refuses, the list of its metadata helps."""
    with pytest.raises(ak.LoadError) as caught:
        kit.load("analytics_reports", reports=["buildAvgDurtion"], since="30d")
    error = caught.value.report["analytics_reports"].error  # type: ignore[attr-defined]
    assert isinstance(error, ak.BadRequestError)
    assert error.hint.startswith(
        "analytics_metadata has no 'buildAvgDurtion'; did you mean 'buildAvgDuration'? It lists "
    )
    assert "creditConsumption" in error.hint
    assert error.hint in str(caught.value)


def test_options_of_reports_need_the_reports(demo: Demo, kit: ak.Kit) -> None:
    """What would be left out in silence is refused before anything is asked."""
    options: list[dict[str, Any]] = [{"reports": ["buildAvgDuration"]}, {"granularity": "week"}]
    for given in options:
        with pytest.raises(ak.FilterError, match="applies to analytics_reports") as caught:
            kit.load("builds", **given)
        assert 'Add "analytics_reports"' in caught.value.hint
        with pytest.raises(ak.FilterError):
            ak.rest_config(kit.settings, ["builds"], **given)
    assert not demo.log()["requests"]


def test_rows_of_a_report_come_in_the_apis_order(kit: ak.Kit) -> None:
    """Position 10 after position 9, report by report: a plot of it runs forward in time."""
    names = ["buildAvgDuration", "buildP90Duration"]
    rows = kit.load_frame("analytics_reports", reports=names, since="90d", granularity="week")
    for _, report in rows.groupby("report_name"):
        assert report["position"].tolist() == list(range(len(report)))
        assert report["time"].is_monotonic_increasing
    assert len(rows) > 20
    assert rows["report_name"].is_monotonic_increasing


def test_check_tells_what_the_key_may_read(tmp_path: Path) -> None:
    """One row per resource, with the next step where the key may not."""
    demo = start("--scale", "0.05", "--deny", "agents")
    try:
        with kit_on(demo, tmp_path) as kit:
            told = kit.check().set_index("resource")
        assert list(told.index) == list(RESOURCES)
        assert told.loc["agents", "access"] == "no"
        assert told.loc["agents", "next_step"]
        assert set(told.drop(index="agents")["access"]) == {"yes"}
        with kit_on(demo, tmp_path, api_key="wrong") as kit:
            assert set(kit.check()["access"]) == {"no"}
    finally:
        demo.stop()


def test_every_wait_and_request_is_counted(demo: Demo, kit: ak.Kit) -> None:
    """Two 429s with Retry-After: the load is whole, and the report tells the tries and the time waited."""
    demo.fault(path="/agents", kind="status", status=429, retry_after=0.3, count=2)
    load = kit.load("agents")["agents"]
    assert (load.status, load.requests) == ("loaded", 3)
    assert 0.6 <= load.waited_seconds < 3


def test_the_kit_is_a_context_manager_and_its_repr_hides_the_key(kit: ak.Kit) -> None:
    """Neither the kit nor its settings show the key."""
    assert KEY not in repr(kit) + repr(kit.settings) + str(kit.settings)
    assert str(kit.settings.database) in repr(kit)


def test_the_demo_is_started_once_and_ends_with_its_process(tmp_path: Path) -> None:
    """A second ak.demo() in one process uses the same server; each kit has a database of its own."""
    with ak.demo(scale=0.05, progress=False) as one, ak.demo(scale=0.05, progress=False) as two:
        assert one.settings.base_url == two.settings.base_url
        assert one.settings.database != two.settings.database
    with pytest.raises(ak.ConfigurationError, match="bare"):
        ak.demo(dialect="plain")


def test_a_load_of_an_open_window_holds_up_to_the_apis_now(kit: ak.Kit) -> None:
    """Without until, what is held ends at the API's own now."""
    kit.load("builds", since="2026-05-20")
    assert kit.resources().set_index("resource").loc["builds", "until"] == pd.Timestamp(NOW)


def test_the_file_is_a_plain_database_for_others(kit: ak.Kit) -> None:
    """While nothing loads, the file can be opened by anybody; the tables have their names there."""
    kit.load("agents")
    with duckdb.connect(str(kit.settings.database), read_only=True) as other:
        assert other.sql("select count(*) from agents").fetchall()[0][0] == len(kit.frame("agents"))
