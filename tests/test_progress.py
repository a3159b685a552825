"""Progress: on a real pseudo-terminal, in a real kernel, and silent everywhere else."""

from __future__ import annotations

import contextlib
import fcntl
import io
import itertools
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import time
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbclient import NotebookClient

from analytics_kit.progress import Silent, Terminal, progress_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

_MARK = "\x1b[0m"
_STEP = re.compile(r"\x1b\[0m|\r|\x1b\[(\d+)A|(\x1b\[2K)|(\n)|([^\x1b\r\n]+)")


def screen(written: str, columns: int) -> list[str]:
    """What a terminal shows after this was written to it, wrapping included."""
    lines, row = [""], 0
    for up, clear, newline, text in _STEP.findall(written):
        if up:
            row = max(0, row - int(up))
        elif clear:
            lines[row] = ""
        elif newline:
            row += 1
        elif text:
            lines[row] += text[:columns]
            row += (len(text) - 1) // columns
        lines += [""] * (row + 1 - len(lines))
    return [line for line in lines if line]


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


class Tty:
    """A pseudo-terminal that is read all the time, as a real one is."""

    def __init__(self, columns: int = 100, lines: int = 24) -> None:
        self.columns = columns
        self.written = ""
        self._marks = 0
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        attributes = termios.tcgetattr(slave)
        attributes[1] &= ~termios.OPOST
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        self.stream: TextIO = os.fdopen(slave, "w")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while piece := os.read(self._master, 65_536):
                self.written += piece.decode()

    def shown(self) -> list[str]:
        """The screen, once everything written has arrived."""
        self.stream.write(_MARK)
        self.stream.flush()
        self._marks += 1
        until = time.monotonic() + 10
        while self.written.count(_MARK) < self._marks and time.monotonic() < until:
            time.sleep(0.005)
        return screen(self.written, self.columns)

    def close(self) -> None:
        """Hang up."""
        self.stream.close()
        self._reader.join(10)
        os.close(self._master)


@pytest.fixture
def tty() -> Iterator[Tty]:
    made = Tty()
    yield made
    made.close()


def test_one_line_per_resource_drawn_over_in_place(tty: Tty) -> None:
    """Two resources that go on in turn keep two lines, each with its last state."""
    clock = Clock()
    progress = Terminal(tty.stream, clock)
    for page in range(1, 4):
        progress.update("builds", pages=page, rows=page * 100)
        progress.update("audit", pages=page, rows=page * 1000)
        clock.now += 1
    progress.done("builds", "loaded", 300, 2.94)
    assert tty.shown() == [
        "builds                 3 pages        300 rows   loaded, 2.9 s",
        "audit                  3 pages      3 000 rows   667 rows/s",
    ]


def test_what_is_left_is_told_where_the_api_says_how_much_there_is(tty: Tty) -> None:
    """The time left follows from the share that came since the first page; without a share none is told."""
    clock = Clock()
    progress = Terminal(tty.stream, clock)
    for page in (1, 2, 3):
        progress.update("builds", pages=page, rows=page * 100, share=page / 10)
        progress.update("audit", pages=page, rows=page * 1000)
        clock.now += 2
    progress.close()
    assert tty.shown() == [
        "builds                 3 pages        300 rows   33 rows/s, 21 s left",
        "audit                  3 pages      3 000 rows   333 rows/s",
    ]


def test_a_wait_is_shown_and_goes_away(tty: Tty) -> None:
    """A line tells what it waits for, as the caller puts it, and shows its rate again when rows come."""
    clock = Clock()
    progress = Terminal(tty.stream, clock)
    for left in (38, 37):
        progress.update("builds", pages=1, rows=100, waiting=f"waiting {left} s for the API's limit")
        assert tty.shown() == [f"builds                 1 page         100 rows   waiting {left} s for the API's limit"]
        clock.now += 1
    progress.update("builds", pages=2, rows=200)
    assert tty.shown() == ["builds                 2 pages        200 rows   50 rows/s"]


def test_it_draws_ten_times_a_second_at_most(tty: Tty) -> None:
    """A thousand updates in a moment are one drawing; the last state is drawn at the end."""
    clock = Clock()
    progress = Terminal(tty.stream, clock)
    for rows in range(1000):
        progress.update("builds", pages=1, rows=rows)
    assert tty.shown()
    assert tty.written.count("builds") == 1
    clock.now += 0.11
    progress.update("builds", pages=1, rows=1000)
    progress.update("builds", pages=1, rows=1001)
    progress.close()
    assert tty.shown() == ["builds                 1 page       1 001 rows"]
    assert tty.written.count("builds") == 3


