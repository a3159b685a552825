"""The transport against real sockets: statuses, broken connections, waits, budget, redirects, the key in no text."""

from __future__ import annotations

import copy
import gc
import gzip
import logging
import signal
import socket
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator
from scripted_server import Asked, Reply, ScriptedServer

from analytics_kit.errors import (
    AccessDeniedError,
    AnalyticsKitError,
    ApiError,
    BadRequestError,
    ConfigurationError,
    RateLimitedError,
    ReportNotReadyError,
    ResponseShapeError,
    ServerFailureError,
    UnreachableError,
)
from analytics_kit.transport import Answer, Limits, Meter, Session, drop_key_on_redirect, server_now
from analytics_kit.transport.answer import parse, retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "65d1e9b0.s3cr3t/part+of=key"
HEADERS = {"x-key": KEY, "Authorization": KEY}
NO_DATA = Reply({"status": 500, "message": "Could not get analytics report"}, status=500)
OK = Reply({"data": [1]})


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as started:
        yield started


@pytest.fixture
def session() -> Iterator[Callable[..., Session]]:
    made: list[Session] = []

    def make(**given: Any) -> Session:
        limits = Limits(**{"backoff": 0.01, "retries": 2, "connect_timeout": 2.0, "read_timeout": 2.0} | given)
        made.append(Session(limits, key_headers=("x-key",), api_key=KEY))
        return made[-1]

    yield make
    for each in made:
        each.close()


def failure(session: Session, url: str) -> AnalyticsKitError:
    with pytest.raises(AnalyticsKitError) as caught:
        session.metered(Meter("builds", "part")).get(url, headers=HEADERS)
    return caught.value


REFUSALS = [
    (Reply({"message": "jwt malformed"}, status=401), AccessDeniedError, "jwt malformed", 1),
    (Reply({"message": "Scopes are missing to access this resource"}, status=403), AccessDeniedError, "scope", 1),
    (Reply({"message": "Unusual traffic was seen"}, status=403), AccessDeniedError, "restricted", 1),
    (Reply({"error": "Invalid report name"}, status=400), BadRequestError, "Invalid report name", 1),
    (Reply({"error": {"message": "could not find it"}}, status=404), BadRequestError, "could not find it", 1),
    (Reply(b"I'm a teapot", status=418), BadRequestError, "(418)", 1),
    (Reply({"message": "slow down"}, status=429), RateLimitedError, "slow down", 3),
    (Reply({"message": "analytics report not finished yet"}, status=432), ReportNotReadyError, "not finished", 3),
    (Reply(b"<html>oops</html>", status=502), ServerFailureError, "(502)", 3),
    (Reply({"message": "x" * 999}, status=500), ServerFailureError, "x" * 200, 3),
    (Reply(b"<html>Log in</html>", headers={"Content-Type": "text/html"}), ResponseShapeError, "<html>Log in", 3),
    (Reply(b""), ResponseShapeError, "empty", 3),
    (Reply(b'{"data": ['), ResponseShapeError, "application/json", 3),
    (Reply(status=302, headers={"Location": "/x"}), ApiError, "redirects for ever", 31),
    (Reply(status=302, headers={"Location": "ftp://host/x"}), ApiError, "no http address", 1),
    (Reply(status=302, headers={"Location": "http://:80/x"}), ApiError, "no address", 1),
    (Reply(status=302, headers={"Location": "http://[::1/x"}), ApiError, "no address", 1),
]


@pytest.mark.parametrize(("reply", "kind", "says", "requests_sent"), REFUSALS)
def test_every_refusal_has_its_error(
    server: ScriptedServer,
    session: Callable[..., Session],
    reply: Reply,
    kind: type[AnalyticsKitError],
    says: str,
    requests_sent: int,
) -> None:
    """Each status and each odd body becomes its typed error, with the API's words, after the right number of tries."""
    error = failure(session(), server.script("/x", reply))
    assert type(error) is kind
    assert says in str(error)
    assert error.resource == "builds"
    assert error.hint
    assert error.status == (None if kind is ApiError else reply.status)
    assert len(server.asked) == requests_sent


