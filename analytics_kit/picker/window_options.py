"""The window: quick choices, two dates, and what they come to."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from analytics_kit.picker.choice import day_of
from analytics_kit.picker.words import span_text

if TYPE_CHECKING:
    from datetime import date

    from analytics_kit.picker.choice import Choice
    from analytics_kit.picker.maker import Maker
    from analytics_kit.window import Window

QUICK = (("24 h", "24h"), ("7 d", "7d"), ("30 d", "30d"), ("90 d", "90d"), ("all", "all"))
_ALL = "all"
Tell = Callable[[dict[str, Any]], None]
"""Told new values of traits of the picker, by name."""


class WindowOptions:
    """Quick choices and dates.

    Args:
        maker: Makes its widgets.
        tell: Told new values of ``since`` and ``until`` when somebody chooses.
    """

    def __init__(self, maker: Maker, tell: Tell) -> None:
        self._tell = tell
        style = _NARROW | {"button_width": "52px"}
        self.quick = maker.field(w.ToggleButtons, options=QUICK, description="Window", style=style, layout=_TOGGLES)
        self.since = maker.field(w.DatePicker, description="Since", style=_NARROW, layout=_FIELD)
        self.until = maker.field(w.DatePicker, description="Until", style=_NARROW, layout=_FIELD)
        self.caption = maker.html()
        self.box = w.VBox([self.quick, maker.row(self.since, self.until), self.caption])
        self.quick.observe(self._on_quick, "value")
        self.since.observe(lambda change: self._on_day("since", change["new"]), "value")
        self.until.observe(lambda change: self._on_day("until", change["new"]), "value")

    def show(self, choice: Choice) -> None:
        """Move to what is chosen."""
        self.box.layout.display = None if choice.windowed else "none"
        self.quick.value = _quick(choice)
        self.since.value = day_of(choice.since)
        self.until.value = day_of(choice.until)

    def explain(self, span: Window | None, why: str = "") -> None:
        """Say what window that is, or why it is none."""
        text = why if span is None else f"{span_text(span)}{', the end not included' if span.until else ''}."
        self.caption.value = f'<span class="ak-note">{escape(text)}</span>'

    def _on_quick(self, change: dict[str, Any]) -> None:
        if change["new"] is not None:
            self._tell({"since": None if change["new"] == _ALL else change["new"], "until": None})

    def _on_day(self, name: str, day: date | None) -> None:
        self._tell({name: day.isoformat() if day else None})


_NARROW = {"description_width": "60px"}
_FIELD = {"width": "220px"}
_TOGGLES = {"width": "390px"}


def _quick(choice: Choice) -> str | None:
    if choice.until is not None:
        return None
    wanted = _ALL if choice.since is None else choice.since
    return next((value for _, value in QUICK if value == wanted), None)
