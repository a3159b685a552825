"""One answer of the API: its body parsed once, its clock, and how long it asks to wait."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import orjson
import requests
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests import PreparedRequest

_SECONDS = re.compile(r"\d+(\.\d+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNREAD = object()
_PIECE = 2**20  # bytes


class Answer(requests.Response):
    """An answer whose body is parsed once.

    Attributes:
        received_at: When its head came, by this machine's clock, UTC.
        last_page: No page follows this one.
        no_data: Stands for the API's "no data" failure; the payload is an empty list.
        failed: Stands for a failure that was recorded elsewhere; the payload is an empty list.
    """

    def __init__(self) -> None:
        super().__init__()
        self.received_at = datetime.now(UTC)
        self.last_page = False
        self.no_data = False
        self.failed = False
        self._payload: Any = _UNREAD

    @classmethod
    def of(cls, response: requests.Response) -> Answer:
        """The same answer, as one of ours."""
        answer = cls()
        answer.__dict__.update(response.__dict__)
        return answer

    @classmethod
    def empty(cls, request: PreparedRequest, *, no_data: bool = False, failed: bool = False) -> Answer:
        """An answer without a record, which ends its listing."""
        answer = cls()
        answer.status_code, answer.reason = 200, "OK"
        answer.request, answer.url = request, request.url or ""
        answer._content, answer._content_consumed, answer.encoding = b"[]", True, "utf-8"
        answer.last_page, answer.no_data, answer.failed = True, no_data, failed
        return answer

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[Any]:
        """As the HTTP library's, in large pieces: each one is a wait for the other threads."""
        pieces: Iterator[Any] = super().iter_content(max(chunk_size or 0, _PIECE), decode_unicode)  # type: ignore[call-overload]  # it knows True and False, not bool
        return pieces

    def json(self, **_kwargs: Any) -> Any:
        """The payload; parsed at the first call, the same object at every later one.

        Raises:
            requests.exceptions.JSONDecodeError: the body is no JSON.
        """
        if self._payload is _UNREAD:
            try:
                self._payload = parse(self.content or b"")
            except ValueError as error:
                raise requests.exceptions.JSONDecodeError("the body is no JSON", "", 0, response=self) from error
        return self._payload

    def replace(self, payload: Any) -> None:
        """Let ``json()`` return another payload."""
        self._payload = payload


class Adapter(HTTPAdapter):
    """Brings answers of ours, and sends no cookies: with threads, state would leak from one listing into another."""

    def add_headers(self, request: PreparedRequest, **_kwargs: Any) -> None:
        """Take the cookies out that a redirect may have put in."""
        request.headers.pop("Cookie", None)

    def build_response(self, req: PreparedRequest, resp: Any) -> Answer:
        """Wrap the raw answer."""
        return Answer.of(super().build_response(req, resp))


def parse(body: bytes) -> Any:
    """A JSON body as Python values, for what real servers call JSON.

    A byte order mark is skipped; NaN and the infinities become the texts "NaN", "Infinity", "-Infinity"; half a
    surrogate pair (an emoji cut in two) and bytes that are no UTF-8 become U+FFFD.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if "depth limit" in str(error):
            # The other parser would only run into the end of the stack, where a collection of garbage does harm.
            raise
        text = body.decode("utf-8-sig", errors="replace")
    try:
        return _mend(json.loads(text, parse_constant=str))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _mend(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mend(item) for item in value]
    if isinstance(value, dict):
        return {_mend(key): _mend(item) for key, item in value.items()}
    return value


def server_now(response: requests.Response) -> datetime | None:
    """The API's own time when it answered (its ``Date`` header), UTC; None where it does not say."""
    return _http_date(response.headers.get("Date", ""))


def retry_after(response: requests.Response) -> float | None:
    """Seconds that the API asks to wait (``Retry-After``), 0 or more; None where it asks for nothing that can be read.

    A moment is measured against the answer's own ``Date``, so that a wrong clock on either side does no harm.
    """
    value = response.headers.get("Retry-After", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    moment = _http_date(value)
    if moment is None:
        return None
    return max(0.0, (moment - (server_now(response) or datetime.now(UTC))).total_seconds())


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
