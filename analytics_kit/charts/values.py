"""From a frame's values to what a chart holds: checked columns, plain rows, times for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

FEW_RUNS = 20
"""Figures from fewer runs are drawn grey; the metrics rank by the same bound."""

NOTHING = "—"
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_LETTERS = {_DAY: "d", _HOUR: "h", _MINUTE: "min", 1: "s"}
_LONG = 3  # of a unit, before an axis is in it


class TimeUnit(NamedTuple):
    """A unit that an axis of durations is in."""

    name: str
    seconds: int


def required(frame: pd.DataFrame, *names: str) -> None:
    """Check that the columns are there.

    Raises:
        ValueError: one is not; the message says which are needed and which there are.
    """
    if missing := [name for name in names if name not in frame.columns]:
        raise ValueError(
            f"The frame has no column {', '.join(map(repr, missing))}; this chart needs: {', '.join(names)}.\n"
            f"It has: {', '.join(map(str, frame.columns)) or 'none'}."
        )


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as a specification holds them: missing values are null, numbers have six digits.

    More digits would show nothing, and engines and machines differ in the last ones.
    """
    return [{str(name): _plain(value) for name, value in row.items()} for row in frame.to_dict("records")]


def unit_of(seconds: pd.DataFrame) -> TimeUnit:
    """The unit in which the longest of these durations is read most easily."""
    longest = float(seconds.max().max())
    for unit in (TimeUnit("days", _DAY), TimeUnit("hours", _HOUR), TimeUnit("minutes", _MINUTE)):
        if longest >= _LONG * unit.seconds:
            return unit
    return TimeUnit("seconds", 1)


def texts(values: pd.Series, text: Callable[[float], str]) -> pd.Series:
    """Each number as text, a dash where there is none."""
    made: pd.Series = values.astype("float64").map(text, na_action="ignore").astype(object).fillna(NOTHING)
    return made


def duration_text(seconds: float) -> str:
    """A duration in its two largest units: ``4 min 12 s``."""
    sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
    if seconds < _MINUTE:
        return f"{sign}{seconds:.3g} s"
    large, small = next(pair for pair in ((_DAY, _HOUR), (_HOUR, _MINUTE), (_MINUTE, 1)) if seconds >= pair[0])
    whole, rest = divmod(round(seconds / small), large // small)
    return f"{sign}{whole} {_LETTERS[large]} {rest} {_LETTERS[small]}"


def rate_text(share: float) -> str:
    """A share of 0 to 1 in percent: ``93.4 %``."""
    return f"{share:.1%}".replace("%", " %")


def change_text(share: float) -> str:
    """A relative change in percent, with its sign: ``+57 %``."""
    return f"{share:+.0%}".replace("%", " %")


def number_text(value: float) -> str:
    """A number of any size: ``1,234``, ``0.25``."""
    return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def count_text(count: float) -> str:
    """How many: ``1,234``."""
    return f"{count:,.0f}"


def _plain(value: Any) -> Any:
    import pandas as pd

    if pd.isna(value):
        return None
    if isinstance(value, float):
        return float(f"{value:.6g}")
    return value.item() if hasattr(value, "item") else value