@pytest.mark.parametrize(("columns", "lines"), [(30, 24), (100, 5), (1, 1), (0, 0)])
def test_a_small_terminal_is_not_flooded(columns: int, lines: int) -> None:
    """Lines too long or too many are cut, so that drawing over still finds the first of them."""
    small = Tty(columns, lines)
    progress = Terminal(small.stream)
    for _ in range(3):
        for number in range(13):
            progress.done(f"resource_{number}", "loaded", 10, 1.0)
    columns, lines = (columns, lines) if lines > 1 else (80, 24)
    small.columns = columns
    shown = small.shown()
    assert len(shown) == min(13, lines - 1)
    assert max(map(len, shown)) < columns
    assert shown[-1].startswith("resource_12 ")
    small.close()


class SlowStream(io.StringIO):
    """Takes its time, less each time, so that threads that do not wait for each other overtake each other in it."""

    pauses = 0.05

    def write(self, text: str) -> int:
        """Write, after a moment."""
        self.pauses *= 0.8
        time.sleep(self.pauses)
        return super().write(text)


def test_threads_do_not_mix_their_lines() -> None:
    """Resources that load side by side end with one whole line each."""
    stream, seconds = SlowStream(), itertools.count()
    progress = Terminal(stream, lambda: next(seconds))

    def load(name: str) -> None:
        for rows in range(10):
            progress.update(name, pages=1, rows=rows)
        progress.done(name, "loaded", 9, 1.0)

    threads = [threading.Thread(target=load, args=(f"resource_{number}",)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    shown = screen(stream.getvalue(), 80)
    assert sorted(line.split()[0] for line in shown) == [f"resource_{number}" for number in range(8)]
    assert all(line.endswith(" 9 rows   loaded, 1.0 s") for line in shown)


def closed() -> TextIO:
    stream = io.StringIO()
    stream.close()
    return stream


def hung_up() -> TextIO:
    master, slave = pty.openpty()
    os.close(master)
    return os.fdopen(slave, "w")


@pytest.mark.parametrize("stream", [closed, hung_up])
def test_a_terminal_that_goes_away_ends_no_load(stream: Callable[[], TextIO]) -> None:
    """Writing to a closed terminal is given up in silence."""
    terminal = stream()
    progress = Terminal(terminal)
    progress.done("builds", "loaded", 1, 1.0)
    progress.close()
    with contextlib.suppress(OSError):
        terminal.close()


_LOAD = """
import sys
from analytics_kit.progress import progress_for
progress = progress_for({enabled})
progress.update("builds", pages=1, rows=100)
progress.done("builds", "loaded", 100, 1.0)
progress.close()
assert "ipywidgets" not in sys.modules and "IPython" not in sys.modules
"""


@pytest.mark.parametrize(("enabled", "drawn"), [("None", True), ("True", True), ("False", False)])
def test_a_process_on_a_terminal_shows_it_on_stderr(tty: Tty, enabled: str, drawn: bool) -> None:
    """Where stderr is a terminal it draws there, unless switched off; stdout is left alone."""
    code = _LOAD.format(enabled=enabled)
    run = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=tty.stream, check=True, timeout=60
    )
    assert tty.shown() == (["builds                 1 page         100 rows   loaded, 1.0 s"] if drawn else [])
    assert run.stdout == b""


@pytest.mark.parametrize("enabled", ["None", "True"])
def test_a_process_without_a_terminal_is_silent(enabled: str) -> None:
    """Nothing is ever written to a pipe or a file."""
    run = subprocess.run(
        [sys.executable, "-c", _LOAD.format(enabled=enabled)], capture_output=True, check=True, timeout=60
    )
    assert (run.stdout, run.stderr) == (b"", b"")


def test_no_stderr_at_all_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without a stderr (a windowed Python) shows nothing and does not fail."""
    monkeypatch.setattr(sys, "stderr", None)
    assert isinstance(progress_for(), Silent)


def test_in_a_kernel_it_is_one_widget_stored_empty() -> None:
    """The cell's stored output is the same in each run; the widget's value changes with the load, escaped."""
    cells = [
        "from analytics_kit.progress import progress_for\nprogress = progress_for()",
        "progress.update('<b>', pages=1, rows=1200)\nprogress.done('<b>', 'loaded', 1200, 1.0)\nprogress.close()",
        "print(progress.widget.value)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    first, second, third = (cell.outputs for cell in notebook.cells)
    assert [output.data["text/plain"] for output in first] == ["HTML(value='')"]
    assert second == []
    assert "&lt;b&gt;                    1 page       1 200 rows   loaded, 1.0 s</pre>" in third[0].text
