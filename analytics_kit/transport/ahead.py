"""Requests that are sent before they are asked for: the next pages of a listing, while the last one is worked on."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics_kit.transport.answer import Answer


class Ahead:
    """Answers on their way, by URL. How many requests are in flight is the budget's business, not this one's.

    Args:
        workers: Threads that wait for answers.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._lock = threading.Lock()
        self._coming: dict[str, Future[Answer]] = {}
        self._pool: ThreadPoolExecutor | None = None

    def start(self, url: str, ask: Callable[[], Answer]) -> None:
        """Ask in a thread, unless the same is being asked already."""
        with self._lock:
            if url in self._coming:
                return
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="look-ahead")
            self._coming[url] = self._pool.submit(ask)

    def take(self, url: str) -> Future[Answer] | None:
        """The answer that was asked for ahead, once; None where it was not."""
        with self._lock:
            return self._coming.pop(url, None)

    def close(self) -> None:
        """Forget what nobody took: pages beyond the end of a listing, or of one that failed."""
        with self._lock:
            self._coming.clear()
            if self._pool is not None:
                self._pool.shutdown(wait=False, cancel_futures=True)
                self._pool = None
