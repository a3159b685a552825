"""One updating line per resource: in Jupyter one widget whose value changes, in a terminal on stderr, else nothing."""

from __future__ import annotations

import html
import math
import os
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS_BETWEEN_DRAWINGS = 0.1
_SECONDS_UNTIL_A_RATE = 0.5
_FALLBACK_SIZE = os.terminal_size((80, 24))


class Progress(Protocol):
    """Whatever is told how a load goes on. Threads may call it side by side."""

    def update(self, resource: str, *, pages: int, rows: int, waiting: str | None = None) -> None:
        """So many pages and rows have come so far; ``waiting`` stands in place of the rate while a request waits."""

    def done(self, resource: str, status: str, rows: int, seconds: float) -> None:
        """The resource has ended."""

    def close(self) -> None:
        """The load has ended."""


def progress_for(enabled: bool | None = None) -> Progress:
    """The progress for where this process runs: notebook, terminal, or silent.

    Args:
        enabled: False for none. It is silent, too, where nobody watches.
    """
    if enabled is False:
        return Silent()
    if _in_kernel():
        return Notebook()
    return Terminal(sys.stderr) if sys.stderr is not None and sys.stderr.isatty() else Silent()


class Silent:
    """Shows nothing."""

    def update(self, resource: str, *, pages: int, rows: int, waiting: str | None = None) -> None:
        """Nothing."""

    def done(self, resource: str, status: str, rows: int, seconds: float) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


@dataclass
class _Line:
    resource: str
    first_at: float
    first_rows: int
    pages: int = 0
    rows: int = 0
    waiting: str | None = None
    ended: str | None = None

    def text(self, now: float) -> str:
        noun = "page " if self.pages == 1 else "pages"
        state = self.ended or self.waiting or self._rate(now)
        return f"{self.resource:<18} {self.pages:>5} {noun} {_grouped(self.rows):>10} rows   {state}".rstrip()

    def _rate(self, now: float) -> str:
        # The first page's rows came before the clock started.
        rows, seconds = self.rows - self.first_rows, now - self.first_at
        return f"{_grouped(round(rows / seconds))} rows/s" if rows and seconds >= _SECONDS_UNTIL_A_RATE else ""


class _Board:
    """Keeps one line per resource, and draws them all, not more often than an eye can follow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._lines: dict[str, _Line] = {}
        self._next_drawing = -math.inf

    def update(self, resource: str, *, pages: int, rows: int, waiting: str | None = None) -> None:
        """Show how far it is."""
        with self._lock:
            line = self._line(resource, rows)
            line.pages, line.rows, line.waiting, line.ended = pages, rows, waiting, None
            if self._clock() >= self._next_drawing:
                self._show()

    def done(self, resource: str, status: str, rows: int, seconds: float) -> None:
        """Show how it ended."""
        with self._lock:
            line = self._line(resource, rows)
            line.rows, line.waiting, line.ended = rows, None, f"{status}, {seconds:.1f} s"
            self._show()

    def close(self) -> None:
        """Show the last state, which stays."""
        with self._lock:
            self._show()

    def _line(self, resource: str, rows: int) -> _Line:
        return self._lines.setdefault(resource, _Line(resource, self._clock(), rows))

    def _show(self) -> None:
        now = self._clock()
        self._next_drawing = now + _SECONDS_BETWEEN_DRAWINGS
        self._draw([line.text(now) for line in self._lines.values()])

    def _draw(self, lines: list[str]) -> None:
        raise NotImplementedError


class Terminal(_Board):
    """Lines at the bottom of a terminal, drawn over in place."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._stream: TextIO | None = stream
        self._height = 0

    def _draw(self, lines: list[str]) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(self._drawing(lines, _size(self._stream)))
            self._stream.flush()
        except (OSError, ValueError):
            # The terminal has gone; that is no reason to end a load.
            self._stream = None

    def _drawing(self, lines: list[str], size: os.terminal_size) -> str:
        # A line that wraps, or one more than the screen holds, and the cursor would not find back to the first one.
        shown = [line[: size.columns - 1] for line in lines[-(size.lines - 1) :]]
        back = f"\x1b[{self._height}A" if self._height else ""
        self._height = len(shown)
        return back + "".join(f"\r\x1b[2K{line}\n" for line in shown)


class Notebook(_Board):
    """One widget in the cell's output.

    It is displayed empty, so that what the notebook file stores of it is the same in each run.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        import ipywidgets
        from IPython.display import display

        super().__init__(clock)
        self._widget = ipywidgets.HTML()
        display(self._widget)  # type: ignore[no-untyped-call]

    def _draw(self, lines: list[str]) -> None:
        self._widget.value = f'<pre style="margin: 0">{html.escape(chr(10).join(lines))}</pre>'


def _in_kernel() -> bool:
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None


def _size(stream: TextIO) -> os.terminal_size:
    try:
        size = os.get_terminal_size(stream.fileno())
    except OSError:
        return _FALLBACK_SIZE
    return size if size.columns > 1 and size.lines > 1 else _FALLBACK_SIZE


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", " ")
