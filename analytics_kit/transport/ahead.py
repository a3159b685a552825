"""Requests on their way, each in a thread: the next pages of a listing are sent for while the last one is worked on."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics_kit.transport.answer import Answer


class Ahead:
    """Answers on their way, by URL. How many requests are in flight is the budget's business, not this one's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._coming: dict[str, Future[Answer]] = {}

    def start(self, url: str, ask: Callable[[], Answer]) -> None:
        """Ask, unless the same is being asked already."""
        with self._lock:
            if url not in self._coming:
                self._coming[url] = asked(ask)

    def take(self, url: str) -> Future[Answer] | None:
        """The answer that was asked for ahead, once; None where it was not."""
        with self._lock:
            return self._coming.pop(url, None)

    def close(self) -> None:
        """Forget what nobody took: pages beyond the end of a listing, or of one that failed."""
        with self._lock:
            self._coming.clear()


def asked(ask: Callable[[], Answer]) -> Future[Answer]:
    """Ask in a thread of its own, one that keeps no process alive: what nobody waits for any more may never come."""
    future: Future[Answer] = Future()

    def run() -> None:
        try:
            future.set_result(ask())
        except BaseException as error:  # noqa: BLE001  # whoever takes the answer gets it, whatever it is
            future.set_exception(error)

    threading.Thread(target=run, name="analytics-kit-request", daemon=True).start()
    return future
