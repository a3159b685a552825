"""What holds for every test: nobody's settings are read, and browser tests say why they do not run."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = ("SOURCES__", "DESTINATION__", "API_KEY", "CREDENTIALS")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(autouse=True)
def nobodys_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder without the settings of whoever runs the tests: neither key nor data are touched."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(SETTINGS):
            monkeypatch.delenv(name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the browser tests, with the reason, where no Chromium is installed."""
    if any(shutil.which(name) for name in BROWSERS):
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=f"no browser on this machine (looked for {', '.join(BROWSERS)})"))
