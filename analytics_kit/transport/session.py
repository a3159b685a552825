"""The session that every request of the kit goes through, with dlt's REST client as its caller."""

from __future__ import annotations

from concurrent.futures import wait
from contextlib import suppress
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin, urlsplit

import requests
from requests.hooks import default_hooks, dispatch_hook
from requests.sessions import SessionRedirectMixin
from tenacity import Retrying, retry_if_exception_type, wait_random_exponential
from urllib3.exceptions import HTTPError

from analytics_kit.errors import AnalyticsKitError, ConfigurationError, RateLimitedError
from analytics_kit.transport.ahead import Ahead
from analytics_kit.transport.answer import Adapter, Answer, retry_after, server_now
from analytics_kit.transport.budget import LOOK_UP, Budget, Limits, Meter
from analytics_kit.transport.failures import Asked, error_for, public_url, says_no_data, without_key, worth_retrying
from analytics_kit.transport.verdicts import WAITS

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future
    from datetime import datetime

    from requests import PreparedRequest, Request, Response
    from tenacity import RetryCallState

LONGEST_BACKOFF = 30.0
"""Seconds that a request waits at most for its next try where the API names no time."""
_REDIRECTS = SessionRedirectMixin()


class _TryError(Exception):
    """One try that failed in a way that may pass."""

    def __init__(self, error: AnalyticsKitError, *, wait: float | None = None, no_data: bool = False) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait
        self.no_data = no_data


