"""Pages asked for before their turn, within one budget that all resources share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from kits import kit_on
from scripted_server import Asked, Reply, ScriptedServer

from analytics_kit.demo_api.world import World
from analytics_kit.kit import connect

if TYPE_CHECKING:
    from demo_server import Demo

SCALE = 0.15
WORLD = World(SCALE)


def pages(demo: Demo) -> list[Any]:
    return [line for line in demo.log()["requests"] if line["path"].endswith("/workflow")]


@pytest.mark.parametrize("budget", [1, 4])
def test_no_more_requests_are_in_flight_than_the_budget_allows(demo: Demo, tmp_path: Path, budget: int) -> None:
    """Look-ahead and resources side by side together, also after a 429; and the budget is used."""
    demo.fault(path="*", kind="latency", seconds=0.03)
    demo.fault(path="/workflow", kind="status", status=429, retry_after=0.1, count=2, after=4)
    with kit_on(demo, tmp_path, concurrency=budget) as kit:
        assert kit.load("builds", "audit", "projects", "pipelines", "step_types", "agents").ok
        assert len(kit.frame("builds")) == len(WORLD.records("builds"))
    assert demo.log()["max_in_flight"] == budget


def test_over_reading_is_bounded_by_the_budget(demo: Demo, tmp_path: Path) -> None:
    """Beyond the end of a listing without a total at most the budget is asked."""
    with kit_on(demo, tmp_path, concurrency=4) as kit:
        report = kit.load("builds")
    assert len(pages(demo)) <= report["builds"].pages + 4


def test_a_cursor_is_read_one_page_at_a_time(demo: Demo, tmp_path: Path) -> None:
    """Where the first page announces a cursor, nothing is asked ahead: page after page, with its session id."""
    demo.fault(path="/workflow", kind="cursor")
    with kit_on(demo, tmp_path, concurrency=4) as kit:
        assert len(kit.load_frame("builds")) == len(WORLD.records("builds"))
    asked = [dict(line["query"])["page"] for line in pages(demo)]
    assert asked == [str(number + 1) for number in range(len(asked))]
    assert {line["status"] for line in pages(demo)} == {200}


@pytest.mark.parametrize("cursor", [False, True])
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long), pytest.param(3, marks=pytest.mark.long)])
def test_random_failures_lose_and_double_nothing(demo: Demo, tmp_path: Path, cursor: bool, seed: int) -> None:
    """5 % of the requests fail: exactly the rows that the API holds, with and without a cursor."""
    if cursor:
        demo.fault(path="/workflow", kind="cursor")
    demo.fault(path="*", kind="random_status", rate=0.05, seed=seed)
    with kit_on(demo, tmp_path, retries=6) as kit:
        assert kit.load("builds", "audit").ok
        for name in ("builds", "audit"):
            ids = kit.frame(name, columns=["id"])["id"].tolist()
            assert sorted(ids) == sorted(row["id"] for row in WORLD.records(name))


class _Busy(ScriptedServer):
    """Builds, newest first; two new ones come while page 4 is tried again, when pages 5 to 8 are answered already."""

    def __init__(self) -> None:
        super().__init__()
        self.builds = [f"b{number:04}" for number in range(1000, 0, -1)]
        self.failed = False

    def begin(self, request: Asked) -> Reply:
        super().begin(request)
        page = int(request.query.get("page", ["1"])[0])
        if page == 4 and not self.failed:
            self.failed = True
            return Reply({"message": "slip"}, status=500)
        if page == 4 and len(self.builds) == 1000:
            self.builds[:0] = ["b1002", "b1001"]
        docs = [
            {"id": id_, "created": "2026-05-20T10:00:00.000Z"} for id_ in self.builds[(page - 1) * 100 : page * 100]
        ]
        return Reply({"workflows": {"docs": docs}})


def test_new_records_that_move_the_others_lose_none(tmp_path: Path) -> None:
    """A page asked ahead that is older than the one before it is asked again: else two builds were in neither."""
    with _Busy() as server, connect(base_url=server.url, api_key="k", database=tmp_path / "k.duckdb") as kit:
        report = kit.load("builds")
        assert server.builds[2:] == sorted(kit.frame("builds")["id"], reverse=True)
    assert report["builds"].status == "loaded"
    assert len(server.asked) <= 11 + 2 * 2 * 4  # what was asked ahead is asked twice, and over-read by the budget


def test_a_failure_beyond_the_end_is_no_failure(demo: Demo, tmp_path: Path) -> None:
    """What is asked ahead and never taken cannot make a load partial."""
    count = -(-len(WORLD.records("builds")) // 100)
    with kit_on(demo, tmp_path, concurrency=4, retries=0) as kit:
        demo.fault(path="/workflow", kind="status", status=500, after=count + 1)
        report = kit.load("builds", errors="report")
    assert report["builds"].rows == len(WORLD.records("builds"))
