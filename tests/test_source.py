"""The config that dlt takes, held against the contract's table; and the source as dlt runs it."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
from demo_server import ACCOUNT, KEY, Demo, start
from dlt.sources.rest_api import rest_api_source
from scripted_server import Reply, ScriptedServer

import analytics_kit as ak
from analytics_kit.demo_api.world import World
from analytics_kit.settings import Settings, read_settings

SCALE = 0.1
# The contract's resource table, typed by hand: path, data selector, paging, parameters.
TABLE: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "accounts": (f"/accounts/{ACCOUNT}/users", "data", "single_page", {}),
    "account_settings": ("/account-settings", "data", "single_page", {}),
    "agents": ("/agents", "data", "single_page", {}),
    "builds": ("/workflow", "workflows.docs", "page_number", {"page": "page", "limit": 100}),
    "audit": ("/audit", "data", "page_number", {"page": "page", "pageSize": 1000}),
    "analytics_metadata": ("/analytics/metadata", "reports.*", "single_page", {}),
    "analytics_reports": ("/analytics/reports/{report_name}", "data", "single_page", {}),
    "execution_contexts": ("/execution-contexts", "docs", "single_page", {}),
    "contexts": ("/contexts", "data", "single_page", {}),
    "projects": ("/projects", "projects", "offset", {"offset": "offset", "limit": 100}),
    "pipelines": ("/pipelines", "docs", "offset", {"offset": "offset", "limit": 100}),
    "step_types": ("/step-types", "docs.*", "offset", {"offset": "offset", "limit": 1000}),
    "helm_repos": ("/helm/repos", "data", "single_page", {}),
}


def settings_of(base_url: str, **given: Any) -> Settings:
    return read_settings(**{"base_url": base_url, "api_key": KEY, "account_id": ACCOUNT, "retries": 0, **given})


@pytest.fixture(scope="module")
def bare() -> Iterator[Demo]:
    demo = start("--dialect", "bare", "--scale", str(SCALE))
    yield demo
    demo.stop()


def everything_in(path: Path) -> str:
    """All rows of all tables of a database as text: its file is compressed, and its bytes prove nothing."""
    with duckdb.connect(str(path), read_only=True) as file:
        tables = file.sql("select table_schema, table_name from information_schema.tables").fetchall()
        return "\n".join(str(file.sql(f'from "{schema}"."{name}"').fetchall()) for schema, name in tables)


def entry(config: dict[str, Any], name: str) -> dict[str, Any]:
    return next(item for item in config["resources"] if isinstance(item, dict) and item["name"] == name)


@pytest.mark.parametrize("name", TABLE)
def test_the_config_says_what_the_contract_says(name: str) -> None:
    """Path, selector, kind of paging, parameter names and page size of each resource."""
    path, selector, kind, paging = TABLE[name]
    endpoint = entry(ak.rest_config(settings_of("https://ci.example/api")), name)["endpoint"]
    assert (endpoint["path"], endpoint["data_selector"], endpoint["paginator"]["type"]) == (path, selector, kind)
    paginator = endpoint["paginator"]
    if kind == "page_number":
        size = next(key for key in paging if key != "page")
        assert (paginator["page_param"], endpoint["params"][size]) == (paging["page"], paging[size])
        assert paginator["total_path"] is None
    elif kind == "offset":
        assert (paginator["offset_param"], paginator["limit_param"], paginator["limit"]) == (
            "offset",
            "limit",
            paging["limit"],
        )
        assert paginator["total_path"] is None


def test_the_config_has_all_resources_and_the_shared_rules() -> None:
    """13 resources in the table's order; key id, merge; the key in a header whose name is a setting."""
    config = ak.rest_config(settings_of("https://ci.example/api", api_key_header="Authorization"))
    assert {item["name"] for item in config["resources"]} == set(TABLE)
    assert config["resource_defaults"]["primary_key"] == "id"
    assert config["resource_defaults"]["write_disposition"] == "merge"
    auth = config["client"]["auth"]
    assert (auth["type"], auth["location"], auth["name"], auth["api_key"]) == (
        "api_key",
        "header",
        "Authorization",
        KEY,
    )
    assert ak.rest_config(settings_of("https://ci.example/api"))["client"]["auth"]["name"] == "api_key"
    assert config["client"]["base_url"] == "https://ci.example/api"


def test_builds_count_pages_from_1_and_audit_from_its_first() -> None:
    """Builds start at page 1; audit, whose base is unknown, at 0: a first page served twice is merged away."""
    config = ak.rest_config(settings_of("https://x"))
    assert entry(config, "builds")["endpoint"]["paginator"]["base_page"] == 1
    assert entry(config, "audit")["endpoint"]["paginator"]["base_page"] == 0


