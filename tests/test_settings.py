"""Where settings come from, which one wins, and that the key stays hidden."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from analytics_kit.errors import ConfigurationError
from analytics_kit.settings import Secret, nearest_home, read_settings

KEY = "k-3f2a.hush-hush"


def write(folder: Path, name: str, text: str) -> None:
    (folder / ".dlt").mkdir(exist_ok=True)
    (folder / ".dlt" / name).write_text(text, encoding="utf-8")


def test_arguments_win_over_environment_over_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """argument, environment, secrets.toml, config.toml: the first that says something counts."""
    write(
        tmp_path,
        "config.toml",
        '[sources.analytics_kit]\nbase_url = "http://config/api"\naccount_id = "from-config"\nretries = 2\n',
    )
    write(tmp_path, "secrets.toml", f'[sources.analytics_kit]\napi_key = "{KEY}"\naccount_id = "from-secrets"\n')
    monkeypatch.setenv("SOURCES__ANALYTICS_KIT__ACCOUNT_ID", "from-environment")
    assert read_settings().account_id == "from-environment"
    assert read_settings(account_id="from-argument").account_id == "from-argument"
    monkeypatch.delenv("SOURCES__ANALYTICS_KIT__ACCOUNT_ID")
    settings = read_settings()
    assert (settings.account_id, settings.base_url, settings.retries) == ("from-secrets", "http://config/api", 2)


def test_the_bare_api_key_is_the_last_resort(tmp_path: Path) -> None:
    """``api_key`` at the top of secrets.toml counts unless the section has one; no other setting is read bare."""
    write(tmp_path, "secrets.toml", f'api_key = "{KEY}"\naccount_id = "bare"\n')
    settings = read_settings(base_url="http://x")
    assert settings.api_key == KEY
    assert settings.account_id is None
    write(tmp_path, "secrets.toml", f'api_key = "{KEY}"\n[sources.analytics_kit]\napi_key = "of-the-section"\n')
    assert read_settings(base_url="http://x").api_key == "of-the-section"


def test_a_provider_registered_with_dlt_is_asked() -> None:
    """The key may come from a vault: any provider that dlt knows."""
    script = (
        "import dlt\n"
        "from dlt.common.configuration.providers import CustomLoaderDocProvider\n"
        "dlt.config.register_provider(CustomLoaderDocProvider('vault', lambda: {'api_key': 'of-the-vault'}, True))\n"
        "from analytics_kit.settings import read_settings\n"
        "print(read_settings(base_url='http://x').api_key + '')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "of-the-vault", done.stderr


def test_the_repr_hides_the_key_and_tells_where_it_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither repr nor str nor a pickle's text of the settings shows the key."""
    monkeypatch.setenv("API_KEY", KEY)
    settings = read_settings(base_url="http://x")
    assert "hush" not in repr(settings) + str(settings) + repr([settings]) + repr({"key": settings.api_key})
    assert "Environment Variables: API_KEY" in repr(settings)
    assert "from argument" in repr(read_settings(base_url="http://x", api_key=KEY))
    assert isinstance(pickle.loads(pickle.dumps(settings.api_key)), Secret)


def test_the_nearest_dlt_folder_counts_and_holds_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From notebooks/ the same settings and the same database are found as from the folder above."""
    write(tmp_path, "secrets.toml", f'api_key = "{KEY}"\n')
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    above = read_settings(base_url="http://x")
    monkeypatch.chdir(notebooks)
    below = read_settings(base_url="http://x")
    assert above == below
    assert below.database == tmp_path / "analytics.duckdb"
    assert read_settings(base_url="http://x", database="data/mine.duckdb").database == tmp_path / "data" / "mine.duckdb"
    assert read_settings(base_url="http://x", database=tmp_path / "a.duckdb").database == tmp_path / "a.duckdb"


def test_dlts_own_folder_in_the_home_holds_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``~/.dlt`` is dlt's own: a folder below the home without a ``.dlt`` of its own keeps its database."""
    home, work = tmp_path / "home", tmp_path / "home" / "work"
    work.mkdir(parents=True)
    (home / ".dlt").mkdir()
    monkeypatch.setenv("HOME", str(home))
    assert nearest_home(work) == work


