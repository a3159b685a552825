"""A kit on a demo server of the test's own, and what the server holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from demo_server import ACCOUNT, KEY, Demo

from analytics_kit.kit import Kit, connect

QUICK = {"retries": 2, "max_wait_seconds": 5, "read_timeout": 10}


def kit_on(demo: Demo, folder: Path, **options: Any) -> Kit:
    """A kit on the demo server, with a database of its own and short waits."""
    given = {
        "api_key": KEY,
        "account_id": ACCOUNT,
        "database": folder / "kit.duckdb",
        "progress": False,
        **QUICK,
        **options,
    }
    return connect(base_url=demo.base_url, **given)
