"""What the handlers share: the world, the faults, the log of requests, and the form of every answer."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from tornado.web import RequestHandler

from .clock import HTTP_DATE
from .cursor import CursorBook
from .faults import FaultBoard
from .query import Query, RefusedError
from .tables import encode
from .world import World


@dataclass(slots=True)
class RequestLog:
    """What was asked of the contract, and how many requests were under way at once."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    in_flight: int = 0
    max_in_flight: int = 0

    def open(self, path: str, query: Query, headers: list[str], user_agent: str | None) -> dict[str, Any]:
        """Note a request that begins; header values are not kept."""
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        entry: dict[str, Any] = {
            "path": path,
            "query": [list(pair) for pair in query.pairs],
            "headers": headers,
            "user_agent": user_agent,
            "decrypt": "true" in query.many("decrypt"),
            "status": None,
            "started": time.monotonic(),
            "ended": None,
            "in_flight": self.in_flight,
        }
        self.entries.append(entry)
        return entry

    def close(self, entry: dict[str, Any], status: int | None) -> None:
        """Note that a request is over; no status where the connection was dropped."""
        self.in_flight -= 1
        entry["status"] = status
        entry["ended"] = time.monotonic()

    def clear(self) -> None:
        """Forget all that is over."""
        self.entries.clear()
        self.max_in_flight = self.in_flight


@dataclass(slots=True)
class Service:
    """All that the handlers share."""

    world: World
    api_key: str
    enveloped: bool = True
    denied: Collection[str] = ()
    faults: FaultBoard = field(default_factory=FaultBoard)
    cursors: CursorBook = field(default_factory=CursorBook)
    log: RequestLog = field(default_factory=RequestLog)


class JsonHandler(RequestHandler):
    """Answers JSON, dated with the demo's own now."""

    def initialize(self, service: Service) -> None:
        """Called by Tornado with the application's arguments."""
        self.service = service

    def set_default_headers(self) -> None:
        """The clock of the demo stands still, so its `Date` does too."""
        self.set_header("Date", HTTP_DATE)
        self.set_header("Content-Type", "application/json; charset=utf-8")

    def compute_etag(self) -> str | None:
        """No ETag: hashing every page costs, and no client asks for it."""
        return None

    def write_error(self, status_code: int, **_: Any) -> None:
        """Errors raised by Tornado itself, in the API's form."""
        self.set_status(status_code)
        self.finish(encode(RefusedError(status_code, self._reason).body()))