def test_the_config_hides_the_key_in_its_repr() -> None:
    """The key in the dict is a str whose repr is masked, also in a deep copy."""
    config = ak.rest_config(settings_of("https://x"))
    assert KEY not in repr(config) + str(config) + repr(copy.deepcopy(config["client"]))
    assert isinstance(config["client"]["auth"]["api_key"], str)


def test_the_window_is_asked_wide_in_the_parameters_of_each_resource() -> None:
    """A day more on both sides, as ISO instants in UTC; resources without a window are not asked for one."""
    config = ak.rest_config(settings_of("https://x"), since="2026-05-02T06:00:00+02:00", until="2026-05-10")
    bounds = {"since": "2026-05-01T04:00:00.000Z", "until": "2026-05-11T00:00:00.000Z"}
    assert entry(config, "builds")["endpoint"]["params"] | bounds == {
        "limit": 100,
        "startDate": bounds["since"],
        "endDate": bounds["until"],
        **bounds,
    }
    assert entry(config, "audit")["endpoint"]["params"]["from"] == bounds["since"]
    assert entry(config, "audit")["endpoint"]["params"]["to"] == bounds["until"]
    assert entry(config, "projects")["endpoint"]["params"] == {}


def test_reports_are_asked_by_name_with_dates_and_granularity() -> None:
    """The date range twice, the granularity, one request per name."""
    config = ak.rest_config(
        settings_of("https://x"),
        ["analytics_reports"],
        since="2026-05-01",
        until="2026-06-01",
        reports=["a", "b"],
        granularity="week",
    )
    params = entry(config, "analytics_reports")["endpoint"]["params"]
    assert params["dateRange"] == ["2026-05-01", "2026-05-31"]
    assert params["granularity"] == "week"
    assert params["report_name"]["type"] == "resolve"


def test_names_and_settings_are_checked() -> None:
    """An unknown name, a missing account id where accounts is asked for, a granularity that is none."""
    with pytest.raises(ak.UnknownResourceError, match="'builds'"):
        ak.rest_config(settings_of("https://x"), ["bulids"])
    with pytest.raises(ak.ConfigurationError, match="account_id"):
        ak.rest_config(settings_of("https://x", account_id=None), ["accounts"])
    assert ak.rest_config(settings_of("https://x", account_id=None), ["agents"])
    with pytest.raises(ak.WindowError, match="hour, day, week, month"):
        ak.rest_config(settings_of("https://x"), granularity="daily")


