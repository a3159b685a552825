"""A real JupyterLab in headless Chromium, with the network closed: what a person sees when a notebook runs."""

from __future__ import annotations

import ast
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import nbformat
import requests

from conftest import BROWSERS

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[1]
HERE = "127.0.0.1"
START_SECONDS = 60
QUIET = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}
CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HERE}",
)


@dataclass
class Watch:
    """What a page of the browser did that it should not.

    Attributes:
        outside: Requests that went, or wanted to go, to another host.
        complaints: Errors that the page wrote to its console or did not catch.
    """

    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        """Watch a page from now on."""
        page.on("request", lambda request: self._note(request.url))
        page.on("websocket", lambda websocket: self._note(websocket.url))
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != HERE:
            self.outside.append(url)


@dataclass
class Lab:
    """A running JupyterLab and the page of a browser that looks at it.

    Attributes:
        url: Where it is.
        token: What lets one in.
        page: The browser's page.
        watch: What the page did that it should not.
    """

    url: str
    token: str
    page: Page
    watch: Watch

    def open(self, notebook: str) -> None:
        """Open a notebook of the root folder and wait for its kernel."""
        self.page.goto(f"{self.url}/lab/tree/{notebook}?token={self.token}&reset", wait_until="domcontentloaded")
        self.page.wait_for_function(
            "() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
        )
        self.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")

    def run_all(self) -> None:
        """Run all cells, as the menu does, and wait for the last; `cell_errors` tells which failed."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => null)")

    def run_cell(self, index: int) -> None:
        """Run one cell, counted from 0, and wait for its end."""
        self.page.evaluate(
            """index => {
                const {content} = window.jupyterapp.shell.currentWidget;
                content.activeCellIndex = index;
                content.deselectAll();
                return window.jupyterapp.commands.execute('notebook:run-cell').then(() => null);
            }""",
            index,
        )

    def add_cell(self, source: str) -> None:
        """Write a new last cell and run it."""
        self.page.evaluate(
            """async source => {
                const {content} = window.jupyterapp.shell.currentWidget;
                content.activeCellIndex = content.widgets.length - 1;
                content.deselectAll();
                await window.jupyterapp.commands.execute('notebook:insert-cell-below');
                content.activeCell.model.sharedModel.setSource(source);
            }""",
            source,
        )
        self.run_cell(self.cells() - 1)

    def cells(self) -> int:
        """How many cells the notebook has."""
        number: int = self.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length")
        return number

    def value(self, expression: str) -> Any:
        """What an expression is in the kernel, by way of JSON; the notebook stays as it is."""
        told = self.page.evaluate(
            """async expression => {
                const {kernel} = window.jupyterapp.shell.currentWidget.sessionContext.session;
                const user_expressions = {asked: `__import__('json').dumps(${expression})`};
                const reply = await kernel.requestExecute({code: '', user_expressions, store_history: false}).done;
                const {asked} = reply.content.user_expressions;
                return asked.status === 'ok' ? asked.data['text/plain'] : `'{"error": "${asked.evalue}"}'`;
            }""",
            expression,
        )
        return json.loads(ast.literal_eval(told))

    def save(self) -> None:
        """Save the notebook."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save').then(() => null)")

    def cell_errors(self) -> list[str]:
        """What the cells of the notebook failed with."""
        found: list[str] = self.page.evaluate(
            """() => window.jupyterapp.shell.currentWidget.content.widgets
                .filter(cell => cell.model.type === 'code')
                .flatMap(cell => cell.model.outputs.toJSON())
                .filter(output => output.output_type === 'error')
                .map(output => `${output.ename}: ${output.evalue}`)"""
        )
        return found


@contextmanager
def lab(folder: Path, *, theme: str = "JupyterLab Light", size: tuple[int, int] = (1200, 1000)) -> Iterator[Lab]:
    """A JupyterLab on a folder, nobody's settings but its own, and a page of a browser that cannot leave the machine.

    Args:
        folder: The folder whose notebooks it shows.
        theme: ``JupyterLab Light`` or ``JupyterLab Dark``.
        size: Of the page. Lab draws what is in sight, so a page as tall as the notebook has all of it drawn.
    """
    settings = QUIET | {"@jupyterlab/apputils-extension/themes": {"theme": theme}}
    with _server(folder, settings) as (url, token), _page(size) as page:
        watch = Watch()
        watch.over(page)
        yield Lab(url, token, page, watch)


def write_notebook(path: Path, *cells: str) -> None:
    """A notebook with these code cells."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)


@contextmanager
def _page(size: tuple[int, int]) -> Iterator[Page]:
    from playwright.sync_api import sync_playwright

    path = next(found for name in BROWSERS if (found := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM))
        try:
            page = browser.new_context(viewport={"width": size[0], "height": size[1]}).new_page()
            page.set_default_timeout(START_SECONDS * 1000)
            yield page
        finally:
            browser.close()


@contextmanager
def _server(folder: Path, settings: dict[str, Any]) -> Iterator[tuple[str, str]]:
    token, port = secrets.token_hex(16), _free_port()
    url, state = f"http://{HERE}:{port}", folder / ".lab"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.root_dir={folder}"]
    command += [f"--ServerApp.ip={HERE}", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    command += ["--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly"]
    with (folder / "lab.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=_environment(state, settings, token), stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_up(process, url, token, folder / "lab.log")
            yield url, token
        finally:
            process.terminate()
            process.wait(timeout=20)


def _environment(state: Path, settings: dict[str, Any], token: str) -> dict[str, str]:
    """Settings, kernels and history of the test's own; the package as it is in this repository."""
    folders = {name: state / name.lower() for name in ("CONFIG", "DATA", "RUNTIME")}
    for name, values in settings.items():
        file = state / "settings" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values), encoding="utf-8")
    return os.environ | {
        **{f"JUPYTER_{name}_DIR": str(path) for name, path in folders.items()},
        "JUPYTERLAB_SETTINGS_DIR": str(state / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(state / "workspaces"),
        "IPYTHONDIR": str(state / "ipython"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_TOKEN": token,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_up(process: subprocess.Popen[bytes], url: str, token: str, log: Path) -> None:
    session = requests.Session()
    session.trust_env = False  # a proxy has no business here
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            answer = session.get(f"{url}/api/status", headers={"Authorization": f"token {token}"}, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.2)
            continue
        if answer.ok:
            return
    raise AssertionError(f"JupyterLab did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
