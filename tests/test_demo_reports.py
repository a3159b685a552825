"""The demo's analytics reports: computed from its own builds, within the limits that its metadata states."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from demo_server import Demo, start

from analytics_kit.demo_api.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

SCALE = 0.3
MAY = ["2026-05-01", "2026-05-31"]
RATES = {"S": 5, "M": 10, "L": 20, None: 0}


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    demo = start("--scale", str(SCALE))
    yield demo
    demo.stop()


@pytest.fixture(scope="module")
def may() -> list[dict[str, Any]]:
    """The executed builds created in May, plain dicts."""
    return [
        build
        for build in World(SCALE).records("builds")
        if build["created"][:7] == "2026-05"
        and build["started"]
        and build["finished"]
        and build["status"] in ("success", "error", "terminated")
    ]


def report(demo: Demo, name: str, **query: Any) -> Any:
    return demo.rows(f"/analytics/reports/{name}", "data", **query)


def seconds(build: dict[str, Any], start_field: str) -> float:
    begin, end = (dt.datetime.fromisoformat(build[name]) for name in (start_field, "finished"))
    return (end - begin).total_seconds()


def test_credits(demo: Demo, may: list[dict[str, Any]]) -> None:
    """Credits are run minutes times the rate of the machine; the pipelines' add up to the account's."""
    [spent, builds] = report(demo, "creditConsumption", dateRange=MAY)
    expected = sum(seconds(build, "started") / 60 * RATES[build["packId"]] for build in may)
    assert (spent["key"], abs(int(spent["value"]) - expected) < 1) == ("credits", True)
    assert builds == {"key": "builds", "value": str(len(may))}
    rows = report(demo, "pipelineCreditConsumption", dateRange=MAY)
    assert sum(int(row["builds"]) for row in rows) == len(may)
    assert abs(sum(int(row["credits"]) for row in rows) - expected) < len(rows)


def test_durations(demo: Demo, may: list[dict[str, Any]]) -> None:
    """Mean, median and 90th percentile are of total time in milliseconds; counts are text, the rate is a percentage."""
    total = sorted(seconds(build, "created") * 1000 for build in may)
    succeeded = sum(build["status"] == "success" for build in may)
    expected = {"Avg": sum(total) / len(total), "P50": percentile(total, 0.5), "P90": percentile(total, 0.9)}
    for name, value in expected.items():
        [row] = report(demo, f"build{name}Duration", dateRange=MAY)
        assert row["totalDuration"] == pytest.approx(value, abs=1)
        assert (row["totalBuilds"], row["successfulBuilds"]) == (str(len(may)), str(succeeded))
        assert row["successRate"] == pytest.approx(100 * succeeded / len(may), abs=0.01)


def percentile(ordered: list[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    low = ordered[int(place)]
    return low + (ordered[int(place) + 1] - low) * (place % 1)


def test_phases_add_up(demo: Demo) -> None:
    """The mean of the total is the sum of the means of its phases."""
    [row] = report(demo, "buildAvgDuration", dateRange=MAY)
    phases = ("initializing", "running", "pendingApproval", "pendingConcurrency", "delay")
    assert sum(row[f"{phase}Duration"] for phase in phases) == pytest.approx(row["totalDuration"], abs=5)


@pytest.mark.parametrize(
    ("granularity", "first", "count"), [("day", "05-01", 31), ("week", "04-27", 5), ("month", "05-01", 1)]
)
def test_spans(demo: Demo, may: list[dict[str, Any]], granularity: str, first: str, count: int) -> None:
    """Every span of the range is there, weeks start on Monday, and the counts add up to the range's."""
    answer = demo.get("/analytics/reports/buildAvgDuration", dateRange=MAY, granularity=granularity).json()
    assert answer["data"][0]["time"] == f"2026-{first}T00:00:00.000"
    assert len(answer["data"]) == count
    assert sum(int(row["totalBuilds"]) for row in answer["data"]) == len(may)
    echo = ["2026-05-01T00:00:00.000", "2026-05-31T23:59:59.999"]
    assert answer["timeDimensions"] == {"dateRange": echo, "granularity": granularity}


def test_hours_without_builds_are_there(demo: Demo) -> None:
    """An hour in which nothing ran has a count of zero and no durations."""
    rows = report(demo, "buildAvgDuration", dateRange=["2026-05-30", "2026-05-31"], granularity="hour")
    assert len(rows) == 48
    empty = next(row for row in rows if row["totalBuilds"] == "0")
    assert (empty["totalDuration"], empty["successRate"]) == (None, None)


