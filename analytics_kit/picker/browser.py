"""The parts that ipywidgets does not have: a table, a file to save, code to copy. Nothing is taken from the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

from analytics_kit.picker.files import MadeFile

_SCRIPTS = Path(__file__).parent / "browser"


def _script(name: str) -> str:
    return (_SCRIPTS / name).read_text(encoding="utf-8")


class Table(anywidget.AnyWidget):
    """Rows as texts, under headers that sort. The kernel sorts and searches, so that both act on all rows.

    Attributes:
        columns: ``name``, ``dtype`` and ``title`` of each column.
        rows: One list of texts per row; None is an empty cell.
        sort: ``column`` ("" for the kit's order) and ``descending``; set by a click on a header.
        search: The text that is looked for; set while somebody types.
        caption: What part of the rows this is.
        label: What the table is called for those who don't see it.
    """

    _esm = _script("table.js")
    _css = _script("table.css")
    columns = traitlets.List(traitlets.Dict()).tag(sync=True)
    rows = traitlets.List(traitlets.List()).tag(sync=True)
    sort: traitlets.Dict[str, Any] = traitlets.Dict({"column": "", "descending": False}).tag(sync=True)
    search = traitlets.Unicode().tag(sync=True)
    caption = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)


class SavedFile(anywidget.AnyWidget):
    """A link that saves a file; the first browser that shows it saves the file at once.

    A notebook server drops messages beyond a rate (3 MB within 3 s unless it is set otherwise), but not the one that
    opens a widget. So the content goes with that one, and each file is a new widget.
    """

    _esm = _script("save.js")
    name = traitlets.Unicode().tag(sync=True)
    mime = traitlets.Unicode().tag(sync=True)
    content = traitlets.Bytes().tag(sync=True)
    fresh = traitlets.Bool(True).tag(sync=True)

    @classmethod
    def of(cls, made: MadeFile) -> SavedFile:
        """The link to a file."""
        return cls(name=made.name, mime=made.mime, content=made.content)


class Code(anywidget.AnyWidget):
    """A read-only text field with a button that copies it."""

    _esm = _script("code.js")
    _css = _script("code.css")
    value = traitlets.Unicode().tag(sync=True)


class Ground(anywidget.AnyWidget):
    """Shows nothing; tells the browser what the picker around it is called and which part to read out."""

    _esm = _script("ground.js")
