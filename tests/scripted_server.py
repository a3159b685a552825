"""A real HTTP server that answers by script, and remembers what it was asked."""

from __future__ import annotations

import json
import socket
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass
class Reply:
    """One scripted answer.

    Attributes:
        body: Bytes as they are; anything else is sent as JSON.
        delay: Seconds before the answer begins.
        missing: Bytes announced in Content-Length and never sent.
        hang_up: Close the connection without an answer.
    """

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    missing: int = 0
    hang_up: bool = False

    @property
    def payload(self) -> bytes:
        """The body's bytes."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Asked:
    """One request as it arrived; ``at`` is a monotonic time in seconds."""

    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    at: float


class ScriptedServer:
    """Answers each path with its scripted replies in turn; the last one stays.

    Attributes:
        asked: Requests in the order of their arrival.
        most_in_flight: Most requests that were being answered at one moment.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.most_in_flight = 0
        self._in_flight = 0
        self._lock = threading.Lock()
        self._scripts: dict[str, list[Reply]] = {}
        self._http = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"scripted": self}))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def host(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._http.server_port}"

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://{self.host}"

    def script(self, path: str, *replies: Reply) -> str:
        """Set the replies of a path; returns its URL."""
        self._scripts[path] = list(replies)
        return self.url + path

    def times(self, path: str) -> list[float]:
        """When a path was asked."""
        return [request.at for request in self.asked if request.path == path]

    def wait_for(self, count: int) -> None:
        """Wait until so many requests have arrived."""
        until = time.monotonic() + 10
        while len(self.asked) < count:
            assert time.monotonic() < until, f"{len(self.asked)} of {count} requests came"
            time.sleep(0.005)

    def begin(self, request: Asked) -> Reply:
        """Note a request; its reply."""
        with self._lock:
            self.asked.append(request)
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            replies = self._scripts.get(request.path, [Reply({"message": "not scripted"}, status=404)])
            return replies.pop(0) if len(replies) > 1 else replies[0]

    def end(self) -> None:
        """The reply is about to go out: what the client sends after it is no longer beside it."""
        with self._lock:
            self._in_flight -= 1


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """A client that goes away is part of the script."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    scripted: ScriptedServer
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = Asked(parts.path, parse_qs(parts.query), dict(self.headers.items()), time.monotonic())
        reply = self.scripted.begin(asked)
        time.sleep(reply.delay)
        self.scripted.end()
        self._send(reply)

    do_POST = do_GET  # noqa: N815 - nothing of the kit posts: it is noted, and what it carries is left unread

    def _send(self, reply: Reply) -> None:
        if reply.hang_up:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.send_response_only(reply.status)
        defaults = {"Content-Type": "application/json", "Date": self.date_time_string()}
        for name, value in (defaults | reply.headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.payload) + reply.missing))
        self.end_headers()
        self.wfile.write(reply.payload)
        self.close_connection = bool(reply.missing)

    def log_message(self, *_: object) -> None:
        """Stay silent."""
