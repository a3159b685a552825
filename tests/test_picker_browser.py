"""The picker as a person meets it: a real JupyterLab in headless Chromium, the demo API, and what can go wrong."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from demo_server import ACCOUNT, KEY, Demo, start
from lab import Lab, lab, write_notebook
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

CONNECT = """
import analytics_kit as ak
kit = ak.connect(
    base_url={url!r}, api_key={key!r}, account_id={account!r}, database="kit.duckdb", progress=False, **{options}
)
"""
OPTIONS = {"retries": 0, "read_timeout": 30, "concurrency": 1}
SHOW = "picker = kit.picker()\npicker"
SIZES = {"wide": (1400, 1900), "narrow": (600, 1900)}
SECONDS = 30_000  # milliseconds, for a busy machine; what must be quick is measured


@dataclass
class Shown:
    """A notebook whose second cell shows a picker, in a real Lab."""

    lab: Lab
    picker: Locator

    def tick(self, *names: str) -> None:
        """Choose resources."""
        for name in names:
            self.picker.get_by_label(name, exact=True).first.check()

    def press(self, name: str) -> None:
        """Press one of its buttons."""
        self.picker.get_by_role("button", name=name, exact=True).first.click()

    def tells(self, text: str | re.Pattern[str]) -> None:
        """Wait until it shows a text."""
        expect(self.picker).to_contain_text(text, timeout=SECONDS)

    def value(self, expression: str) -> Any:
        """What an expression is in the kernel, by way of JSON, while the notebook stays as it is."""
        return self.lab.value(expression)


@pytest.fixture(scope="module")
def api() -> Iterator[Demo]:
    demo = start("--scale", "0.3")
    yield demo
    demo.stop()


@pytest.fixture
def served(api: Demo) -> Iterator[Demo]:
    api.reset()
    yield api
    api.reset()


@contextmanager
def showing(
    api: Demo, folder: Path, *more: str, size: str = "wide", theme: str = "JupyterLab Light"
) -> Iterator[Shown]:
    """Run a notebook that connects and shows a picker."""
    connect = CONNECT.format(url=api.base_url, key=KEY, account=ACCOUNT, options=OPTIONS)
    write_notebook(folder / "pick.ipynb", connect, SHOW, *more)
    with lab(folder, theme=theme, size=SIZES[size]) as opened:
        opened.open("pick.ipynb")
        opened.run_all()
        picker = opened.page.locator(".analytics-kit-picker").first
        picker.wait_for(timeout=SECONDS)
        yield Shown(opened, picker)
        assert (opened.watch.outside, opened.watch.complaints) == ([], [])


@pytest.fixture
def shown(served: Demo, tmp_path: Path) -> Iterator[Shown]:
    with showing(served, tmp_path) as picker:
        yield picker


def test_pick_load_look_and_copy(shown: Shown) -> None:
    """Builds and audit of a week are loaded, sorted and copied as code, and that code brings the same rows."""
    shown.tick("builds", "audit")
    shown.press("7 d")
    shown.press("Load")
    shown.tells(re.compile(r"builds \d+ rows, complete; audit \d+ rows, complete"))
    table = shown.picker.get_by_role("table")
    first = table.locator("tbody tr td").first
    newest = first.inner_text()
    table.get_by_role("button", name="created").click()
    expect(first).not_to_have_text(newest, timeout=SECONDS)
    oldest = first.inner_text()
    assert oldest < newest
    rows = shown.value("[len(kit.frame(name, since='7d')) for name in ('builds', 'audit')]")
    shown.press("Code")
    code = shown.picker.locator("textarea").input_value()
    assert 'since="7d"' in code
    shown.lab.add_cell(f"{code}\nsame = [len(builds), len(audit), report.ok]")
    assert shown.value("same") == [*rows, True]
    assert str(shown.value("str(builds['created'].min())[:19]")) == oldest


def test_the_line_moves_and_the_kernel_answers_meanwhile(served: Demo, shown: Shown) -> None:
    """While a slow load goes on its line grows, and other cells run."""
    served.fault(kind="latency", path="/workflow", seconds=0.4)
    shown.tick("builds")
    shown.press("Load")
    line = shown.picker.get_by_text(re.compile(r"builds +\d+ pages?"))
    line.wait_for(timeout=SECONDS)
    before = line.inner_text()
    began = time.monotonic()
    assert shown.value("picker.state") == "loading"
    assert time.monotonic() - began < 3
    expect(line).not_to_have_text(before, timeout=SECONDS)
    shown.tells(re.compile(r"builds \d+ rows, complete"))


def test_cancel_keeps_what_came(served: Demo, shown: Shown) -> None:
    """A load that hangs is stopped; the pages that came are there, and called partial."""
    served.fault(kind="latency", path="/workflow", seconds=20, after=2)
    shown.tick("builds")
    shown.press("Load")
    shown.tells(re.compile(r"builds +\d+ pages?"))
    began = time.monotonic()
    shown.press("Cancel")
    shown.tells("The load was cancelled.")
    assert time.monotonic() - began < 5  # of 20 that the answer takes; how much of it is ours is measured elsewhere
    assert shown.value("[picker.report['builds'].status, picker.report['builds'].rows > 0]") == ["partial", True]


def test_a_failure_becomes_a_card_and_is_retried(served: Demo, shown: Shown) -> None:
    """What failed says what, why and what next, without a stack; Retry asks for that alone."""
    served.fault(kind="status", path="/audit", status=403, message="Scopes are missing")
    shown.tick("builds", "audit")
    shown.press("Load")
    card = shown.picker.locator(".ak-card").filter(has_text="audit")
    expect(card).to_contain_text("403", timeout=SECONDS)
    expect(card).not_to_contain_text("Traceback")
    served.reset()
    shown.press("Retry")
    shown.tells(re.compile(r"builds \d+ rows, complete; audit \d+ rows, complete"))
    assert [entry["path"] for entry in served.log()["requests"] if entry["path"].endswith("/workflow")] == []


def test_by_keyboard_alone(shown: Shown) -> None:
    """Tab goes through the controls as one sees them, Space chooses and Enter loads; Lab takes no key for itself."""
    page = shown.lab.page
    cells = shown.lab.cells()
    shown.picker.get_by_label("builds", exact=True).first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("b")
    shown.picker.get_by_role("button", name="Load", exact=True).focus()
    page.keyboard.press("Enter")
    shown.tells(re.compile(r"builds \d+ rows, complete"))
    assert shown.lab.cells() == cells
    places = shown.picker.evaluate(
        """root => [...root.querySelectorAll('button, input, select, textarea')]
            .filter(item => item.offsetParent && !item.disabled)
            .map(item => [item.tabIndex, item.getAttribute('aria-label') || item.labels?.[0]?.textContent
                || item.textContent || item.title || ''])"""
    )
    assert {index for index, _ in places} == {0}
    assert [name for _, name in places if not name.strip()] == []


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_it_fits_and_reads(served: Demo, tmp_path: Path, size: str, theme: str) -> None:
    """Nothing sticks out to the side, and text differs from its ground in either theme."""
    with showing(served, tmp_path, size=size, theme=theme) as shown:
        shown.tick("builds", "analytics_reports")
        shown.press("Load")
        shown.tells(re.compile(r"builds \d+ rows, complete"))
        out = shown.picker.evaluate(
            """root => [...root.querySelectorAll('button, input, select, label')].filter(item => item.offsetParent
                && !item.closest('[role=region], .ak-scroll, table')
                && item.getBoundingClientRect().right > root.getBoundingClientRect().right + 1).map(e => e.outerHTML)"""
        )
        assert out == []
        ink, ground = shown.picker.evaluate(
            """root => { const light = text => text.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0) / 765;
                let ground = root;
                while (getComputedStyle(ground).backgroundColor.endsWith(', 0)')) ground = ground.parentElement;
                return [light(getComputedStyle(root.querySelector('label')).color),
                        light(getComputedStyle(ground).backgroundColor)]; }"""
        )
        assert abs(ink - ground) > 0.6


def test_a_saved_notebook_shows_a_plain_summary(served: Demo, tmp_path: Path) -> None:
    """Opened later, with a new kernel, it tells what was chosen and how it ended, and of no missing model."""
    with showing(served, tmp_path) as shown:
        shown.tick("builds")
        shown.press("Load")
        shown.tells(re.compile(r"builds \d+ rows, complete"))
        shown.lab.save()
    with lab(tmp_path, size=SIZES["wide"]) as again:
        again.open("pick.ipynb")
        summary = again.page.locator(".analytics-kit-summary")
        expect(summary).to_be_visible(timeout=SECONDS)
        expect(summary).to_contain_text("builds")
        expect(again.page.get_by_text("model not found")).not_to_be_visible()
    stored = nbformat.read(tmp_path / "pick.ipynb", as_version=4)
    assert KEY not in json.dumps(stored["cells"][1])


@pytest.mark.timeout(600)
def test_twenty_pickers_run_ten_times_leave_nothing_behind(served: Demo, tmp_path: Path) -> None:
    """Running their cell again closes those of the run before: widgets, threads and processes stay as many."""
    many = "from IPython.display import display\nfor _ in range(20):\n    display(kit.picker())"
    with showing(served, tmp_path, many) as shown:
        count = "[len(ipywidgets.widgets.widget._instances), threading.active_count(), len(kernel.comm_manager.comms)]"
        shown.lab.add_cell("import ipywidgets, threading\nkernel = get_ipython().kernel")
        shown.lab.run_cell(2)
        before = shown.value(count)
        for _ in range(10):
            shown.lab.run_cell(2)
        assert shown.value(count) == before
