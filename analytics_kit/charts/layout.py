"""What all charts share: size, colours that the colour-blind can tell apart, titles, and the lines underneath."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

from analytics_kit.charts.chart import Chart, altair, converter
from analytics_kit.charts.svg import FONT
from analytics_kit.charts.values import FEW_RUNS, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

WIDTH = 600
"""Of the plot; with labels a chart is some 680 pixels wide, as is a notebook's output."""
NAMED_WIDTH = 390
"""Of a plot with names on the left and numbers on the right."""
ROW = 24
"""Height of a row with a name."""

BLUE, ORANGE, RED, GREEN, SKY = "#0072B2", "#E69F00", "#D55E00", "#009E73", "#56B4E9"  # Okabe and Ito, 2008
COLOURS = [BLUE, ORANGE, RED, GREEN, SKY]
PALE = "#CFE3F0"
FEW, FEW_PALE = "#A0A0A0", "#E4E4E4"
TEXT, QUIET, _LINES = "#222222", "#666666", "#E3E3E3"

_FOOTER_LETTERS = 134

# A white ground in every theme: pale bands and dark text cannot be read on both white and black.
_CONFIG: dict[str, Any] = {
    "background": "white",
    "padding": 8,
    "font": FONT,
    "aria": False,  # a label on each of some thousand marks would double the file
    "axis": {
        "labelColor": TEXT,
        "titleColor": TEXT,
        "titleFontWeight": "normal",
        "gridColor": _LINES,
        "domainColor": FEW,
        "tickColor": FEW,
        "labelLimit": 210,
    },
    "legend": {
        "labelColor": TEXT,
        "titleColor": TEXT,
        "titleFontWeight": "normal",
        "orient": "top",
        "offset": 4,
        "labelLimit": 300,
    },
    "text": {"color": TEXT},
    "title": {
        "anchor": "start",
        "frame": "bounds",
        "color": TEXT,
        "subtitleColor": QUIET,
        "fontSize": 14,
        "subtitleFontSize": 11,
        "subtitlePadding": 4,
        "offset": 10,
    },
    "view": {"stroke": None},
    "range": {"category": COLOURS},
}
# The editor is a web site: the menu must not offer to send the numbers there.
_EMBEDDING = {"actions": {"export": True, "source": False, "compiled": False, "editor": False}}


def finished(
    body: Any,
    rows: pd.DataFrame,
    *,
    title: str,
    frame: pd.DataFrame,
    as_of: object,
    counted: str,
    subtitle: str = "",
    notes: Iterable[str] = (),
) -> Chart:
    """A chart from its marks.

    Args:
        body: The marks, without data, as Altair has them.
        rows: What they draw.
        title: What is measured, and its unit.
        frame: What the caller gave; its definition is printed underneath.
        as_of: What the rows stand on; its text is the last line.
        counted: What the chart's repr says.
        subtitle: How to read the marks.
        notes: Sentences for the first line under the chart.
    """
    alt = altair()
    converter()  # without it the chart could not be shown: better said here than while it is displayed
    titled = body.properties(title=alt.Title(title, **_lines("subtitle", [subtitle])))
    footer = [" ".join(notes), _unbroken(str(frame.attrs.get("definition", ""))), str(as_of)]
    drawing = alt.vconcat(
        titled,
        data=alt.Data(values=rows_of(rows), name="data"),
        title=alt.Title(_wrapped(footer), orient="bottom", fontSize=10, fontWeight="normal", color=QUIET, offset=8),
        description=title,
        config=_CONFIG,
        resolve=alt.Resolve(legend=alt.LegendResolveMap(color="independent")),  # shared, it would be above the title
        usermeta={"embedOptions": _EMBEDDING},
    )
    return Chart(drawing.to_dict(), counted)


def empty(kind: str, frame: pd.DataFrame, *, title: str, as_of: object, what: str = "runs") -> Chart:
    """A chart that says that there is nothing in the window."""
    import pandas as pd

    alt = altair()
    said = f"No {what} in this window."
    body = alt.Chart(width=WIDTH, height=60).mark_text(fontSize=13).encode(text=alt.datum(said))
    nothing = pd.DataFrame({"nothing": [0]})
    return finished(body, nothing, title=title, frame=frame, as_of=as_of, counted=f"{kind}: no {what}")


def few_notes(few: pd.Series, runs: str = "runs") -> list[str]:
    """The note on grey, if something is."""
    return [f"Grey: fewer than {FEW_RUNS} {runs}."] if few.any() else []


def grey_if_few(colour: str) -> Any:
    """A colour, and grey where the row says that runs are few."""
    alt = altair()
    return alt.when("datum.few").then(alt.value(FEW)).otherwise(alt.value(colour))


def paler_if_cut() -> Any:
    """Full strength, and less where the window cuts the period."""
    alt = altair()
    return alt.when("datum.cut").then(alt.value(0.45)).otherwise(alt.value(1))


def tooltip(names: Mapping[str, str]) -> list[Any]:
    """What a pointer shows: the texts and numbers of some columns, and what they are called."""
    alt = altair()
    return [alt.Tooltip(f"{column}:N", title=name) for column, name in names.items()]


def cut_notes(cut: pd.Series) -> list[str]:
    """The note on paler bars, if something is."""
    return ["Paler: cut by the window."] if cut.any() else []


def _wrapped(paragraphs: Iterable[str]) -> list[str]:
    return [line for text in paragraphs if text for line in textwrap.wrap(text, _FOOTER_LETTERS)]


def _unbroken(definition: str) -> str:
    """The definition with its windows, ``[2026-05-01, 2026-06-01) UTC``, each kept on one line."""
    return re.sub(r"\[[^\]\[)]*\) UTC", lambda window: window[0].replace(" ", "\u00a0"), definition)


def _lines(name: str, paragraphs: Iterable[str]) -> dict[str, list[str]]:
    lines = _wrapped(paragraphs)
    return {name: lines} if lines else {}
