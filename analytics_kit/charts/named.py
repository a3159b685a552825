"""What pictures with a name per row share: which rows are shown, and the axis of names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics_kit.charts.chart import altair
from analytics_kit.charts.layout import NAMED_WIDTH, QUIET, ROW, tooltip

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

TOP = 15
_ALL = "all"


def name_columns(frame: pd.DataFrame, figures: Iterable[str]) -> list[str]:
    """The columns that say what a row is about: the texts before the first figure.

    Args:
        frame: As a metric returns it: first what it is grouped by, then the figures.
        figures: Names that figures have.
    """
    known = set(figures)
    columns = [str(name) for name in frame.columns]
    first = next((place for place, name in enumerate(columns) if name in known), len(columns))
    return columns[:first]


def names_of(frame: pd.DataFrame, columns: list[str]) -> pd.Series:
    """One name per row, from one or several columns; without any, it is the row of all."""
    import pandas as pd

    if not columns:
        return pd.Series(_ALL, index=frame.index)
    first, *others = (_texts(frame[name]) for name in columns)
    for other in others:
        first = first + " · " + other
    return first


def shown(frame: pd.DataFrame, known: pd.Series, top: int, needed: str = "runs") -> tuple[pd.DataFrame, list[str]]:
    """The first rows that have a figure, and a sentence on the others.

    Args:
        frame: One row per name, in order.
        known: Which rows have a figure.
        top: How many to show.
        needed: What the others are without.
    """
    told = frame[known]
    left_out = [f"The first {top} of {len(told)}."] if len(told) > top else []
    if len(told) < len(frame):
        left_out.append(f"Left out, without {needed}: {len(frame) - len(told)}.")
    return told.head(top).reset_index(drop=True), left_out


def name_axis() -> Any:
    """Names on the left, in the order of the rows; a long one is cut, its tooltip is not."""
    alt = altair()
    return alt.Y("name:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelPadding=6))


def hover(told: Mapping[str, str]) -> Any:
    """All of a row shows its tooltip: dots are small."""
    return altair().Chart().mark_rect(opacity=0).encode(y=name_axis(), tooltip=tooltip(told))


def numbers() -> Any:
    """The texts of the rows as a column on the right."""
    alt = altair()
    text = alt.Chart().mark_text(align="left", color=QUIET)
    return text.encode(y=name_axis(), x=alt.value(NAMED_WIDTH + 10), text="text:N")


def sized(body: Any, rows: int) -> Any:
    """The marks in a plot with so many names."""
    return body.properties(width=NAMED_WIDTH, height=ROW * rows)


def _texts(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna(), f"(no {str(values.name).replace('_', ' ')})").astype(str)
