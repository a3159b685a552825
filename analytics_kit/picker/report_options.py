"""Which analytics reports, with which granularity, and what they refuse, known before anything is asked."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from analytics_kit.picker.limits import changes, granularities, labels, refusals

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from analytics_kit.picker.choice import Choice
    from analytics_kit.picker.limits import Record
    from analytics_kit.picker.maker import Maker
    from analytics_kit.picker.window_options import Tell
    from analytics_kit.window import Window

_WHOLE = "whole range"


class ReportOptions:
    """The names of the reports with their limits, and the granularity.

    Args:
        maker: Makes its widgets.
        tell: Told new ``reports`` and ``granularity`` when somebody chooses.
    """

    def __init__(self, maker: Maker, tell: Tell) -> None:
        self._tell = tell
        style = {"description_width": "60px"}
        self.names = maker.field(w.SelectMultiple, description="Reports", rows=8, style=style, layout={"width": "98%"})
        self.granularity = maker.field(
            w.Dropdown, description="By", options=[(_WHOLE, None)], style=style, layout={"width": "230px"}
        )
        self.notes = maker.html()
        heading = maker.html('<h4>Reports <span class="ak-note">(none chosen: all of them)</span></h4>')
        self.box = w.VBox([heading, self.names, self.granularity, self.notes])
        self.names.observe(lambda change: tell({"reports": change["new"] or None}), "value")
        self.granularity.observe(lambda change: tell({"granularity": change["new"]}), "value")

    def show(self, choice: Choice, records: Sequence[Record]) -> None:
        """Move to what is chosen; offer what the metadata knows."""
        self.box.layout.display = None if choice.reporting else "none"
        chosen = choice.reports or ()
        _offer(self.names, _names(records, chosen), tuple(chosen))
        _offer(self.granularity, _granularities(choice, records), choice.granularity)

    def explain(self, lines: Sequence[str]) -> None:
        """Say what would not be asked, or otherwise than chosen."""
        self.notes.value = "".join(f'<div class="ak-note">{escape(line)}</div>' for line in lines)


def explanation(choice: Choice, records: Sequence[Record], span: Window, now: datetime) -> list[str]:
    """What a load of the choice would refuse or ask otherwise, one line each."""
    refused = [f"Not asked: {line}" for line in refusals(choice, records, span, now)]
    return refused + changes(choice, records, span, now)


def _names(records: Sequence[Record], chosen: Sequence[str]) -> list[tuple[str, str]]:
    known = labels(records)
    unknown = [name for name in chosen if name not in [value for _, value in known]]
    return known + [(f"{name} (not in the metadata)", name) for name in unknown]


def _granularities(choice: Choice, records: Sequence[Record]) -> list[tuple[str, str | None]]:
    offered = granularities(records, choice.reports)
    chosen = (choice.granularity,) if choice.granularity and choice.granularity not in offered else ()
    return [(_WHOLE, None), *((name, name) for name in (*offered, *chosen))]


def _offer(field: w.Widget, options: list[Any], value: Any) -> None:
    """Set options and value.

    A browser that gets fewer options than are chosen complains, so that nothing is chosen while they change.
    """
    if list(field.options) != options:
        if isinstance(field, w.SelectMultiple):
            field.value = ()
        field.options = options
    field.value = value