def test_committers_by_month(demo: Demo, may: list[dict[str, Any]]) -> None:
    """Active committers are the distinct committers of a month."""
    rows = report(demo, "activeCommitters", dateRange=["2026-03-01", "2026-05-31"], granularity="month")
    assert [row["time"][:7] for row in rows] == ["2026-03", "2026-04", "2026-05"]
    assert rows[2]["value"] == str(len({build["committer"] for build in may} - {None}))


def test_pipelines_and_dropdown(demo: Demo, may: list[dict[str, Any]]) -> None:
    """One row per pipeline with its change; the dropdown knows the deleted ones and takes no time dimensions."""
    rows = report(demo, "pipelinesByAvgDuration", dateRange=MAY)
    assert {row["pipelineName"] for row in rows} == {build["pipelineName"] for build in may}
    assert all({"totalBuildsChange", "totalDurationChange"} <= row.keys() for row in rows)
    answer = demo.get("/analytics/reports/pipelinesDropdown").json()
    assert answer["timeDimensions"] == {}
    assert (len(answer["data"]), sum(row["isDeleted"] for row in answer["data"])) == (45, 3)
    found = report(demo, "pipelinesDropdown", filters='{"name": "payments"}')
    assert [row["shortName"] for row in found] == ["ci", "deploy", "integration-tests", "nightly-scan"]


def test_filters(demo: Demo, may: list[dict[str, Any]]) -> None:
    """Filters by pipeline and status keep their builds only."""
    wanted = may[0]["serviceId"]
    filters = json.dumps({"pipelineId": [wanted], "status": ["error"]})
    [row] = report(demo, "buildAvgDuration", dateRange=MAY, filters=filters)
    assert row["totalBuilds"] == str(sum(b["serviceId"] == wanted and b["status"] == "error" for b in may))


UNSUPPORTED = "Passed structure is invalid - [Time dimensions are not supported for target report: {}]"


@pytest.mark.parametrize(
    ("name", "query", "message"),
    [
        ("nope", {"dateRange": MAY}, "Invalid report name"),
        ("activeCommitters", {"dateRange": MAY, "granularity": "day"}, UNSUPPORTED.format("activeCommitters")),
        ("buildAvgDuration", {"dateRange": MAY, "granularity": "x"}, UNSUPPORTED.format("buildAvgDuration")),
        ("pipelinesDropdown", {"dateRange": MAY}, UNSUPPORTED.format("pipelinesDropdown")),
        ("activeCommitters", {"dateRange": MAY, "granularity": "month"}, "out of the allowed interval"),
        ("buildAvgDuration", {"dateRange": MAY, "granularity": "hour"}, "out of the allowed interval"),
        ("creditConsumption", {"dateRange": ["2026-05-01"]}, "dateRange must be given twice"),
        ("creditConsumption", {"dateRange": MAY[::-1]}, "ends before it starts"),
        (
            "creditConsumption",
            {"dateRange": MAY, "filters": '{"accountId": ["1"]}'},
            "Filter by account id is not allowed",
        ),
        ("creditConsumption", {"dateRange": MAY, "filters": '{"colour": []}'}, "Filter colour is not supported"),
    ],
)
def test_refused_requests(demo: Demo, name: str, query: dict[str, Any], message: str) -> None:
    """What a report does not support is a 400 whose message says so."""
    answer = demo.get(f"/analytics/reports/{name}", **query)
    assert answer.status_code == 400
    assert message in answer.json()["message"]


def test_metadata_states_the_limits(demo: Demo) -> None:
    """The longest range of every supported time dimension is answered, a clearly longer one is refused."""
    for name, entry in demo.get("/analytics/metadata").json()["reports"].items():
        for dimension in entry["supportedTimeDimensions"]:
            count, unit = dimension["maxDateRangeInterval"].split()
            longest = int(count) * {"day": 1, "month": 30, "year": 365}[unit]
            asked = [demo.get(f"/analytics/reports/{name}", **ask(dimension, n)) for n in (longest, longest + 10)]
            assert [answer.status_code for answer in asked] == [200, 400], (name, dimension)


def ask(dimension: dict[str, Any], days: int) -> dict[str, Any]:
    last = dt.date(2026, 5, 31)
    query = {"dateRange": [str(last - dt.timedelta(days=days - 1)), str(last)]}
    return query | ({"granularity": dimension["granularity"]} if dimension["granularity"] else {})
