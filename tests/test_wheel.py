"""The built wheel, alone in an empty environment."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_wheel_runs_the_demo_with_nothing_else_of_the_repository(tmp_path: Path) -> None:
    """Installed from the wheel into a new environment, in a folder of its own: ak.demo() and load_frame work."""
    build = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    environment = tmp_path / "environment"
    venv.create(environment, with_pip=True)
    python = str(environment / "bin" / "python")
    install = [
        python,
        "-m",
        "pip",
        "install",
        "-qq",
        "--disable-pip-version-check",
        "-c",
        str(ROOT / "constraints.txt"),
        str(wheel),
    ]
    subprocess.run(install, check=True)
    script = (
        "import analytics_kit as ak\n"
        f"assert not ak.__file__.startswith({str(ROOT)!r}), ak.__file__\n"
        "with ak.demo(progress=False) as kit:\n"
        "    print(len(kit.load_frame('builds')))\n"
    )
    done = subprocess.run([python, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "5991", done.stderr
