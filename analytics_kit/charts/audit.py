"""Pictures of the audit log: how much happens, and who did the flagged things when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics_kit.charts.chart import Chart, altair
from analytics_kit.charts.layout import BLUE, RED, ROW, WIDTH, cut_notes, empty, finished, paler_if_cut, tooltip
from analytics_kit.charts.named import name_axis
from analytics_kit.charts.panels import HEIGHT, LOW_HEIGHT, TICKS, column, count_axis
from analytics_kit.charts.time_axis import TimeAxis, around, iso, placed, zoom
from analytics_kit.charts.values import required

if TYPE_CHECKING:
    import pandas as pd

_LANES, _MOST = 15, 500
_LANES_WIDTH = 470
_KINDS = ("change", "new")
_REFUSED = 400
_TITLES = {
    "audit.sensitive_changes": "Changes to what the account guards, by user",
    "audit.first_time_events": "Seen for the first time, by user",
    "audit.off_hours_events": "Entries outside office hours, by user",
}


def audit_activity(frame: pd.DataFrame, *, as_of: object) -> Chart:
    """Audit entries per period, by users and by nobody (webhooks and the system), and the failed ones underneath.

    Args:
        frame: As `metrics.activity` returns it; needs ``period``, ``n``, ``without_user`` and ``failures``.
        as_of: What the rows stand on, ``kit.as_of("audit")`` or a text: the last line under the chart.

    Returns:
        A chart; paler where the window cuts a period.

    Raises:
        ValueError: a needed column is missing; the message names it.
        ConfigurationError: the packages for charts are not installed.

    Example:
        >>> audit_activity(activity(kit.table("audit")), as_of=kit.as_of("audit"))
    """
    required(frame, "period", "n", "without_user", "failures")
    kind, title = "audit_activity", "Audit entries"
    if not frame["n"].sum():
        return empty(kind, frame, title=title, as_of=as_of, what="entries")
    rows, axis = placed(frame)
    counts = frame[["n", "without_user", "failures"]]
    rows = rows.join(counts.assign(by_users=frame["n"] - frame["without_user"]))
    return finished(
        _activity(rows, axis),
        rows,
        title=f"{title} per {axis.every}",
        subtitle="Upper bars: all entries; lower bars: those that failed or were denied (answered 400 or above).",
        frame=frame,
        as_of=as_of,
        notes=cut_notes(rows["cut"]),
        counted=f"{kind}: {len(rows)} periods",
    )


def audit_timeline(frame: pd.DataFrame, *, as_of: object) -> Chart:
    """Flagged audit entries on a time axis, a line per user; what was refused is a cross.

    Args:
        frame: As `metrics.sensitive_changes`, `first_time_events` or `off_hours_events` returns it; needs ``id``,
            ``created_at``, ``user_name``, ``action``, ``entity``, ``entity_name`` and ``rs_status``. A column
            ``change`` or ``new`` gives the colours.
        as_of: As for `audit_activity`.

    Returns:
        A chart of the newest 500 entries, of the 15 users who have most of them; times are UTC. The ids in the tooltips
        lead back to the frame, which says why each entry is flagged.

    Raises:
        ValueError: a needed column is missing; the message names it.
        ConfigurationError: the packages for charts are not installed.

    Example:
        >>> audit_timeline(sensitive_changes(kit.table("audit")), as_of=kit.as_of("audit"))
    """
    required(frame, "id", "created_at", "user_name", "action", "entity", "entity_name", "rs_status")
    kind = "audit_timeline"
    title = _TITLES.get(str(frame.attrs.get("definition_id")), "Audit entries by user")
    if not len(frame):
        return empty(kind, frame, title=title, as_of=as_of, what="such entries")
    newest = frame.sort_values(["created_at", "id"], ignore_index=True).tail(_MOST)
    users = newest["user_name"].value_counts()
    lanes = sorted(users.index, key=lambda user: (-users[user], user))[:_LANES]
    some = newest[newest["user_name"].isin(lanes)]
    colours = next((name for name in _KINDS if name in some), None)
    return finished(
        _lanes(around(some["created_at"]), lanes, colours),
        _entries(some, colours),
        title=title,
        subtitle="Circle: done; cross: refused (answered 400 or above).",
        frame=frame,
        as_of=as_of,
        notes=_left_out(len(frame), len(users)),
        counted=f"{kind}: {len(some)} entries",
    )


def _entries(some: pd.DataFrame, colours: str | None) -> pd.DataFrame:
    rows = some[["id", "action"]].assign(
        name=some["user_name"],
        at=iso(some["created_at"].dt.tz_localize(None)),
        on=some["entity"] + " " + some["entity_name"],
        answered=some["rs_status"],
        refused=(some["rs_status"] >= _REFUSED).fillna(False),
    )
    # Of several kinds, as in "actor, ip", the first one gives the colour.
    return rows.assign(flag=some[colours].str.partition(",")[0]) if colours else rows


def _left_out(entries: int, users: int) -> list[str]:
    newest = [f"The newest {_MOST} of {entries:,} entries."] if entries > _MOST else []
    return newest + ([f"{users - _LANES} users with fewer entries are left out."] if users > _LANES else [])


def _activity(rows: pd.DataFrame, axis: TimeAxis) -> Any:
    alt = altair()
    shown = {"label": "period", "n": "entries", "by_users": "by users", "without_user": "without a user"}
    options = {"opacity": paler_if_cut(), "tooltip": tooltip(shown | {"failures": "failed"})}
    users, nobody = (alt.ColorDatum(name, title=None) for name in ("by users", "without a user (webhook or system)"))
    y = alt.Y("n:Q", axis=count_axis("entries", rows["n"], TICKS))
    low = alt.Y("failures:Q", axis=count_axis("failed", rows["failures"], 2))
    top = alt.layer(
        column(axis, "by_users", 0, users, y=alt.Y("by_users:Q"), labels=False, **options)
        .properties(name="entries")
        .add_params(zoom()),
        column(axis, "n", "by_users", nobody, y=y, labels=False, **options),
    ).properties(width=WIDTH, height=HEIGHT)
    failed = column(axis, "failures", 0, alt.value(RED), y=low, **options)
    failed = failed.properties(name="failed", width=WIDTH, height=LOW_HEIGHT).add_params(zoom())
    return alt.vconcat(top, failed, spacing=6).resolve_legend(color="independent")


def _lanes(axis: TimeAxis, users: list[str], colours: str | None) -> Any:
    alt = altair()
    told = {"at": "time", "name": "user", "action": "action", "on": "on", "answered": "answered", "id": "id"}
    shapes = alt.Scale(domain=[False, True], range=["circle", "cross"])
    colour = alt.Color("flag:N", title=None, sort=None) if colours else alt.value(BLUE)
    names = name_axis()
    names.scale = alt.Scale(domain=users)
    entries = alt.Chart(name="entries", width=_LANES_WIDTH, height=ROW * len(users))
    return (
        entries.mark_point(filled=True, size=55, opacity=0.75, clip=True)
        .encode(
            axis.x("at"),
            names,
            color=colour,
            shape=alt.Shape("refused:N", scale=shapes, legend=None),
            tooltip=tooltip(told),
        )
        .add_params(zoom())
    )
