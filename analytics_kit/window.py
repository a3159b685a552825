"""A window ``[since, until)`` in UTC, as one frozen value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from analytics_kit.errors import WindowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

When = str | date | datetime | None
"""What ``since`` and ``until`` take: a date, a datetime, an ISO text, or ``"30d"``, ``"12h"``, ``"8w"`` before now."""

_RELATIVE = re.compile(r"(\d+)\s*([hdw])", re.IGNORECASE)
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_ALLOWED = 'Give a date, a datetime, an ISO text ("2026-01-31", "2026-01-31T08:00Z") or "12h", "30d", "8w".'


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open stretch of time, UTC; None leaves a side open."""

    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse a window that can hold nothing."""
        if self.since and self.until and self.since >= self.until:
            raise WindowError(
                f"since {self.since.isoformat()} is not before until {self.until.isoformat()}.",
                hint="A window is [since, until): give a since that is earlier than until.",
            )

    @property
    def bounded(self) -> bool:
        """Whether at least one side is closed."""
        return self.since is not None or self.until is not None

    def widened(self, margin: timedelta) -> Window:
        """The window with ``margin`` more on each closed side."""
        return Window(self.since and self.since - margin, self.until and self.until + margin)

    def within(self, held: Iterable[Window]) -> bool:
        """Whether the joined ``held`` windows cover this one."""
        return any(_covers(whole, self) for whole in joined(held))


def window(since: When, until: When, now: Callable[[], datetime]) -> Window:
    """Read ``since`` and ``until``.

    Args:
        since: First instant that belongs to the window.
        until: First instant that no longer does.
        now: Asked once, and only where one of them is relative (``"30d"``).

    Raises:
        WindowError: a value cannot be read, or ``since`` is not before ``until``.
    """
    moment = now() if is_relative(since) or is_relative(until) else None
    return Window(_instant(since, "since", moment), _instant(until, "until", moment))


def is_relative(value: When) -> bool:
    """Whether the value counts back from now, as ``"30d"`` does."""
    return isinstance(value, str) and _RELATIVE.fullmatch(value.strip()) is not None


def joined(windows: Iterable[Window]) -> list[Window]:
    """The windows with overlapping and touching ones made into one, earliest first."""
    whole: list[Window] = []
    for current in sorted(windows, key=_start):
        last = whole[-1] if whole else None
        if last and (last.until is None or _start(current) <= last.until):
            whole[-1] = Window(
                last.since, None if None in (last.until, current.until) else max(_end(last), _end(current))
            )
        else:
            whole.append(current)
    return whole


def _instant(value: When, name: str, now: datetime | None) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return _in_utc(value.to_pydatetime() if hasattr(value, "to_pydatetime") else value)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    if isinstance(value, str):
        return _from_text(value.strip(), name, now)
    raise WindowError(f"{name}={value!r} is no time.", hint=_ALLOWED)


def _from_text(text: str, name: str, now: datetime | None) -> datetime:
    try:
        if (match := _RELATIVE.fullmatch(text)) and now is not None:
            return now - int(match[1]) * _UNITS[match[2].lower()]
        return _in_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise WindowError(f"{name}={text!r} is no time.", hint=_ALLOWED) from error


def _in_utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _start(value: Window) -> datetime:
    return value.since or datetime.min.replace(tzinfo=UTC)


def _end(value: Window) -> datetime:
    return value.until or datetime.max.replace(tzinfo=UTC)


def _covers(whole: Window, part: Window) -> bool:
    return _start(whole) <= _start(part) and _end(part) <= _end(whole)
