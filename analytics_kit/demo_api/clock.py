"""The demo's own time: a constant "now", and the forms in which the API writes and reads instants.

Inside this package an instant is an int, milliseconds since 1970 in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

NOW_DATETIME = datetime(2026, 6, 1, 9, tzinfo=UTC)  # a Monday, so that "yesterday" is a quiet day
NOW = int(NOW_DATETIME.timestamp()) * SECOND
HISTORY_DAYS = 180
START = NOW - HISTORY_DAYS * DAY
HTTP_DATE = format_datetime(NOW_DATETIME, usegmt=True)
DEFAULT_SEED = 20260601

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso(instant: int) -> str:
    """The instant as records carry it: ``2026-05-31T14:02:10.481Z``."""
    return (_EPOCH + timedelta(milliseconds=instant)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_or_none(instant: int | None) -> str | None:
    """Like `iso`; None stays None."""
    return None if instant is None else iso(instant)


def day_of(instant: int) -> str:
    """The UTC day of an instant, ``2026-05-31``."""
    return iso(instant)[:10]


def at(text: str) -> int:
    """The instant of an ISO date or datetime; without a zone it is UTC.

    Raises:
        ValueError: the text is neither.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * SECOND)


def lower_bound(text: str) -> int:
    """A lower bound as clients send it: a day, an ISO instant or epoch milliseconds.

    Raises:
        ValueError: the text is none of them.
    """
    return int(text) if _is_epoch(text) else at(text)


def upper_bound(text: str) -> int:
    """Like `lower_bound`, for an inclusive upper bound: a day means its last millisecond."""
    start = lower_bound(text)
    return start + DAY - 1 if _is_day(text) else start


def weekday(instant: int) -> int:
    """Monday is 0, in UTC."""
    return (instant // DAY + 3) % 7


def object_id(instant: int, family: int, number: int) -> str:
    """A 24-digit hexadecimal id whose first eight digits are its creation time in seconds."""
    return f"{instant // SECOND:08x}{family:010x}{number:06x}"


def _is_epoch(text: str) -> bool:
    # "20260501" is ISO's basic form of a day, so a short run of digits is not an epoch
    return text.isascii() and text.isdigit() and len(text) > 8


def _is_day(text: str) -> bool:
    return len(text) in (8, 10) and "T" not in text and not _is_epoch(text)
