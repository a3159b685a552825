"""The kit, as its README says."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import analytics_kit as ak
from benchmarks.clock import timed

# It imports when first needed; the others import at their top, before the clock runs.
importlib.import_module("analytics_kit.kit")


def load(base_url: str, database: str, **settings: Any) -> None:
    """One load of all builds."""
    with ak.connect(base_url=base_url, api_key="bench", database=database, progress=False, **settings) as kit:
        kit.load("builds")


if __name__ == "__main__":
    timed(lambda: load(sys.argv[1], sys.argv[2]))
