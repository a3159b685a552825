"""One fresh process, measured from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 1800
"""Seconds after which a process is ended."""


class RunFailedError(Exception):
    """A measured process did not do its work; the message is the last line it wrote."""


@dataclass(frozen=True)
class Measured:
    """What one process took.

    Attributes:
        seconds: Its work by the wall clock, without the start of Python and the imports.
        from_start: From the start of the process until the work was done, in seconds.
        cpu: Processor seconds, user and system, of the whole process and its children.
        peak_mb: Most memory held at once by the process (by the largest of its children, if that is larger), in
            megabytes (10^6 bytes).
        parts: Seconds by part of the work, where it tells them.
    """

    seconds: float
    from_start: float
    cpu: float
    peak_mb: float
    parts: dict[str, float] = field(default_factory=dict)


def measure(module: str, *arguments: str, folder: Path, python: str = sys.executable) -> Measured:
    """Run a module in a fresh process and in a folder of its own.

    The process that calls this stays small: on Linux a child's peak begins with what its parent held.

    Raises:
        RunFailedError: it ended with an error, or took longer than half an hour.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        started = time.time()
        process = subprocess.Popen(
            [python, "-m", module, *arguments], cwd=folder, env=_environment(folder), stdout=out, stderr=errors
        )
        clock = threading.Timer(LONGEST, process.kill)
        clock.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            clock.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RunFailedError(_last_line(errors) or f"exit code {process.returncode}")
        told = json.loads(_last_line(out))
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    return Measured(told["seconds"], told["done_at"] - started, used.ru_utime + used.ru_stime, peak, told["parts"])


def _environment(folder: Path) -> dict[str, str]:
    """No telemetry, no proxy between two processes of one machine, and nothing written outside the folder."""
    return os.environ | {
        "PYTHONPATH": str(ROOT),
        "NO_PROXY": "127.0.0.1",
        "DO_NOT_TRACK": "1",
        "AIRBYTE_OFFLINE_MODE": "1",
        "AIRBYTE_LOGGING_ROOT": str(folder / "logs"),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "DLT_DATA_DIR": str(folder / "dlt"),
    }


def _last_line(file: IO[bytes]) -> str:
    file.seek(0)
    lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""


@contextmanager
def serving(most: int) -> Iterator[str]:
    """A server with that many builds; its address."""
    command = [sys.executable, "-m", "benchmarks.server", str(most)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None:
            raise RunFailedError("the server has no output")
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def held(database: Path, table: str) -> tuple[int, str]:
    """Rows of a table, and one hash over its ids in order; read by a process of its own, so that this one stays small.

    Raises:
        RunFailedError: it cannot be read, or an id is there twice.
    """
    command = [sys.executable, "-m", "benchmarks.held", str(database), table]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RunFailedError((done.stderr.strip().splitlines() or ["no answer"])[-1])
    rows, digest = done.stdout.split()
    return int(rows), digest
