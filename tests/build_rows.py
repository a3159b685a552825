"""Small tables of builds for the tests of metrics: written by hand, as a frame or in a database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import pandas as pd

if TYPE_CHECKING:
    import ibis.expr.types as ir

TIMES = ("created", "started", "finished")
TEXTS = (
    "id",
    "pipeline_name",
    "service_id",
    "project",
    "branch_name",
    "revision",
    "status",
    "trigger_type",
    "initiator",
    "pending_reason",
)


def build(
    status: str | None = "success",
    created: str = "2026-05-04T10:00:00",
    *,
    wait: float | None = 10,
    run: float | None = 60,
    pipeline: str | None = "shop/ci",
    **fields: Any,
) -> dict[str, Any]:
    """One build: created (UTC), started after ``wait`` seconds, finished ``run`` seconds later; None for not yet."""
    start = pd.Timestamp(created, tz="UTC")
    started = None if wait is None else start + pd.Timedelta(seconds=wait)
    finished = None if run is None else (started or start) + pd.Timedelta(seconds=run)
    times = {"created": start, "started": started, "finished": finished}
    return {"status": status, "pipeline_name": pipeline, "branch_name": "main"} | times | fields


def frame_of(*rows: dict[str, Any]) -> pd.DataFrame:
    """The builds as ``kit.frame("builds")`` would type them; ids count up."""
    made = pd.DataFrame([{"id": f"build-{number:03}"} | row for number, row in enumerate(rows)])
    made = made.reindex(columns=[*TEXTS, *TIMES])
    return made.astype(dict.fromkeys(TEXTS, "str") | dict.fromkeys(TIMES, "datetime64[us, UTC]"))


def table_of(frame: pd.DataFrame, session_zone: str = "UTC", name: str = "builds") -> ir.Table:
    """The same rows in a database, whose session may believe to be elsewhere."""
    engine = ibis.duckdb.connect()
    engine.raw_sql(f"set TimeZone = '{session_zone}'")
    return engine.create_table(name, frame)


def lines(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """The rows of some columns as plain tuples; missing values are None."""
    chosen = frame[list(columns)].astype(object)
    return [tuple(row) for row in chosen.where(chosen.notna(), None).itertuples(index=False)]
