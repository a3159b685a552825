"""Where the time of a load goes: `python -m benchmarks.parts BASE_URL DATABASE` loads once, with a clock on each part.

Parts are in processor seconds. Python lets one thread run at a time, so that at no latency their sum is about the time
by the wall clock; what is beyond it is waiting.
"""

from __future__ import annotations

import functools
import importlib
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.clock import timed
from benchmarks.tasks import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analytics_kit.kit import Kit

_HTTP, _JSON = "requests and answers", "JSON to Python values"
_COLUMNS, _FILE = "records to columns: types, drift, redaction", "columns to the file that is loaded"
_REST, _DATABASE = "paging, dlt, and all else", "the database's writing"
_WAITING = "waiting, in no part"


def watched(spent: dict[str, float]) -> None:
    """Set a clock around each part, which adds up in ``spent``."""
    connections = importlib.import_module("analytics_kit.connection")
    writers = importlib.import_module("dlt.common.data_writers.writers")
    _clocked(importlib.import_module("analytics_kit.transport.session").Session, "_answer", spent, _HTTP)
    _clocked(importlib.import_module("analytics_kit.transport.answer"), "parse", spent, _JSON)
    _clocked(importlib.import_module("analytics_kit.reading"), "page_table", spent, _COLUMNS)
    _clocked(writers.ArrowToParquetWriter, "write_data", spent, _FILE)
    _clocked_context(connections.Connections, "writing", spent, _DATABASE)


def load(kit: Kit, spent: dict[str, float]) -> dict[str, float]:
    """Load all builds; processor seconds by part, and what is left of the wall clock's."""
    wall, processor = time.perf_counter(), time.process_time()
    kit.load("builds")
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    spent[_HTTP] -= spent[_JSON]
    spent[_REST] = processor - sum(spent.values())
    return spent | {_WAITING: max(0.0, wall - processor)}


def _clocked(owner: Any, name: str, spent: dict[str, float], part: str) -> None:
    """Add the processor time of the thread that calls it."""
    function: Callable[..., Any] = getattr(owner, name)

    @functools.wraps(function)
    def clocked(*arguments: Any, **options: Any) -> Any:
        started = time.thread_time()
        try:
            return function(*arguments, **options)
        finally:
            spent[part] += time.thread_time() - started

    setattr(owner, name, clocked)


def _clocked_context(owner: Any, name: str, spent: dict[str, float], part: str) -> None:
    """The same of a context manager, with the processor time of all threads."""
    context: Callable[..., Any] = getattr(owner, name)

    @contextmanager
    def clocked(*arguments: Any) -> Iterator[Any]:
        started = time.process_time()
        with context(*arguments) as value:
            yield value
        spent[part] += time.process_time() - started

    setattr(owner, name, clocked)


if __name__ == "__main__":
    clocks = dict.fromkeys((_HTTP, _JSON, _COLUMNS, _FILE, _DATABASE), 0.0)
    loaded = connect(sys.argv[1], sys.argv[2])
    watched(clocks)
    timed(lambda: load(loaded, clocks))