def test_a_web_page_points_to_the_base_url(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """A page for people instead of JSON means that the address is wrong, which the next step says."""
    page = Reply(b"<html>", headers={"Content-Type": "text/html; charset=utf-8"})
    assert "base_url" in failure(session(), server.script("/x", page)).hint
    assert "base_url" not in failure(session(), server.script("/x", Reply(b"<xml>"))).hint


def test_restricted_key_is_told_apart_from_a_missing_scope(
    server: ScriptedServer, session: Callable[..., Session]
) -> None:
    """The three reasons for a refused key lead to three different next steps."""
    hints = {failure(session(), server.script("/x", reply)).hint for reply, *_ in REFUSALS[:3]}
    assert len(hints) == 3


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"http://127.0.0.1:{listening.getsockname()[1]}/x"


BROKEN = [
    (Reply(hang_up=True), "broke off"),
    (Reply({"data": []}, missing=9), "broke off"),
    (Reply(gzip.compress(b'{"data": [1, 2, 3]}')[:-14], headers={"Content-Encoding": "gzip"}), "no JSON"),
    (Reply(b"no gzip", headers={"Content-Encoding": "gzip"}), "broke off"),
    (Reply(delay=0.4), "did not answer in time"),
    (Reply(b"no gzip", 302, {"Location": "/y", "Content-Encoding": "gzip"}, missing=9), "broke off"),
]


@pytest.mark.parametrize(("reply", "says"), BROKEN)
def test_broken_connections_are_tried_again_and_then_told(
    server: ScriptedServer, session: Callable[..., Session], reply: Reply, says: str
) -> None:
    """A connection that breaks, is cut short or stays silent is tried again, and ends as one of two errors."""
    error = failure(session(retries=1, read_timeout=0.1), server.script("/x", reply))
    assert type(error) is (ResponseShapeError if says == "no JSON" else UnreachableError)
    assert says in str(error)
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("url", "says", "tries"),
    [
        (closed_port, "refused", 3),
        (lambda: "http://no-such-host.invalid/x", "not known", 3),
        (lambda: "http://a..b/x", "not known", 1),
    ],
)
def test_unreachable_hosts(session: Callable[..., Session], url: Callable[[], str], says: str, tries: int) -> None:
    """A closed port and an unknown name are told in plain words; what can be no name is not tried again."""
    meter = Meter("builds")
    with pytest.raises(UnreachableError, match=says) as caught:
        session().metered(meter).get(url())
    assert caught.value.retryable
    assert meter.requests == tries


