"""What the audit log shows for the first time: an actor, an address or an action never seen before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from analytics_kit.metrics.audit_entries import EVENT_COLUMNS, EVENT_TYPES, UNKNOWN, entries
from analytics_kit.metrics.table import NUMBER, TEXT, answer, in_window, moment, run, span_of, window_text

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When

LEARNING_DAYS = 14
PAIR = "actor at this ip"


def first_time_events(
    audit: Data, *, learning_days: float = LEARNING_DAYS, since: When = None, until: When = None
) -> pd.DataFrame:
    """Entries in which an actor, an IP address, an action, or an actor at an address appears for the first time.

    "First" is within the rows given, from the earliest on, also before ``since``: give all that is loaded. Everything
    is new at the beginning, so the first days are for learning and are never flagged. Entries without a user have no
    actor; their addresses and actions count.

    Args:
        audit: One row per entry; needs ``id``, ``created_at``, ``user_name``, ``user_id``, ``ip``, ``action``,
            ``entity``, ``entity_name`` and ``rs_status``.
        learning_days: Days from the earliest entry on in which nothing is flagged.
        since: Flags only what happened from here on, on ``created_at``.
        until: Flags only what happened before.

    Returns:
        One row per entry, newest first. Columns: ``id`` (Int64), ``created_at`` (datetime64[us, UTC]), ``user_name``,
        ``ip``, ``action``, ``entity``, ``entity_name`` (str), ``rs_status`` (Int64), ``new`` (str, comma-separated:
        ``actor``, ``ip``, ``action``, ``actor at this ip``; the last only where actor and address are both known),
        ``days_of_history`` (float64, from the earliest entry to this one), ``why`` (str).
        ``.attrs`` hold ``history_from`` and ``learning_until`` (ISO texts; None without rows), and ``n`` (entries).

    Raises:
        ValueError: a needed column is missing, or ``learning_days`` is negative.
    """
    if learning_days < 0:
        raise ValueError(
            f"learning_days={learning_days!r} is negative; 0 flags all that is new, {LEARNING_DAYS} is usual."
        )
    rows = entries(audit, EVENT_COLUMNS)
    rows = rows.filter(rows.created_at.notnull())
    extent = run(rows.aggregate(first=rows.created_at.min(), n=rows.count()))
    start = extent["first"][0].to_pydatetime() if extent["n"][0] else None
    learned = start + timedelta(days=learning_days) if start else None
    shown = in_window(_marked(rows), "created_at", since, until)
    frame = run(_new_since(shown, learned).order_by(shown.created_at.desc(), shown.id.desc()))
    frame["days_of_history"] = (frame["created_at"] - extent["first"][0]).dt.total_seconds() / 86_400
    found = [_new(row) for row in frame.itertuples()]
    frame["new"] = [", ".join(kinds) for kinds in found]
    frame["why"] = [_why(row, kinds) for row, kinds in zip(frame.itertuples(), found, strict=True)]
    definition = (
        "audit.first_time_events: first entries of an actor, ip, action or actor at an ip, created in "
        f"{window_text(span_of(since, until))}; history is all rows given, its first {learning_days:g} days are for "
        "learning and not flagged."
    )
    columns = EVENT_TYPES | {"new": TEXT, "days_of_history": NUMBER, "why": TEXT}
    attrs = {"history_from": _iso(start), "learning_until": _iso(learned), "n": int(extent["n"][0])}
    return answer(frame, definition, columns, **attrs)


def _marked(rows: ir.Table) -> ir.Table:
    """Each entry with a mark for what it is the first of; of two at one instant the lower id comes first."""
    import ibis

    known_ip, known_action = rows.ip != UNKNOWN, rows.action != UNKNOWN
    kinds = {
        "first_actor": (("user_name",), rows.has_user),
        "first_ip": (("ip",), known_ip),
        "first_action": (("action",), known_action),
        "first_pair": (("user_name", "ip"), rows.has_user & known_ip),
    }
    order = [rows.created_at, rows.id]
    marks = {
        name: (ibis.row_number().over(group_by=list(columns), order_by=order) == 0) & known
        for name, (columns, known) in kinds.items()
    }
    return rows.mutate(**marks)


def _new_since(marked: ir.Table, learned: datetime | None) -> ir.Table:
    import ibis

    new = ibis.or_(marked.first_actor, marked.first_ip, marked.first_action, marked.first_pair)
    return marked.filter(new & (marked.created_at >= moment(learned)) if learned else ibis.literal(False))


def _new(row: Any) -> list[str]:
    """What is new in an entry; a new actor or address makes their pair new, too, which goes without saying."""
    pair = row.first_pair and not (row.first_actor or row.first_ip)
    marks = {"actor": row.first_actor, "ip": row.first_ip, "action": row.first_action, PAIR: pair}
    return [name for name, marked in marks.items() if marked]


def _why(row: Any, kinds: list[str]) -> str:
    named = {
        "actor": row.user_name,
        "ip": row.ip,
        "action": row.action,
        PAIR: f"{row.user_name} at {row.ip}",
    }
    seen = " and ".join(f"{kind} {named[kind]}" if kind != PAIR else named[kind] for kind in kinds)
    return f"First entry of {seen} in the {row.days_of_history:.0f} days of history before it."


def _iso(instant: datetime | None) -> str | None:
    return instant.replace(tzinfo=UTC).isoformat() if instant else None
