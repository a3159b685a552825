"""What the README prints is run as it stands."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from demo_server import ACCOUNT, KEY, start

import analytics_kit as ak
from analytics_kit import errors
from analytics_kit.catalog import RESOURCES, child_tables
from analytics_kit.settings import Settings

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_python_blocks_run_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In order, in one namespace; ``ak.connect()`` finds its settings where they are said to be."""
    demo = start("--scale", "0.1")
    (tmp_path / ".dlt").mkdir()
    config, secrets = blocks("toml")
    config = re.sub(r'base_url = "[^"]*"', f'base_url = "{demo.base_url}"', config)
    config = re.sub(r'account_id = "[^"]*"', f'account_id = "{ACCOUNT}"', config)
    (tmp_path / ".dlt" / "config.toml").write_text(config, encoding="utf-8")
    (tmp_path / ".dlt" / "secrets.toml").write_text(secrets.replace("…", KEY), encoding="utf-8")
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    names: dict[str, object] = {}
    python = blocks("python")
    assert len(python) >= 4
    for block in python:
        exec(compile(block, "README.md", "exec"), names)  # noqa: S102 - our own text
    demo.stop()
    assert (tmp_path / "own.duckdb").exists()


def test_the_settings_shown_are_settings() -> None:
    """Every key of the TOML blocks, and every further setting named, is a field of Settings."""
    known = {item.name for item in fields(Settings)}
    config, secrets = (tomllib.loads(block) for block in blocks("toml"))
    assert set(config["sources"]["analytics_kit"]) | set(secrets) <= known
    assert known - set(re.findall(r"`?(\w+)`?", README)) <= {"origins"}


def test_every_error_and_every_resource_is_named() -> None:
    """The troubleshooting table has all errors that are raised, the resource table all resources and child tables."""
    raised = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Exception | Warning)
    }
    assert raised - set(re.findall(r"`(\w+)`", README)) == {"AnalyticsKitError", "ApiError"}
    for name in (*RESOURCES, *child_tables()):
        assert f"`{name}`" in README


def test_every_public_method_of_the_kit_is_in_the_tour() -> None:
    """A reader meets each verb once."""
    verbs = {name for name in vars(ak.Kit) if not name.startswith("_")} - {"close"}
    assert {name for name in verbs if f"kit.{name}(" not in README} - {"now"} == set()


def test_links_and_pictures_exist() -> None:
    """What the README points to in this folder is there."""
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("http") or (ROOT / target).exists(), target
