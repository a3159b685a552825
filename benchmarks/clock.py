"""What a measured process does: its work, once, and one line of JSON on stdout that says how long it took.

Only the standard library here: a contender may have an environment of its own.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def timed(work: Callable[[], object]) -> None:
    """Do the work; tell its seconds by the wall clock, and the moment (seconds since 1970) in which it was done.

    Where the work gives a dict, these are seconds by part, and told, too.
    """
    started = time.perf_counter()
    parts = work()
    seconds = time.perf_counter() - started
    told = {"seconds": seconds, "done_at": time.time(), "parts": parts if isinstance(parts, dict) else {}}
    sys.stdout.write("\n" + json.dumps(told) + "\n")
    sys.stdout.flush()
