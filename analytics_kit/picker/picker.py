"""The picker: what its traits, its methods and its buttons do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import ipywidgets as w
from traitlets import TraitError

from analytics_kit.errors import AnalyticsKitError, DatabaseLockedError, NotLoadedError, UnknownResourceError
from analytics_kit.picker.cell import cell
from analytics_kit.picker.choice import load_options
from analytics_kit.picker.closing import CellRuns, close_all, running_cell
from analytics_kit.picker.held import Held
from analytics_kit.picker.panel import Panel
from analytics_kit.picker.run import Run, joined_reports, retry_of
from analytics_kit.picker.summary import Summary
from analytics_kit.picker.traits import CANCELLING, CHOSEN, IDLE, LOADING, Traits
from analytics_kit.progress import Lines

if TYPE_CHECKING:
    from analytics_kit.picker.needs import KitLike
    from analytics_kit.report import LoadReport

_CELL_RUNS = CellRuns()


class Picker(Traits, w.VBox):  # type: ignore[misc]  # ipywidgets carries no types
    """Choose resources, load them, look at the rows, and take the code along.

    The widget is its traits: see ``Traits``. All that the buttons can, the methods can.

    Args:
        kit: What loads and reads.

    Example:
        >>> picker = kit.picker()
        >>> picker.selection = ("builds",)
        >>> picker.load()
        >>> report = picker.wait()
    """

    def __init__(self, kit: KitLike) -> None:
        super().__init__()
        self._kit = kit
        self._run: Run | None = None
        self._failure: BaseException | None = None
        self._closed = False
        self._turn = threading.RLock()
        self._moving = False
        self._summary = Summary()
        self._held = Held(kit, self._refresh)
        self._panel = Panel(kit, self.choice, self._told, {n: self._pressed(n) for n in ("load", "cancel", "retry")})
        self.children = self._panel.children
        self.add_class("analytics-kit-picker")
        self.observe(lambda _: self._show(), CHOSEN)
        self.observe(lambda _: self._show_state(), ["state", "report"])
        self._refresh()
        _CELL_RUNS.note(self, running_cell())

    @property
    def code(self) -> str:
        """The cell that does the same without the picker; ``kit`` is the Kit."""
        return cell(self.choice, self._panel.views.children)

    def load(self) -> None:
        """Start to load what is chosen, in a thread.

        Raises:
            UnknownResourceError: nothing is chosen.
            DatabaseLockedError: this picker loads already.
        """
        if not self.selection:
            raise UnknownResourceError("No resource is chosen.", hint='Choose some: picker.selection = ("builds",).')
        self._start(self.selection, load_options(self.choice), None)

    def retry(self) -> None:
        """Load again what failed or is incomplete, as the last load asked for it; the report stays that of both.

        Raises:
            NotLoadedError: nothing was loaded yet.
            DatabaseLockedError: this picker loads already.
        """
        run = self._last_run()
        if self._failure is not None or self.report is None:
            self._start(run.names, run.options, self.report)
            return
        names, options = retry_of(self.report, run.options)
        if names:
            self._start(names, options, self.report)

    def wait(self, timeout: float | None = None) -> LoadReport:
        """Wait for the end of the load.

        Args:
            timeout: Seconds; None for as long as it takes.

        Returns:
            What came of it; after a retry, of both.

        Raises:
            TimeoutError: it goes on.
            NotLoadedError: nothing was loaded yet.
            AnalyticsKitError: what kept the load from running.
        """
        report = self._last_run().wait(timeout)
        return self.report if self.report is not None else report

    def cancel(self) -> None:
        """End the load within a second; what came is kept, and ``partial``. Nothing where nothing loads."""
        if self._run is not None and self.state == LOADING:
            self.set_trait("state", CANCELLING)
            self._run.cancel()

    def close(self) -> None:
        """Close the picker with all its widgets; a load of its own ends."""
        if self._closed:
            return
        self._closed = True
        self._held.close()
        if self._run is not None:
            self._run.cancel()
        for root in (self, *self._panel.roots):  # the whole first: its parts are then closed out of sight
            close_all(root)

    def _ipython_display_(self, **_: Any) -> None:
        from IPython.display import display

        self._summary.show(self.choice, self.report)
        if not self._closed:
            view = self._repr_mimebundle_() | {"text/plain": ""}
            display(view, raw=True)  # type: ignore[no-untyped-call]

    def _start(self, names: tuple[str, ...], options: dict[str, Any], before: LoadReport | None) -> None:
        if self.state != IDLE:
            raise DatabaseLockedError("This picker loads already.", hint="Wait for it, or picker.cancel().")
        lines = Lines()
        self._panel.show_progress(lines.widget)
        self._failure = None
        self._run = Run(
            self._kit, names, options, lines, begin=self._held.wait, ended=lambda run: self._ended(run, before)
        )
        self.set_trait("state", LOADING)
        self._run.start()

    def _ended(self, run: Run, before: LoadReport | None) -> None:
        if self._closed:
            return
        self._failure = run.failure
        try:
            if run.report is not None:
                self.set_trait("report", joined_reports(before, run.report) if before else run.report)
        finally:
            self.set_trait("state", IDLE)
        self._refresh()
        if run.report is not None:
            self._panel.views.open([name for name, load in run.report.items() if load.rows])

    def _last_run(self) -> Run:
        if self._run is None:
            raise NotLoadedError("Nothing was loaded with this picker yet.", hint="picker.load() starts it.")
        return self._run

    def _pressed(self, name: str) -> Callable[[], None]:
        def press() -> None:
            try:
                getattr(self, name)()
            except AnalyticsKitError as error:
                self._panel.refuse(error)

        return press

    def _told(self, values: dict[str, Any]) -> None:
        """Take what somebody chose in a widget; what is no choice moves the widget back."""
        with self._turn:
            if self._moving:
                return
            try:
                for name in sorted(values, key=lambda name: values[name] is not None):  # open a side first
                    setattr(self, name, values[name])
            except (AnalyticsKitError, TraitError) as error:
                self._show()
                self._panel.refuse(error)

    def _refresh(self) -> None:
        """Read anew what is held, and show it."""
        with self._turn:
            resources = self._held.resources()
            if resources is not None and not self._closed:
                self._panel.listing.refresh(resources)
            self._show()

    def _show(self) -> None:
        if self._closed:
            return
        with self._moves():
            self._panel.show(self.choice, self._held.seen(self.choice), self._held.values)
        self._show_state()

    def _show_state(self) -> None:
        with self._turn:
            self._panel.show_state(self.state, self.choice, self.report, self._failure)
            self._summary.follow(self.choice, self.report)

    @contextmanager
    def _moves(self) -> Iterator[None]:
        """While the widgets are moved, what they tell is no choice of somebody's."""
        with self._turn:
            self._moving = True
            try:
                yield
            finally:
                self._moving = False
