"""What there is, and what is held: the frame behind ``kit.resources()``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics_kit.catalog import RESOURCES
from analytics_kit.ledger import History
from analytics_kit.window import Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from analytics_kit.catalog import Resource

_TIMES = ("since", "until", "loaded_at", "last_attempt_at")
_NAMES = (
    "resource",
    "description",
    "group",
    "status",
    "rows",
    "since",
    "until",
    "loaded_at",
    "last_attempt",
    "last_attempt_at",
    "error",
)


def overview(histories: Mapping[str, History], rows: Mapping[str, int]) -> pd.DataFrame:
    """One row per resource.

    Args:
        histories: The record of committed loads, by resource.
        rows: Rows to be read, by table.
    """
    import pandas as pd

    lines = [
        _line(entry, histories.get(name, History(name, ())), rows.get(name, 0)) for name, entry in RESOURCES.items()
    ]
    frame = pd.DataFrame(lines, columns=list(_NAMES))
    return frame.astype({"rows": "Int64"} | dict.fromkeys(_TIMES, "datetime64[us, UTC]"))


def _line(entry: Resource, history: History, rows: int) -> list[object]:
    held = history.windows[-1] if entry.windowed and history.windows else Window()
    complete, last = history.last_complete, history.last
    return [
        entry.name,
        entry.description,
        entry.group,
        history.state(rows),
        rows,
        held.since,
        held.until,
        complete.loaded_at if complete else None,
        last.status if last else None,
        last.loaded_at if last else None,
        last.error if last else None,
    ]
