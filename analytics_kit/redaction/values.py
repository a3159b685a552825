"""Secrets in parsed JSON: by the name they stand under, however deep, JSON and other text inside of text included."""

from __future__ import annotations

import json
import re
from functools import lru_cache, partial
from operator import is_not
from typing import TYPE_CHECKING, Any

from analytics_kit.redaction.names import MARK, secret_key, variables_key
from analytics_kit.redaction.text import mask_named
from analytics_kit.redaction.urls import mask_urls

if TYPE_CHECKING:
    from collections.abc import Callable

_DEEPEST = 4  # texts inside of texts; below that a text is masked whole
# Parts of a context's data that are no secret ...
_OPEN_IN_CONTEXT = frozenset(
    ("type", "sharingPolicy", "repositoryUrl", "idpId", "permissions", "secretStoreReferences", "namespace")
)
# ... unless the context's type lets users choose the names themselves.
_FREE_CONTEXTS = frozenset(("config", "secret", "yaml", "secret-yaml"))
_BEARER = re.compile(r"(?i)\b(bearer[ \t]+)[\w.~+/=-]+")
_PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----).*?(-----END|\Z)", re.DOTALL)
_ASSIGNMENT = re.compile(r"([\w.-]+)=(.*)\Z", re.DOTALL)
_PAIR = ("key", "value")
_WITHOUT_SECRET = re.compile(r"[^:=%]*\Z")


def redact(value: Any) -> Any:
    """The value of one JSON field without its secrets.

    Masked are values under secret-looking names, the values of variables and the data of contexts; in text, what
    ``redact_text`` masks. Names and shapes stay; null, true, false and empty text stay, too.

    Returns:
        A new value, or the same object where nothing had to be masked.
    """
    return _guarded(partial(_plain, depth=0), value)


def redact_text(text: str) -> str:
    """A text without its secrets, be it JSON, YAML, a URL, a query, headers or a command.

    JSON is parsed, and written compactly if something was masked. All other text keeps its form.

    Returns:
        A new text, or the same object where nothing had to be masked.
    """
    clean: str = _guarded(partial(_text, depth=0), text)
    return clean


def redact_context_data(value: Any, kind: str = "") -> Any:
    """The ``spec.data`` of a context, everything masked but what is known to be open.

    Args:
        value: The data, as the API sent it.
        kind: The context's ``spec.type``. Where users choose the names themselves (``secret``, ``yaml``) all is masked.
    """
    open_names = frozenset() if kind in _FREE_CONTEXTS else _OPEN_IN_CONTEXT
    return _guarded(partial(_context_data, open_names=open_names), value)


@lru_cache(maxsize=4096)
def field_rule(path: tuple[str, ...]) -> Callable[[Any, dict[str, Any]], Any] | None:
    """How a field must be redacted because of where it stands; None where only its own content matters.

    Returns:
        A function of the value and the object that it stands in.
    """
    if any(map(secret_key, path)):
        return lambda value, _: _guarded(_masked, value)
    if any(map(variables_key, path)):
        return lambda value, _: _guarded(_variables, value)
    if path[-2:] == ("spec", "data"):
        return lambda value, spec: redact_context_data(value, str(spec.get("type")))
    if path[-1:] == ("spec",):
        return lambda value, _: redact({"spec": value})["spec"]
    return None


def _guarded(change: Callable[[Any], Any], value: Any) -> Any:
    try:
        return change(value)
    except RecursionError:  # nested deeper than Python can follow
        return MARK


