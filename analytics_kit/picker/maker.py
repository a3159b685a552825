"""Widgets that share their layouts and styles."""

from __future__ import annotations

from typing import Any

import ipywidgets as w


class Maker:
    """Makes the widgets of one picker.

    A widget brings a layout and a style of its own, which are two more things for a kernel to keep and a browser to
    make: twenty pickers would be five thousand of them. Here those that say the same are one.
    """

    def __init__(self) -> None:
        self._layouts: dict[frozenset[Any], w.Layout] = {}
        self._styles: dict[tuple[type, frozenset[Any]], w.Widget] = {}

    def layout(self, settings: dict[str, str]) -> w.Layout:
        """The layout that says this; what changes its layout must not have it from here."""
        key = frozenset(settings.items())
        if key not in self._layouts:
            self._layouts[key] = w.Layout(**settings)
        return self._layouts[key]

    def field(
        self, kind: type, *, style: dict[str, str] | None = None, layout: dict[str, str] | None = None, **traits: Any
    ) -> Any:
        """A widget that has a style."""
        settings = style or {}
        key = (kind, frozenset(settings.items()))
        made = kind(style=self._styles.get(key, settings), layout=self.layout(layout or {}), **traits)
        self._styles[key] = made.style
        return made

    def html(self, value: str = "", **layout: str) -> w.HTML:
        """A piece of HTML."""
        return self.field(w.HTML, value=value, layout=layout)

    def button(self, label: str, width: str = "auto", tooltip: str | None = None) -> w.Button:
        """A button."""
        return self.field(w.Button, description=label, layout={"width": width}, tooltip=tooltip)

    def row(self, *children: w.Widget, **layout: str) -> w.HBox:
        """Widgets side by side, which wrap where it is narrow."""
        return w.HBox(children, layout=self.layout({"flex_flow": "row wrap", "align_items": "flex-start"} | layout))

    def column(self, *children: w.Widget, **layout: str) -> w.VBox:
        """Widgets one below the other."""
        return w.VBox(children, layout=self.layout(layout))
