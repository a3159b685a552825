"""Three views under the list: the code, a look at the rows, the columns."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import ipywidgets as w

from analytics_kit.catalog import RESOURCES, table_owner
from analytics_kit.errors import AnalyticsKitError
from analytics_kit.picker.browser import Code
from analytics_kit.picker.cell import cell
from analytics_kit.picker.look import Look, dictionary_html
from analytics_kit.window import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analytics_kit.picker.choice import Choice
    from analytics_kit.picker.maker import Maker
    from analytics_kit.picker.needs import KitLike

CODE, LOOK, COLUMNS = "Code", "Look", "Columns"


class Views:
    """What is seen of the choice: its code, its rows, the meaning of its columns. Rows are read once they are seen.

    Args:
        maker: Makes its widgets.
        kit: What the rows are read from.
        choice: What is chosen.
    """

    def __init__(self, maker: Maker, kit: KitLike, choice: Choice) -> None:
        self._kit, self._choice = kit, choice
        self._span: Window | None = None
        self.kind = maker.field(
            w.ToggleButtons, options=[CODE, LOOK, COLUMNS], description="See", style=_STYLE, layout={"width": "390px"}
        )
        self.table = w.Dropdown(description="Table", style=_LABEL, layout={"width": "300px"})  # shown and hidden
        self.code = Code(layout=maker.layout({"width": "100%"}))
        self.look = Look(maker, kit)
        self.dictionary = maker.html()
        self._empty = maker.html("<p>Nothing is held yet: choose and load.</p>")
        seen = (self.code, self.look.box, self.dictionary, self._empty)
        self._seen = w.Stack(seen, selected_index=0, layout=maker.layout({}))
        self.box = maker.column(maker.row(self.kind, self.table), self._seen)
        self.kind.observe(lambda _: self._draw(), "value")
        self.table.observe(lambda _: self._draw(), "value")

    @property
    def children(self) -> tuple[str, ...]:
        """The child table that is looked at, if it is one."""
        return tuple(name for name in (self.table.value,) if name and name not in RESOURCES)

    def show(self, choice: Choice, span: Window | None, held: Sequence[str]) -> None:
        """Show what is chosen.

        Args:
            choice: What is chosen.
            span: Its window; None where that cannot be told.
            held: Resources that are held.
        """
        self._choice, self._span = choice, span
        tables = _tables(choice, held)
        before = self.table.value
        if list(self.table.options) != tables:
            self.table.options = tables
        self.table.value = before if before in tables else next(iter(tables), None)
        self._draw()

    def open(self, names: Sequence[str]) -> None:
        """Look at the first of these tables that is held."""
        table = next((name for name in names if name in self.table.options), None)
        if table is not None:
            self.table.value, self.kind.value = table, LOOK

    def _draw(self) -> None:
        self.code.value = cell(self._choice, self.children)
        kind, table = self.kind.value, self.table.value
        self.table.layout.display = "none" if kind == CODE else None
        seen = self.code if kind == CODE else self._of_table(table) if table else self._empty
        self._seen.selected_index = self._seen.children.index(seen)

    def _of_table(self, table: str) -> w.Widget:
        if self.kind.value == COLUMNS:
            self.dictionary.value = dictionary_html(self._kit.columns(table))
            return self.dictionary
        try:
            self.look.show(self._choice, table, self._span or Window())
        except AnalyticsKitError as error:
            self._empty.value = f"<p>{escape(str(error))}</p>"
            return self._empty
        return self.look.box


_LABEL = {"description_width": "60px"}
_STYLE = {"description_width": "60px", "button_width": "90px"}


def _tables(choice: Choice, held: Sequence[str]) -> list[str]:
    """The tables to look at: of the chosen resources first, each with its child tables."""
    first = [name for name in choice.selection if name in held]
    ordered = [*first, *(name for name in held if name not in first)]
    return [
        table
        for name in ordered
        for table in (name, *(child.name for child in RESOURCES[table_owner(name).name].children))
    ]
