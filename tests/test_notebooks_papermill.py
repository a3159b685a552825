"""The notebooks with other parameters, on an API given by settings: what they say is what the data say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
from demo_server import ACCOUNT, KEY, Demo

import analytics_kit as ak
from analytics_kit.runner import ReportFailedError, Written, notebooks, run

CHART_TYPE = "application/vnd.vegalite.v5+json"
LONG_AGO = {"since": "2020-01-01", "until": "2020-02-01"}


@dataclass
class Report:
    """What a written notebook shows: its Markdown outputs, the specifications of its charts, and how it ended."""

    said: str
    charts: list[dict[str, Any]]
    status: str

    @property
    def names(self) -> set[str]:
        """What the rows of all charts are named."""
        return {row["name"] for chart in self.charts for row in chart["data"]["values"] if "name" in row}


@pytest.fixture
def settings(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> Demo:
    """The demo server as the API of the settings, the way a scheduler gives them."""
    given = {"base_url": demo.base_url, "api_key": KEY, "account_id": ACCOUNT, "retries": "0"}
    for name, value in given.items():
        monkeypatch.setenv(f"SOURCES__ANALYTICS_KIT__{name.upper()}", value)
    return demo


def live(name: str, **values: str) -> Report:
    """Run a notebook on the API of the settings, and read what was written."""
    written: Written = run(name, {"source": "live"} | values, Path("report.ipynb"))
    cells = nbformat.read(written.path, as_version=4).cells
    shown = [output.data for cell in cells for output in cell.get("outputs", []) if "data" in output]
    said = "\n".join(data["text/markdown"] for data in shown if "text/markdown" in data)
    return Report(said, [data[CHART_TYPE] for data in shown if CHART_TYPE in data], written.status)


def test_an_unknown_parameter_is_refused_before_anything_runs() -> None:
    """Papermill itself would only warn; here the message lists the parameters that there are."""
    with pytest.raises(ak.ConfigurationError, match=r"no parameter 'projekt'[\s\S]*pipeline="):
        run("builds", {"projekt": "payments"}, Path("report.ipynb"))


@pytest.mark.long
def test_a_report_shows_no_tools_and_tells_of_nothing_but_itself(
    settings: Demo, capfd: pytest.CaptureFixture[str]
) -> None:
    """The page has the loads and no trace of their progress lines; on the terminal the kernel warns of nothing."""
    page = run("audit", {"source": "live", "since": "14d"}, Path("report.html")).path.read_text(encoding="utf-8")
    stored = nbformat.read(notebooks()["audit"], as_version=4)
    assert "HTML(value=" in str([cell.get("outputs") for cell in stored.cells])
    assert [trace for trace in ("HTML(value=", "widget-view", "https://unpkg") if trace in page] == []
    assert page.count(">loaded<") == 2
    assert "<title>Audit: who changed what, and what looks unusual?</title>" in page
    assert capfd.readouterr() == ("", "")


@pytest.mark.long
def test_builds_of_one_project(settings: Demo, kit: ak.Kit) -> None:
    """The rate is that of plain pandas, only pipelines of the project are there, and hours are those of the zone."""
    report = live("builds", since="30d", project="payments", time_zone="Europe/Berlin")
    builds = kit.load_frame("builds", since="37d").query("project == 'payments'")
    since = kit.now() - timedelta(days=30)
    ended = builds[(builds["finished"] >= since) & builds["status"].isin(["success", "error"])]
    rate = (ended["status"] == "success").mean()
    assert f"Of {len(ended)} builds that succeeded or failed, {rate:.1%} succeeded." in report.said
    assert report.status == "loaded"
    assert report.names
    assert {name.partition("/")[0] for name in report.names} == {"payments"}
    assert "Europe/Berlin" in report.charts[-1]["vconcat"][0]["title"]["text"]


@pytest.mark.long
def test_builds_of_one_pipeline(settings: Demo) -> None:
    """A pipeline is a parameter, too, and the sentences speak of no other."""
    report = live("builds", since="60d", pipeline="checkout/e2e-tests", branch="")
    assert report.names == {"checkout/e2e-tests"}
    assert set(re.findall(r"`(\S+/\S+)`", report.said)) == {"checkout/e2e-tests"}


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("builds", "No build succeeded or failed in this window."),
        ("audit", "Nothing was audited in this window."),
        ("analytics_reports", "No figure is held for both halves."),
    ],
)
def test_a_window_without_rows_is_no_error(settings: Demo, name: str, sentence: str) -> None:
    """Every section says that there is nothing; no sentence reads out a number that is none."""
    report = live(name, **LONG_AGO)
    assert sentence in report.said
    assert not re.search(r"\bnan\b|NaT|<NA>", report.said)


@pytest.mark.long
def test_audit_of_one_user(settings: Demo, kit: ak.Kit) -> None:
    """Entries and those off hours are counted as pandas does it, with the office where the parameter says."""
    report = live("audit", since="60d", user="robin.ashdown", time_zone="Europe/Berlin", office_from="9")
    kit.load("audit", since="60d")
    entries = kit.frame("audit", since="60d").query("user_name == 'robin.ashdown'")
    local = entries["created_at"].dt.tz_convert("Europe/Berlin").dt
    off = (local.hour < 9) | (local.hour >= 18) | (local.day_of_week >= 5)
    assert f"{len(entries)} entries, 0 of them without a user" in report.said
    assert f"{off.sum()} of {len(entries)} entries" in report.said
    assert report.names == {"robin.ashdown"}


@pytest.mark.long
def test_another_report_at_another_granularity(settings: Demo, kit: ak.Kit) -> None:
    """The last interval is read out as the API gives it."""
    report = live("analytics_reports", report="creditConsumption", granularity="month", since="2026-01-01")
    values = kit.load_frame(
        "analytics_reports",
        reports=["creditConsumption"],
        since="2026-01-01",
        until="2026-06-01",
        granularity="month",
    )
    spent = values[(values["time"] == values["time"].max()) & (values["key"] == "credits")]["value"].astype(float)
    assert f"In the last month, which begins on 2026-05-01: `credits` is {spent.iloc[0]:,.6g}" in report.said
    assert "creditConsumption per month" in report.charts[0]["vconcat"][0]["title"]["text"]


@pytest.mark.long
def test_a_report_on_pipelines_without_intervals(settings: Demo) -> None:
    """One figure per pipeline: the halves are compared by pipeline, and the API computed each."""
    report = live("analytics_reports", report="pipelinesByAvgDuration", granularity="")
    assert "and none per interval" in report.said
    assert "the API computed each half" in report.said
    assert any("/" in name for name in report.names)


QUICKEST = ("builds", {"since": "soon"}, "WindowError", '"30d"')
WRONG = [
    pytest.param(*case, marks=pytest.mark.long)
    for case in (
        ("builds", {"until": "2026-01-01"}, "WindowError", "not before"),
        ("builds", {"time_zone": "Europe/Berln"}, "ConfigurationError", "'Europe/Berlin'"),
        ("builds", {"project": "paymets"}, "ConfigurationError", "did you mean 'payments'"),
        ("builds", {"pipeline": "checkout/e2e"}, "ConfigurationError", "checkout/e2e-tests"),
        ("audit", {"user": "robin.ashdow"}, "ConfigurationError", "did you mean 'robin.ashdown'"),
        ("audit", {"office_from": "25"}, "ValueError", "0 <= start < end <= 24"),
        ("analytics_reports", {"report": "buildAvg"}, "ConfigurationError", "buildP90Duration"),
        ("analytics_reports", {"granularity": "daily"}, "WindowError", "hour, day, week, month"),
        ("analytics_reports", {"granularity": "hour"}, "LoadError", "1 to 4 days; the window has 56"),
    )
]


@pytest.mark.parametrize(("name", "values", "error", "allowed"), [QUICKEST, *WRONG])
def test_a_wrong_value_says_what_is_allowed(
    settings: Demo, name: str, values: dict[str, str], error: str, allowed: str
) -> None:
    """The notebook stops with the kit's own error: what was wrong, and what there is."""
    with pytest.raises(ReportFailedError, match=error) as failed:
        live(name, **values)
    assert allowed in str(failed.value)
    assert not Path("report.ipynb").exists()


@pytest.mark.long
def test_a_partial_load_is_told_under_every_chart(settings: Demo) -> None:
    """The API fails after its first page of builds: the report is written, called partial, and says so."""
    settings.fault(path="/workflow", kind="status", status=500, after=2)
    report = live("builds", since="30d")
    assert report.status == "partial"
    footers = [chart["title"]["text"][-1] for chart in report.charts]
    assert len(footers) == 7
    assert [footer for footer in footers if "partial" not in footer] == []
