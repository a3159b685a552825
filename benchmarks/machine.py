"""When, with which versions and on what it was measured: no names of hosts, no paths."""

from __future__ import annotations

import os
import platform
import subprocess
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

_OURS = ("analytics-kit", "dlt", "duckdb", "pyarrow", "pandas", "requests")
_THEIRS = ("airbyte", "airbyte-cdk", "duckdb")
_ASK = "import sys; from importlib.metadata import version; print(', '.join(f'{n} {version(n)}' for n in sys.argv[1:]))"


def facts(airbyte_python: str) -> dict[str, str]:
    """What to print above the numbers."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "versions": f"Python {platform.python_version()}, {', '.join(f'{name} {version(name)}' for name in _OURS)}",
        "in PyAirbyte's own environment": _versions_in(airbyte_python),
        "machine": f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.machine()}{_processor()}, {_system()}",
        "load average before": f"{os.getloadavg()[0]:.1f}",
    }


def _versions_in(python: str) -> str:
    if not Path(python).exists():
        return "not there"
    done = subprocess.run([python, "-c", _ASK, *_THEIRS], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "not there"


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return f" ({line.partition(':')[2].strip()})"
    return ""


def _system() -> str:
    with suppress(OSError):
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    return platform.system()
