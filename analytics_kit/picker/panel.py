"""All that is seen of the picker, and how it is moved to a state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analytics_kit.picker.browser import Ground
from analytics_kit.picker.cards import outcome, refused, wrong
from analytics_kit.picker.closing import close_all
from analytics_kit.picker.filter_options import SHOWN, FilterOptions
from analytics_kit.picker.listing import Listing
from analytics_kit.picker.maker import Maker
from analytics_kit.picker.report_options import ReportOptions
from analytics_kit.picker.style import CSS
from analytics_kit.picker.traits import CANCELLING, IDLE, LOADING
from analytics_kit.picker.views import Views
from analytics_kit.picker.window_options import WindowOptions

if TYPE_CHECKING:
    import ipywidgets as w

    from analytics_kit.picker.choice import Choice
    from analytics_kit.picker.limits import Record
    from analytics_kit.picker.needs import KitLike
    from analytics_kit.report import LoadReport
    from analytics_kit.window import Window


@dataclass(frozen=True, slots=True)
class Seen:
    """What the panel shows of a choice besides the choice itself.

    Attributes:
        span: The choice's window; None where that cannot be told.
        why: Why it cannot be told.
        held: Resources that are held.
        records: What the reports allow.
        notes: What a load of the choice would refuse or ask otherwise.
    """

    span: Window | None
    why: str = ""
    held: Sequence[str] = ()
    records: Sequence[Record] = ()
    notes: Sequence[str] = ()


class Panel:
    """The widgets, put together.

    Args:
        kit: What rows are read from.
        choice: What is chosen at first.
        tell: Told new values of traits when somebody chooses.
        actions: What the buttons call: ``load``, ``cancel``, ``retry``.
    """

    def __init__(
        self,
        kit: KitLike,
        choice: Choice,
        tell: Callable[[dict[str, Any]], None],
        actions: Mapping[str, Callable[[], None]],
    ) -> None:
        self._maker = maker = Maker()
        self.listing = Listing(maker, lambda names: tell({"selection": names}))
        self.window = WindowOptions(maker, tell)
        self.reports = ReportOptions(maker, tell)
        self.filters = {name: FilterOptions(maker, name, tell) for name in SHOWN}
        self.buttons = {name: maker.button(name.capitalize(), "90px") for name in actions}
        self.buttons["load"].button_style = "primary"
        self.state, self.refused, self.outcome = maker.html(), maker.html(), maker.html()
        self.outcome.add_class("ak-outcome")
        self.progress = maker.column()
        self.views = Views(maker, kit, choice)
        for name, act in actions.items():
            self.buttons[name].on_click(lambda _, act=act: act())
        ground = Ground(layout=maker.layout({"display": "none"}))
        self.children = (maker.html(CSS, display="none"), ground, self._sides(), *self._below())

    @property
    def roots(self) -> tuple[w.Widget, ...]:
        """All widgets, with their children."""
        return (*self.children, *self.listing.roots)

    def show(self, choice: Choice, seen: Seen, values: Callable[[str, str], tuple[str, ...]]) -> None:
        """Move to what is chosen.

        Args:
            choice: What is chosen.
            seen: What else is shown of it.
            values: Gives the values held of a column of a resource.
        """
        self.refused.value = ""
        self.listing.show(choice.selection)
        self.window.show(choice)
        self.window.explain(seen.span, seen.why)
        self.reports.show(choice, seen.records)
        self.reports.explain(seen.notes)
        for options in self.filters.values():
            options.show(choice)
            for column in options.open_columns if options.name in choice.selection else ():
                options.offer(column, values(options.name, column))
        self.views.show(choice, seen.span, seen.held)

    def show_state(self, state: str, choice: Choice, report: LoadReport | None, failure: BaseException | None) -> None:
        """Show whether something loads, and what came of the last load."""
        self.buttons["load"].disabled = state != IDLE or not choice.selection
        self.buttons["cancel"].disabled = state != LOADING
        self.buttons["retry"].disabled = state != IDLE or not (wrong(report) or failure)
        self.state.value = _STATES[state] if choice.selection or state != IDLE else "Choose at least one resource."
        self.outcome.value = outcome(report, failure) if state == IDLE else ""

    def show_progress(self, lines: w.Widget) -> None:
        """Show the lines of a load, in place of those of the one before."""
        before, self.progress.children = self.progress.children, (lines,)
        for earlier in before:
            close_all(earlier)

    def refuse(self, error: Exception) -> None:
        """Say why something that was chosen is not taken."""
        self.refused.value = refused(error)

    def _sides(self) -> w.HBox:
        options = [self.window.box, *(part.box for part in self.filters.values()), self.reports.box, self.refused]
        buttons = self._maker.row(*self.buttons.values(), self.state)
        left = self._maker.column(self.listing.box, **_SIDE)
        right = self._maker.column(*options, buttons, self.progress, self.outcome, **_SIDE)
        for side in (left, right):
            side.add_class("ak-side")
        return self._maker.row(left, right, align_items="stretch")

    def _below(self) -> tuple[w.Widget, ...]:
        self.views.box.add_class("ak-side")
        return (self.views.box,)


_SIDE = {"flex": "1 1 460px", "min_width": "0"}
_STATES = {IDLE: "", LOADING: "Loading.", CANCELLING: "Cancelling: what came is kept."}
