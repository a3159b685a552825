"""One load at a time, in a thread, so that the kernel goes on answering."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from analytics_kit.picker.cards import wrong
from analytics_kit.picker.choice import REPORTS, known_filters
from analytics_kit.report import LoadReport, joined

if TYPE_CHECKING:
    from analytics_kit.picker.needs import KitLike
    from analytics_kit.progress import Progress


class Run:
    """A load in a thread of its own.

    Args:
        kit: What loads.
        names: Resources.
        options: Of ``Kit.load``.
        progress: Told how it goes on; its ``cancel`` ends it.
        begin: Called in the thread before the load.
        ended: Called in the thread after it, with the run.

    Attributes:
        names: Resources.
        options: Of ``Kit.load``.
        report: What came, or None.
        failure: What ended the load before there was a report, or None.
    """

    def __init__(
        self,
        kit: KitLike,
        names: tuple[str, ...],
        options: dict[str, Any],
        progress: Progress,
        *,
        begin: Callable[[], None],
        ended: Callable[[Run], None],
    ) -> None:
        self.names, self.options = names, options
        self.report: LoadReport | None = None
        self.failure: BaseException | None = None
        self._kit, self._progress = kit, progress
        self._begin, self._ended = begin, ended
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="analytics-kit-picker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """Ask it to end; it does within a second, and keeps what came."""
        self._progress.cancel.set()

    def wait(self, timeout: float | None) -> LoadReport:
        """The report, once it is there.

        Raises:
            TimeoutError: the load goes on.
        """
        if not self._over.wait(timeout):
            raise TimeoutError(f"The load goes on after {timeout} s; picker.cancel() ends it.")
        if self.failure is not None:
            raise self.failure
        assert self.report is not None  # noqa: S101 # a run that is over has one or the other
        return self.report

    def _work(self) -> None:
        try:
            self._begin()
            self.report = self._kit.load(*self.names, errors="report", progress=self._progress, **self.options)
        except BaseException as failure:  # noqa: BLE001 # nobody sees what a thread raises: it becomes a card
            self.failure = failure
        finally:
            try:
                self._ended(self)
            finally:
                self._over.set()


def retry_of(report: LoadReport, options: dict[str, Any]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The resources to load again, and the options for them.

    Reports that were named are asked for again only where they are not complete; reports that were not named take the
    nearest that they offer, which a named one does not, so that all of them are asked for again.

    Args:
        report: What came of the load.
        options: Its options.
    """
    names = wrong(report)
    filters = {c: value for c, value in options.get("filters", {}).items() if any(c in known_filters(n) for n in names)}
    again = {name: value for name, value in options.items() if name not in ("filters", "reports")}
    again |= {"filters": filters} if filters else {}
    if REPORTS in names and "reports" in options:
        parts = report[REPORTS].parts or {}
        again["reports"] = [part for part, item in parts.items() if item.error is not None] or options["reports"]
    return names, again


def joined_reports(before: LoadReport, after: LoadReport) -> LoadReport:
    """The report of a load and of the retry of what failed in it, in the order of the first."""
    loads = dict(before.items())
    for name, load in after.items():
        earlier = loads.get(name)
        both = {**earlier.parts, **load.parts} if earlier and earlier.parts and load.parts else None
        loads[name] = joined(both) if both else load
    return LoadReport(loads)