@pytest.mark.parametrize("dialect", ["demo", "bare"])
def test_plain_dlt_runs_the_config(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """rest_api_source takes the dict as it is, reads both dialects, gives each record its id, and stores no secret."""
    demo = request.getfixturevalue(dialect)
    names = [
        "accounts",
        "account_settings",
        "agents",
        "builds",
        "contexts",
        "projects",
        "pipelines",
        "helm_repos",
        "analytics_metadata",
    ]
    config: Any = ak.rest_config(settings_of(demo.base_url), names, since="2026-05-25")
    pipeline = dlt.pipeline(
        "plain",
        destination=dlt.destinations.duckdb(str(tmp_path / "plain.duckdb")),
        dataset_name="raw",
        pipelines_dir=str(tmp_path / "state"),
    )
    pipeline.run(rest_api_source(config))
    world = World(SCALE)
    with duckdb.connect(str(tmp_path / "plain.duckdb"), read_only=True) as file:
        for name, key in (("accounts", "_id"), ("agents", "id"), ("projects", "id")):
            held = {row[0] for row in file.sql(f"select id from raw.{name}").fetchall()}
            assert held == {row[key] for row in world.records(name)}
        assert file.sql("select count(*) from raw.pipelines").fetchall()[0][0] == 42
        assert file.sql("select count(*) from raw.builds").fetchall()[0][0] > 0
    assert "s3cr3t" not in everything_in(tmp_path / "plain.duckdb")


def test_plain_dlt_runs_reports_by_name(demo: Demo, tmp_path: Path) -> None:
    """Each row of a report carries its name, granularity and range; a second run replaces them."""
    names = ["buildAvgDuration", "creditConsumption"]
    asked: Any = {"since": "2026-05-01", "until": "2026-06-01", "reports": names, "granularity": "day"}
    destination = dlt.destinations.duckdb(str(tmp_path / "plain.duckdb"))
    for _ in range(2):
        pipeline = dlt.pipeline(
            "plain", destination=destination, dataset_name="raw", pipelines_dir=str(tmp_path / "state")
        )
        config: Any = ak.rest_config(settings_of(demo.base_url), ["analytics_reports"], **asked)
        pipeline.run(rest_api_source(config))  # which takes its processing steps out of the dict: one dict per run
    with duckdb.connect(str(tmp_path / "plain.duckdb"), read_only=True) as file:
        rows = file.sql(
            "select report_name, granularity, count(*), count(distinct time) from raw.analytics_reports "
            "group by all order by 1"
        ).fetchall()
    assert rows == [("buildAvgDuration", "day", 31, 31), ("creditConsumption", "day", 62, 31)]  # credits and builds


def test_the_source_is_an_ordinary_dlt_source(demo: Demo, tmp_path: Path) -> None:
    """Its resources have the tables' names, its tables the declared columns, and it runs in a pipeline of one's own."""
    source = ak.analytics_source(settings_of(demo.base_url), ["builds", "accounts", "analytics_reports"], since="10d")
    assert source.name == "analytics_kit"
    assert set(source.selected_resources) == {
        "builds",
        "builds__system_events",
        "accounts",
        "accounts__logins",
        "analytics_reports",
    }
    assert source.resources["builds"].compute_table_schema()["columns"]["created"]["data_type"] == "timestamp"
    pipeline = dlt.pipeline(
        "mine",
        destination=dlt.destinations.duckdb(str(tmp_path / "mine.duckdb")),
        dataset_name="ci",
        pipelines_dir=str(tmp_path / "state"),
    )
    pipeline.run(source)
    with duckdb.connect(str(tmp_path / "mine.duckdb"), read_only=True) as file:
        ids = {row[0] for row in file.sql("select id from ci.builds").fetchall()}
    created = {row["id"]: row["created"] for row in World(SCALE).records("builds")}
    assert ids == {key for key, value in created.items() if value >= "2026-05-22T09:00:00"}


def test_the_source_raises_where_the_kit_would_report(demo: Demo, tmp_path: Path) -> None:
    """In a pipeline of one's own, a failing resource ends the run; the kit's error is the cause."""
    demo.fault(path="/agents", kind="status", status=403)
    pipeline = dlt.pipeline(
        "mine",
        destination=dlt.destinations.duckdb(str(tmp_path / "mine.duckdb")),
        dataset_name="ci",
        pipelines_dir=str(tmp_path / "state"),
    )
    with pytest.raises(Exception, match="agents") as caught:
        pipeline.run(ak.analytics_source(settings_of(demo.base_url), ["agents"]))
    demo.reset()
    chain, error = [], caught.value
    while error is not None:
        chain.append(type(error))
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    assert ak.AccessDeniedError in chain


def test_the_key_never_follows_a_redirect(tmp_path: Path) -> None:
    """Neither through the kit nor through plain dlt on the config does another host see the key."""
    with ScriptedServer() as home, ScriptedServer() as elsewhere:
        home.script("/agents", Reply(status=302, headers={"Location": elsewhere.url + "/agents"}))
        elsewhere.script("/agents", Reply({"data": [{"id": "a1"}]}))
        with ak.connect(base_url=home.url, api_key=KEY, database=tmp_path / "kit.duckdb", progress=False) as kit:
            assert kit.load_frame("agents")["id"].tolist() == ["a1"]
        pipeline = dlt.pipeline("plain", destination="duckdb", pipelines_dir=str(tmp_path / "state"))
        pipeline.extract(rest_api_source(ak.rest_config(settings_of(home.url), ["agents"])))  # type: ignore[arg-type]
        assert len(elsewhere.asked) == 2
        assert not [asked for asked in elsewhere.asked if KEY in str(asked.headers)]
        assert all(asked.headers["api_key"] == KEY for asked in home.asked)


def test_the_key_and_planted_secrets_are_nowhere_on_disk(demo: Demo, tmp_path: Path) -> None:
    """After a load of everything: not in the database, not in dlt's files, not in the home, not in what was printed."""
    home = tmp_path / "home"
    home.mkdir()
    script = (
        "import sys, logging, analytics_kit as ak\n"
        "logging.basicConfig(level=logging.DEBUG)\n"
        "kit = ak.connect(base_url=sys.argv[1], api_key=sys.argv[2], account_id=sys.argv[3], database=sys.argv[4])\n"
        "report = kit.load(since='60d')\n"
        "print(report, report.frame(), kit.resources(), kit, kit.settings, kit.check(), report._repr_html_())\n"
        "for name in report: print(kit.frame(name).to_json(default_handler=str))\n"
    )
    environment = {**os.environ, "HOME": str(home), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", script, demo.base_url, KEY, ACCOUNT, str(tmp_path / "kit.duckdb")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for marker in (KEY, "s3cr3t"):
        assert marker not in done.stdout + done.stderr
        assert marker not in everything_in(tmp_path / "kit.duckdb")
        for file in tmp_path.rglob("*"):
            assert not file.is_file() or marker.encode() not in file.read_bytes(), (marker, file)
    assert list(home.iterdir()) == []
    assert not any("decrypt" in str(line["query"]) for line in demo.log()["requests"])
