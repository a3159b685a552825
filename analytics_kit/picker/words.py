"""Numbers, times and windows in words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analytics_kit.window import Window


def grouped(number: int) -> str:
    """A number with thin groups, as in ``5 991``."""
    return f"{number:,}".replace(",", " ")


def counted(number: int, noun: str) -> str:
    """A number of things, as in ``1 row`` and ``12 rows``."""
    return f"{grouped(number)} {noun}{'' if number == 1 else 's'}"


def moment(value: Any) -> str:
    """A time to the minute; empty for none."""
    if not isinstance(value, datetime) or value != value:  # noqa: PLR0124 # pandas' NaT differs from itself
        return ""
    return f"{value:%Y-%m-%d %H:%M}"


def span_text(span: Window) -> str:
    """A window in words, UTC."""
    since, until = moment(span.since), moment(span.until)
    if since and until:
        return f"{since} to {until} UTC"
    if since:
        return f"{since} UTC to now"
    return f"until {until} UTC" if until else "all there is"
