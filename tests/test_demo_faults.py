"""Faults on request, changes to the data, the request log, and the life of the process."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import requests
from demo_server import ACCOUNT, KEY, Demo, start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests import Response


@pytest.fixture(scope="module")
def server() -> Iterator[Demo]:
    demo = start("--scale", "0.2", "--deny", "audit", "--deny", "helm_repos")
    yield demo
    demo.stop()


@pytest.fixture
def demo(server: Demo) -> Iterator[Demo]:
    yield server
    server.reset()


def statuses(demo: Demo, path: str, times: int, **query: Any) -> list[int]:
    return [demo.get(path, **query).status_code for _ in range(times)]


def test_denied_resources(demo: Demo) -> None:
    """A key without a scope is refused on that resource alone, the scope named."""
    answer = demo.get("/helm/repos")
    assert (answer.status_code, demo.get("/audit").status_code, demo.get("/agents").status_code) == (403, 403, 200)
    assert answer.json()["message"] == "Scopes are missing to access this resource: helm_repos"


def test_status_after_and_count(demo: Demo) -> None:
    """A fault lets `after` requests pass, fires `count` times, heals, and leaves other paths alone."""
    demo.fault(path="/workflow", kind="status", status=503, after=1, count=2)
    assert statuses(demo, "/api/workflow", 5) == [200, 503, 503, 200, 200]
    assert statuses(demo, "/agents", 1) == [200]


@pytest.mark.parametrize("retry_after", [0, 7, "Mon, 01 Jun 2026 09:00:30 GMT", None])
def test_retry_after(demo: Demo, retry_after: object) -> None:
    """429 comes with Retry-After in seconds, as a date, or not at all."""
    demo.fault(path="/agents", kind="status", status=429, retry_after=retry_after, count=1)
    answer = demo.get("/agents")
    assert (answer.status_code, answer.json()["status"]) == (429, 429)
    assert answer.headers.get("Retry-After") == (None if retry_after is None else str(retry_after))


def test_report_not_ready_then_ready(demo: Demo) -> None:
    """432 twice, then the report; a template stands for all reports, a name for one."""
    ask = {"dateRange": ["2026-05-01", "2026-05-31"]}
    demo.fault(path="/analytics/reports/{report_name}", kind="status", status=432, count=2)
    assert statuses(demo, "/analytics/reports/buildP50Duration", 3, **ask) == [432, 432, 200]
    demo.fault(path="/analytics/reports/buildAvgDuration", kind="no_data")
    answer = demo.get("/analytics/reports/buildAvgDuration", **ask)
    assert (answer.status_code, answer.json()["message"]) == (500, "Could not get analytics report")
    assert statuses(demo, "/analytics/reports/buildP50Duration", 1, **ask) == [200]


def test_random_status_is_seeded(demo: Demo) -> None:
    """The same rate and seed fail the same requests."""
    runs = []
    for _ in range(2):
        demo.fault(path="/agents", kind="random_status", rate=0.5, seed=3, status=500)
        runs.append(statuses(demo, "/agents", 12))
        demo.reset()
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 500}


def test_html_and_redirect(demo: Demo) -> None:
    """HTML may come with status 200, and a redirect may point elsewhere."""
    demo.fault(path="/agents", kind="html", count=1)
    answer = demo.get("/agents")
    assert (answer.status_code, answer.headers["Content-Type"][:9], answer.text[:15]) == (
        200,
        "text/html",
        "<!doctype html>",
    )
    demo.fault(path="/agents", kind="redirect", to="http://localhost:9/elsewhere", status=307, count=1)
    answer = demo.get("/agents")
    assert (answer.status_code, answer.headers["Location"]) == (307, "http://localhost:9/elsewhere")


def test_truncated_and_dropped(demo: Demo) -> None:
    """A body is cut below its Content-Length; a connection is closed without a byte; then all is well."""
    demo.fault(path="/workflow", kind="truncate", count=1)
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        demo.get("/workflow", limit=100)
    demo.fault(path="/workflow", kind="drop_connection", count=1)
    with pytest.raises(requests.exceptions.ConnectionError):
        demo.get("/workflow")
    assert demo.get("/workflow").status_code == 200
    assert [entry["status"] for entry in demo.log()["requests"]] == [200, None, 200]


@pytest.mark.parametrize(
    ("kind", "start_of_body", "text"),
    [("bom", b"\xef\xbb\xbf{", b'"docs"'), ("nan", b"{", b'"oddNumber":NaN}'), ("surrogate", b"{", rb"cut \ud83d off")],
)
def test_odd_bodies(demo: Demo, kind: str, start_of_body: bytes, text: bytes) -> None:
    """A byte order mark, a NaN and half an emoji are in the bytes of an otherwise whole body."""
    demo.fault(path="/workflow", kind=kind, count=1)
    body = demo.get("/workflow").content
    assert body.startswith(start_of_body)
    assert text in body
    assert text not in demo.get("/workflow").content or kind == "bom"


def pages(demo: Demo, size: int, **query: Any) -> list[list[str]]:
    """Pages 1 to 5 of the builds."""
    return [demo.builds(limit=size, page=page, **query) for page in range(1, 6)]


def test_repeated_page(demo: Demo) -> None:
    """Page 2 repeats page 1 and everything after it comes one page later: nothing is lost."""
    whole = pages(demo, 50)
    demo.fault(path="/workflow", kind="repeat_page")
    assert pages(demo, 50) == [whole[0], whole[0], whole[1], whole[2], whole[3]]


def test_empty_first_page(demo: Demo) -> None:
    """Page 1 is empty though more follows; the rows start on page 2."""
    whole = pages(demo, 50)
    demo.fault(path="/workflow", kind="empty_first_page")
    assert demo.get("/workflow", limit=50).json()["pagination"]["nextPage"] is True
    assert pages(demo, 50) == [[], *whole[:4]]


def test_capped_and_ignored_paging(demo: Demo) -> None:
    """A capped page counts pages of the cap, while offsets stay raw; ignored paging is always the first page."""
    whole = demo.builds(limit=500)
    demo.fault(path="*", kind="cap_page_size", cap=20)
    assert [build for page in pages(demo, 100) for build in page] == whole[:100]
    names = [row["metadata"]["name"] for row in demo.rows("/pipelines", "docs", limit=100, offset=30)]
    assert len(names) == 42 - 30
    demo.reset()
    demo.fault(path="/workflow", kind="ignore_paging")
    assert pages(demo, 50) == [whole[:50]] * 5


def test_total(demo: Demo) -> None:
    """A total that is asked for is in the body; for pipelines it takes the place of the count."""
    demo.fault(path="*", kind="total", value=9999)
    assert demo.get("/workflow").json()["total"] == 9999
    assert demo.get("/pipelines").json()["count"] == 9999


def test_cursor(demo: Demo) -> None:
    """In strict order only page 1, the next or the previous page can be read, each session by itself."""
    whole = pages(demo, 20)
    demo.fault(path="/workflow", kind="cursor")

    def ask(page: int, session: str | None = None) -> Response:
        headers = {"X-Pagination-Session-Id": session} if session else None
        return demo.get("/workflow", headers=headers, limit=20, page=page)

    first, second = (ask(1).json()["pagination"]["sessionId"] for _ in range(2))
    assert first != second
    assert [ask(page, first).status_code for page in (2, 3, 4, 3, 5, 4, 2)] == [200, 200, 200, 200, 400, 200, 400]
    refused = ask(3, second)
    assert (refused.status_code, "page 3" in refused.json()["message"]) == (400, True)
    answer = ask(2, second).json()
    assert [row["id"] for row in answer["workflows"]["docs"]] == whole[1]
    assert answer["pagination"] == {"nextPage": True, "sessionId": second}
    # without the header all readers of a key share one cursor
    assert [ask(page).status_code for page in (1, 2, 1, 3)] == [200, 200, 200, 400]
    assert ask(2, "never announced").status_code == 400


def test_status_changes_between_two_loads(demo: Demo) -> None:
    """A running build is finished when the fault fires, in the listing and under the filters."""
    running = demo.builds(status="running")
    demo.fault(path="/workflow", kind="status_change", after=1)
    demo.builds()
    changed = next(row for row in demo.rows("/workflow", "workflows.docs") if row["id"] == running[0])
    assert (changed["status"], changed["finished"]) == ("success", "2026-06-01T09:00:00.000Z")
    assert demo.builds(status="running") == running[1:]


def test_latency_does_not_block(demo: Demo) -> None:
    """Slow answers wait side by side, and the log counts how many were under way."""
    demo.fault(path="/agents", kind="latency", seconds=0.3)
    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: demo.get("/agents").status_code, range(8)))
    assert (answers, time.monotonic() - started < 1.2) == ([200] * 8, True)
    assert demo.log()["max_in_flight"] >= 4


def test_client_that_gives_up(demo: Demo) -> None:
    """A client that does not wait is logged without a status, and the next one is served."""
    demo.fault(path="/agents", kind="latency", seconds=0.3, count=1)
    with pytest.raises(requests.exceptions.Timeout):
        requests.get(f"{demo.base_url}/agents", headers={"api_key": KEY}, timeout=0.1)
    time.sleep(0.4)
    assert demo.get("/agents").status_code == 200
    log = demo.log()
    assert ([entry["status"] for entry in log["requests"]], log["in_flight"]) == ([None, 200], 0)


def test_log_keeps_no_header_values(demo: Demo) -> None:
    """The log tells path, query, header names, user agent, status and times, and `decrypt=true`; never the key."""
    demo.get("/api/contexts", headers={"User-Agent": "probe/1"}, type=["secret", "config"], decrypt="true")
    log = demo.log()
    assert KEY not in str(log)
    [entry] = log["requests"]
    assert (entry["path"], entry["status"], entry["user_agent"]) == ("/contexts", 200, "probe/1")
    assert entry["query"] == [["type", "secret"], ["type", "config"], ["decrypt", "true"]]
    assert (entry["decrypt"], "Api_key" in entry["headers"] or "api_key" in entry["headers"]) == (True, True)
    assert entry["started"] <= entry["ended"]
    assert requests.delete(f"{demo.base_url}/_demo/requests", timeout=5).json()["requests"] == []


def test_changes_deletions_and_reset(demo: Demo) -> None:
    """A build's fields change, a record goes away, and reset brings the first state back."""
    before = demo.builds(limit=5000)
    changed = {"status": "error", "finished": "2026-06-01T08:59:00.000Z", "extra": {"new": 1}}
    assert demo.post(f"/builds/{before[0]}", changed) == 200
    assert demo.get(f"/workflow/{before[0]}").json().items() >= changed.items()
    assert demo.builds(status="error")[0] == before[0]
    assert demo.post("/delete", {"resource": "builds", "id": before[1]}) == 200
    assert demo.post("/delete", {"resource": "contexts", "id": "charts"}) == 200
    assert demo.builds(limit=5000) == [before[0], *before[2:]]
    assert "charts" not in {row["metadata"]["name"] for row in demo.rows("/contexts", "data")}
    refused = [("/builds/nope", {}), ("/builds/" + before[0], {"created": "x"}), ("/delete", {"resource": "agents"})]
    assert [demo.post(*request) for request in refused] == [404, 400, 400]
    assert demo.post("/reset", {}) == 200
    assert demo.builds(limit=5000) == before
    assert demo.get(f"/workflow/{before[0]}").json()["status"] == "pending"


