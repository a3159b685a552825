"""Entries of the audit log as the audit metrics count them: every actor named, periods cut, failures told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics_kit.metrics.periods import EVERY
from analytics_kit.metrics.table import COUNT, TEXT, TIME, as_table, in_window

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import pandas as pd

    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When

NO_USER = "no user (webhook or system)"
"""Stands where an entry has no user."""
UNKNOWN = "(not recorded)"
"""Stands where another text is null."""
FAILED = 400
"""Answers from this HTTP status on are failures."""
_TEXTS = ("entity", "action", "entity_name", "ip")
_COLUMNS = ("user_name", *_TEXTS, "rs_status")

EVENT_COLUMNS = ("id", "ip", "action", "entity", "entity_name")
"""What a flagged entry shows, beside its time, user and status."""
EVENT_TYPES = {
    "id": COUNT,
    "created_at": TIME,
    "user_name": TEXT,
    "ip": TEXT,
    "action": TEXT,
    "entity": TEXT,
    "entity_name": TEXT,
    "rs_status": COUNT,
}


def entries(audit: Data, columns: Sequence[str], since: When = None, until: When = None) -> ir.Table:
    """The entries in a window, with a name for every actor and the periods asked for.

    Args:
        audit: One row per entry.
        columns: What is wanted beside ``created_at``, ``rs_status`` and the user; a period adds a column of its name.
        since: Start of the window on ``created_at``.
        until: End of the window, not included.

    Returns:
        The columns, with ``user_name`` filled from ``user_id`` or else ``NO_USER``, other null texts as
        ``(not recorded)``, and ``has_user``. Where a period is asked for, entries without a time are left out.
    """
    import ibis

    wanted = [name for name in columns if name not in EVERY]
    table = as_table(audit, *dict.fromkeys(("created_at", "user_name", "user_id", "rs_status", *wanted)))
    table = in_window(table, "created_at", since, until)
    if len(wanted) < len(columns):
        table = table.filter(table.created_at.notnull())
    who = ibis.coalesce(table.user_name, table.user_id.cast("string"))
    texts = [name for name in wanted if name in _TEXTS]
    return table.mutate(
        user_name=who.fill_null(NO_USER),
        has_user=who.notnull(),
        rs_status=table.rs_status.cast("int64"),
        **{name: table[name].cast("string").fill_null(UNKNOWN) for name in texts},
        **{name: table.created_at.truncate(EVERY[name]) for name in columns if name in EVERY},
    )


def failed(rows: ir.Table) -> ir.BooleanValue:
    """Whether each entry was answered 400 or above; null without a status."""
    return rows.rs_status >= FAILED


def group_keys(by: str | Sequence[str]) -> list[str]:
    """The columns and periods to group on, each once.

    Raises:
        ValueError: one of them is neither; says which are.
    """
    keys = [by] if isinstance(by, str) else list(by)
    wrong = [key for key in keys if key not in (*_COLUMNS, *EVERY)]
    if wrong or not keys or len(set(keys) & EVERY.keys()) > 1:
        raise ValueError(
            f"by={by!r} is not understood.\nAllowed: one or several of {', '.join(_COLUMNS)}, and at most one of "
            f"{', '.join(EVERY)}."
        )
    return list(dict.fromkeys(keys))


def key_types(keys: Sequence[str]) -> dict[str, str]:
    """Dtypes of the columns that are grouped on."""
    return {key: TIME if key in EVERY else COUNT if key == "rs_status" else TEXT for key in keys}


def ordered(frame: pd.DataFrame, keys: Sequence[str], count: str) -> pd.DataFrame:
    """Periods in order, then the largest count first, without a user last; ties by the keys."""
    periods = [key for key in keys if key in EVERY]
    frame = frame.assign(_nobody=frame["user_name"] == NO_USER if "user_name" in keys else False)
    rest = [key for key in keys if key not in EVERY]
    order = [*periods, "_nobody", count, *rest]
    return frame.sort_values(order, ascending=[name != count for name in order], ignore_index=True)
