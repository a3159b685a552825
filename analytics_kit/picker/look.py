"""A look at the chosen rows: a table, the data dictionary beside it, and files to save."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from analytics_kit.catalog import table_owner
from analytics_kit.errors import AnalyticsKitError
from analytics_kit.picker.browser import SavedFile, Table
from analytics_kit.picker.closing import close_all
from analytics_kit.picker.files import line_instead, made_file
from analytics_kit.picker.rows import Rows, Sort, chosen_rows, first_columns
from analytics_kit.picker.texts import part_shown, texts
from analytics_kit.picker.words import span_text
from analytics_kit.window import Window

if TYPE_CHECKING:
    from analytics_kit.picker.choice import Choice
    from analytics_kit.picker.maker import Maker
    from analytics_kit.picker.needs import KitLike

ROWS_SHOWN = 500


class Look:
    """The chosen rows of one table; nothing is read before it is opened.

    Args:
        maker: Makes its widgets.
        kit: What the rows are read from.
    """

    def __init__(self, maker: Maker, kit: KitLike) -> None:
        self._kit = kit
        self._rows = Rows("", "true", {})
        self._span = Window()
        self._still = False
        self._dtypes: dict[str, str] = {}
        self._meanings: dict[str, str] = {}
        self.table = Table(layout=maker.layout({"width": "100%"}))
        self.columns = maker.field(
            w.SelectMultiple, description="Columns", rows=6, style=_NARROW, layout={"width": "330px"}
        )
        self.buttons = {kind: maker.button(label) for kind, label in _LABELS.items()}
        self.saved = maker.column()
        self.note = maker.html()
        files = maker.column(maker.row(*self.buttons.values()), self.saved)
        self.box = maker.column(self.note, self.table, maker.row(self.columns, files))
        self.table.observe(lambda _: self._draw(), ["sort", "search"])
        self.columns.observe(lambda _: self._draw(), "value")
        for kind, button in self.buttons.items():
            button.on_click(lambda _, kind=kind: self.save(kind))

    @property
    def name(self) -> str:
        """The table that is looked at; empty for none."""
        return self._rows.table

    def show(self, choice: Choice, table: str, span: Window) -> None:
        """Read and show the rows of a table that the choice means."""
        self._span = span
        self._forget_file()
        if table != self.name:
            self._turn_to(table)
        self._rows = chosen_rows(choice, table, span)
        self._draw()

    def save(self, kind: str) -> None:
        """Make a file of all the chosen rows, with all columns.

        Args:
            kind: ``csv`` or ``parquet``.
        """
        self._forget_file()
        try:
            made = made_file(self._kit, self._rows, tuple(self._dtypes.items()), kind)
        except AnalyticsKitError as error:
            self.saved.children = (w.HTML(escape(str(error))),)
            return
        self.saved.children = (SavedFile.of(made) if made else w.HTML(_too_large(self.name, kind)),)

    def _turn_to(self, table: str) -> None:
        dictionary = self._kit.columns(table)
        self._dtypes = dict(zip(dictionary["column"], dictionary["dtype"], strict=True))
        self._meanings = dict(zip(dictionary["column"], dictionary["meaning"], strict=True))
        self._still = True
        try:
            self.table.sort, self.table.search = {"column": "", "descending": False}, ""
            self.columns.value = ()  # a browser that gets fewer options than are chosen complains
            self.columns.options = tuple(self._dtypes)
            self.columns.value = first_columns(table, self._dtypes)
        finally:
            self._still = False

    def _draw(self) -> None:
        if self._still or not self.name or not self.columns.value:
            return
        try:
            self._read()
        except AnalyticsKitError as error:
            self.table.rows, self.table.caption = [], str(error)

    def _read(self) -> None:
        names = [name for name in (_in_order(self.name, self._dtypes)) if name in self.columns.value]
        columns = tuple((name, self._dtypes[name]) for name in names)
        sort = Sort(self.table.sort["column"] or None, self.table.sort["descending"])
        if sort.column not in names:
            sort = Sort()
        search = self.table.search
        frame = self._rows.read(self._kit, columns, sort=sort, search=search, limit=ROWS_SHOWN)
        found, whole = self._rows.count(self._kit, search, tuple(names)), self._rows.count(self._kit)
        timed = table_owner(self.name).cursor is not None and self.name == table_owner(self.name).name
        caption = part_shown(len(frame), found, whole, sort=sort, newest=timed, search=search)
        with self.table.hold_sync():
            self.table.label = f"Rows of {self.name}"
            self.table.columns = [
                {"name": name, "dtype": dtype, "title": self._meanings[name]} for name, dtype in columns
            ]
            self.table.rows = texts(frame)
            self.table.caption = f"{caption}; {len(names)} of {len(self._dtypes)} columns."
        self.note.value = f'<span class="ak-note">{escape(self._standing())}</span>'

    def _standing(self) -> str:
        window = f" Looked at: {span_text(self._span)}." if table_owner(self.name).cursor else ""
        return f"Held: {self._kit.as_of(self.name)}.{window}"

    def _forget_file(self) -> None:
        before, self.saved.children = self.saved.children, ()
        for child in before:
            close_all(child)


_NARROW = {"description_width": "60px"}
_LABELS = {"csv": "Save as CSV", "parquet": "Save as Parquet"}


def _in_order(table: str, dtypes: dict[str, str]) -> list[str]:
    """The columns that people look at first, then the others."""
    first = first_columns(table, dtypes)
    return [*first, *(name for name in dtypes if name not in first)]


def _too_large(table: str, kind: str) -> str:
    line = f"<pre>{escape(line_instead(table, kind))}</pre>"
    return f"<p>More than 25 MB: too large for a browser. After the cell under Code, this line writes it:</p>{line}"


def dictionary_html(dictionary: Any) -> str:
    """``Kit.columns()`` as a table."""
    names = ("column", "dtype", "unit", "meaning", "path")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(str(row[name]))}</td>" for name in names) + "</tr>"
        for row in dictionary.to_dict("records")
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="ak-dictionary" role="region" aria-label="Columns" tabindex="0">{table}</div>'