@pytest.mark.parametrize(
    "fault", [[], 7, {"kind": "nope"}, {"kind": "latency"}, {"kind": "status", "status": "x"}, {"kind": "html", "a": 1}]
)
def test_faults_that_are_not_understood(demo: Demo, fault: object) -> None:
    """A fault with an unknown kind or parameter is refused with what is allowed, and sets nothing."""
    assert demo.post("/faults", fault) == (400 if fault != [] else 200)
    assert requests.get(f"{demo.base_url}/_demo/faults", timeout=5).json() == {"faults": []}


def test_stops_with_stdin_and_takes_faults_at_the_start() -> None:
    """A server ends by itself, with code 0, when its stdin closes; `--fault` sets faults from the first request on."""
    started = time.monotonic()
    demo = start("--scale", "1.0", "--fault", '{"path": "/agents", "kind": "status", "status": 500, "count": 1}')
    assert time.monotonic() - started < 3
    assert statuses(demo, "/agents", 2) == [500, 200]
    assert demo.stop() == 0


@pytest.mark.parametrize("signal_name", ["SIGTERM", "SIGINT"])
def test_stops_quietly_on_a_signal(signal_name: str) -> None:
    """A signal ends the server with code 0 and nothing on stderr."""
    import signal

    command = [sys.executable, "-m", "analytics_kit.demo_api", "--scale", "0.01"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        assert lines[1] == f"account_id={ACCOUNT}\n"
        process.send_signal(getattr(signal, signal_name))
        assert (process.communicate(timeout=5)[1], process.returncode) == ("", 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scale", "0"], "0 is not a scale"),
        (["--scale", "many"], "many is not a scale"),
        (["--port", "99999"], "99999 is not a port"),
        (["--dialect", "other"], "invalid choice: 'other'"),
        (["--deny", "nothing"], "invalid choice: 'nothing'"),
        (["--fault", "{"], "argument --fault"),
        (["--fault", '{"kind": "bad"}'], "unknown kind of fault 'bad'"),
        (["--api-key", " "], "not empty"),
    ],
)
def test_bad_arguments(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A bad argument ends with code 2 and a message that names it."""
    from analytics_kit.demo_api.__main__ import main

    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err
