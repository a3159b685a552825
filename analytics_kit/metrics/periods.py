"""Hours, days, weeks and months of a time zone, those in which nothing happened included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from analytics_kit.metrics.local_time import local_time, zone_named
from analytics_kit.metrics.outcomes import known
from analytics_kit.metrics.table import run, span_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    import ibis.expr.types as ir
    import pandas as pd

    from analytics_kit.window import When, Window

EVERY = {"hour": "h", "day": "D", "week": "W", "month": "M"}
"""Lengths of a period, and how Ibis calls them; a week starts on Monday."""

_STEP = {"hour": "h", "day": "D", "week": "7D", "month": "MS"}
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The periods that touch a stretch of time.

    Attributes:
        every: Length of a period: one of `EVERY`.
        zone: Whose midnight a day starts at.
        first: First instant of the stretch, aware.
        end: First instant after it, aware.
    """

    every: str
    zone: ZoneInfo
    first: datetime
    end: datetime

    def key(self, stamp: ir.TimestampColumn) -> ir.TimestampValue:
        """Which period an instant is in, as the engine computes it.

        An hour is known by its start in UTC, as the one that a clock shows twice in autumn is two hours; the others by
        their local start.
        """
        local = local_time(stamp, self.zone, self.first, self.end)
        start = local.truncate(EVERY[self.every])
        if self.every != "hour":
            return start
        return stamp - local.delta(start, unit="microsecond").as_interval("us")

    def keys(self) -> pd.DatetimeIndex:
        """The keys of all periods, in order."""
        import pandas as pd

        shown_in = UTC if self.every == "hour" else self.zone
        offset = self.first.astimezone(self.zone).utcoffset() or timedelta()
        start = _floored((self.first.astimezone(UTC) + offset).replace(tzinfo=None), self.every)
        if self.every == "hour":
            start -= offset
        end = self.end.astimezone(shown_in).replace(tzinfo=None)
        return pd.date_range(start, end, freq=self._step(), inclusive="left", unit="us")

    def starts(self, keys: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """The instants at which periods start, in the zone; a midnight that the clock skipped is the moment after."""
        import numpy as np

        if self.every == "hour":
            return keys.tz_localize("UTC").tz_convert(self.zone)
        first_of_two = np.ones(len(keys), dtype=bool)
        return keys.tz_localize(self.zone, ambiguous=first_of_two, nonexistent="shift_forward")

    def whole(self, keys: pd.DatetimeIndex) -> Any:
        """Which periods lie within the stretch from start to end."""
        import pandas as pd

        starts, ends = self.starts(keys), self.starts(keys + self._step())
        return (starts >= pd.Timestamp(self.first)) & (ends <= pd.Timestamp(self.end))

    def _step(self) -> pd.tseries.offsets.BaseOffset:
        import pandas as pd

        return pd.tseries.frequencies.to_offset(_STEP[self.every])


def by_period(
    table: ir.Table,
    column: str,
    figures: Mapping[str, ir.Scalar],
    every: str,
    time_zone: str,
    since: When,
    until: When,
) -> pd.DataFrame:
    """Figures per period.

    Args:
        table: Rows made by `as_table`, cut to the window; those without a time are left out.
        column: The time that decides the period.
        figures: What to compute.
        every: ``hour``, ``day``, ``week`` or ``month``.
        time_zone: IANA name of the zone whose days are meant.
        since: Start of the window; None begins at the first row.
        until: End of the window, not included; None ends with the last row.

    Returns:
        One row per period, in order: ``period`` (its start, in the zone), the figures (where nothing happened 0 for
        counts, else missing) and ``whole``: False where the window, or on an open side the first or last row, cuts the
        period. No rows and an open side: no periods.

    Raises:
        ValueError: ``every`` or ``time_zone`` is unknown.
    """
    import pandas as pd

    zone, every = zone_named(time_zone), known("every", every, EVERY)
    stretch = stretch_of(table[column], span_of(since, until))
    if stretch is None:
        return pd.DataFrame(columns=["period", *figures, "whole"])
    calendar = Calendar(every, zone, *stretch)
    found = run(table.group_by(period=calendar.key(table[column])).aggregate(**figures))
    found = found[found["period"].notna()].set_index("period")
    keys = calendar.keys().union(pd.DatetimeIndex(found.index))
    filled = found.reindex(keys).reset_index(drop=True)
    counts = [name for name, figure in figures.items() if figure.type().is_integer()]
    filled[counts] = filled[counts].fillna(0)
    return filled.assign(period=calendar.starts(keys), whole=calendar.whole(keys))


def period_dtype(time_zone: str) -> str:
    """Dtype of the column ``period``: times in the zone that was asked for."""
    return f"datetime64[us, {time_zone}]"


def stretch_of(column: ir.TimestampColumn, span: Window) -> tuple[datetime, datetime] | None:
    """From the first instant to just after the last: of the window, on an open side of the rows; None without rows."""
    import pandas as pd

    if span.since and span.until:
        return span.since, span.until
    first, last = run(column.as_table().aggregate(first=column.min(), last=column.max())).iloc[0]
    if pd.isna(first):
        return None
    return span.since or _aware(first), span.until or _aware(last) + _TICK


def _aware(stamp: pd.Timestamp) -> datetime:
    return stamp.to_pydatetime().replace(tzinfo=UTC)


def _floored(local: datetime, every: str) -> datetime:
    if every == "hour":
        return local.replace(minute=0, second=0, microsecond=0)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if every == "month":
        return midnight.replace(day=1)
    return midnight - timedelta(days=midnight.weekday() if every == "week" else 0)
