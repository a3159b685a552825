"""What holds for every test: nobody's settings are read, and browser tests say why they do not run."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from demo_server import Demo, start
from hypothesis import settings
from kits import kit_on

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analytics_kit.kit import Kit

# Enough to find what is wrong with a rule; more only finds it again.
settings.register_profile("quick", max_examples=30, deadline=None)
settings.load_profile("quick")
SETTINGS = ("SOURCES__", "DESTINATION__", "API_KEY", "CREDENTIALS")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(autouse=True)
def nobodys_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder without the settings of whoever runs the tests: neither key nor data are touched."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(SETTINGS):
            monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def shared(request: pytest.FixtureRequest) -> Iterator[Demo]:
    """A demo server for the tests of one file, of the size that its SCALE says."""
    demo = start("--scale", str(getattr(request.module, "SCALE", 0.1)))
    yield demo
    demo.stop()


@pytest.fixture
def demo(shared: Demo) -> Iterator[Demo]:
    """The file's demo server, without faults and with its first data, before and after."""
    shared.reset()
    yield shared
    shared.reset()


@pytest.fixture
def kit(demo: Demo, tmp_path: Path) -> Iterator[Kit]:
    """A kit on that server, with a database of its own."""
    with kit_on(demo, tmp_path) as kit:
        yield kit


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the browser tests, with the reason, where no Chromium is installed."""
    if any(shutil.which(name) for name in BROWSERS):
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=f"no browser on this machine (looked for {', '.join(BROWSERS)})"))
