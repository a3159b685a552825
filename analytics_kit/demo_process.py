"""Starts the demo API in a child process that ends with this one."""

from __future__ import annotations

import atexit
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from analytics_kit.errors import UnreachableError

_START_SECONDS = 30
_lock = threading.Lock()
_running: dict[tuple[str, float], Demo] = {}


@dataclass(frozen=True)
class Demo:
    """A demo API that runs.

    Attributes:
        base_url: Where.
        account_id: Its account.
        api_key: Its key.
        process: The child; it ends when its stdin closes, as it does when this process dies.
    """

    base_url: str
    account_id: str
    api_key: str
    process: subprocess.Popen[str]


def running_demo(dialect: str = "enveloped", scale: float = 1.0) -> Demo:
    """The demo API of this process: started at the first call, the same one after that.

    Raises:
        UnreachableError: the child did not start; quotes what it said.
    """
    with _lock:
        demo = _running.get((dialect, scale))
        if demo is None or demo.process.poll() is not None:
            demo = _running[dialect, scale] = _start(dialect, scale)
        return demo


def temporary_database() -> Path:
    """A database file in a temporary folder that goes with this process."""
    folder = tempfile.TemporaryDirectory(prefix="analytics_kit_demo_", ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    return Path(folder.name) / "demo.duckdb"


def _start(dialect: str, scale: float) -> Demo:
    command = [
        sys.executable,
        "-m",
        "analytics_kit.demo_api",
        "--port",
        "0",
        "--dialect",
        dialect,
        "--scale",
        str(scale),
    ]
    process = subprocess.Popen(
        [*command, "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    atexit.register(_stop, process)
    slow = threading.Timer(_START_SECONDS, process.kill)
    slow.start()
    try:
        told = dict(line.strip().partition("=")[::2] for line in islice(process.stdout or (), 3))
    finally:
        slow.cancel()
    if {"base_url", "account_id", "api_key"} - set(told):
        raise _did_not_start(process)
    return Demo(told["base_url"], told["account_id"], told["api_key"], process)


def _did_not_start(process: subprocess.Popen[str]) -> UnreachableError:
    process.kill()
    said = (process.communicate()[1] or "").strip().splitlines()
    return UnreachableError(
        f"The demo API did not start: {said[-1] if said else 'it said nothing'}",
        hint="Run python -m analytics_kit.demo_api to see what it says.",
    )


def _stop(process: subprocess.Popen[str]) -> None:
    """Closing its stdin ends it; it is waited for, so that nothing is left behind."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(timeout=2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdout, process.stderr):
        if stream:
            stream.close()


def serve(*arguments: str) -> int:
    """Serve the demo API in the foreground until it is stopped; its exit code."""
    process = subprocess.Popen([sys.executable, "-m", "analytics_kit.demo_api", *arguments])
    try:
        return process.wait()
    except KeyboardInterrupt:
        return process.wait()