@pytest.mark.parametrize("name", ["base_url", "api_key"])
def test_a_missing_setting_is_named_with_all_the_places_for_it(name: str) -> None:
    """The error names the setting, the argument, the file with its section, and the environment variable."""
    given = {"base_url": "http://x", "api_key": KEY}
    del given[name]
    with pytest.raises(ConfigurationError) as caught:
        read_settings(**given)
    text = str(caught.value)
    for place in (f"{name}=", "[sources.analytics_kit]", ".dlt/", f"SOURCES__ANALYTICS_KIT__{name.upper()}"):
        assert place in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_url", "ci.example/api"),
        ("base_url", "ftp://ci.example"),
        ("base_url", "http://"),
        ("base_url", "http://host:notaport"),
        ("base_url", "http://host/api?x=1"),
        ("api_key", "two\nlines"),
        ("api_key", "clé"),
        ("api_key_header", "api key"),
        ("retries", "many"),
        ("retries", -1),
        ("concurrency", 0),
        ("read_timeout", "0"),
        ("requests_per_second", "nan"),
        ("account_id", " "),
    ],
)
def test_a_malformed_setting_is_refused_by_name(name: str, value: object) -> None:
    """The error names the setting; the key itself is never quoted."""
    with pytest.raises(ConfigurationError, match=name) as caught:
        read_settings(**{"base_url": "http://x", "api_key": KEY, name: value})
    if name == "api_key":
        assert str(value) not in str(caught.value)


def test_a_password_in_the_url_is_refused_and_not_quoted() -> None:
    """A URL with credentials would end up in messages: it is not taken."""
    with pytest.raises(ConfigurationError) as caught:
        read_settings(base_url="https://me:hush@ci.example", api_key=KEY)
    assert "hush" not in str(caught.value)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    """A secrets file that is no TOML is told by its folder, not by a parser's traceback."""
    write(tmp_path, "secrets.toml", "api_key = ")
    with pytest.raises(ConfigurationError, match=r"\.dlt"):
        read_settings(base_url="http://x")


@pytest.mark.parametrize("name", ["config.toml", "secrets.toml"])
def test_a_broken_file_is_told_by_its_line_in_a_fresh_process(tmp_path: Path, name: str) -> None:
    """Whoever reads it first: file, line and column, no traceback of a parser, and nothing of what the line holds."""
    write(tmp_path, name, '[sources.analytics_kit]\nbase_url = = "hush"\n')
    command = [sys.executable, "-m", "analytics_kit.cli", "status"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert f"{name}, line 2, column 12" in done.stderr
    assert len(done.stderr.splitlines()) <= 3
    assert "hush" not in done.stderr


def test_an_unknown_setting_is_refused_with_the_close_match() -> None:
    """A misspelt setting would else be left out, and another one used in silence."""
    with pytest.raises(ConfigurationError, match=r"'databse'; did you mean 'database'\?") as caught:
        read_settings(base_url="http://x", api_key=KEY, databse="mine.duckdb")
    assert "max_wait_seconds" in caught.value.hint
    with pytest.raises(ConfigurationError, match="no setting 'colour'"):
        read_settings(base_url="http://x", api_key=KEY, colour=1)


def test_nothing_is_written_to_the_home(tmp_path: Path) -> None:
    """Reading settings leaves the user's home as it was."""
    home = tmp_path / "home"
    home.mkdir()
    script = "from analytics_kit.settings import read_settings; read_settings(base_url='http://x', api_key='k')"
    subprocess.run([sys.executable, "-c", script], env={**os.environ, "HOME": str(home)}, check=True)
    assert list(home.iterdir()) == []
