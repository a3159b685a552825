"""What servers and notebooks were seen to do, each held by a test: nothing lost, doubled or silently partial."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import pytest
from kits import QUICK, kit_on
from scripted_server import Reply, ScriptedServer

import analytics_kit as ak
from analytics_kit.demo_api.world import World
from benchmarks.measure import serving

if TYPE_CHECKING:
    from demo_server import Demo

SCALE = 0.1
DATE = {"Date": "Mon, 01 Jun 2026 09:00:00 GMT"}


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def on_script(scripted: ScriptedServer, tmp_path: Path) -> Iterator[ak.Kit]:
    options: dict[str, Any] = {**QUICK, "concurrency": 1}  # the script goes by the order of the requests
    with ak.connect(
        base_url=scripted.url, api_key="k", database=tmp_path / "kit.duckdb", progress=False, **options
    ) as kit:
        yield kit


def held(world: World, name: str) -> set[Any]:
    return {row.get("id", row.get("_id")) for row in world.records(name)}


WORLD = World(SCALE)


def build(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": f"b{number}", "created": "2026-05-20T10:00:00.000Z", "status": "success", **fields}


def listing(*pages: list[dict[str, Any]]) -> list[Reply]:
    """The replies of a listing of builds: its pages, then empty ones."""
    return [Reply({"workflows": {"docs": page}}, headers=DATE) for page in (*pages, [])]


HABITS: list[dict[str, Any]] = [
    {"kind": "cap_page_size", "cap": 37},
    {"kind": "repeat_page", "page": 2},
    {"kind": "repeat_page", "page": 2, "count": 1, "after": 1},
    {"kind": "empty_first_page"},
    {"kind": "truncate", "count": 2},
    {"kind": "html", "count": 1},
    {"kind": "drop_connection", "count": 1},
    {"kind": "status", "status": 503, "count": 2},
    {"kind": "status", "status": 429, "retry_after": 0, "count": 2},
    {"kind": "bom"},
    {"kind": "cursor"},
]
PAGED_BY_NUMBER = [("/workflow", "builds", fault) for fault in HABITS] + [
    ("/audit", "audit", fault) for fault in HABITS[:4]
]


@pytest.mark.parametrize(
    ("path", "name", "fault"), PAGED_BY_NUMBER, ids=[f"{name}-{fault['kind']}" for _, name, fault in PAGED_BY_NUMBER]
)
def test_no_habit_of_the_server_loses_or_doubles_a_row(
    demo: Demo, kit: ak.Kit, path: str, name: str, fault: dict[str, Any]
) -> None:
    """Capped, repeated and empty pages, cut bodies, HTML, drops, limits: exactly the rows that the API holds."""
    demo.fault(path=path, **fault)
    frame = kit.load_frame(name, columns=["id"])
    assert len(frame) == len(set(frame["id"])) == len(held(WORLD, name))
    assert set(frame["id"]) == held(WORLD, name)


@pytest.mark.parametrize("name", ["builds", "audit", "step_types"])
def test_a_server_that_ignores_paging_ends_as_partial(demo: Demo, kit: ak.Kit, name: str) -> None:
    """Pages that bring nothing new end the listing; what came is kept and called partial."""
    demo.fault(path="*", kind="ignore_paging")
    demo.fault(path="*", kind="cap_page_size", cap=20)
    report = kit.load(name, errors="report")
    assert report[name].status == "partial"
    assert report[name].rows == 20
    assert "repeats" in str(report[name].error)


def test_fewer_rows_than_the_api_reports_is_partial_with_both_figures(demo: Demo, kit: ak.Kit) -> None:
    """The listing is read once more; still short is partial, and the figures are told."""
    demo.fault(path="/pipelines", kind="total", value=99)
    report = kit.load("pipelines", errors="report")
    load = report["pipelines"]
    assert (load.status, load.reported_total, load.rows) == ("partial", 99, 42)
    assert "99" in str(load.error)
    assert "42" in str(load.error)


@pytest.fixture(params=["new", "filled"])
def on_tables(request: pytest.FixtureRequest, scripted: ScriptedServer, on_script: ak.Kit) -> ak.Kit:
    """A kit whose tables hold nothing yet, or rows of an earlier load: they are written in different ways."""
    if request.param == "filled":
        scripted.script("/workflow", *listing([build(1, systemEvents=[{"kind": "old"}] * 4), build(2)]))
        on_script.load("builds")
    return on_script


def test_the_record_received_last_wins_and_its_children_with_it(scripted: ScriptedServer, on_tables: ak.Kit) -> None:
    """The same id twice in one load: the later record is the row, and no child of the earlier one stays."""
    first = build(1, status="running", systemEvents=[{"kind": "a"}, {"kind": "b"}, {"kind": "c"}])
    last = build(1, status="error", systemEvents=[{"kind": "d"}])
    scripted.script("/workflow", *listing([first, build(2)], [last, build(3)]))
    frame = on_tables.load_frame("builds")
    assert frame.set_index("id")["status"].to_dict() == {"b1": "error", "b2": "success", "b3": "success"}
    assert on_tables.frame("builds__system_events")["kind"].tolist() == ["d"]


def test_a_page_served_twice_doubles_no_child_row(scripted: ScriptedServer, on_tables: ak.Kit) -> None:
    """Parents and children stay single."""
    page = [build(1, systemEvents=[{"kind": "a"}, {"kind": "b"}]), build(2)]
    scripted.script("/workflow", *listing(page, page, [build(3)]))
    assert len(on_tables.load_frame("builds")) == 3
    assert on_tables.frame("builds__system_events")["kind"].tolist() == ["a", "b"]


def test_a_new_field_may_be_named_like_a_child_tables_column(scripted: ScriptedServer, on_tables: ak.Kit) -> None:
    """It becomes a JSON column of its own table, and leaves the type of the other one alone."""
    event = {"kind": "error", "message": "not json", "extra_field": 1}
    scripted.script("/workflow", *listing([build(5, message="hello", kind={"a": 1}, systemEvents=[event])]))
    row = on_tables.load_frame("builds").set_index("id").loc["b5"]
    assert (row["message"], row["kind"]) == ("hello", {"a": 1})
    children = on_tables.frame("builds__system_events").set_index("builds_id").loc[["b5"]]
    assert children["message"].tolist() == ["not json"]


def test_a_list_that_became_empty_keeps_no_stale_children(scripted: ScriptedServer, on_script: ak.Kit) -> None:
    """The children are replaced whole with their parent, also by none."""
    scripted.script("/workflow", *listing([build(1, systemEvents=[{"kind": "a"}, {"kind": "b"}])]))
    on_script.load("builds")
    assert len(on_script.frame("builds__system_events")) == 2
    scripted.script("/workflow", *listing([build(1, systemEvents=[])]))
    on_script.load("builds")
    assert len(on_script.frame("builds__system_events")) == 0


def test_a_deleted_record_is_not_shown_and_a_partial_load_deletes_nothing(demo: Demo, kit: ak.Kit) -> None:
    """What the last complete load did not bring is gone; what a partial load did not bring is still there."""
    before = kit.load_frame("step_types")
    gone = before["id"].iloc[0]
    demo.fault(path="/step-types", kind="status", status=500, after=1)
    demo.fault(path="/step-types", kind="cap_page_size", cap=50)
    assert kit.load("step_types", errors="report")["step_types"].status == "partial"
    with pytest.warns(ak.IncompleteDataWarning):
        assert len(kit.frame("step_types")) == len(before)
    demo.reset()
    assert demo.post("/delete", {"resource": "step_types", "id": gone}) == 200
    after = kit.load_frame("step_types")
    assert len(after) == len(before) - 1
    assert len(kit.sql("select * from step_types")) == len(kit.table("step_types").execute()) == len(after)
    kit.close()
    with duckdb.connect(str(kit.settings.database), read_only=True) as raw_file:
        assert raw_file.sql("select count(*) from step_types").fetchall()[0][0] == len(before)


def test_a_load_step_that_fails_claims_no_rows(kit: ak.Kit) -> None:
    """The record of a load may be written although its rows could not be: what is held stays as it was."""
    kit.load("builds", since="1d")
    kit.load("agents")
    before = kit.resources()
    with duckdb.connect(str(kit.settings.database)) as file:
        file.execute("create unique index one_of_each on builds (status)")
    with pytest.raises(ak.LoadError) as caught:
        kit.load("builds", "agents", since="7d")
    assert "could not be written" in str(caught.value)
    with duckdb.connect(str(kit.settings.database)) as file:
        assert file.execute("select count(*) from _kit_loads").fetchall()[0][0] == 4  # two of them are mere claims
        file.execute("drop index one_of_each")
    pd.testing.assert_frame_equal(kit.resources(), before)
    assert kit.load("builds", since="7d").ok


@pytest.mark.parametrize("kind", ["bom", "nan", "surrogate"])
def test_odd_bodies_are_kept(demo: Demo, tmp_path: Path, kind: str) -> None:
    """A byte order mark, NaN and half an emoji cost no row and no retry."""
    kit = kit_on(demo, tmp_path, concurrency=1)  # nothing is asked beyond the end
    demo.fault(path="/workflow", kind=kind)
    report = kit.load("builds", since="7d")
    frame = kit.frame("builds")
    assert report["builds"].requests == report["builds"].pages
    assert len(frame) == report["builds"].rows
    odd = {"nan": ("odd_number", "NaN"), "surrogate": ("odd_text", "cut \ufffd off")}
    if kind in odd:
        column, value = odd[kind]
        assert value in frame[column].tolist()


def test_a_field_that_is_a_number_and_then_a_text_is_kept(scripted: ScriptedServer, on_script: ak.Kit) -> None:
    """Undeclared fields are JSON from the first sight; ``Id`` beside ``id`` goes to ``extra``."""
    scripted.script("/workflow", *listing([build(1, weight=1, Id="x")], [build(2, weight="heavy")]))
    frame = on_script.load_frame("builds").set_index("id")
    assert frame["weight"].to_dict() == {"b1": 1, "b2": "heavy"}
    assert frame.loc["b1", "extra"] == {"Id": "x"}
    scripted.script("/workflow", *listing([build(3, weight=[1, 2])]))
    assert on_script.load_frame("builds").set_index("id").loc["b3", "weight"] == [1, 2]


@pytest.mark.parametrize("total", [2**64 - 1, -1, 2.5, "12", True])
def test_a_total_that_is_none_is_no_total(scripted: ScriptedServer, on_script: ak.Kit, total: Any) -> None:
    """Whatever stands where a total may stand: the rows come, and nothing is measured against it."""
    pages = ([build(1), build(2)], [])
    replies = [Reply({"workflows": {"docs": page, "total": total}}, headers=DATE) for page in pages]
    scripted.script("/workflow", *replies)
    report = on_script.load("builds")
    assert (report["builds"].rows, report["builds"].reported_total) == (2, None)


@pytest.mark.parametrize("status", [200, 202, 203])
def test_every_good_status_is_held_to_its_shape(scripted: ScriptedServer, on_script: ak.Kit, status: int) -> None:
    """A message instead of records is a failure and never an empty resource, whichever 2xx it comes with."""
    scripted.script("/agents", Reply({"message": "being prepared"}, status=status, headers=DATE))
    scripted.script("/helm/repos", Reply([{"Name": "stable"}], status=status, headers=DATE))
    report = on_script.load("agents", "helm_repos", errors="report")
    assert isinstance(report["agents"].error, ak.ResponseShapeError)
    assert report["helm_repos"].rows == 1


def test_an_odd_value_is_kept_beside_its_column_and_counted(scripted: ScriptedServer, on_script: ak.Kit) -> None:
    """A load never dies of one odd value."""
    scripted.script(
        "/workflow",
        *listing([build(1, started="soon", triggersCount="many"), build(2, started="2026-05-20T10:00:05Z")]),
    )
    report = on_script.load("builds")
    frame = on_script.frame("builds").set_index("id")
    assert report["builds"].odd_values == 2
    assert pd.isna(frame.loc["b1", "started"])
    assert frame.loc["b1", "started__variant"] == "soon"
    assert frame.loc["b1", "triggers_count__variant"] == "many"
    assert frame.loc["b2", "started"] == pd.Timestamp("2026-05-20T10:00:05Z")


def test_null_and_odd_cursors_are_kept_and_counted(scripted: ScriptedServer, on_script: ak.Kit) -> None:
    """A build without a readable time is inside every window, and counted."""
    scripted.script(
        "/workflow",
        *listing(
            [build(1, created=None), build(2, created="once"), build(3, created="2020-01-01T00:00:00Z"), build(4)]
        ),
    )
    report = on_script.load("builds", since="2026-05-01", until="2026-06-01")
    assert report["builds"].rows == 3
    assert report["builds"].odd_values == 2


def test_the_time_zone_of_the_environment_changes_nothing(demo: Demo, tmp_path: Path) -> None:
    """Frames, day boundaries in SQL and windows are the same in Kiritimati, fourteen hours ahead."""
    script = (
        "import sys, analytics_kit as ak\n"
        "kit = ak.connect(base_url=sys.argv[1], api_key='test-key-7', database=sys.argv[2], progress=False)\n"
        "kit.load('builds', since='2026-05-11', until='2026-05-13')\n"
        "days = kit.sql(\"select date_trunc('day', created) as day, count(*) n from builds group by 1 order by 1\")\n"
        "print(days.to_csv(index=False), kit.frame('builds')['created'].astype(str).sum())\n"
    )
    told = []
    for zone in ("UTC", "Pacific/Kiritimati"):
        done = subprocess.run(
            [sys.executable, "-c", script, demo.base_url, str(tmp_path / f"{zone.replace('/', '-')}.duckdb")],
            env={"TZ": zone, "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        told.append(done.stdout)
    assert told[0] == told[1]
    assert "2026-05-11 00:00:00+00:00" in told[0]


def test_a_live_expression_answers_before_during_and_after_a_load(demo: Demo, kit: ak.Kit) -> None:
    """One Ibis expression, asked all the time while a load runs: always an answer, and at the end the new one."""
    kit.load("builds", since="7d")
    expression = kit.table("builds").count()
    before = expression.execute()
    answers: list[int] = []
    problems: list[BaseException] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                answers.append(int(expression.execute()))
            except Exception as error:  # noqa: BLE001 - any failure fails the test below
                problems.append(error)
                return

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        kit.load("builds", since="60d")
    finally:
        done.set()
        asking.join()
    assert not problems
    assert answers
    assert set(answers) <= {before, expression.execute()}
    assert expression.execute() == len(kit.frame("builds")) > before


READER = (
    "import sys, time, warnings, analytics_kit as ak\n"
    "kit = ak.connect(base_url='http://127.0.0.1:9', api_key='k', database=sys.argv[1])\n"
    "end = time.monotonic() + float(sys.argv[2])\n"
    "seen = []\n"
    "print('ready', flush=True)\n"
    "while True:\n"
    "    seen.append(len(kit.frame('builds')))\n"
    "    if time.monotonic() > end: break\n"
    "print(min(seen), max(seen), seen[-1])\n"
)


def test_a_second_notebook_reads_before_during_and_after_a_load(demo: Demo, kit: ak.Kit) -> None:
    """Another process reads the same file all the while; the moment of writing makes it wait, not fail."""
    first = len(kit.load_frame("builds", since="7d"))
    demo.fault(path="/workflow", kind="latency", seconds=0.05)
    command = [sys.executable, "-c", READER, str(kit.settings.database), "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        last = len(kit.load_frame("builds", since="60d"))
        told, problems = reader.communicate(timeout=60)
    assert reader.returncode == 0, problems
    low, high, final = (int(word) for word in told.split())
    assert (low, high, final) == (first, last, last)


SECOND = (
    "import sys, analytics_kit as ak\n"
    "kit = ak.connect(base_url=sys.argv[1], api_key='test-key-7', database=sys.argv[2], progress=False)\n"
    "print('ready', flush=True)\n"
    "sys.stdin.readline()\n"
    "try: kit.load('projects')\n"
    "except ak.DatabaseLockedError as error: print(error)\n"
)


def test_two_loads_at_once_tell_the_second(demo: Demo, kit: ak.Kit, tmp_path: Path) -> None:
    """From another thread and another process alike, with the holder."""
    command = [sys.executable, "-c", SECOND, demo.base_url, str(kit.settings.database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        demo.fault(path="/agents", kind="latency", seconds=2)
        loading = threading.Thread(target=kit.load, args=("agents",))
        loading.start()
        while not demo.log()["requests"]:
            pass
        with pytest.raises(ak.DatabaseLockedError, match="already under way"):
            kit.load("projects")
        told, _ = other.communicate("go\n", timeout=30)
        loading.join()
    assert "already under way, in process" in told
    assert kit.load("projects").ok
    assert list(tmp_path.glob("*.lock")) == []


def test_a_file_that_another_process_writes_names_its_holder(kit: ak.Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that waited in vain is told who holds the file, and what to do."""
    kit.load("agents")
    holder = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('ready', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", holder, str(kit.settings.database)]
    monkeypatch.setattr("analytics_kit.connection._READ_PATIENCE_SECONDS", 0.2)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(ak.DatabaseLockedError, match=str(process.pid)) as caught:
            kit.frame("agents")
        process.communicate()
    assert "kit.close()" in str(caught.value)
    assert len(kit.frame("agents")) > 0


def test_readers_beside_the_writer(kit: ak.Kit) -> None:
    """While rows are written, several threads read, and names are what they are at other times."""
    kit.load("agents")
    catalog = kit.settings.database.stem
    query = f'select count(*) n from "{catalog}".main.agents'
    counts: list[int] = []

    def read() -> None:
        for _ in range(20):
            counts.append(int(kit.sql(query)["n"][0]))
            counts.append(len(kit.frame("agents")))

    with kit._database.writing() as writer:
        threads = [threading.Thread(target=read) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        spilled = writer.connection.execute("select current_setting('temp_directory')").fetchall()
    assert counts == [4] * 120
    assert spilled == [(f"{kit.settings.database}.tmp",)]


def test_two_kits_of_one_notebook_share_the_file(demo: Demo, kit: ak.Kit, tmp_path: Path) -> None:
    """A kit made again, as by running the first cell twice, reads while the other one writes."""
    kit.load("agents")
    with kit_on(demo, tmp_path, database=kit.settings.database) as again, kit._database.writing():
        assert len(again.frame("agents")) == 4
        assert again.table("agents").count().execute() == 4


@pytest.mark.parametrize("name", ["analytics", "main", "temp"])
def test_the_callers_own_connection_may_stay_open(demo: Demo, tmp_path: Path, name: str) -> None:
    """Somebody who has the file open for writing in the same notebook keeps nobody out, and sees what was loaded."""
    kit = kit_on(demo, tmp_path, database=tmp_path / f"{name}.duckdb")
    with duckdb.connect(str(kit.settings.database)) as own:
        assert kit.load("agents").ok
        assert len(kit.frame("agents")) == 4
        assert len(kit.load_frame("agents")) == 4  # loaded again: merged
        assert own.sql("select count(*) from agents").fetchall() == [(4,)]
    with duckdb.connect(str(kit.settings.database), read_only=True):
        with pytest.raises(ak.DatabaseLockedError, match="this process"):
            kit.load("agents")
        assert len(kit.frame("agents")) == 4


def test_rows_are_written_in_groups_as_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table is not gathered whole in memory before it is written: it has as many groups as fit its rows."""
    monkeypatch.setattr("analytics_kit.connection._ROWS_IN_GROUP", 2048)
    path = tmp_path / "many.duckdb"
    with (
        serving(4100) as server,
        ak.connect(base_url=f"{server}/4100/0/pages", api_key="k", database=path, progress=False) as kit,
    ):
        kit.load("builds")
    with duckdb.connect(str(path), read_only=True) as file:
        groups = file.sql("select count(distinct row_group_id) from pragma_storage_info('builds')").fetchall()
    assert groups == [(3,)]


def test_the_file_holds_the_rows_and_the_record_of_loads_only(kit: ak.Kit) -> None:
    """A load leaves its tables, the kit's record and dlt's own two; no state of a pipeline that ends with the load."""
    kit.load("agents", "builds")
    kit.close()
    with duckdb.connect(str(kit.settings.database), read_only=True) as connection:
        found = connection.execute("select table_name from duckdb_tables() where schema_name = 'main'").fetchall()
    tables = {"agents", "builds", "builds__system_events"}
    assert {name for (name,) in found} == {*tables, "_kit_loads", "_dlt_loads", "_dlt_version"}


def test_notebooks_find_the_same_settings_and_database(
    demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From notebooks/ and from the folder above: one .dlt, one database."""
    (tmp_path / ".dlt").mkdir()
    (tmp_path / "notebooks").mkdir()
    (tmp_path / ".dlt" / "secrets.toml").write_text('api_key = "test-key-7"\n')
    (tmp_path / ".dlt" / "config.toml").write_text(
        f'[sources.analytics_kit]\nbase_url = "{demo.base_url}"\ndatabase = "held.duckdb"\n'
    )
    with ak.connect(progress=False) as above:
        above.load("agents")
    monkeypatch.chdir(tmp_path / "notebooks")
    with ak.connect() as below:
        assert len(below.frame("agents")) > 0
        assert below.settings.database == tmp_path / "held.duckdb"


@pytest.mark.parametrize(
    "name", ["main", "temp", "system", "memory", "analytics", "builds", "main_kit_staging", "a b-c.d", "größe", "it's"]
)
def test_any_file_name_works(demo: Demo, tmp_path: Path, name: str) -> None:
    """A file may be called like a schema, a catalog or a table."""
    with kit_on(demo, tmp_path, database=tmp_path / f"{name}.duckdb") as kit:
        kit.load("agents")
        assert kit.load("agents").ok
        assert kit.table("agents").count().execute() == len(kit.frame("agents")) == 4


def test_an_interrupted_load_leaves_nothing_for_the_next(
    demo: Demo, kit: ak.Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load that is stopped half way is not finished by the next one, which loads what it was asked for."""

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("analytics_kit.progress.Silent.update", stop)
        with pytest.raises(KeyboardInterrupt):
            kit.load("builds")
    report = kit.load("agents")
    assert set(report) == {"agents"}
    assert kit.resources().set_index("resource").loc["builds", "status"] == "never loaded"


def test_an_unwritable_place_is_told(demo: Demo, tmp_path: Path) -> None:
    """A database path under a file, not a folder: the setting and the path are named."""
    (tmp_path / "file").write_text("")
    with (
        kit_on(demo, tmp_path, database=tmp_path / "file" / "kit.duckdb") as kit,
        pytest.raises(ak.ConfigurationError, match="database"),
    ):
        kit.load("agents")


def test_a_file_that_is_no_database_is_told(demo: Demo, tmp_path: Path) -> None:
    """Neither read nor overwritten."""
    (tmp_path / "kit.duckdb").write_text("not a database, but somebody's notes " * 200)
    with kit_on(demo, tmp_path) as kit:
        for attempt in (lambda: kit.frame("agents"), lambda: kit.load("agents")):
            check(attempt)
    assert (tmp_path / "kit.duckdb").read_text().startswith("not a database")


def check(attempt: Callable[[], object]) -> None:
    with pytest.raises(ak.ConfigurationError, match="cannot be opened"):
        attempt()
