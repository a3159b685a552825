"""Who and what starts builds, and when in the week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics_kit.metrics.local_time import local_time, zone_named
from analytics_kit.metrics.outcomes import SUCCESS, by_time, grouped, key_dtypes, keys_of, ranked
from analytics_kit.metrics.periods import stretch_of
from analytics_kit.metrics.table import (
    COUNT,
    NUMBER,
    TEXT,
    TIME,
    answer,
    as_table,
    in_window,
    run,
    span_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def triggers(
    builds: Data,
    by: str | Sequence[str] = ("trigger_type", "initiator"),
    *,
    since: When = None,
    until: When = None,
) -> pd.DataFrame:
    """What starts builds, and who.

    Args:
        builds: One row per build; needs ``created``, ``status``, ``pipeline_name`` and ``by``.
        by: Column or columns to group on, such as ``trigger_type``, ``initiator``, ``triggered_by``, ``event_name``.
        since: Start of the window on ``created``: date, datetime or ISO text, UTC unless it says else.
        until: End of the window, not included.

    Returns:
        One row per combination, most builds first. Columns: those of ``by`` (missing where the build says nothing, as
        for the initiator of a nightly run), ``n`` (Int64, builds of any status), ``share_rate`` (float64, 0 to 1, of
        all builds in the window), ``successes`` (Int64), ``pipelines`` (Int64, distinct), ``last_at`` (datetime64[us,
        UTC], last creation).

    Raises:
        ValueError: a needed column is missing; the message names it.

    Example:
        >>> triggers(kit.table("builds"), by="trigger_type", since="2026-05-01")
    """
    keys = keys_of(by)
    table = as_table(builds, *dict.fromkeys(("created", "status", "pipeline_name", *keys)))
    table = in_window(table, "created", since, until)
    figures = {
        "n": table.count(),
        "successes": table.count(where=table.status == SUCCESS),
        "pipelines": table.pipeline_name.nunique(),
        "last_at": table.created.max(),
    }
    frame = run(grouped(table, keys, figures))
    frame = ranked(frame.assign(share_rate=frame["n"] / frame["n"].sum()), keys, n=False)
    return answer(
        frame,
        f"triggers: builds of any status; {by_time('created', since, until)}.",
        key_dtypes(keys) | {"n": COUNT, "share_rate": NUMBER, "successes": COUNT, "pipelines": COUNT, "last_at": TIME},
    )


def weekday_hour_grid(builds: Data, time_zone: str = "UTC", *, since: When = None, until: When = None) -> pd.DataFrame:
    """Builds by weekday and hour, as the clock in a time zone showed it.

    Args:
        builds: One row per build; needs ``created`` and ``status``.
        time_zone: IANA name of the zone.
        since: Start of the window on ``created``: date, datetime or ISO text, UTC unless it says else.
        until: End of the window, not included.

    Returns:
        All 168 cells, Monday 0 h first, also where there are no builds. Columns: ``weekday`` (Int64, 0 is Monday),
        ``weekday_name`` (str), ``hour`` (Int64, 0 to 23), ``n`` (Int64, builds of any status), ``successes`` (Int64).
        The hour that the clock shows twice in autumn is in one cell; the one it skips in spring gets nothing that week.
        ``.attrs`` hold ``time_zone``.

    Raises:
        ValueError: a needed column is missing, or the time zone is unknown; the message names it.

    Example:
        >>> weekday_hour_grid(kit.table("builds"), "Europe/Berlin", since="2026-05-01")
    """
    import pandas as pd

    zone = zone_named(time_zone)
    table = in_window(as_table(builds, "created", "status"), "created", since, until)
    stretch = stretch_of(table.created, span_of(since, until))
    names = ["weekday", "hour"]
    cells = pd.MultiIndex.from_product([range(7), range(24)], names=names)
    frame = pd.DataFrame({"n": 0, "successes": 0}, index=cells)
    if stretch is not None:
        local = local_time(table.created, zone, *stretch)
        placed = table.mutate(weekday=local.day_of_week.index(), hour=local.hour())
        figures = {"n": placed.count(), "successes": placed.count(where=placed.status == SUCCESS)}
        found = run(grouped(placed, names, figures)).dropna(subset=names)
        frame = found.set_index(names).reindex(cells, fill_value=0)
    made = frame.reset_index()
    return answer(
        made.assign(weekday_name=made["weekday"].map(dict(enumerate(WEEKDAYS)))),
        f"weekday_hour_grid: builds of any status ({time_zone}); {by_time('created', since, until)}.",
        {"weekday": COUNT, "weekday_name": TEXT, "hour": COUNT, "n": COUNT, "successes": COUNT},
        time_zone=time_zone,
    )
