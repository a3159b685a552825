from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import ipywidgets.widgets.widget as living
import pandas as pd
import pytest
from kits import kit_on

import analytics_kit as ak
from analytics_kit.catalog import ALL_NAMES
from analytics_kit.errors import DatabaseLockedError, FilterError, NotLoadedError, UnknownResourceError, WindowError
from analytics_kit.picker import Picker

if TYPE_CHECKING:
    from pathlib import Path

    from demo_server import Demo

SCALE = 0.05
SOON = 20


@pytest.fixture
def picker(kit: ak.Kit) -> Iterator[Picker]:
    picker = Picker(kit)
    yield picker
    picker.close()


def loaded(picker: Picker, *names: str, **traits: Any) -> Any:
    """The report of a load of these."""
    for name, value in {"selection": names, **traits}.items():
        setattr(picker, name, value)
    picker.load()
    return picker.wait(SOON)


def until(reached: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + SOON
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def looked_at(picker: Picker, table: str) -> Any:
    """The part of the picker that looks at a table."""
    picker._panel.views.open([table])
    return picker._panel.views.look


def ran(picker: Picker, kit: ak.Kit) -> dict[str, Any]:
    """The names that the picker's code leaves behind."""
    names: dict[str, Any] = {"kit": kit}
    exec(picker.code, names)  # noqa: S102 # what a person does with it
    return names


def test_a_fresh_picker_holds_nothing_and_asks_for_nothing(demo: Demo, picker: Picker) -> None:
    """All resources are listed as never loaded, nothing is chosen, Load is off, and no request was sent."""
    panel = picker._panel
    assert tuple(panel.listing.boxes) == ALL_NAMES
    assert all("never loaded" in part.value for part in panel.listing.details.values())
    assert (picker.selection, picker.since, picker.until, picker.report, picker.state) == (
        (),
        "30d",
        None,
        None,
        "idle",
    )
    assert [button.disabled for button in panel.buttons.values()] == [True, True, True]
    assert panel.window.box.layout.display == "none"
    assert demo.log()["requests"] == []


def test_ticks_and_selection_are_one(picker: Picker) -> None:
    """A tick changes the trait, the trait moves the ticks, and the order is the catalog's."""
    boxes = picker._panel.listing.boxes
    boxes["audit"].value = True
    boxes["builds"].value = True
    assert picker.selection == ("builds", "audit")
    picker.selection = ["agents"]
    assert [name for name, box in boxes.items() if box.value] == ["agents"]


def test_all_and_none_act_on_what_is_listed(picker: Picker) -> None:
    """With a text in Find, All and None leave the others alone."""
    listing = picker._panel.listing
    picker.selection = ("agents",)
    listing.search.value = "activity"
    listing.all.click()
    assert picker.selection == ("agents", "builds", "audit")
    listing.none.click()
    assert picker.selection == ("agents",)
    listing.search.value = ""
    listing.all.click()
    assert picker.selection == ALL_NAMES


def test_only_options_that_apply_are_shown(picker: Picker) -> None:
    """The window, the filters and the reports appear with the resources that take them."""
    panel = picker._panel

    def shown() -> list[bool]:
        boxes = [panel.window.box, panel.filters["builds"].box, panel.filters["audit"].box, panel.reports.box]
        return [box.layout.display != "none" for box in boxes]

    picker.selection = ("agents",)
    assert shown() == [False, False, False, False]
    picker.selection = ("builds",)
    assert shown() == [True, True, False, False]
    picker.selection = ("audit", "analytics_reports")
    assert shown() == [True, False, True, True]


def test_the_window_moves_both_ways(picker: Picker) -> None:
    """Quick choices and dates set since and until; traits move them, and a relative since leaves the date empty."""
    picker.selection = ("builds",)
    fields = picker._panel.window
    fields.quick.value = "7d"
    assert (picker.since, picker.until) == ("7d", None)
    fields.since.value = date(2026, 5, 1)
    assert picker.since == "2026-05-01"
    assert fields.quick.value is None
    fields.until.value = date(2026, 5, 8)
    assert "2026-05-01 00:00 to 2026-05-08 00:00 UTC" in fields.caption.value
    picker.until = None
    picker.since = "90d"
    assert (fields.quick.value, fields.since.value, fields.until.value) == ("90d", None, None)
    picker.since = datetime(2026, 5, 2, 12)  # noqa: DTZ001 # as people write it; it means UTC
    assert fields.since.value == date(2026, 5, 2)
    fields.quick.value = "all"
    assert (picker.since, picker.until) == (None, None)


def test_filters_move_both_ways(picker: Picker) -> None:
    """Fields set the filters of their resource; filters move the fields, also those set from Python."""
    picker.selection = ("builds", "audit")
    builds, audit = picker._panel.filters["builds"], picker._panel.filters["audit"]
    builds.fields["status"].value = ("error", "success")
    builds.fields["branch_name"].value = "main, release"
    audit.fields["action"].value = "replacePipeline"
    assert picker.filters == {
        "status": ["error", "success"],
        "branch_name": ["main", "release"],
        "action": "replacePipeline",
    }
    picker.filters = {"status": "terminated", "trigger": "build", "user_name": "mira.okafor"}
    assert builds.fields["status"].value == ("terminated",)
    assert (builds.fields["branch_name"].value, audit.fields["user_name"].value) == ("", "mira.okafor")
    assert "trigger build" in builds.told.value


@pytest.mark.parametrize(
    ("trait", "value", "error"),
    [
        ("selection", ("build",), UnknownResourceError),
        ("since", "yesterday", WindowError),
        ("since", "2026-06-02", WindowError),
        ("until", "2026-01-01", WindowError),
        ("granularity", "year", WindowError),
        ("filters", {"status": ["broken"]}, FilterError),
        ("filters", {"statuses": ["error"]}, FilterError),
        ("filters", "error", FilterError),
    ],
)
def test_a_bad_value_raises_and_changes_nothing(picker: Picker, trait: str, value: Any, error: type[Exception]) -> None:
    """What a load would refuse is refused when it is set; trait, widget and code stay as they were."""
    picker.selection, picker.since, picker.until = ("builds",), "2026-05-01", "2026-06-01"
    before = picker.choice, picker.code
    with pytest.raises(error):
        setattr(picker, trait, value)
    assert (picker.choice, picker.code) == before
    assert picker._panel.window.since.value == date(2026, 5, 1)


def test_a_bad_choice_in_a_widget_is_told_and_taken_back(picker: Picker) -> None:
    """Dates that make no window go back to what they were, with the reason beside them."""
    picker.selection, picker.since = ("builds",), "2026-05-01"
    fields = picker._panel.window
    fields.until.value = date(2026, 4, 1)
    assert (picker.until, fields.until.value) == (None, None)
    assert "is not before until" in picker._panel.refused.value
    fields.until.value = date(2026, 5, 2)
    assert picker._panel.refused.value == ""


def test_traits_are_observable_and_the_outcome_is_read_only(picker: Picker) -> None:
    """Observers see each change once; report and state cannot be set."""
    seen: list[str] = []
    picker.observe(lambda change: seen.append(f"{change['name']}={change['new']}"), ["since", "state"])
    loaded(picker, "agents", since="7d")
    assert seen == ["since=7d", "state=loading", "state=idle"]
    for name, value in (("report", None), ("state", "idle")):
        with pytest.raises(Exception, match="read-only"):
            setattr(picker, name, value)


def test_report_limits_come_before_any_report_is_asked(demo: Demo, picker: Picker) -> None:
    """Choosing the reports reads the metadata alone; a window that a report refuses is told, and no report asked."""
    picker.selection, picker.since = ("analytics_reports",), "90d"
    options = picker._panel.reports
    picker._held.wait()
    assert {entry["path"].rpartition("/")[2] for entry in demo.log()["requests"]} == {"metadata"}
    labels = {name: label for label, name in options.names.options}
    assert labels["buildAvgDuration"].startswith("buildAvgDuration (hour 1–4 d; day 1–93 d; ")
    options.names.value = ("buildAvgDuration",)
    options.granularity.value = "hour"
    assert (picker.reports, picker.granularity) == (("buildAvgDuration",), "hour")
    assert "allows 1 to 4 days" in options.notes.value
    picker.since = "3d"
    assert "Not asked" not in options.notes.value
    picker.reports, picker.granularity = None, None
    assert (options.names.value, options.granularity.value) == ((), None)


def test_metadata_that_cannot_be_read_is_told(demo: Demo, picker: Picker) -> None:
    """The picker stays usable, and says why the limits are not known."""
    demo.fault(path="/analytics/metadata", kind="status", status=403)
    picker.selection = ("analytics_reports",)
    picker._held.wait()
    assert "could not be read" in picker._panel.reports.notes.value


def test_a_load_gives_a_report_badges_and_a_look(picker: Picker) -> None:
    """After a load the report, the badges, the line of results and the rows are there."""
    report = loaded(picker, "builds", "agents")
    assert report is picker.report
    assert report.ok
    panel = picker._panel
    assert "ak-badge-loaded" in panel.listing.details["builds"].value
    assert f"{report['builds'].rows} rows" in panel.listing.details["builds"].value
    assert f"builds {report['builds'].rows} rows, complete" in panel.outcome.value
    assert panel.views.kind.value == "Look"
    assert "builds__system_events" in panel.views.table.options
    assert "builds" in panel.progress.children[0].value


def test_the_kernel_goes_on_while_it_loads_and_cancel_keeps_the_rows(demo: Demo, kit: ak.Kit, picker: Picker) -> None:
    """load() returns at once, a second one is refused, cancel ends it within a second, and what came is partial."""
    demo.fault(path="/workflow", kind="latency", seconds=3, after=1)
    picker.selection, picker.since = ("builds", "agents"), None
    begun = time.monotonic()
    picker.load()
    assert time.monotonic() - begun < 0.3
    assert picker.state == "loading"
    with pytest.raises(DatabaseLockedError, match="loads already"):
        picker.load()
    until(lambda: [entry["path"] for entry in demo.log()["requests"]].count("/workflow") > 1)
    begun = time.monotonic()
    picker.cancel()
    assert picker.state == "cancelling"
    report = picker.wait(SOON)
    assert time.monotonic() - begun < 2
    assert (report["builds"].status, report["agents"].status) == ("partial", "loaded")
    assert len(kit.sql("select id from builds")) == report["builds"].rows > 0
    assert "The load was cancelled." in picker._panel.outcome.value
    assert "ak-badge-partial" in picker._panel.listing.details["builds"].value


def test_each_failure_has_a_card_and_retry_asks_only_for_it(demo: Demo, picker: Picker) -> None:
    """A card tells what, why and the next step; retry sends nothing for what came, and the report is of both."""
    demo.fault(path="/audit", kind="status", status=403)
    report = loaded(picker, "builds", "audit", "agents", filters={"status": ["error"]})
    assert (report["audit"].status, report["builds"].status) == ("failed", "loaded")
    card = picker._panel.outcome.value
    assert "audit: failed, no rows" in card
    assert "Next: " in card
    assert "Traceback" not in card
    assert "ak-badge-failed" in picker._panel.listing.details["audit"].value
    demo.reset()
    picker.selection = ("contexts",)
    picker.retry()
    again = picker.wait(SOON)
    assert not {"/workflow", "/agents"} & {entry["path"] for entry in demo.log()["requests"]}
    assert again.ok
    assert list(again) == ["agents", "builds", "audit"]
    assert again["builds"] == report["builds"]
    assert picker._panel.buttons["retry"].disabled


def test_named_reports_are_retried_alone(demo: Demo, picker: Picker) -> None:
    """Of two named reports only the one that failed is asked again, and both are in the report."""
    demo.fault(path="/analytics/reports/buildP50Duration", kind="status", status=403)
    names = ("buildAvgDuration", "buildP50Duration")
    report = loaded(picker, "analytics_reports", reports=names, granularity="day")
    assert report["analytics_reports"].status == "failed"
    assert "analytics_reports / buildP50Duration: failed" in picker._panel.outcome.value
    demo.reset()
    picker.retry()
    again = picker.wait(SOON)["analytics_reports"]
    asked = [entry["path"] for entry in demo.log()["requests"] if "/reports/" in entry["path"]]
    assert asked
    assert all(path.endswith("buildP50Duration") for path in asked)
    assert again.status == "loaded"
    assert set(again.parts) == set(names)
    assert again.rows == sum(part.rows for part in again.parts.values()) > report["analytics_reports"].rows


def test_what_keeps_a_load_from_running_is_a_card(kit: ak.Kit, picker: Picker) -> None:
    """An error before any report, as with a database that is in use, is shown, raised by wait(), and can be retried."""
    picker.selection = ("agents",)
    with kit._database.one_load():
        picker.load()
        with pytest.raises(DatabaseLockedError):
            picker.wait(SOON)
    assert "The load did not run" in picker._panel.outcome.value
    assert picker.state == "idle"
    picker.retry()
    assert picker.wait(SOON).ok


def test_nothing_chosen_or_loaded_is_said(picker: Picker) -> None:
    """load() without a selection and wait() or retry() without a load raise what the next step is."""
    with pytest.raises(UnknownResourceError, match="No resource is chosen"):
        picker.load()
    with pytest.raises(NotLoadedError):
        picker.wait()
    with pytest.raises(NotLoadedError):
        picker.retry()


CHOICES: list[dict[str, Any]] = [
    {"selection": ("builds",), "since": "30d"},
    {"selection": ("builds", "audit"), "since": "60d", "until": "7d"},
    {"selection": ("builds",), "since": None, "filters": {"status": ["error", "terminated"], "branch_name": ["main"]}},
    {"selection": ("audit",), "since": date(2026, 5, 10), "filters": {"rs_status": 200, "entity": "pipeline"}},
    {"selection": ("analytics_reports",), "reports": ("buildAvgDuration",), "granularity": "week"},
    {"selection": ("agents", "accounts"), "since": "7d", "filters": {"status": ["error"]}},
]


@pytest.fixture(scope="module")
def filled(shared: Demo, tmp_path_factory: pytest.TempPathFactory) -> ak.Kit:
    kit = kit_on(shared, tmp_path_factory.mktemp("filled"))
    kit.load("builds", "audit", "agents", "analytics_metadata")
    return kit


@pytest.mark.parametrize("choice", CHOICES, ids=[str(number) for number in range(len(CHOICES))])
def test_the_code_gives_the_rows_that_look_shows(
    filled: ak.Kit, demo: Demo, tmp_path: Path, choice: dict[str, Any]
) -> None:
    """In a database with more than was chosen, the code run by hand and the files hold the very rows of Look."""
    picker = Picker(filled)
    for name, value in choice.items():
        setattr(picker, name, value)
    names = ran(picker, filled)
    picker._refresh()
    for table in picker.selection:
        look = looked_at(picker, table)
        frame = names[table]
        assert len(frame) > 0
        assert look._rows.count(filled) == len(frame)
        assert "chosen row" in look.table.caption
        look.save("parquet")
        saved = look.saved.children[0]
        (tmp_path / saved.name).write_bytes(saved.content)
        assert pd.read_parquet(tmp_path / saved.name)["id"].tolist() == frame["id"].tolist()
    picker.close()


def test_child_tables_go_with_their_parents(kit: ak.Kit, picker: Picker) -> None:
    """A child table that is looked at is in the code, narrowed to the chosen parents."""
    loaded(picker, "builds", since="30d")
    picker.filters = {"status": ["error"]}
    look = looked_at(picker, "builds__system_events")
    names = ran(picker, kit)
    events = names["builds__system_events"]
    assert 0 < len(events) == look._rows.count(kit)
    assert set(events["builds_id"]) <= set(names["builds"]["id"])


def test_look_sorts_searches_and_says_what_it_shows(kit: ak.Kit, picker: Picker) -> None:
    """Sort and search act on all chosen rows, not on those shown, and the caption tells the part."""
    loaded(picker, "builds", since=None)
    look = looked_at(picker, "builds")
    frame = kit.frame("builds")
    assert f"Newest 500 of {len(frame):,}".replace(",", " ") in look.table.caption or len(frame) <= 500
    assert "12 of 59 columns" in look.table.caption
    place = [column["name"] for column in look.table.columns].index("created")
    look.table.sort = {"column": "created", "descending": False}
    assert look.table.rows[0][place] == f"{frame['created'].min():%Y-%m-%d %H:%M:%S}"
    look.table.search = "PAYMENTS/deploy"
    found = int(frame["pipeline_name"].eq("payments/deploy").sum())
    assert found > 0
    assert look.table.caption.startswith(f"{found} of ")
    look.columns.value = ("id", "steps")
    assert [column["name"] for column in look.table.columns] == ["id", "steps"]
    look.table.search = ""
    assert look.table.rows[0][1].startswith('["')


def test_files_hold_all_rows_and_columns(kit: ak.Kit, picker: Picker, monkeypatch: pytest.MonkeyPatch) -> None:
    """CSV has each row and column, lists as JSON text; what is too large for a browser is a line of code instead."""
    import io

    import orjson

    loaded(picker, "builds", since="30d")
    look = looked_at(picker, "builds")
    look.save("csv")
    frame, saved = kit.frame("builds", since="30d"), look.saved.children[0]
    held = pd.read_csv(io.BytesIO(saved.content))
    assert saved.name == "builds.csv"
    assert list(held.columns) == list(frame.columns)
    assert held["id"].tolist() == frame["id"].tolist()
    assert [orjson.loads(text) for text in held["steps"]] == frame["steps"].tolist()
    monkeypatch.setattr("analytics_kit.picker.files.MOST_BYTES", 1000)
    for kind in ("csv", "parquet"):
        look.save(kind)
        assert f"builds.{kind}" in look.saved.children[0].value
        assert "too large" in look.saved.children[0].value


def test_close_leaves_nothing(demo: Demo, kit: ak.Kit) -> None:
    """close() ends the picker's load and threads and closes each widget that it made, however it was used."""
    before, threads = set(living._instances), set(threading.enumerate())
    demo.fault(path="/workflow", kind="latency", seconds=0.3)
    picker = Picker(kit)
    loaded(picker, "agents", "analytics_metadata")
    looked_at(picker, "agents").save("csv")
    picker._panel.listing.search.value = "agents"
    picker.selection, picker.since = ("builds", "analytics_reports"), None
    picker.load()
    picker.close()
    picker.close()
    with pytest.raises(TimeoutError):
        picker.wait(0)
    picker.wait(SOON)
    assert set(living._instances) - before == set()
    ours = [t for t in set(threading.enumerate()) - threads if t.name.startswith("analytics-kit")]
    for thread in ours:
        thread.join(SOON)
    assert not [thread for thread in ours if thread.is_alive()]


def test_the_database_may_be_held_by_another_load(demo: Demo, kit: ak.Kit, tmp_path: Path) -> None:
    """A picker opens and shows what is held where another kit of this process has loaded meanwhile."""
    kit_on(demo, tmp_path).load("agents")
    picker = Picker(kit)
    assert "ak-badge-loaded" in picker._panel.listing.details["agents"].value
    loaded_at = kit.resources().set_index("resource").loc["agents", "loaded_at"]
    assert f"{loaded_at:%Y-%m-%d %H:%M}" in picker._panel.listing.details["agents"].value
    picker.close()


def test_the_window_is_counted_from_the_apis_clock(kit: ak.Kit, picker: Picker) -> None:
    """The caption resolves a relative window with the clock that the load goes by."""
    loaded(picker, "builds", since="7d")
    start = kit.now() - timedelta(days=7)
    assert f"{start:%Y-%m-%d %H:%M} UTC to now" in picker._panel.window.caption.value