class Session(requests.Session):
    """A session with retries, a shared budget and typed errors.

    ``send`` reads and parses the body before it returns. A request's response hooks see the one good answer, no failed
    try and no redirect; an error of the kit that a hook raises is the request's failure.

    Args:
        limits: How hard and how long the API may be asked.
        key_headers: Names of the headers that carry the key; ``Authorization`` always counts.
        api_key: The key, to keep it out of every text.
        on_failure: Called with a request's final error; True lets ``send`` return an empty answer (``failed``) instead
            of raising.
        cancel: Once set, what is asked ends; one of its own if not given.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        key_headers: tuple[str, ...],
        api_key: str,
        on_failure: Callable[[AnalyticsKitError, PreparedRequest], bool] | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        super().__init__()
        unread = Meter("")
        self._meter_of: Callable[[PreparedRequest], Meter] = lambda _: unread
        self._limits, self._budget, self._ahead = limits, Budget(limits, cancel), Ahead(2 * limits.concurrency)
        self._sent_ahead: list[str] = []
        self._environment: dict[tuple[str, ...], Any] = {}
        self._key_headers = (*key_headers, "Authorization")
        self._api_key, self._on_failure = api_key, on_failure
        self._backoff = wait_random_exponential(multiplier=limits.backoff, max=LONGEST_BACKOFF)
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self.mount(scheme, Adapter(pool_maxsize=limits.concurrency))

    def __repr__(self) -> str:
        return f"Session({self._limits!r})"

    def __deepcopy__(self, memo: dict[int, Any]) -> Session:
        # dlt deep-copies the configuration that holds the session; a copy would have a budget of its own.
        return self

    @property
    def cancel(self) -> threading.Event:
        """Set it to end all waits, those for an answer too: every request that has none yet raises."""
        return self._budget.cancel

    @property
    def first_date(self) -> datetime | None:
        """The API's own time in the first answer of all, UTC; None before that, or where it does not say."""
        return self._budget.first_date

    def clock(self, url: str, headers: dict[str, str]) -> datetime | None:
        """The API's own time, UTC, asked with one request where no answer has told it; any status will do.

        None where nothing answers, or no answer has a ``Date``.
        """
        if self.first_date is None:
            with suppress(AnalyticsKitError, OSError, ValueError, HTTPError):
                self._exchange(self.prepare_request(requests.Request("GET", url, headers=headers)), {})
        if self.first_date is None:
            with suppress(AnalyticsKitError):
                self.get(url, headers=headers)
        return self.first_date

    def metered(
        self,
        meter: Meter | Callable[[PreparedRequest], Meter],
        on_failure: Callable[[AnalyticsKitError, PreparedRequest], bool] | None = None,
    ) -> Session:
        """The same session for one listing: same connections, same budget, a meter and failures of its own.

        Args:
            meter: What to count into; a function where the request tells.
            on_failure: As for the session; None keeps the session's.
        """
        view = type(self).__new__(type(self))
        meter_of = (lambda _: meter) if isinstance(meter, Meter) else meter
        own: dict[str, Any] = {"_meter_of": meter_of, "_on_failure": on_failure or self._on_failure, "_sent_ahead": []}
        view.__dict__.update(self.__dict__, **own)
        return view

    def prepare_request(self, request: Request) -> PreparedRequest:
        """Make a request ready.

        Raises:
            ConfigurationError: its URL is none.
        """
        try:
            return super().prepare_request(request)
        except requests.exceptions.InvalidURL as cause:
            what = f"{public_url(str(request.url))} is no address that can be asked."
            raise ConfigurationError(what, hint="Check the setting base_url.") from cause

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """Proxies and certificates of the environment, looked up once per host: all pages come from the same one."""
        if proxies or stream or verify is not None or cert:
            return super().merge_environment_settings(url, proxies, stream, verify, cert)
        host = urlsplit(url)[:2]
        if host not in self._environment:
            self._environment[host] = super().merge_environment_settings(url, {}, None, None, None)
        return dict(self._environment[host])

    def send(self, request: PreparedRequest, **kwargs: Any) -> Response:
        """Send a request until a usable answer comes.

        Returns:
            An Answer; an empty one where the API says that it has no data (``no_data``), or where ``on_failure`` took
            the error (``failed``).

        Raises:
            AnalyticsKitError: the typed error of the last try, or cancelled.
        """
        if not kwargs.get("allow_redirects", True):
            # One hop of a redirect, followed inside a try: it has the try's slot, and is tried again from the start.
            return super().send(request, **kwargs)
        try:
            answer = self._awaited(self._ahead.take(request.url or "", partial(self._answer, request, kwargs)))
            return answer if answer.no_data else dispatch_hook("response", request.hooks, answer, **kwargs)
        except AnalyticsKitError as error:
            if not self._took(error, request):
                raise
            return Answer.empty(request, failed=True)

    def _awaited(self, coming: Future[Answer]) -> Answer:
        """The answer, or the end of the load: one that hangs is not waited for once the load is cancelled."""
        while not wait([coming], LOOK_UP).done:
            self._budget.check()
        return coming.result()

    def look_ahead(self, requests_: Iterable[Request], *, anew: bool = False) -> None:
        """Send requests whose turn is still to come, within the budget; ``send`` then finds their answers.

        What comes of them is told when they are sent for: a failure of one that is never sent for is no failure.

        Args:
            requests_: In their order.
            anew: Forget what was sent ahead for this listing before: its answers may be too old.
        """
        if anew:
            self._ahead.forget(self._sent_ahead)
            self._sent_ahead.clear()
        for request in requests_:
            prepared = self.prepare_request(request)
            settings = self.merge_environment_settings(prepared.url or "", {}, None, None, None)
            self._sent_ahead.append(prepared.url or "")
            self._ahead.start(prepared.url or "", partial(self._answer, prepared, settings))

    def stop(self) -> None:
        """End all waits, and forget what was asked ahead and not sent for."""
        self._budget.stopped = True
        self._ahead.close()

    def rebuild_auth(self, prepared_request: PreparedRequest, response: Response) -> None:
        """Drop the key where a redirect leaves the host: by itself the HTTP library drops ``Authorization`` only."""
        if self.should_strip_auth(response.request.url or "", prepared_request.url or ""):
            _drop(self._key_headers, prepared_request)

    def _answer(self, request: PreparedRequest, kwargs: dict[str, Any]) -> Answer:
        """Ask until the answer is usable: depends on the request alone, so that it may also run ahead of its turn."""
        tries = Retrying(
            retry=retry_if_exception_type(_TryError),
            wait=self._pause,
            stop=self._enough,
            before_sleep=lambda state: self._wait(state, self._meter_of(request)),
            sleep=_waited,
            reraise=True,
        )
        try:
            return tries(self._try, request, kwargs)
        except _TryError as failed:
            if failed.no_data:
                return Answer.empty(request, no_data=True)
            raise failed.error from failed.__cause__

    def _try(self, request: PreparedRequest, kwargs: dict[str, Any]) -> Answer:
        try:
            answer = self._exchange(request, kwargs)
            if answer.status_code < 400:
                answer.json()
                self._budget.went_well()
                return answer
        except (OSError, ValueError, HTTPError) as cause:
            raise self._failed(cause, request) from cause
        raise self._failed(answer, request)

    def _exchange(self, request: PreparedRequest, kwargs: dict[str, Any]) -> Answer:
        """One request and its redirects, in one slot."""
        meter = self._meter_of(request)
        bare = request.copy()
        bare.hooks = default_hooks()
        timeout = kwargs.get("timeout") or (self._limits.connect_timeout, self._limits.read_timeout)
        with self._budget.slot(meter):
            meter.add(requests=1)
            answer = cast("Answer", super().send(bare, **{**kwargs, "timeout": timeout, "stream": False}))
        meter.add(requests=len(answer.history))
        self._budget.first_date = self._budget.first_date or server_now(answer)
        return answer

    def _failed(self, outcome: Response | Exception, request: PreparedRequest) -> AnalyticsKitError | _TryError:
        meter = self._meter_of(request)
        error = error_for(outcome, Asked(request.url or "", meter.resource or None, meter.part, self._api_key))
        if not worth_retrying(outcome):
            return error
        if isinstance(outcome, requests.Response):
            of_report = meter.part is not None  # elsewhere the same words are a failure
            return _TryError(error, wait=retry_after(outcome), no_data=of_report and says_no_data(outcome))
        return _TryError(error)

    def _pause(self, state: RetryCallState) -> float:
        asked_for = _last(state).wait
        return self._backoff(state) if asked_for is None else asked_for

    def _enough(self, state: RetryCallState) -> bool:
        allowed = min(1, self._limits.retries) if _last(state).no_data else self._limits.retries
        return state.attempt_number > allowed or state.idle_for + state.upcoming_sleep > self._limits.max_wait

    def _wait(self, state: RetryCallState, meter: Meter) -> None:
        error = _last(state).error
        if isinstance(error, RateLimitedError):
            self._budget.hold(state.upcoming_sleep)
        self._budget.wait(state.upcoming_sleep, WAITS[type(error)], meter)

    def _took(self, error: AnalyticsKitError, request: PreparedRequest) -> bool:
        """Note a final failure; whether somebody took it."""
        meter = self._meter_of(request)
        error.resource = error.resource or meter.resource or None
        error.message = without_key(error.message, self._api_key)
        error.args = (error.message,)
        meter.failures.append(error)
        return self._on_failure is not None and self._on_failure(error, request)


def drop_key_on_redirect(headers: tuple[str, ...]) -> Callable[..., None]:
    """A response hook for sessions other than ours: a redirect that leaves the host goes without the key.

    Hooks run before a redirect is followed, and the next request copies the headers of the last one.

    Args:
        headers: Names of the headers that carry the key.
    """

    def drop(response: Response, *_args: Any, **_kwargs: Any) -> None:
        target = _REDIRECTS.get_redirect_target(response)
        if target and _REDIRECTS.should_strip_auth(response.url, urljoin(response.url, target)):
            _drop(headers, response.request)

    return drop


def _drop(headers: tuple[str, ...], request: PreparedRequest) -> None:
    for name in headers:
        request.headers.pop(name, None)


def _last(state: RetryCallState) -> _TryError:
    outcome: Any = state.outcome
    failed: _TryError = outcome.exception()
    return failed


def _waited(seconds: float) -> None:
    """The wait itself is done in ``before_sleep``, which knows the reason for it."""
