"""What loads change in the process while they run, and put back when the last of them ends."""

from __future__ import annotations

import gc
import logging
import sys
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from dlt.pipeline import trace

if TYPE_CHECKING:
    from collections.abc import Iterator

_TURN_SECONDS = 0.0002


class _Loads:
    """The loads under way; the first one makes the changes, the last one takes them back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changes = ExitStack()
        self._under_way = 0

    def begin(self) -> None:
        with self._lock:
            if not self._under_way:
                with ExitStack() as made:  # what stops half way is put back
                    for change in (_collector_paused, _quick_turns, _errors_only, _untold):
                        made.enter_context(change())
                    self._changes = made.pop_all()
            self._under_way += 1

    def end(self) -> None:
        with self._lock:
            self._under_way -= 1
            if not self._under_way:
                self._changes.close()


_loads = _Loads()


@contextmanager
def set_for_load() -> Iterator[None]:
    """Set the process for a load; loads side by side, of two databases, share the settings."""
    _loads.begin()
    try:
        yield
    finally:
        _loads.end()


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pages are many small objects and no cycles; the cyclic collector would walk them again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def _quick_turns() -> Iterator[None]:
    """Let threads take turns more often: an answer that came must not wait while a page is made into columns.

    A request needs its turn several times, for its head and for each piece of its body, and by default each may take 5
    ms to come.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(min(before, _TURN_SECONDS))
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextmanager
def _errors_only() -> Iterator[None]:
    """Keep dlt's warnings to itself: JSON columns that arrive as text are meant, and it warns of each."""
    logger = logging.getLogger("dlt")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def _untold() -> Iterator[None]:
    """Nobody is told of a run. dlt's trackers send word of each step, and write an id of the machine into the home.

    Its option ``dlthub_telemetry`` is no help: it is read once in a process, maybe long before, and the id is written
    all the same.
    """
    trackers = list(trace.TRACKING_MODULES)
    trace.TRACKING_MODULES.clear()
    try:
        yield
    finally:
        trace.TRACKING_MODULES[:0] = trackers
