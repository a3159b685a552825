"""Secrets in URLs: passwords before the host, and what stands percent-encoded in a query."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from analytics_kit.redaction.names import MARK

if TYPE_CHECKING:
    from collections.abc import Callable

# Lengths are bounded so that the time stays linear. A number and a slash after the colon is a port.
_USER_IN_URL = re.compile(
    r"://(?P<user>[^\s/:@\"'<>]{0,200})"
    r"(?::(?P<password>(?!\d{1,5}[/?#])[^\s\"<>]{1,200}?))?"
    r"@(?=[\w.\[\]-]{1,255}(?::\d+)?(?:[^\w.@\[\]-]|\Z))"
)
_TOKEN_AS_USER = re.compile(r"(?=.*\d)[\w-]{20,}\Z")
_ENCODED = re.compile(r"(?:(?<=[=?&])|\A)[^&\s\"'#=?%]*%[0-9a-fA-F]{2}[^&\s\"'#=]*")


def mask_urls(text: str, redact_text: Callable[[str], str]) -> str:
    """The text with passwords of URLs masked, percent-encoded values redacted by ``redact_text``."""
    if "%" in text:
        text = _ENCODED.sub(lambda found: _redecoded(found[0], redact_text), text)
    return _USER_IN_URL.sub(_without_password, text) if "@" in text else text


def _redecoded(encoded: str, redact_text: Callable[[str], str]) -> str:
    plain = unquote(encoded)
    clean = redact_text(plain)
    return encoded if clean == plain else quote(clean, safe="/")


def _without_password(found: re.Match[str]) -> str:
    user = MARK if _TOKEN_AS_USER.match(found["user"]) else found["user"]
    return f"://{user}@" if found["password"] is None else f"://{user}:{MARK}@"
