"""What the reports allow: read from what is held, else loaded in the background, once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from analytics_kit.errors import AnalyticsKitError
from analytics_kit.picker.choice import METADATA
from analytics_kit.picker.limits import Record, records_of
from analytics_kit.progress import Silent

if TYPE_CHECKING:
    from analytics_kit.picker.needs import KitLike


class Metadata:
    """The records of ``analytics_metadata``.

    Args:
        kit: What reads and loads them.
        changed: Called when they have come, or could not be got; in a thread.

    Attributes:
        records: The records; empty where they are not known.
        note: Why they are not known, or that they are on their way.
    """

    def __init__(self, kit: KitLike, changed: Callable[[], None]) -> None:
        self.records: list[Record] = []
        self.note = ""
        self._kit, self._changed = kit, changed
        self._progress = Silent()
        self._thread: threading.Thread | None = None

    def read(self) -> bool:
        """Read what is held; False where nothing is."""
        try:
            frame = self._kit.sql(f"select id, supported_time_dimensions from {METADATA}")  # noqa: S608 # a constant
        except AnalyticsKitError:
            return False
        self.records, self.note = records_of(frame.to_dict("records")), ""
        return bool(self.records)

    def ask(self) -> None:
        """Read it, or load it in a thread; a second call while it loads, or after it failed, does nothing."""
        if self.records or self._thread is not None or self.read():
            return
        self.note = "The names and limits of the reports are being read."
        self._thread = threading.Thread(target=self._load, name="analytics-kit-metadata", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait until nothing of it loads."""
        if self._thread is not None:
            self._thread.join()

    def cancel(self) -> None:
        """End its load."""
        self._progress.cancel.set()

    def _load(self) -> None:
        try:
            loaded = self._kit.load(METADATA, errors="report", progress=self._progress)[METADATA]
            error = loaded.error
        except AnalyticsKitError as failure:
            error = failure
        if not self.read():
            why = f": {error.message}" if error else "."
            self.note = f"The names and limits of the reports could not be read{why}"
        self._changed()
