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
    """Whatever is told how a load goes on, and can end it. Threads may call it side by side.

    Attributes:
        cancel: Once set, the load asks for nothing more and keeps what came.
    """

    cancel: threading.Event

    def update(
        self, resource: str, *, pages: int, rows: int, share: float | None = None, waiting: str | None = None
    ) -> None:
        """So many pages and rows have come so far.

        Args:
            resource: Whose.
            pages: Pages received.
            rows: Rows kept.
            share: How much of the resource that is, 0 to 1; None where the API does not say how much there is.
            waiting: Stands in place of the rate while a request waits.
        """

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

    def __init__(self) -> None:
        self.cancel = threading.Event()

    def update(
        self, resource: str, *, pages: int, rows: int, share: float | None = None, waiting: str | None = None
    ) -> None:
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
    first_share: float = 0.0
    pages: int = 0
    rows: int = 0
    share: float | None = None
    waiting: str | None = None
    ended: str | None = None

    def text(self, now: float) -> str:
        noun = "page " if self.pages == 1 else "pages"
        state = self.ended or self.waiting or self._rate(now)
        return f"{self.resource:<18} {self.pages:>5} {noun} {_grouped(self.rows):>10} rows   {state}".rstrip()

    def _rate(self, now: float) -> str:
        # The first page's rows came before the clock started.
        rows, seconds = self.rows - self.first_rows, now - self.first_at
        if not rows or seconds < _SECONDS_UNTIL_A_RATE:
            return ""
        return f"{_grouped(round(rows / seconds))} rows/s{self._left(seconds)}"

    def _left(self, seconds: float) -> str:
        done = (self.share or 0.0) - self.first_share
        return f", {_span(seconds * (1 - self.share) / done)} left" if self.share and 0 < done < 1 else ""


class _Board:
    """Keeps one line per resource, and draws them all, not more often than an eye can follow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.cancel = threading.Event()
        self._lock = threading.Lock()
        self._lines: dict[str, _Line] = {}
        self._next_drawing = -math.inf

    def update(
        self, resource: str, *, pages: int, rows: int, share: float | None = None, waiting: str | None = None
    ) -> None:
        """Show how far it is."""
        with self._lock:
            line = self._line(resource, rows, share)
            line.pages, line.rows, line.share, line.waiting, line.ended = pages, rows, share, waiting, None
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

    def _line(self, resource: str, rows: int, share: float | None = None) -> _Line:
        return self._lines.setdefault(resource, _Line(resource, self._clock(), rows, share or 0.0))

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


class Lines(_Board):
    """The lines as a widget.

    Attributes:
        widget: Shows them; whoever made this displays it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        import ipywidgets

        super().__init__(clock)
        self.widget = ipywidgets.HTML()

    def _draw(self, lines: list[str]) -> None:
        self.widget.value = f'<pre style="margin: 0">{html.escape(chr(10).join(lines))}</pre>'


class Notebook(Lines):
    """The lines in the cell's output.

    They are displayed empty, so that what the notebook file stores of them is the same in each run.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        from IPython.display import display

        super().__init__(clock)
        display(self.widget)  # type: ignore[no-untyped-call]


def _in_kernel() -> bool:
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None


def _size(stream: TextIO) -> os.terminal_size:
    try:
        size = os.get_terminal_size(stream.fileno())
    except OSError:
        return _FALLBACK_SIZE
    return size if size.columns > 1 and size.lines > 1 else _FALLBACK_SIZE


def _span(seconds: float) -> str:
    whole = math.ceil(seconds)
    return f"{whole} s" if whole < 120 else f"{round(seconds / 60)} min"


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", " ")
