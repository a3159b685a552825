"""Calls in the audit log that failed or were denied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics_kit.metrics.audit_entries import FAILED, entries, failed, group_keys, key_types, ordered
from analytics_kit.metrics.table import COUNT, NUMBER, TEXT, TIME, answer, run, span_of, window_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import pandas as pd

    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When

DENIED = (401, 403)
"""Answers that say the caller may not."""


def failed_calls(
    audit: Data, by: str | Sequence[str] = "user_name", *, since: When = None, until: When = None
) -> pd.DataFrame:
    """Calls that failed (answered 400 or above) or were denied (401, 403), by who, what or status.

    Args:
        audit: One row per entry; needs ``id``, ``created_at``, ``user_name``, ``user_id``, ``rs_status`` and what
            ``by`` names.
        by: As for ``actions``.
        since: Start of the window on ``created_at``.
        until: End of the window, not included.

    Returns:
        One row per combination with a failure; most failures first, ``NO_USER`` last. Columns: those of ``by``,
        ``failures``, ``denials`` (Int64, of them), ``n`` (Int64, entries with a status; where ``by`` has ``rs_status``,
        those of the rest of ``by``), ``failure_rate`` (float64, 0 to 1, failures of n), ``first_at``, ``last_at``
        (datetime64[us, UTC], of the failures), ``audit_ids`` (lists of int, the failures' ids in order), ``why`` (str).
        ``.attrs`` count ``without_status`` (entries left out) and ``n`` (entries with a status).

    Raises:
        ValueError: a needed column is missing, or ``by`` is none of these; the message names it.
    """
    keys = group_keys(by)
    rows = entries(audit, (*keys, "id"), since, until)
    known = rows.filter(rows.rs_status.notnull())
    frame = ordered(run(_failure_groups(known, keys)), keys, "failures")
    frame["failure_rate"] = frame["failures"] / frame["n"]
    frame["why"] = [_why(row) for row in frame.itertuples()]
    left_out = run(rows.aggregate(missing=rows.count(where=rows.rs_status.isnull()), n=rows.rs_status.count()))
    definition = (
        f"audit.failed_calls: entries answered {FAILED} or above, by {', '.join(keys)}, created in "
        f"{window_text(span_of(since, until))}; denied is {' or '.join(map(str, DENIED))}; "
        "entries without a status left out."
    )
    attrs = {"without_status": int(left_out["missing"][0]), "n": int(left_out["n"][0])}
    return answer(frame, definition, key_types(keys) | _FAILURE_TYPES, **attrs)


_FAILURE_TYPES = {
    "failures": COUNT,
    "denials": COUNT,
    "n": COUNT,
    "failure_rate": NUMBER,
    "first_at": TIME,
    "last_at": TIME,
    "audit_ids": "object",
    "why": TEXT,
}


def _failure_groups(known: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Per combination: its failures, and the entries that they are a part of."""
    bad = known.filter(failed(known))
    groups = bad.group_by(keys).aggregate(
        failures=bad.count(),
        denials=bad.count(where=bad.rs_status.isin(DENIED)),
        first_at=bad.created_at.min(),
        last_at=bad.created_at.max(),
        audit_ids=bad.id.collect(order_by=bad.id),
    )
    # A status is what came out, not what was tried: every 403 is a failure, so it is measured against all tries.
    tried = [key for key in keys if key != "rs_status"]
    if not tried:
        return groups.cross_join(known.aggregate(n=known.count()))
    return groups.inner_join(known.group_by(tried).aggregate(n=known.count()), tried)


def _why(row: Any) -> str:
    answered = getattr(row, "rs_status", f"{FAILED} or above")
    denied = row.denials and not hasattr(row, "rs_status")
    rest = f"; {row.denials} of them denied ({' or '.join(map(str, DENIED))})" if denied else ""
    return f"{row.failures} of {row.n} entries ({row.failure_rate:.1%}) were answered {answered}{rest}."
