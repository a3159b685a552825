"""Where and as whom: the only reader of configuration and environment."""

from __future__ import annotations

import getpass
import re
import sys
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from analytics_kit.errors import ConfigurationError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dlt.common.configuration.providers.provider import ConfigProvider

SECTION = ("sources", "analytics_kit")
DEFAULT_DATABASE = "analytics.duckdb"
_BARE = ("api_key",)
_DEFAULT_FILES = ("secrets.toml", "config.toml", "Environment Variables")


class Secret(str):
    """A text whose repr hides it; everything else is a plain str."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


@dataclass(frozen=True)
class Settings:
    """Where the API is, as whom it is asked, and where the rows are kept.

    Attributes:
        base_url: Root of the API, up to where the resources' paths begin, without a trailing slash.
        api_key: The key; its repr is masked.
        account_id: Needed by ``accounts`` only; None where not given.
        api_key_header: Name of the header that carries the key.
        database: The DuckDB file, absolute.
        retries: Tries after the first one, per request.
        connect_timeout: Seconds until a connection must stand.
        read_timeout: Seconds between two pieces of an answer.
        max_wait_seconds: Longest time that one request may wait in all, between its tries.
        concurrency: Requests in flight at most, over all resources.
        requests_per_second: Requests started per second at most; None for no limit.
        origins: Where each value came from, by setting.
    """

    base_url: str
    api_key: str = field(repr=False)
    account_id: str | None = None
    api_key_header: str = "api_key"
    database: Path = Path(DEFAULT_DATABASE)
    retries: int = 5
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    max_wait_seconds: float = 300.0
    concurrency: int = 4
    requests_per_second: float | None = None
    origins: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def __repr__(self) -> str:
        shown = (f"{item.name}={self._shown(item.name)}" for item in fields(self) if item.name != "origins")
        return f"Settings({', '.join(shown)})"

    def _shown(self, name: str) -> str:
        value = getattr(self, name)
        text = f"'***' (from {self.origins.get(name, 'argument')})" if name == "api_key" else repr(value)
        return text if not isinstance(value, Path) else repr(str(value))


def read_settings(**given: Any) -> Settings:
    """Settings from arguments, then ``[sources.analytics_kit]``, then the bare ``api_key`` secret.

    Environment, ``secrets.toml``, ``config.toml`` and any provider registered with dlt are asked in dlt's order. The
    nearest ``.dlt``
    folder from the working directory upward counts; a relative database path starts at the folder that holds it.

    Args:
        **given: Any field of Settings; None counts as not given.

    Raises:
        ConfigurationError: a value is missing or malformed, or there is no such setting; the message names it.
    """
    for name in given:
        if name not in _names():
            raise _unknown(name)
    home = nearest_home(Path.cwd())
    lookup = _Lookup(_providers(home))
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for name in _names():
        value, origin = (given[name], "argument") if given.get(name) is not None else lookup.find(name)
        if value is not None:
            values[name], origins[name] = value, origin
    if "api_key" not in values and (key := _prompt()):
        values["api_key"], origins["api_key"] = key, "prompt"
    return _checked(values, origins, home)


def nearest_home(start: Path) -> Path:
    """The nearest folder, from ``start`` upward, that holds a ``.dlt`` folder; else ``start`` itself.

    dlt's own folder in the user's home is no project: its values are read, but no database goes there.
    """
    folders = (folder for folder in (start, *start.parents) if folder == start or folder != Path.home())
    return next((folder for folder in folders if (folder / ".dlt").is_dir()), start)


def _names() -> list[str]:
    return [item.name for item in fields(Settings) if item.name != "origins"]


def _unknown(name: str) -> ConfigurationError:
    return ConfigurationError(
        f"There is no setting {name!r}{did_you_mean(name, _names())}",
        hint=f"The settings are {', '.join(_names())}.",
    )


class _Lookup:
    """Asks dlt's providers for a setting, in their order."""

    def __init__(self, providers: Sequence[ConfigProvider]) -> None:
        self._providers = providers

    def find(self, name: str) -> tuple[Any, str]:
        value, origin = self._ask(name, SECTION)
        return (value, origin) if value is not None or name not in _BARE else self._ask(name, ())

    def _ask(self, name: str, sections: tuple[str, ...]) -> tuple[Any, str]:
        from dlt.common.typing import TSecretStrValue

        hint: Any = TSecretStrValue if name in _BARE else str
        for provider in self._providers:
            value, key = provider.get_value(name, hint, None, *sections)
            if value is not None and value != "":
                return value, f"{provider.name}: {key}"
        return None, ""