def test_the_host_that_failed_is_named(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """Where a redirect leads to a dead host, the message names that one."""
    target = closed_port()
    error = failure(session(), server.script("/x", Reply(status=302, headers={"Location": target})))
    assert f"{target.split('/')[2]} refused" in str(error)


def test_an_address_that_is_none_is_a_matter_of_settings(session: Callable[..., Session]) -> None:
    """A base URL that no request can be made of is told before anything is sent."""
    with pytest.raises(ConfigurationError, match="base_url") as caught:
        session().get("http://*.example/x?token=t0psecret")
    assert "t0psecret" not in str(caught.value)


def test_https_on_a_plain_port_is_not_tried_again(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """A failed secure connection that would fail again ends at once."""
    meter = Meter("builds")
    with pytest.raises(UnreachableError, match="no secure connection"):
        session().metered(meter).get(server.script("/x", OK).replace("http:", "https:"))
    assert meter.requests == 1


def test_the_map_of_errors_is_complete() -> None:
    """No error class of the API is left without a case above that raises it."""
    driven = {kind for _, kind, *_ in REFUSALS} | {UnreachableError}
    assert driven == {ApiError, *ApiError.__subclasses__(), UnreachableError}


@pytest.mark.parametrize("reply", [reply for reply, *_ in REFUSALS] + [reply for reply, _ in BROKEN])
def test_errors_are_short_and_name_no_library(
    server: ScriptedServer, session: Callable[..., Session], reply: Reply
) -> None:
    """At most three lines, of bearable length, and no name of a library or of its classes."""
    text = str(failure(session(retries=0, read_timeout=0.1), server.script("/x", reply)))
    assert len(text.splitlines()) <= 3
    assert len(text) < 700
    assert not {"requests.", "urllib3", "dlt", "HTTPConnection", "Max retries", "Errno"} & {
        word for word in ("requests.", "urllib3", "dlt", "HTTPConnection", "Max retries", "Errno") if word in text
    }


ECHOES = [
    Reply({"message": f"bad key {KEY}"}, status=401),
    Reply({"message": "y" * 290 + KEY}, status=403),
    Reply(f"<p>{requests.utils.quote(KEY, safe='')}</p>".encode()),
    Reply(b"z" * 50 + KEY.encode()),
    Reply(headers={"Content-Type": KEY}, body=b"?"),
    Reply(status=302, headers={"Location": f"ftp://{KEY}"}),
]


@pytest.mark.parametrize("reply", ECHOES)
def test_an_echoed_key_is_in_no_text(
    server: ScriptedServer, session: Callable[..., Session], reply: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    """An API that echoes the key gets it into no message, hint or repr, and no log, cut or whole."""
    caplog.set_level(logging.DEBUG)
    error = failure(session(retries=0), server.script("/x", reply) + "?q=" + requests.utils.quote(KEY, safe=""))
    shown = f"{error} {error!r} {error.hint} {error.args} {session()!r}"
    for piece in (KEY, KEY[:9], requests.utils.quote(KEY, safe="")):
        assert piece not in shown
    assert KEY not in caplog.text


def test_a_traceback_does_not_show_the_key(session: Callable[..., Session]) -> None:
    """The causes that stay attached were made by libraries, and hold no header."""
    error = failure(session(), closed_port())
    assert error.__cause__ is not None
    assert KEY not in "".join(traceback.format_exception(error))


def test_a_url_is_quoted_without_its_secrets(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """User name, password and secret query values stay out of the message; the rest of the address is there."""
    url = server.script("/x", Reply(status=404)).replace("//", "//mira:pa55@")
    text = str(failure(session(), f"{url}?token=t0psecret&limit=100"))
    assert f"http://{server.host}/x?" in text
    assert "limit=100" in text
    assert not [secret for secret in ("mira", "pa55", "t0psecret") if secret in text]


@pytest.mark.parametrize("status", [429, 432, 500, 502, 503, 504, 599])
def test_a_failure_that_passes_is_not_seen(
    server: ScriptedServer, session: Callable[..., Session], status: int
) -> None:
    """A status that may pass is tried again, and the caller sees the good answer alone."""
    seen: list[int] = []
    meter = Meter("builds")
    url = server.script("/x", Reply(status=status), Reply(b"<html>", status=200), Reply(hang_up=True), OK)
    hook = {"response": lambda answer, **_: seen.append(answer.status_code)}
    answer = session(retries=3).metered(meter).get(url, hooks=hook)
    assert answer.json() == {"data": [1]}
    assert seen == [200]
    assert meter.requests == 4
    assert meter.failures == []


def http_date(second: int) -> str:
    return format_datetime(datetime(2024, 6, 1, 12, 0, second, tzinfo=UTC), usegmt=True)


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        ("0", 0.0, 0.5),
        ("0.3", 0.3, 0.9),
        (http_date(1), 1.0, 1.6),
        (http_date(0), 0.0, 0.5),
    ],
)
def test_retry_after_is_kept(
    server: ScriptedServer, session: Callable[..., Session], asked: str, least: float, most: float
) -> None:
    """Seconds, 0 included, and a date by the answer's own clock are waited for; the wait is counted."""
    meter = Meter("builds")
    busy = Reply(status=429, headers={"Retry-After": asked, "Date": http_date(0)})
    session(backoff=30).metered(meter).get(server.script("/x", busy, OK))
    first, second = server.times("/x")
    assert least <= second - first < most
    assert least <= meter.waited_seconds <= second - first


@pytest.mark.parametrize("value", ["", "soon", "-5", "nan", "1e3", "Wed, 99 Foo 2024"])
def test_an_odd_retry_after_is_ignored(value: str) -> None:
    """What cannot be read asks for nothing."""
    answer = Answer()
    answer.headers["Retry-After"] = value
    assert retry_after(answer) is None


def test_a_date_without_the_answers_clock_is_measured_against_the_machines() -> None:
    """An answer without a Date leaves the machine's clock, and a moment that has passed is no wait."""
    answer = Answer()
    answer.headers["Retry-After"] = format_datetime(datetime.now(UTC).replace(year=2124), usegmt=True)
    assert (retry_after(answer) or 0) > 86_400 * 365 * 90
    answer.headers["Retry-After"] = http_date(0)
    assert retry_after(answer) == 0


def test_a_wait_longer_than_allowed_ends_at_once(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """An API that asks for a longer wait than allowed gets no further request; the error says how long it asked."""
    url = server.script("/x", Reply(status=429, headers={"Retry-After": "400"}))
    error = failure(session(max_wait=300), url)
    assert type(error) is RateLimitedError
    assert "400 s" in str(error)
    assert len(server.asked) == 1


def test_all_waits_of_a_request_are_bounded_together(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """Two waits that fit one by one end the request where their sum does not fit."""
    url = server.script("/x", Reply(status=503, headers={"Retry-After": "0.2"}))
    failure(session(max_wait=0.3, retries=9), url)
    assert len(server.asked) == 2


def test_no_data_is_an_empty_answer_after_one_more_try(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """The status 500 that means "no data" costs one retry, is no failure, and its answer holds nothing."""
    meter, hooked = Meter("analytics_reports", "a report"), []
    url = server.script("/x", NO_DATA)
    answer = session(retries=5).metered(meter).get(url, hooks={"response": lambda *_, **__: hooked.append(1)})
    assert isinstance(answer, Answer)
    assert (answer.status_code, answer.json(), answer.no_data, answer.failed) == (200, [], True, False)
    assert (meter.requests, meter.failures, hooked) == (2, [], [])


def test_data_after_no_data_is_taken(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """The one retry counts: what it brings is the answer."""
    report = session().metered(Meter("analytics_reports", "a report"))
    assert report.get(server.script("/x", NO_DATA, OK)).json() == {"data": [1]}


def test_retries_0_means_no_retry_for_no_data_either(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """A budget of no retries is kept where the API says that it has no data."""
    report = session(retries=0).metered(Meter("analytics_reports", "a report"))
    assert report.get(server.script("/x", NO_DATA)).json() == []
    assert len(server.asked) == 1


def test_no_data_is_a_failure_where_no_report_is_asked(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """In the middle of a listing the same words would end it early, and call it whole."""
    with pytest.raises(ServerFailureError):
        session(retries=0).metered(Meter("builds")).get(server.script("/x", NO_DATA))


@pytest.mark.parametrize("asked", ["0", pytest.param(None, marks=pytest.mark.long)])
def test_a_limit_that_goes_on_slows_all_requests_until_they_fit(
    server: ScriptedServer, session: Callable[..., Session], asked: str | None
) -> None:
    """Five a second, also where the API says to wait for nothing: after a few refusals the pace fits, and all comes."""
    moments: list[float] = []
    begin = server.begin

    def limited(request: Asked) -> Reply:
        begin(request)
        now = time.monotonic()
        if sum(now - moment < 1 for moment in moments) >= 5:
            return Reply(status=429, headers={"Retry-After": asked} if asked else {})
        moments.append(now)
        return OK

    server.begin = limited  # type: ignore[method-assign]
    meter, asking = Meter("builds"), session(concurrency=4, retries=5)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: asking.metered(meter).get(f"{server.url}/{number}"), range(20)))
    assert [answer.json() for answer in answers] == [{"data": [1]}] * 20
    assert meter.requests < 40


def test_a_failure_that_is_taken_ends_the_listing_quietly(
    server: ScriptedServer, session: Callable[..., Session]
) -> None:
    """``on_failure`` gets the error and the request; True turns it into an empty answer, False lets it rise."""
    taken: list[tuple[AnalyticsKitError, str | None]] = []
    meter = Meter("analytics_reports", "buildAvgDuration")

    def take(error: AnalyticsKitError, request: requests.PreparedRequest) -> bool:
        taken.append((error, request.url))
        return len(taken) == 1

    url = server.script("/x", Reply(status=403))
    view = session().metered(meter, take)
    answer = view.get(url)
    assert isinstance(answer, Answer)
    assert (answer.failed, answer.last_page, answer.json()) == (True, True, [])
    with pytest.raises(AccessDeniedError, match=r"analytics_reports \(buildAvgDuration\)"):
        view.get(url)
    assert meter.failures == [error for error, _ in taken]
    assert {asked for _, asked in taken} == {url}


def test_an_error_raised_by_a_hook_is_the_requests_failure(
    server: ScriptedServer, session: Callable[..., Session]
) -> None:
    """A body whose shape is not known is not asked for again, goes the way of all failures, and shows no key."""

    def refuse(answer: requests.Response, **_: Any) -> None:
        raise ResponseShapeError(f"odd: {answer.json()}")

    meter = Meter("agents")
    view = session().metered(meter, lambda *_: True)
    assert view.get(server.script("/x", Reply({"a": KEY})), hooks={"response": refuse}).json() == []
    (error,) = meter.failures
    assert (error.resource, len(server.asked)) == ("agents", 1)
    assert KEY not in f"{error} {error!r}"


def test_a_meter_found_by_the_request(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """One view can count several listings apart, by what is asked."""
    meters = {"/a": Meter("a"), "/b": Meter("b")}
    view = session().metered(lambda request: meters[request.path_url])
    for path in ("/a", "/b", "/b"):
        view.get(server.script(path, OK))
    assert [meter.requests for meter in meters.values()] == [1, 2]


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": NaN, "b": [Infinity, -Infinity]}', {"a": "NaN", "b": ["Infinity", "-Infinity"]}),
        (
            rb'{"cut \ud83d": ["emoji \ud83d", "whole \ud83d\ude00"]}',
            {"cut \ufffd": ["emoji \ufffd", "whole \U0001f600"]},
        ),
        (b'{"a": "\xff\xfe"}', {"a": "\ufffd\ufffd"}),
        (b"null", None),
    ],
)
def test_odd_json_is_kept(server: ScriptedServer, session: Callable[..., Session], body: bytes, payload: Any) -> None:
    """A byte order mark, NaN, half an emoji and broken UTF-8 lose nothing but what has no form, and cost no retry."""
    assert session().get(server.script("/x", Reply(body))).json() == payload
    assert len(server.asked) == 1


@pytest.mark.parametrize(("first", "says"), [(b"", "depth limit"), (b"NaN,", "nested too deeply")])
def test_json_nested_beyond_all_measure_is_no_json(first: bytes, says: str) -> None:
    """A body that would end the interpreter's stack is refused like any other body that is no JSON."""
    gc.disable()  # at the end of the stack a collection would fail in its own ways
    try:
        with pytest.raises(ValueError, match=says):
            parse(b"[" + first + b"[" * 200_000 + b"]" * 200_000 + b"]")
    finally:
        gc.enable()


def test_a_body_is_parsed_once_and_can_be_replaced(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """``json()`` gives the same object again, until a hook puts another payload in its place."""

    def wrap(answer: Answer, **_: Any) -> None:
        assert answer.json() is answer.json()
        answer.replace({"wrapped": answer.json()})

    answer = session().get(server.script("/x", OK), hooks={"response": wrap})
    assert answer.json() == {"wrapped": {"data": [1]}}
    assert isinstance(answer, Answer)
    assert (answer.last_page, answer.no_data, answer.failed) == (False, False, False)
    assert abs((datetime.now(UTC) - answer.received_at).total_seconds()) < 5


def together(count: int, ask: Callable[[int], Any]) -> None:
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(ask, range(count)))


@pytest.mark.parametrize("first", [OK, Reply(status=429, headers={"Retry-After": "0.1"}), Reply(hang_up=True)])
def test_never_more_requests_in_flight_than_the_budget(
    server: ScriptedServer, session: Callable[..., Session], first: Reply
) -> None:
    """All listings share one budget: the server sees it full and never more, and full again after tries that failed."""
    root = session(concurrency=3)
    for name in "ab":
        server.script(f"/{name}", first, Reply({}, delay=0.03))
    views = [root.metered(Meter(name)) for name in "ab"]
    together(50, lambda number: views[number % 2].get(f"{server.url}/{'ab'[number % 2]}"))
    assert server.most_in_flight == 3


def test_a_429_holds_every_listing(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """While the API limits the key, another listing does not ask either; its wait is counted under its own name."""
    root, other = session(), Meter("other")
    busy = server.script("/busy", Reply(status=429, headers={"Retry-After": "0.5"}), OK)
    asking = threading.Thread(target=root.get, args=(busy,))
    asking.start()
    server.wait_for(1)
    # The client reads the 429 in a moment; nothing tells from outside that it has.
    time.sleep(0.1)
    root.metered(other).get(server.script("/other", OK))
    asking.join()
    assert server.times("/other")[0] - server.times("/busy")[0] >= 0.5
    assert other.waited_seconds > 0.3


def test_a_short_hold_does_not_end_a_long_one(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """Of two limits that the API names, the longer one counts for all."""
    root = session()
    server.script("/long", Reply(status=429, headers={"Retry-After": "0.5"}), OK)
    server.script("/short", Reply(status=429, headers={"Retry-After": "0.1"}, delay=0.1), OK)
    together(2, lambda number: root.get(server.url + ("/long", "/short")[number]))
    (long, _), (_, short) = server.times("/long"), server.times("/short")
    assert short - long >= 0.5


def test_a_request_that_waits_holds_no_slot(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """With a budget of one, another listing gets through while the first waits for its next try."""
    root = session(concurrency=1)
    slow = server.script("/slow", Reply(status=503, headers={"Retry-After": "0.6"}), OK)
    asking = threading.Thread(target=root.get, args=(slow,))
    asking.start()
    server.wait_for(1)
    root.get(server.script("/quick", OK))
    asking.join()
    assert server.times("/quick")[0] < server.times("/slow")[1] - 0.3


def test_the_set_rate_is_kept(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """Requests start no closer together than the rate allows, with slots free."""
    root = session(requests_per_second=20, concurrency=8)
    url = server.script("/x", OK)
    together(6, lambda _: root.get(url))
    times = server.times("/x")
    assert times[-1] - times[0] >= 5 * 0.05 - 0.03


def test_a_wait_is_told_while_it_lasts(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """Whoever shows progress hears how long is left and why, and when the wait is over."""
    told: list[tuple[float, str]] = []
    meter = Meter("builds", on_wait=lambda *wait: told.append(wait))
    session().metered(meter).get(server.script("/x", Reply(status=429, headers={"Retry-After": "1.2"}), OK))
    assert [seconds for seconds, _ in told] == pytest.approx([1.2, 0.2, 0], abs=0.15)
    assert {why for _, why in told} == {"for the API's limit"}


def test_cancel_ends_a_wait(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """A cancelled load leaves a long wait promptly and asks for nothing more; its error is the request's failure."""
    root = session()
    url = server.script("/x", Reply(status=429, headers={"Retry-After": "60"}))
    threading.Timer(0.2, root.cancel.set).start()
    started = time.monotonic()
    failures: list[AnalyticsKitError] = []
    answer = root.metered(Meter("builds"), lambda error, _: not failures.append(error)).get(url)
    assert time.monotonic() - started < 1
    assert answer.failed
    assert [error.message for error in failures] == ["The load was cancelled."]
    with pytest.raises(AnalyticsKitError, match="cancelled"):
        root.get(url)
    assert len(server.asked) == 1


def test_cancel_ends_waiting_for_an_answer(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """An answer that hangs is not waited for: whoever asked is told within a second."""
    root = session()
    url = server.script("/slow", Reply(delay=3))
    threading.Timer(0.2, root.cancel.set).start()
    started = time.monotonic()
    with pytest.raises(AnalyticsKitError, match="cancelled"):
        root.get(url)
    assert time.monotonic() - started < 1


def test_cancel_ends_waiting_for_a_slot(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """A request that stands in line for a slot leaves the line."""
    root = session(concurrency=1)
    url = server.script("/slow", Reply(delay=0.6))
    holding = threading.Thread(target=lambda: root.metered(Meter("builds"), lambda *_: True).get(url))
    holding.start()
    server.wait_for(1)
    threading.Timer(0.1, root.cancel.set).start()
    with pytest.raises(AnalyticsKitError, match="cancelled"):
        root.get(server.script("/x", OK))
    assert not server.times("/x")
    holding.join()


def test_an_interrupt_passes_through_a_wait(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """Ctrl-C in the middle of a long wait is an interrupt, at once, and no failure of the API."""
    url = server.script("/x", Reply(status=503, headers={"Retry-After": "60"}))
    interrupts = iter([signal.SIGINT])
    waiting = Meter("builds", on_wait=lambda *_: [signal.raise_signal(one) for one in interrupts])
    started, root = time.monotonic(), session()
    with pytest.raises(KeyboardInterrupt):
        root.metered(waiting, lambda *_: True).get(url)
    root.stop()
    assert time.monotonic() - started < 10


@pytest.fixture
def elsewhere() -> Iterator[ScriptedServer]:
    with ScriptedServer() as other:
        yield other


def keys_seen(server: ScriptedServer) -> list[set[str]]:
    return [{name for name, value in asked.headers.items() if value == KEY} for asked in server.asked]


def hooked() -> requests.Session:
    plain = requests.Session()
    plain.hooks["response"].append(drop_key_on_redirect(("x-key",)))
    return plain


@pytest.mark.parametrize("kind", ["session", "hook"])
@pytest.mark.parametrize("location", ["http://{host}/there", "//{host}/there"])
def test_the_key_stays_at_home_on_a_redirect(
    server: ScriptedServer, elsewhere: ScriptedServer, session: Callable[..., Session], kind: str, location: str
) -> None:
    """Another port is another host: neither our session nor a plain one with the hook takes the key along."""
    elsewhere.script("/there", OK)
    url = server.script("/x", Reply(status=302, headers={"Location": location.format(host=elsewhere.host)}))
    with session() if kind == "session" else hooked() as asking:
        assert asking.get(url, headers=HEADERS).json() == {"data": [1]}
    assert keys_seen(server) == [{"x-key", "Authorization"}]
    assert keys_seen(elsewhere) == [set()]


def test_without_the_hook_a_plain_session_takes_the_key_along(
    server: ScriptedServer, elsewhere: ScriptedServer
) -> None:
    """What the hook protects from does happen: the day it no longer does, the hook can go."""
    elsewhere.script("/there", OK)
    url = server.script("/x", Reply(status=302, headers={"Location": f"{elsewhere.url}/there"}))
    requests.get(url, headers=HEADERS, timeout=5)
    assert keys_seen(elsewhere) == [{"x-key"}]


@pytest.mark.parametrize("kind", ["session", "hook"])
def test_the_key_goes_along_on_the_same_host(
    server: ScriptedServer, session: Callable[..., Session], kind: str
) -> None:
    """A redirect to another path of the same host is followed with the key."""
    server.script("/there", OK)
    url = server.script("/x", Reply(status=307, headers={"Location": "/there"}))
    with session() if kind == "session" else hooked() as asking:
        asking.get(url, headers=HEADERS)
    assert keys_seen(server) == [{"x-key", "Authorization"}] * 2


def test_a_redirect_and_back_brings_no_key(
    server: ScriptedServer, elsewhere: ScriptedServer, session: Callable[..., Session]
) -> None:
    """Once dropped, the key stays dropped, whoever sends the request back."""
    server.script("/back", OK)
    elsewhere.script("/there", Reply(status=302, headers={"Location": f"{server.url}/back"}))
    url = server.script("/x", Reply(status=302, headers={"Location": f"{elsewhere.url}/there"}))
    session().get(url, headers=HEADERS)
    assert keys_seen(server) == [{"x-key", "Authorization"}, set()]


def test_a_failing_redirect_is_tried_from_its_start(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """The hops of a redirect have no retries of their own, share their request's slot, and are counted."""
    server.script("/b", Reply(status=503), OK)
    meter = Meter("builds")
    url = server.script("/a", Reply(status=302, headers={"Location": "/b"}))
    session(concurrency=1).metered(meter).get(url)
    assert [asked.path for asked in server.asked] == ["/a", "/b", "/a", "/b"]
    assert meter.requests == 4


def test_no_cookie_is_kept_or_sent(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """What an answer or a redirect sets never travels back."""
    server.script("/b", Reply(headers={"Set-Cookie": "b=2; Path=/"}))
    url = server.script("/a", Reply(status=302, headers={"Location": "/b", "Set-Cookie": "a=1; Path=/"}))
    root = session()
    for _ in range(2):
        root.get(url)
    assert not [asked for asked in server.asked if "Cookie" in asked.headers]
    assert not list(root.cookies)


def test_one_session_however_it_is_copied(session: Callable[..., Session]) -> None:
    """A copy of dlt's configuration holds the same session: the budget must stay one."""
    root = session()
    view = root.metered(Meter("builds"))
    assert copy.deepcopy({"session": view})["session"] is view
    assert view.cancel is root.cancel
    assert view.adapters is root.adapters


@pytest.mark.parametrize("status", [200, 401, 503])
def test_the_apis_clock_costs_one_request(server: ScriptedServer, session: Callable[..., Session], status: int) -> None:
    """An answer of any kind tells the time, once for all listings."""
    root = session()
    url = server.script(
        "/x", Reply(status=status, headers={"Date": http_date(7)}), Reply(headers={"Date": http_date(9)})
    )
    clocks = {root.metered(Meter("builds")).clock(url, HEADERS), root.clock(url, HEADERS)}
    assert len(server.asked) == 1
    root.get(url)
    assert clocks | {root.first_date} == {datetime(2024, 6, 1, 12, 0, 7, tzinfo=UTC)}


def test_the_apis_clock_survives_one_broken_connection(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """A connection that breaks once does not leave the machine's clock in the API's place."""
    url = server.script("/x", Reply(hang_up=True), Reply(headers={"Date": http_date(7)}))
    assert session().clock(url, HEADERS) == datetime(2024, 6, 1, 12, 0, 7, tzinfo=UTC)


def test_no_clock_where_nothing_answers(session: Callable[..., Session]) -> None:
    """An API that cannot be reached has no time; that is no error yet."""
    assert session(retries=0).clock(closed_port(), HEADERS) is None


@pytest.mark.parametrize("value", ["", "yesterday", "Mon, 32 Dec 2024 25:00:00 GMT"])
def test_a_date_that_cannot_be_read_is_none(value: str) -> None:
    """An odd Date header is no time."""
    answer = Answer()
    answer.headers["Date"] = value
    assert server_now(answer) is None


def test_dlts_client_reads_a_listing_through_it(server: ScriptedServer, session: Callable[..., Session]) -> None:
    """Pages are read by dlt over the session: a failed try is not seen, a failure at the end keeps what came."""
    pages = [Reply({"data": [{"id": number}, {"id": -number}]}) for number in (1, 2)]
    server.script("/list", pages[0], Reply(status=503), pages[1], Reply(status=403))
    meter = Meter("builds")
    view = session().metered(meter, lambda *_: True)
    client = RESTClient(server.url, session=view, paginator=PageNumberPaginator(base_page=1, total_path=None))
    rows = [row["id"] for page in client.paginate("/list", data_selector="data") for row in page]
    assert rows == [1, -1, 2, -2]
    assert [type(error) for error in meter.failures] == [AccessDeniedError]
    assert [asked.query["page"] for asked in server.asked] == [["1"], ["2"], ["2"], ["3"]]
