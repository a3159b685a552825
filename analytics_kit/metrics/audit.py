"""What the audit log counts: who did what, and when.

An entry without a user comes from a webhook or the system: it is shown apart, under ``NO_USER``, never among the users.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics_kit.metrics.audit_entries import entries, failed, group_keys, key_types, ordered
from analytics_kit.metrics.periods import by_period, period_dtype
from analytics_kit.metrics.table import COUNT, FLAG, TIME, answer, run, span_of, window_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import pandas as pd

    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When


def actions(
    audit: Data, by: str | Sequence[str] = "user_name", *, since: When = None, until: When = None
) -> pd.DataFrame:
    """Entries of the audit log counted by who, what, where or when.

    Args:
        audit: One row per entry; needs ``created_at``, ``user_name``, ``user_id``, ``rs_status`` and what ``by`` names.
        by: One or several of ``user_name``, ``entity``, ``action``, ``entity_name``, ``ip``, ``rs_status``, and at
            most one period: ``hour``, ``day``, ``week`` (from Monday) or ``month``, in UTC.
        since: Start of the window on ``created_at``: date, datetime or ISO text.
        until: End of the window, not included.

    Returns:
        One row per combination that occurs; periods in order, then most entries first, ``NO_USER`` last. Columns:
        those of ``by`` (str, ``(not recorded)`` where null; ``rs_status`` Int64; a period's start datetime64[us, UTC]),
        ``n`` (Int64, entries), ``failures`` (Int64, answered 400 or above), ``users`` (Int64, distinct), ``first_at``,
        ``last_at`` (datetime64[us, UTC]). ``.attrs`` count ``without_user`` (entries).

    Raises:
        ValueError: a needed column is missing, or ``by`` is none of these; the message names it.

    Example:
        >>> actions(kit.table("audit"), by=("entity", "action"), since="2026-05-01")
    """
    keys = group_keys(by)
    rows = entries(audit, keys, since, until)
    counted = rows.group_by(keys).aggregate(
        n=rows.count(),
        failures=rows.count(where=failed(rows)),
        users=rows.user_name.nunique(where=rows.has_user),
        first_at=rows.created_at.min(),
        last_at=rows.created_at.max(),
    )
    frame = ordered(run(counted), keys, "n")
    columns = key_types(keys) | {"n": COUNT, "failures": COUNT, "users": COUNT, "first_at": TIME, "last_at": TIME}
    definition = f"audit.actions: entries by {', '.join(keys)}, created in {window_text(span_of(since, until))}."
    return answer(frame, definition, columns, without_user=_without_user(rows))


def activity(
    audit: Data, every: str = "day", *, since: When = None, until: When = None, time_zone: str = "UTC"
) -> pd.DataFrame:
    """Entries of the audit log per period, with periods in which there was none.

    Args:
        audit: One row per entry; needs ``created_at``, ``user_name``, ``user_id`` and ``rs_status``.
        every: ``"hour"``, ``"day"``, ``"week"`` (from Monday) or ``"month"``.
        since: Start of the window on ``created_at``; None: the first entry.
        until: End of the window, not included; None: the last entry.
        time_zone: IANA name of the zone whose days are meant.

    Returns:
        One row per period, in order. Columns: ``period`` (datetime64[us, ``time_zone``], its start), ``n`` (Int64,
        entries), ``users`` (Int64, distinct), ``failures`` (Int64, answered 400 or above), ``without_user`` (Int64, of
        ``n``), ``whole`` (boolean; False where the window, or on an open side the first or last entry, cuts the
        period). No rows and an open side: no periods.

    Raises:
        ValueError: a needed column is missing, or ``every`` or ``time_zone`` is unknown; the message names it.
    """
    rows = entries(audit, (), since, until)
    times = rows.created_at
    figures = {
        "n": times.count(),
        "users": rows.user_name.nunique(where=rows.has_user),
        "failures": times.count(where=failed(rows)),
        "without_user": times.count(where=~rows.has_user),
    }
    counts = dict.fromkeys(figures, COUNT)
    frame = by_period(rows, "created_at", figures, every, time_zone, since, until)
    frame = frame.assign(**{name: frame[name].astype("Int64").fillna(0) for name in counts})
    definition = f"audit.activity: entries per {every} ({time_zone}), created in {window_text(span_of(since, until))}."
    return answer(frame, definition, {"period": period_dtype(time_zone)} | counts | {"whole": FLAG})


def _without_user(rows: ir.Table) -> int:
    return int(run(rows.aggregate(n=rows.count(where=~rows.has_user)))["n"][0])
