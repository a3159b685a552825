"""Work at unusual times: what the audit log shows outside office hours, in the caller's time zone."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics_kit.metrics.audit_entries import EVENT_COLUMNS, EVENT_TYPES, entries
from analytics_kit.metrics.local_time import local_time, zone_named
from analytics_kit.metrics.outcomes import ranked, with_rate
from analytics_kit.metrics.table import AS_IT_COMES, COUNT, NUMBER, TEXT, TIME, answer, run, span_of, window_text

if TYPE_CHECKING:
    from collections.abc import Collection
    from zoneinfo import ZoneInfo

    import ibis.expr.types as ir
    import pandas as pd

    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKEND = ("Saturday", "Sunday")


class Office(NamedTuple):
    """When people work: from ``start`` to ``end`` o'clock on all days but the weekend's."""

    zone: ZoneInfo
    start: int
    end: int
    weekend: tuple[int, ...]

    def __str__(self) -> str:
        days = ", ".join(name[:3] for number, name in enumerate(WEEKDAYS) if number not in self.weekend)
        return f"{days} {self.start:02}:00 to {self.end:02}:00 {self.zone.key}"


def off_hours(
    audit: Data,
    time_zone: str,
    *,
    start: int = 8,
    end: int = 18,
    weekend: Collection[str] = WEEKEND,
    since: When = None,
    until: When = None,
) -> pd.DataFrame:
    """Users by how much of their activity lies outside office hours.

    Most unusual first: by the lower end of the 95 % Wilson interval of the share, so that one entry at night does not
    outrank a hundred. Entries without a user are counted apart, in ``.attrs``.

    Args:
        audit: One row per entry; needs ``id``, ``created_at``, ``user_name``, ``user_id``, ``ip``, ``action``,
            ``entity``, ``entity_name`` and ``rs_status``.
        time_zone: IANA name of the office's time zone, as ``"Europe/Berlin"``; daylight saving is kept.
        start: First hour of the office day, 0 to 23; 8 means from 08:00 on.
        end: Hour at which it ends, ``start + 1`` to 24; 18 means that 18:00 is off hours.
        weekend: Names of the days on which all hours are off, as ``("Friday", "Saturday")``.
        since: Start of the window on ``created_at``.
        until: End of the window, not included.

    Returns:
        One row per user with activity off hours. Columns: ``user_name`` (str), ``off_hours`` (Int64, entries),
        ``at_weekend`` (Int64, of them), ``n`` (Int64, all entries of the user), ``off_hours_rate`` (float64, 0 to 1),
        ``low_rate`` and ``high_rate`` (float64, its Wilson interval at 95 %), ``first_at``, ``last_at``
        (datetime64[us, UTC], of the entries off hours), ``audit_ids`` (lists of int, their ids in order), ``why``
        (str).
        ``.attrs`` hold ``office`` (str), ``everyone_rate`` (float, of all users' entries), ``without_user`` and
        ``without_user_off_hours`` (int, entries).

    Raises:
        ValueError: a needed column is missing, the time zone is unknown, or hours or days are; says what is allowed.

    Example:
        >>> off_hours(kit.table("audit"), "Europe/Berlin", since="2026-05-01").head(5)
    """
    office = _office(time_zone, start, end, weekend)
    rows = _timed(entries(audit, EVENT_COLUMNS, since, until), office)
    frame = run(_by_user(rows))
    people, nobody = frame[frame["has_user"]], frame[~frame["has_user"]]
    everyone = people["off_hours"].sum() / people["n"].sum() if len(people) else float("nan")
    people = with_rate(people[people["off_hours"] > 0], "off_hours_rate", "off_hours")
    people = ranked(people, ["user_name"], low_rate=False, off_hours=False)
    people["why"] = [_why_user(row, office, everyone) for row in people.itertuples()]
    attrs = {
        "office": str(office),
        "everyone_rate": float(everyone),
        "without_user": int(nobody["n"].sum()),
        "without_user_off_hours": int(nobody["off_hours"].sum()),
    }
    definition = f"audit.off_hours: entries outside {office}, created in {window_text(span_of(since, until))}."
    return answer(people, definition, _USER_TYPES, **attrs)


def off_hours_events(
    audit: Data,
    time_zone: str,
    *,
    start: int = 8,
    end: int = 18,
    weekend: Collection[str] = WEEKEND,
    since: When = None,
    until: When = None,
) -> pd.DataFrame:
    """The entries that ``off_hours`` counts, one by one.

    Args:
        audit: As for ``off_hours``, like all that follow.
        time_zone: IANA name of the office's time zone.
        start: First hour of the office day.
        end: Hour at which it ends.
        weekend: Names of the days on which all hours are off.
        since: Start of the window on ``created_at``.
        until: End of the window, not included.

    Returns:
        One row per entry of a user, newest first. Columns: ``id`` (Int64), ``created_at`` (datetime64[us, UTC]),
        ``user_name``, ``ip``, ``action``, ``entity``, ``entity_name`` (str), ``rs_status`` (Int64), ``local_at``
        (datetime64[us], the clock in the time zone), ``weekday`` (str), ``why`` (str).
        ``.attrs`` hold ``office`` (str) and ``without_user_off_hours`` (int, entries left out).

    Raises:
        ValueError: as for ``off_hours``.
    """
    office = _office(time_zone, start, end, weekend)
    rows = _timed(entries(audit, EVENT_COLUMNS, since, until), office)
    rows = rows.filter(rows.off)
    frame = run(rows.filter(rows.has_user).order_by(rows.created_at.desc(), rows.id.desc()))
    frame["weekday"] = [WEEKDAYS[number] for number in frame["weekday"]]
    frame["why"] = [_why_event(row, office) for row in frame.itertuples()]
    left_out = run(rows.aggregate(n=rows.count(where=~rows.has_user)))
    definition = f"audit.off_hours_events: entries outside {office}, created in {window_text(span_of(since, until))}."
    columns = EVENT_TYPES | {"local_at": AS_IT_COMES, "weekday": TEXT, "why": TEXT}
    return answer(frame, definition, columns, office=str(office), without_user_off_hours=int(left_out["n"][0]))


_USER_TYPES = {
    "user_name": TEXT,
    "off_hours": COUNT,
    "at_weekend": COUNT,
    "n": COUNT,
    "off_hours_rate": NUMBER,
    "low_rate": NUMBER,
    "high_rate": NUMBER,
    "first_at": TIME,
    "last_at": TIME,
    "audit_ids": "object",
    "why": TEXT,
}


def _timed(rows: ir.Table, office: Office) -> ir.Table:
    """The entries with the clock of the office, and whether they are off its hours; those without a time are out."""
    rows = rows.filter(rows.created_at.notnull())
    extent = run(rows.aggregate(first=rows.created_at.min(), last=rows.created_at.max(), n=rows.count()))
    if extent["n"][0]:
        first, last = (extent[name][0].to_pydatetime().replace(tzinfo=UTC) for name in ("first", "last"))
        rows = rows.mutate(local_at=local_time(rows.created_at, office.zone, first, last))
    else:
        rows = rows.mutate(local_at=rows.created_at)
    hour, weekday = rows.local_at.hour(), rows.local_at.day_of_week.index()
    free = weekday.isin(office.weekend)
    return rows.mutate(weekday=weekday, at_weekend=free, off=free | (hour < office.start) | (hour >= office.end))


def _by_user(rows: ir.Table) -> ir.Table:
    return rows.group_by("user_name", "has_user").aggregate(
        off_hours=rows.count(where=rows.off),
        at_weekend=rows.count(where=rows.at_weekend),
        n=rows.count(),
        first_at=rows.created_at.min(where=rows.off),
        last_at=rows.created_at.max(where=rows.off),
        audit_ids=rows.id.collect(where=rows.off, order_by=rows.id),
    )


def _why_user(row: Any, office: Office, everyone: float) -> str:
    return (
        f"{row.off_hours} of {row.n} entries ({row.off_hours_rate:.0%}) lie outside {office}, {row.at_weekend} of them "
        f"at the weekend; of all users' entries {everyone:.0%} do."
    )


def _why_event(row: Any, office: Office) -> str:
    return f"{row.weekday} {row.local_at:%H:%M} is outside {office}."


def _office(time_zone: str, start: int, end: int, weekend: Collection[str]) -> Office:
    if not 0 <= start < end <= 24:
        raise ValueError(
            f"start={start!r}, end={end!r} is no office day.\nAllowed are hours with 0 <= start < end <= 24."
        )
    if isinstance(weekend, str) or any(day not in WEEKDAYS for day in weekend):
        raise ValueError(
            f"weekend={weekend!r} is not understood.\nAllowed are names of days, as in {WEEKEND!r}; () for none."
        )
    return Office(zone_named(time_zone), start, end, tuple(WEEKDAYS.index(day) for day in weekend))
