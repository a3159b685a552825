"""What a load changes in the process is put back, and nobody else is told of the load."""

from __future__ import annotations

import gc
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from dlt.pipeline import trace
from scripted_server import ScriptedServer

from analytics_kit.process_state import set_for_load

_LOAD = """
import analytics_kit as ak

with ak.demo(progress=False) as kit:
    print(kit.load("projects").ok)
"""


def _state() -> tuple[bool, float, int, int]:
    return gc.isenabled(), sys.getswitchinterval(), logging.getLogger("dlt").level, len(trace.TRACKING_MODULES)


def test_state_is_put_back_when_the_last_load_ends() -> None:
    """Of two loads side by side the first to end leaves the other's settings alone; an error changes nothing of it."""
    before = _state()
    first, second = set_for_load(), set_for_load()
    first.__enter__()
    during = _state()
    second.__enter__()
    first.__exit__(None, None, None)
    assert _state() == during
    assert during != before
    second.__exit__(None, None, None)
    assert _state() == before
    with pytest.raises(KeyError), set_for_load():
        raise KeyError
    assert _state() == before


def test_what_stops_half_way_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt while the changes are made leaves none of them."""

    def stopped() -> None:
        raise KeyboardInterrupt

    before = _state()
    with monkeypatch.context() as patch:
        patch.setattr("analytics_kit.process_state._errors_only", stopped)
        with pytest.raises(KeyboardInterrupt), set_for_load():
            pass
    assert _state() == before
    with set_for_load():
        assert _state() != before
    assert _state() == before


def test_nobody_is_told_of_a_load(tmp_path: Path) -> None:
    """Where dlt's telemetry is on, as it is by default, a load sends it nothing and leaves no id in its home."""
    with ScriptedServer() as server:
        done = _load_with_telemetry(f"{server.url}/telemetry", tmp_path)
    assert done.stdout.strip() == "True", done.stderr
    assert server.asked == []
    assert list(tmp_path.rglob("*")) == []


def _load_with_telemetry(endpoint: str, home: Path) -> subprocess.CompletedProcess[str]:
    telemetry = {
        "RUNTIME__DLTHUB_TELEMETRY": "true",
        "RUNTIME__DLTHUB_TELEMETRY_ENDPOINT": endpoint,
        "DLT_DATA_DIR": str(home / "data"),
        "HOME": str(home),
    }
    return subprocess.run(
        [sys.executable, "-c", _LOAD], env=os.environ | telemetry, cwd=home, capture_output=True, text=True, check=False
    )
