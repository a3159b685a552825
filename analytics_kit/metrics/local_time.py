"""The clock on the wall of a time zone, as arithmetic that any engine can do.

Engines know different time zones, or none; Python's are the same everywhere, and a zone changes its offset only
twice a year.
"""

from __future__ import annotations

import difflib
import itertools
import zoneinfo
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from analytics_kit.metrics.table import moment

if TYPE_CHECKING:
    import ibis.expr.types as ir

_STEP = timedelta(days=1)  # no zone has changed its offset twice within a day


def zone_named(name: str) -> zoneinfo.ZoneInfo:
    """The time zone of an IANA name.

    Raises:
        ValueError: there is no such zone; says what is allowed, with the close match.
    """
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError, TypeError) as error:
        raise ValueError(
            f"time_zone={name!r} is no time zone{_near(name)}\n"
            'Allowed are IANA names, such as "UTC", "Europe/Berlin" or "America/New_York".'
        ) from error


def local_time(stamp: ir.TimestampValue, zone: zoneinfo.ZoneInfo, first: datetime, last: datetime) -> ir.TimestampValue:
    """What the clock in a zone showed at each instant, daylight saving included.

    Args:
        stamp: Instants, UTC without a zone, as `as_table` makes them.
        zone: Where the clock hangs.
        first: No instant is earlier; aware.
        last: No instant is later; aware.

    Returns:
        Times without a zone. The hour that a clock shows twice in autumn is there twice.
    """
    import ibis

    spells = offsets(zone, first, last)
    *_, (_, newest) = spells
    ends = [(moment(end), offset) for (_, offset), (end, _) in itertools.pairwise(spells)]
    seconds = ibis.literal(_seconds(newest))
    if ends:
        seconds = ibis.cases(*((stamp < end, _seconds(offset)) for end, offset in ends), else_=seconds)
    return stamp + seconds.as_interval("s")


def offsets(zone: zoneinfo.ZoneInfo, first: datetime, last: datetime) -> list[tuple[datetime, timedelta]]:
    """The offsets from UTC that a zone had between two instants: since when (UTC), and how much; at least one."""
    spells = [(first.astimezone(UTC), _offset(first, zone))]
    before = first.astimezone(UTC)
    while before < last:
        after = min(before + _STEP, last.astimezone(UTC))
        if _offset(after, zone) != spells[-1][1]:
            spells.append((_change(zone, before, after), _offset(after, zone)))
        before = after
    return spells


def _change(zone: zoneinfo.ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first whole second after ``before`` at which the offset is that of ``after``."""
    low, high = 0, int((after - before).total_seconds()) + 1
    start = before.replace(microsecond=0)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(start + timedelta(seconds=middle), zone) == _offset(after, zone):
            high = middle
        else:
            low = middle
    return start + timedelta(seconds=high)


def _offset(instant: datetime, zone: zoneinfo.ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _seconds(offset: timedelta) -> int:
    return int(offset.total_seconds())


def _near(name: object) -> str:
    known = sorted(zoneinfo.available_timezones())
    by_city = {zone.rpartition("/")[2].lower(): zone for zone in known}
    close = difflib.get_close_matches(str(name).rpartition("/")[2].lower().replace(" ", "_"), by_city, n=1)
    return f"; did you mean {by_city[close[0]]!r}?" if close else "."
