"""Widgets live until they are closed: closing all of one, and those that an earlier run of a cell left."""

from __future__ import annotations

import sys
import time
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ipywidgets as w

if TYPE_CHECKING:
    from typing import Protocol

    class Closeable(Protocol):
        """What can be closed."""

        def close(self) -> None:
            """Close it."""


_AT_ONCE = 3
_PAUSE_SECONDS = 0.15
"""A notebook server drops what is beyond 1000 messages a second, and each widget that closes is one: 130 a picker."""


def close_all(widget: w.Widget) -> None:
    """Close a widget with all that it is made of: children, layouts, styles."""
    for part in [*parts(widget)]:
        part.unobserve_all()
        w.Widget.close(part)


def parts(widget: w.Widget) -> Iterator[w.Widget]:
    """A widget and all that it is made of, each once."""
    seen: set[int] = set()
    waiting = [widget]
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        waiting += [item for name in part.keys for item in _widgets_in(getattr(part, name))]
        yield part


def _widgets_in(value: Any) -> Iterable[w.Widget]:
    if isinstance(value, w.Widget):
        return [value]
    return [item for item in value if isinstance(item, w.Widget)] if isinstance(value, (list, tuple)) else []


@dataclass
class CellRun:
    """What the last run of a cell has made."""

    message: str
    made: list[weakref.ref[Any]] = field(default_factory=list)


class CellRuns:
    """What was made by which run of which cell of this kernel; a new run closes what the one before made."""

    def __init__(self) -> None:
        self._runs: dict[str, CellRun] = {}

    def note(self, made: Closeable, where: tuple[str, str] | None) -> None:
        """Keep in mind who made this, and close what an earlier run of the same cell made.

        Args:
            made: What was made.
            where: The cell and its run; None where that is not known.
        """
        if where is None:
            return
        cell, message = where
        run = self._runs.get(cell)
        if run is None or run.message != message:
            self._runs[cell] = CellRun(message)
            for number, earlier in enumerate(run.made if run else ()):
                if number >= _AT_ONCE:
                    time.sleep(_PAUSE_SECONDS)
                if (old := earlier()) is not None:
                    old.close()
        self._runs[cell].made.append(weakref.ref(made))


def running_cell() -> tuple[str, str] | None:
    """The id of the notebook's cell that runs, and of its run; None outside of a notebook."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    parent = shell.get_parent() if shell is not None and hasattr(shell, "get_parent") else None
    cell = ((parent or {}).get("metadata") or {}).get("cellId")
    message = ((parent or {}).get("header") or {}).get("msg_id")
    return (cell, message) if cell and message else None
