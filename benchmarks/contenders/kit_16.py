"""The kit with sixteen requests in flight, for an API that is slow and allows more than the default of four."""

from __future__ import annotations

import sys

from benchmarks.clock import timed
from benchmarks.contenders.kit import load

CONCURRENCY = 16

if __name__ == "__main__":
    timed(lambda: load(sys.argv[1], sys.argv[2], concurrency=CONCURRENCY))
