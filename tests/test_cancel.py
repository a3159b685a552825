"""A load that is stopped half-way: at once, and with what had come."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from analytics_kit.progress import Silent

if TYPE_CHECKING:
    from demo_server import Demo

    from analytics_kit.kit import Kit


class StopsAfter(Silent):
    """Cancels the load so many pages after its start, and notes when."""

    def __init__(self, pages: int) -> None:
        super().__init__()
        self.pages = pages
        self.at = 0.0

    def update(self, _resource: str, *, pages: int, **_: object) -> None:
        """Cancel a moment after the page, while the next requests are under way."""
        if pages >= self.pages and not self.at:
            self.at = time.monotonic() + 0.2
            threading.Timer(0.2, self.cancel.set).start()


def test_a_cancelled_load_keeps_what_came(kit: Kit, demo: Demo) -> None:
    """It does not wait for answers that hang, writes the pages it has, and says that they are not all."""
    demo.fault(kind="latency", path="/workflow", after=2, seconds=8)
    progress = StopsAfter(2)
    report = kit.load("builds", "audit", errors="report", progress=progress)
    assert time.monotonic() - progress.at < 5
    assert report["builds"].status == "partial"
    assert "The load was cancelled." in str(report["builds"].error)
    assert report["builds"].rows == len(kit.sql("select id from builds")) > 0


def test_a_cancelled_load_is_no_loss(kit: Kit, demo: Demo) -> None:
    """What was held before stays, and the next load brings the rest."""
    kit.load("builds", since="7d")
    before = set(kit.frame("builds", since="7d")["id"])
    progress = StopsAfter(1)
    demo.fault(kind="latency", path="/workflow", after=1, seconds=8)
    kit.load("builds", errors="report", progress=progress)
    assert before <= set(kit.sql("select id from builds")["id"])
    demo.reset()
    assert kit.load("builds")["builds"].status == "loaded"
    assert set(kit.frame("builds")["id"]) == {
        row["id"] for page in range(1, 8) for row in demo.rows("/workflow", "workflows.docs", page=page, limit=100)
    }
