"""How many requests are in flight, when the next one may start, and what one listing has used of it."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analytics_kit.errors import AnalyticsKitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

TELL_EVERY = 1.0
"""Seconds between two words about a wait that lasts."""
_FIRST_PACE, _SLOWEST_PACE = 0.05, 5.0
"""Seconds between two requests after the first 429, and at most."""
_QUICKER = 0.9
"""What each good answer makes of the pace; below a tenth of the first one there is none."""
LOOK_UP = 0.1
"""Seconds after which a thread that waits for a slot or an answer looks whether the load was cancelled."""


@dataclass(frozen=True)
class Limits:
    """How hard and how long the API may be asked. Times in seconds.

    Attributes:
        retries: Tries after the first one, per request.
        connect_timeout: Until a connection must stand.
        read_timeout: Between two pieces of an answer.
        max_wait: What one request may wait in all between its tries. An API that asks for more gets no further try.
        concurrency: Requests in flight at most, over all resources.
        requests_per_second: Requests started per second at most; None for no limit.
        backoff: Upper bound of the first wait where the API names none; it doubles with each try.
    """

    retries: int = 5
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    max_wait: float = 300.0
    concurrency: int = 4
    requests_per_second: float | None = None
    backoff: float = 0.5


@dataclass
class Meter:
    """Counts for one listing; several threads may count into one meter.

    Attributes:
        resource: Whose listing it is.
        part: A part of the resource: a report's name, for example.
        on_wait: Called about once a second while a request waits, with the seconds left and the reason ("for the API's
            limit"), and once with 0 when the wait is over; in the thread that waits.
        requests: Requests sent, retries and redirects included.
        waited_seconds: Time spent waiting between tries, for the API's limit and for the set rate; waits side by side
            add up.
        failures: Errors that ended a request for good.
    """

    resource: str
    part: str | None = None
    on_wait: Callable[[float, str], None] | None = field(default=None, repr=False)
    requests: int = 0
    waited_seconds: float = 0.0
    failures: list[AnalyticsKitError] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    def add(self, *, requests: int = 0, waited_seconds: float = 0.0) -> None:
        """Count."""
        with self._lock:
            self.requests += requests
            self.waited_seconds += waited_seconds

    def tell(self, seconds: float, why: str) -> None:
        """Pass on that a request waits, or no longer does (0 seconds)."""
        if self.on_wait is not None:
            self.on_wait(seconds, why)


class Budget:
    """What all requests of a session share, whichever listing they belong to.

    Attributes:
        cancel: Set by whoever wants the load to end: waits end and no request starts.
        stopped: The load is over; the same follows.
        first_date: The API's own time in its first answer, or None.
    """

    def __init__(self, limits: Limits, cancel: threading.Event | None = None) -> None:
        self.cancel = cancel or threading.Event()
        self.stopped = False
        self.first_date: datetime | None = None
        self._slots = threading.BoundedSemaphore(limits.concurrency)
        self._spacing = 1 / limits.requests_per_second if limits.requests_per_second else 0.0
        self._lock = threading.Lock()
        self._held_until = self._slowed_until = self._free_from = self._pace = 0.0

    @contextmanager
    def slot(self, meter: Meter) -> Iterator[None]:
        """One request in flight. Waits until it may start, holding no slot meanwhile.

        Raises:
            AnalyticsKitError: cancelled.
        """
        while (seconds := self._claim()) > 0:
            self.wait(seconds, self._reason(), meter)
        try:
            yield
        finally:
            self._slots.release()

    def hold(self, seconds: float) -> None:
        """Let no request start for that long, and the next ones follow each other more slowly.

        The API limits the key, not one request. Many requests may be refused at one moment: these slow down once.
        """
        with self._lock:
            now = time.monotonic()
            if now >= self._slowed_until:
                self._pace = min(max(2 * self._pace, _FIRST_PACE), _SLOWEST_PACE)
            self._held_until = max(self._held_until, now + seconds)
            self._slowed_until = max(self._held_until, now + self._pace)

    def went_well(self) -> None:
        """A good answer came: the next requests may follow each other a little more quickly."""
        with self._lock:
            self._pace = self._pace * _QUICKER if self._pace > _FIRST_PACE / 10 else 0.0

    def wait(self, seconds: float, why: str, meter: Meter) -> None:
        """Wait, count it, and tell how long is left. It ends early where the load is cancelled."""
        started = time.monotonic()
        try:
            while (left := started + seconds - time.monotonic()) > 0 and not self._over:
                meter.tell(left, why)
                self.cancel.wait(min(left, TELL_EVERY))
        finally:
            meter.add(waited_seconds=time.monotonic() - started)
        meter.tell(0, why)

    def _claim(self) -> float:
        """Seconds until a request may start; 0 where it may now, and a slot is taken."""
        self.check()
        while not self._slots.acquire(timeout=LOOK_UP):
            self.check()
        with self._lock:
            now = time.monotonic()
            seconds = max(self._held_until, self._free_from) - now
            if seconds <= 0:
                self._free_from = now + max(self._spacing, self._pace)
                return 0.0
        self._slots.release()
        return seconds

    def _reason(self) -> str:
        limited = self._held_until >= self._free_from or self._pace > self._spacing
        return "for the API's limit" if limited else "for the set rate"

    def check(self) -> None:
        """Raise where the load was cancelled."""
        if self._over:
            raise AnalyticsKitError("The load was cancelled.", hint="Start it again; what was loaded before is kept.")

    @property
    def _over(self) -> bool:
        return self.stopped or self.cancel.is_set()
