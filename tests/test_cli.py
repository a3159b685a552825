"""The command line, as a scheduler and as a person calls it."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from demo_server import ACCOUNT, KEY, Demo

from analytics_kit.cli import main
from analytics_kit.runner import notebooks


@pytest.fixture(autouse=True)
def settings_here(demo: Demo, tmp_path: Path) -> None:
    """Settings in this folder that point to the demo API."""
    (tmp_path / ".dlt").mkdir()
    config = f'[sources.analytics_kit]\nbase_url = "{demo.base_url}"\naccount_id = "{ACCOUNT}"\nretries = 0\n'
    (tmp_path / ".dlt" / "config.toml").write_text(config)
    (tmp_path / ".dlt" / "secrets.toml").write_text(f'api_key = "{KEY}"\n')


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code, and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def run(*words: str) -> Done:
    """Run a command in this process, as its entry point does."""
    out, problems = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(problems):
        try:
            code = main(words)
        except SystemExit as end:
            code = int(end.code or 0)
    return Done(code, out.getvalue(), problems.getvalue())


def test_help_tells_a_newcomer_what_to_do() -> None:
    """The commands, the exit codes, where settings go, and lines to copy; from a process of its own."""
    command = [sys.executable, "-m", "analytics_kit.cli", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    for word in (
        "load",
        "status",
        "report",
        "demo",
        "exit codes: 0 done, 1 failed (a resource, or all of it), 2 partial (of a resource",
        ".dlt/secrets.toml",
        "--since 30d",
    ):
        assert word in done.stdout


def test_load_and_status_use_the_settings_of_the_folder(demo: Demo, tmp_path: Path) -> None:
    """What was loaded is told, and held in the database of the folder."""
    done = run("load", "builds", "agents", "--since", "7d")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"builds +loaded", done.stdout)
    assert (tmp_path / "analytics.duckdb").exists()
    status = run("status")
    assert status.returncode == 0
    assert re.search(r"builds +loaded", status.stdout)
    assert re.search(r"audit +never loaded", status.stdout)


def test_exit_codes_are_for_schedulers(demo: Demo) -> None:
    """0 done, 2 partial, 1 failed: also for a failure beside a partial load, a wrong name, and a wrong command."""
    assert run("load", "agents").returncode == 0
    demo.fault(path="/workflow", kind="status", status=500, after=1)
    assert run("load", "builds", "agents").returncode == 2
    demo.fault(path="/agents", kind="status", status=403)
    assert run("load", "builds", "agents").returncode == 1
    for words in (("load", "bulids"), ("frobnicate",), ("load", "--since", "soon"), ("report", "nonsense")):
        done = run(*words)
        assert done.returncode == 1
        assert done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.long
def test_a_report_is_written_without_code_and_without_foreign_hosts(demo: Demo, tmp_path: Path) -> None:
    """HTML that reads as a report: no code cell, nothing fetched from anywhere."""
    done = run("report", "start_here", "--since", "14d", "-o", "out/report.html")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Start here" in page
    assert "import analytics_kit" not in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//(?!ibis-project)[^"]*"', page)
    assert KEY not in page


@pytest.mark.long
def test_a_report_can_stay_a_notebook(demo: Demo, tmp_path: Path) -> None:
    """With the parameters that were given, typed as their defaults."""
    done = run("report", "start_here", "--demo", "-p", "since=10d", "-o", "report.ipynb")
    assert done.returncode == 0, done.stderr
    notebook = nbformat.read(tmp_path / "report.ipynb", as_version=4)
    injected = next(cell.source for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", []))
    assert 'since = "10d"' in injected
    assert 'source = "demo"' in injected


def test_unknown_parameters_and_formats_are_refused(demo: Demo) -> None:
    """Before anything runs, with what there is."""
    unknown = run("report", "start_here", "-p", "projekt=x")
    assert unknown.returncode == 1
    assert "since=" in unknown.stderr
    assert run("report", "start_here", "-p", "nonsense").returncode == 1
    pdf = run("report", "start_here", "-o", "x.pdf")
    assert pdf.returncode == 1
    assert ".html" in pdf.stderr


@pytest.mark.long
def test_a_report_that_fails_says_which_cell_and_keeps_the_notebook(demo: Demo, tmp_path: Path) -> None:
    """The error is the kit's, in plain words, and what had run is kept."""
    done = run("report", "start_here", "-p", "since=soon", "-o", "report.html")
    assert done.returncode == 1
    assert "WindowError" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "report.failed.ipynb").exists()
    assert not (tmp_path / "report.html").exists()


@pytest.mark.long
def test_a_partial_report_is_written_and_told_by_its_exit_code(demo: Demo, tmp_path: Path) -> None:
    """A scheduler sees 2 where the notebook shows a partial load."""
    demo.fault(path="/pipelines", kind="total", value=99)
    done = run("report", "start_here", "-o", "report.html")
    assert done.returncode in (1, 2), done.stderr


def test_the_notebooks_are_found_by_name() -> None:
    """Without their numbers."""
    assert "start_here" in notebooks()