def _providers(home: Path) -> list[ConfigProvider]:
    from dlt.common.configuration.container import Container
    from dlt.common.configuration.exceptions import ConfigProviderException
    from dlt.common.configuration.providers import ConfigTomlProvider, EnvironProvider, SecretsTomlProvider
    from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

    try:
        run = Container()[PluggableRunContext]  # reads the files of the working directory when it is first asked for
        others = [provider for provider in run.providers.providers if provider.name not in _DEFAULT_FILES]
        folders = str(home / ".dlt"), run.context.global_dir
        return [EnvironProvider(), SecretsTomlProvider(*folders), ConfigTomlProvider(*folders), *others]
    except ConfigProviderException as error:
        raise ConfigurationError(
            f"A settings file in {home / '.dlt'} cannot be read as TOML{_where_broken(home)}.",
            hint="Correct secrets.toml or config.toml there.",
        ) from error


def _where_broken(home: Path) -> str:
    """Which file, and what is wrong in which line of it: without the line itself, which may hold a secret."""
    for name in ("secrets.toml", "config.toml"):
        try:
            tomllib.loads((home / ".dlt" / name).read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"at (line \d+, column \d+|end of document)", str(error))
            return f": {name}{f', {place[1]}' if place else ''}"
        except (OSError, UnicodeDecodeError):
            continue
    return ""


def _prompt() -> str | None:
    """Ask for the key without showing it, where this is a notebook with someone at it."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    try:
        return getpass.getpass("API key: ").strip() or None
    except (NotImplementedError, RuntimeError, EOFError):
        return None


def _checked(values: dict[str, Any], origins: dict[str, str], home: Path) -> Settings:
    for name in ("base_url", "api_key"):
        if name not in values:
            raise _missing(name)
    for name, check in _CHECKS.items():
        if name in values:
            values[name] = check(name, values[name])
    path = Path(values.get("database", DEFAULT_DATABASE)).expanduser()
    values["database"] = path if path.is_absolute() else home / path
    return Settings(**values, origins=origins)


def missing_setting(name: str, why: str = "") -> ConfigurationError:
    """The error for a setting that something needs and that was not given."""
    variable = "__".join((*SECTION, name)).upper()
    section = f"[{'.'.join(SECTION)}] in .dlt/{_file_of(name)}"
    return ConfigurationError(
        f"The setting {name} is missing{f': {why}' if why else ''}.",
        hint=f"Pass {name}=..., or set {name} under {section}, or the environment variable {variable}.",
    )


def _missing(name: str) -> ConfigurationError:
    return missing_setting(name)


def _file_of(name: str) -> str:
    return "secrets.toml" if name in _BARE else "config.toml"


def _url(name: str, value: Any) -> str:
    text = str(value).strip().rstrip("/")
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
        good = good and (parts.port is None or parts.port > 0)
    except ValueError:
        good, parts = False, urlsplit("")
    if parts.username or parts.password:
        raise ConfigurationError(
            f"{name} holds a user name or a password.", hint="Give the URL alone; the key is the setting api_key."
        )
    if not good:
        raise ConfigurationError(
            f"{name}={text!r} is no URL.", hint='Give it as "https://host/api", up to where the paths begin.'
        )
    return text


def _key(name: str, value: Any) -> Secret:
    text = str(value).strip()
    if not text or not text.isprintable() or not text.isascii():
        raise ConfigurationError(
            f"{name} is empty or holds characters that no header can carry.",
            hint="Copy the key again, without quotes or line breaks.",
        )
    return Secret(text)


def _header(name: str, value: Any) -> str:
    text = str(value)
    if not text or not all(char.isalnum() or char in "!#$%&'*+-.^_`|~" for char in text):
        raise ConfigurationError(
            f"{name}={text!r} is no header name.", hint='Give a header name such as "api_key" or "Authorization".'
        )
    return text


def _text(name: str, value: Any) -> str:
    text = str(value).strip()
    if not text:
        raise ConfigurationError(f"{name} is empty.", hint=f"Give {name}, or leave the setting out.")
    return text


def _number(kind: type[int] | type[float], least: float) -> Callable[[str, Any], int | float]:
    def check(name: str, value: Any) -> int | float:
        try:
            number = kind(value)
        except (TypeError, ValueError):
            number = None
        if number is None or isinstance(value, bool) or not least <= number < float("inf"):
            raise ConfigurationError(
                f"{name}={value!r} is no number from {least:g} up.", hint=f"Give {name} as a number from {least:g} up."
            )
        return number

    return check


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "base_url": _url,
    "api_key": _key,
    "account_id": _text,
    "api_key_header": _header,
    "retries": _number(int, 0),
    "connect_timeout": _number(float, 0.001),
    "read_timeout": _number(float, 0.001),
    "max_wait_seconds": _number(float, 0),
    "concurrency": _number(int, 1),
    "requests_per_second": _number(float, 0.001),
}