def _plain(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return _text(value, depth)
    if isinstance(value, dict):
        return _object(value, depth)
    return _each(value, partial(_item, depth=depth)) if isinstance(value, list) else value


def _item(value: Any, depth: int) -> Any:
    """An element of a list, which may be a variable of an environment: ``NAME=value``."""
    assignment = _ASSIGNMENT.match(value) if isinstance(value, str) else None
    if assignment and secret_key(assignment[1]):
        return _assigned(assignment[1], assignment[2], value)
    return _plain(value, depth)


def _each(values: list[Any], change: Callable[[Any], Any]) -> list[Any]:
    changed = [change(value) for value in values]
    return changed if any(map(is_not, changed, values)) else values


def _fields(values: dict[str, Any], change: Callable[[str, Any], Any]) -> dict[str, Any]:
    changed = values
    for name, value in values.items():
        new = change(name, value)
        if new is not value:
            changed = values.copy() if changed is values else changed
            changed[name] = new
    return changed


def _object(values: dict[str, Any], depth: int) -> dict[str, Any]:
    named = values.get("name", values.get("key"))
    secret_pair = isinstance(named, str) and secret_key(named)

    def change(name: str, value: Any) -> Any:
        if secret_key(name) or (secret_pair and name == "value"):
            return _masked(value)
        if variables_key(name):
            return _variables(value)
        if name == "spec" and isinstance(value, dict) and "data" in value:
            value = _with_context_data(value)
        return _plain(value, depth)

    return _fields(values, change)


def _with_context_data(spec: dict[str, Any]) -> dict[str, Any]:
    data = redact_context_data(spec["data"], str(spec.get("type")))
    return spec if data is spec["data"] else {**spec, "data": data}


def _masked(value: Any) -> Any:
    """Every text and number masked."""
    if isinstance(value, str):
        return MARK if value else value
    if isinstance(value, dict):
        return _fields(value, lambda _, inner: _masked(inner))
    if isinstance(value, list):
        return _each(value, _masked)
    return value if value is None or isinstance(value, bool) else MARK


def _variables(value: Any) -> Any:
    """Variables in any form: ``[{key, value}]``, ``{NAME: value}``, ``{origin: [...]}``, ``["NAME=value"]``."""
    if isinstance(value, dict):
        return _fields(value, _variable_field if _is_variable(value) else _named_variable)
    if isinstance(value, list):
        return _each(value, _listed_variable)
    parsed = _parsed(value) if isinstance(value, str) else None
    if not isinstance(parsed, (dict, list)):
        return _masked(value)
    clean = _variables(parsed)
    return value if clean is parsed else _compact(clean)


def _listed_variable(value: Any) -> Any:
    """One of a list of variables: of ``NAME=value`` the name stays, of a text that only ends in ``=`` nothing."""
    if isinstance(value, dict):
        if tuple(value) == _PAIR:  # nearly all are so
            name, held = value.values()
            if isinstance(name, str) and name.isidentifier():
                masked = _masked(held)
                return value if masked is held else {"key": name, "value": masked}
        return _variables(value)
    if isinstance(value, list):
        return _variables(value)
    assignment = _ASSIGNMENT.match(value) if isinstance(value, str) else None
    if assignment and assignment[2].strip("="):
        return _assigned(assignment[1], assignment[2], value)
    return _masked(value)


def _named_variable(_name: str, value: Any) -> Any:
    if isinstance(value, list):
        return _each(value, _listed_variable) if value else value
    return _variables(value) if isinstance(value, dict) else _masked(value)


def _is_variable(value: dict[str, Any]) -> bool:
    return "value" in value and ("key" in value or "name" in value)


def _variable_field(name: str, value: Any) -> Any:
    """A field of ``{key, value, encrypted}``: everything called value is masked."""
    return _masked(value) if _holds_value(name) else _plain(value, 0)


@lru_cache(maxsize=256)
def _holds_value(name: str) -> bool:
    """Whether a field of a variable is its value, or another secret."""
    return "value" in name.lower() or secret_key(name)


def _assigned(name: str, value: str, text: str) -> str:
    return text if value.lstrip("= ") in ("", MARK) else f"{name}={MARK}"


def _context_data(value: Any, open_names: frozenset[str]) -> Any:
    def change(name: str, inner: Any) -> Any:
        if name in open_names and not secret_key(name):
            return _plain(inner, 0)
        return _variables(inner) if variables_key(name) else _context_data(inner, open_names)

    if isinstance(value, dict):
        return _fields(value, change)
    if isinstance(value, list):
        return _each(value, partial(_context_data, open_names=open_names))
    return _masked(value)


def _text(text: str, depth: int) -> str:
    if text.isidentifier():  # one word: names and kinds, for which the search would take ten times as long
        return text
    if _WITHOUT_SECRET.match(text) and "--" not in text and "earer" not in text.lower():
        return text
    if depth >= _DEEPEST:
        return text if text == MARK else MARK
    parsed = _parsed(text)
    if parsed is None:
        return _other_text(text, depth)
    clean = _plain(parsed, depth + 1)
    return text if clean is parsed else _compact(clean)


def _other_text(text: str, depth: int) -> str:
    clean = mask_named(mask_urls(text, partial(_text, depth=depth + 1)))
    if "earer" in clean.lower():
        clean = _BEARER.sub(rf"\1{MARK}", clean)
    if "PRIVATE KEY" in clean:
        clean = _PRIVATE_KEY.sub(rf"\1{MARK}\2", clean)
    return text if clean == text else clean


def _parsed(text: str) -> Any:
    """The object, list or text that a JSON text holds; None for any other text."""
    stripped = text.lstrip("\ufeff \t\r\n")
    if not stripped.startswith(("{", "[", '"')):
        return None
    try:
        return json.loads(stripped, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError):
        return None


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these fields; one that names a field twice is left to be read as text, so that neither is lost."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field is named twice")
    return fields


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
