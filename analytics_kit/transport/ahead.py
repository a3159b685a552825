"""Requests on their way, each in a thread: the next pages of a listing are sent for while the last one is worked on."""

from __future__ import annotations

import threading
import weakref
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from analytics_kit.transport.answer import Answer

    Task = tuple[Future[Answer], Callable[[], Answer]]


class Ahead:
    """Answers on their way, by URL. How many requests are in flight is the budget's business, not this one's.

    Its threads keep no process alive: an answer that nobody waits for any more may never come.

    Args:
        threads: How many ask at most.
    """

    def __init__(self, threads: int) -> None:
        self._most, self._started = threads, 0
        self._lock = threading.Lock()
        self._coming: dict[str, Future[Answer]] = {}
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        weakref.finalize(self, _end, self._tasks, threads)

    def start(self, url: str, ask: Callable[[], Answer]) -> None:
        """Ask before the turn, unless the same is being asked already."""
        with self._lock:
            if url not in self._coming:
                self._coming[url] = self._ask(ask)

    def take(self, url: str, ask: Callable[[], Answer]) -> Future[Answer]:
        """The answer that was asked for ahead, once; where it was not, it is asked for now."""
        with self._lock:
            return self._coming.pop(url, None) or self._ask(ask)

    def forget(self, urls: Iterable[str]) -> None:
        """Answers that shall not be taken: those that are not asked for yet never are."""
        with self._lock:
            for url in urls:
                if coming := self._coming.pop(url, None):
                    coming.cancel()

    def close(self) -> None:
        """Forget what nobody took: pages beyond the end of a listing, or of one that failed."""
        with self._lock:
            self._coming.clear()
        _end(self._tasks, self._most)

    def _ask(self, ask: Callable[[], Answer]) -> Future[Answer]:
        future: Future[Answer] = Future()
        self._tasks.put((future, ask))
        if self._started < self._most:
            self._started += 1
            threading.Thread(target=_work, args=(self._tasks,), name="analytics-kit-request", daemon=True).start()
        return future


def _work(tasks: SimpleQueue[Task | None]) -> None:
    while (task := tasks.get()) is not None:
        future, ask = task
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(ask())
            except BaseException as error:  # noqa: BLE001  # whoever takes the answer gets it, whatever it is
                future.set_exception(error)
        del task, future, ask  # or the last answer would live until the next one


def _end(tasks: SimpleQueue[Task | None], threads: int) -> None:
    for _ in range(threads):
        tasks.put(None)
