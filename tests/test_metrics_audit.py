"""What the audit log tells: counts, failures, sensitive changes, first times and off hours."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from build_rows import lines, table_of
from demo_server import start
from hypothesis import given, settings
from hypothesis import strategies as st
from kits import kit_on

from analytics_kit.demo_api.world import World
from analytics_kit.metrics.audit import actions, activity
from analytics_kit.metrics.audit_changes import change_of, sensitive_changes, words_of
from analytics_kit.metrics.audit_entries import NO_USER, UNKNOWN
from analytics_kit.metrics.audit_failures import failed_calls
from analytics_kit.metrics.audit_firsts import first_time_events
from analytics_kit.metrics.audit_off_hours import off_hours, off_hours_events
from analytics_kit.metrics.local_time import local_time, offsets
from analytics_kit.metrics.table import as_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import ibis.expr.types as ir

TEXTS = ("user_name", "user_id", "ip", "action", "entity", "entity_name")
COLUMNS = ("id", "created_at", *TEXTS, "rs_status")
DEMO_SCALE = 1.0


def entry(at: str | None, user: str | None = "ada", action: str = "login", **fields: Any) -> dict[str, Any]:
    """One entry of the audit log; ``at`` is UTC."""
    fixed = {"created_at": at, "user_name": user, "action": action, "entity": "user", "ip": "10.0.0.1"}
    return fixed | {"rs_status": 200} | fields


def audit_of(*rows: dict[str, Any]) -> pd.DataFrame:
    """The entries as ``kit.frame("audit")`` would type them; ids count up from 1."""
    made = pd.DataFrame([{"id": number} | row for number, row in enumerate(rows, start=1)])
    made = made.reindex(columns=COLUMNS)
    made["created_at"] = pd.to_datetime(made["created_at"], utc=True, format="ISO8601").astype("datetime64[us, UTC]")
    return made.astype(dict.fromkeys(TEXTS, "str") | {"id": "Int64", "rs_status": "Int64"})


METRICS: dict[str, Callable[[Any], pd.DataFrame]] = {
    "actions": actions,
    "activity": activity,
    "failed_calls": failed_calls,
    "sensitive_changes": sensitive_changes,
    "first_time_events": first_time_events,
    "off_hours": lambda audit: off_hours(audit, "UTC"),
    "off_hours_events": lambda audit: off_hours_events(audit, "UTC"),
}
every_metric = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)


@every_metric
def test_no_rows(metric: Callable[[Any], pd.DataFrame]) -> None:
    """No entries give no rows, with the columns and dtypes of a full answer, and a definition."""
    full = metric(
        audit_of(entry("2026-05-01T02:00", "bo"), entry("2026-06-01T03:00", action="createApiKey", rs_status=403))
    )
    empty = metric(audit_of())
    assert (len(full) > 0, len(empty)) == (True, 0)
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()
    assert empty.attrs["definition"].startswith("audit.")


@every_metric
def test_only_entries_without_a_user(metric: Callable[[Any], pd.DataFrame]) -> None:
    """Where nobody has a name, no frame shows a user called None or nan."""
    frame = metric(
        audit_of(*(entry(f"2026-05-{day:02}T02:00", None, "createToken", rs_status=403) for day in (1, 2, 30)))
    )
    texts = frame.select_dtypes("str").to_numpy().ravel().tolist()
    assert [text for text in texts if "None" in str(text) or "nan" in str(text)] == []


@every_metric
def test_engine_and_frame_agree(metric: Callable[[Any], pd.DataFrame]) -> None:
    """A database whose session thinks it is in Tokyo gives what the frame gives."""
    audit = audit_of(
        entry("2026-03-01T23:30", "bo", "createApiKey"),
        entry("2026-03-29T00:30", None, "webhook", user_id=None, ip=None),
        entry("2026-03-29T01:30", "ada", "deletePipeline", rs_status=403),
        entry("2026-05-31T22:59:59.999999", "ada", rs_status=None),
    )
    pd.testing.assert_frame_equal(metric(table_of(audit, "Asia/Tokyo", "audit")), metric(audit))


@every_metric
def test_missing_column(metric: Callable[[Any], pd.DataFrame]) -> None:
    """A frame without the user's id is refused with the column's name."""
    with pytest.raises(ValueError, match="user_id"):
        metric(audit_of(entry("2026-05-01T02:00")).drop(columns="user_id"))


def test_actions_by_user() -> None:
    """Users by entries, ties by name; entries without a user come last, however many."""
    audit = audit_of(
        entry("2026-05-01T10:00", "bo", rs_status=500),
        entry("2026-05-03T10:00", "bo"),
        entry("2026-05-02T10:00", "cy"),
        entry("2026-05-02T10:00", "ada", rs_status=None),
        entry("2026-05-02T10:00", None, user_id="u-7"),  # somebody whose name the API does not give
        *[entry("2026-05-02T10:00", None)] * 3,
    )
    frame = actions(audit)
    assert lines(frame, "user_name", "n", "failures", "users") == [
        ("bo", 2, 1, 1),
        ("ada", 1, 0, 1),
        ("cy", 1, 0, 1),
        ("u-7", 1, 0, 1),
        (NO_USER, 3, 0, 0),
    ]
    assert [str(time) for time in frame.loc[0, ["first_at", "last_at"]]] == [
        "2026-05-01 10:00:00+00:00",
        "2026-05-03 10:00:00+00:00",
    ]
    assert frame.attrs["without_user"] == 3


def test_actions_by_period_and_status() -> None:
    """A period comes first and in order; null texts and statuses are told as such."""
    audit = audit_of(
        entry("2026-05-03T23:59:59.999999", ip=None),  # a Sunday
        entry("2026-05-04T00:00", rs_status=None),
        entry("2026-05-04T00:00", ip="10.0.0.2"),
        entry(None),  # no time: in no period
    )
    frame = actions(audit, by=("ip", "rs_status", "week"))
    assert frame.dtypes.astype(str).tolist()[:3] == ["str", "Int64", "datetime64[us, UTC]"]
    assert [(str(row[2])[:10], *row[:2]) for row in lines(frame, "ip", "rs_status", "week")] == [
        ("2026-04-27", UNKNOWN, 200),
        ("2026-05-04", "10.0.0.1", None),
        ("2026-05-04", "10.0.0.2", 200),
    ]


def test_window_is_half_open() -> None:
    """An entry at since counts, one at until does not."""
    audit = audit_of(entry("2026-05-01T00:00", "in"), entry("2026-05-02T00:00", "out"))
    frame = actions(audit, since="2026-05-01", until="2026-05-02")
    assert frame["user_name"].tolist() == ["in"]
    assert "[2026-05-01, 2026-05-02) UTC" in frame.attrs["definition"]


@pytest.mark.parametrize("by", ["user", (), ("day", "week"), ("ip", "color")])
def test_unknown_keys(by: Any) -> None:
    """What cannot be grouped on is refused with what can."""
    with pytest.raises(ValueError, match="user_name, entity, action"):
        actions(audit_of(), by=by)


def test_activity_has_no_gaps() -> None:
    """Days without an entry are there with zeros; those that the window cuts say so."""
    audit = audit_of(
        entry("2026-05-01T12:00", "ada"),
        entry("2026-05-01T13:00", "ada", rs_status=403),
        entry("2026-05-03T23:59", None),
    )
    frame = activity(audit, since="2026-05-01", until="2026-05-04T06:00")
    assert [str(day)[:10] for day in frame["period"]] == [f"2026-05-0{day}" for day in (1, 2, 3, 4)]
    assert lines(frame, "n", "users", "failures", "without_user", "whole") == [
        (2, 1, 1, 0, True),
        (0, 0, 0, 0, True),
        (1, 0, 0, 1, True),
        (0, 0, 0, 0, False),
    ]


@pytest.mark.parametrize(("every", "periods"), [("hour", 84), ("day", 4), ("week", 2), ("month", 2)])
def test_activity_periods(every: str, periods: int) -> None:
    """From the first entry's period to the last one's, whatever their length; nothing is lost on the way."""
    frame = activity(audit_of(entry("2026-05-30T00:30"), entry("2026-06-01T00:10"), entry("2026-06-02T11:00")), every)
    assert (len(frame), frame["n"].sum()) == (periods, 3)


def test_activity_by_local_days() -> None:
    """In Berlin an entry at 22:30 UTC in summer belongs to the next day."""
    frame = activity(audit_of(entry("2026-05-30T22:30")), time_zone="Europe/Berlin")
    assert [str(day) for day in frame["period"]] == ["2026-05-31 00:00:00+02:00"]


def test_failed_calls_by_user() -> None:
    """Failures over entries with a status; denials among them; each row names its entries and says why."""
    audit = audit_of(
        entry("2026-05-01T10:00", "ada", rs_status=403),
        entry("2026-05-02T10:00", "ada", rs_status=399),
        entry("2026-05-03T10:00", "ada", rs_status=None),
        entry("2026-05-04T10:00", "ada", rs_status=400),
        entry("2026-05-01T10:00", "bo"),
        entry("2026-05-01T10:00", None, rs_status=500),
        entry("2026-05-05T10:00", "ada", rs_status=401),
    )
    frame = failed_calls(audit)
    assert lines(frame, "user_name", "failures", "denials", "n", "failure_rate", "audit_ids") == [
        ("ada", 3, 2, 4, 0.75, [1, 4, 7]),
        (NO_USER, 1, 0, 1, 1.0, [6]),
    ]
    assert frame["why"].tolist() == [
        "3 of 4 entries (75.0%) were answered 400 or above; 2 of them denied (401 or 403).",
        "1 of 1 entries (100.0%) were answered 400 or above.",
    ]
    assert (frame.attrs["without_status"], frame.attrs["n"]) == (1, 6)


def test_failed_calls_by_status() -> None:
    """A status is measured against all that was tried, not against itself."""
    audit = audit_of(*(entry("2026-05-01T10:00", action=action, rs_status=status) for action, status in CALLS))
    assert lines(failed_calls(audit, "rs_status"), "rs_status", "failures", "n", "failure_rate") == [
        (403, 2, 5, 0.4),
        (404, 1, 5, 0.2),
    ]
    by_both = failed_calls(audit, ("action", "rs_status"))
    assert lines(by_both, "action", "rs_status", "failures", "n") == [
        ("get", 403, 1, 1),
        ("login", 403, 1, 4),
        ("login", 404, 1, 4),
    ]
    assert by_both["why"][1] == "1 of 4 entries (25.0%) were answered 403."


CALLS = (("login", 200), ("login", 200), ("login", 403), ("login", 404), ("get", 403))


@settings(deadline=None, max_examples=10)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([200, 302, 400, 401, 403, 500, None])), max_size=30))
def test_failed_calls_equal_plain_pandas(calls: list[tuple[str, int | None]]) -> None:
    """Counts and rates are those of a plain count in pandas."""
    audit = audit_of(*(entry("2026-05-01T10:00", user, rs_status=status) for user, status in calls))
    known = audit.dropna(subset="rs_status")
    expected = known.assign(bad=known["rs_status"] >= 400).groupby("user_name")["bad"].agg(["sum", "count"])
    expected = {user: (bad, n) for user, bad, n in expected.itertuples() if bad}
    found = {user: counts for user, *counts in lines(failed_calls(audit), "user_name", "failures", "n")}
    assert {user: tuple(counts) for user, counts in found.items()} == expected


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("createApiKey", ["create", "api", "key"]),
        ("updateTeamPermissions", ["update", "team", "permission"]),
        ("DELETE_API_KEYS", ["delete", "api", "key"]),
        ("setSSOAccess", ["set", "sso", "access"]),
        ("user.invite-2", ["user", "invite"]),
        ("", []),
    ],
)
def test_words(name: str, words: list[str]) -> None:
    """Names are cut into words in every spelling, plurals made singular."""
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("action", "entity", "change"),
    [
        ("createApiKey", "token", "key"),
        ("delete", "tokens", "key"),
        ("inviteUser", "user", "permission"),
        ("updatePipelinePermissions", "pipeline", "permission"),
        ("updateContext", "context", "context"),
        ("removeTrigger", "trigger", "pipeline"),
        ("getSettings", "context", None),  # "set" is in it, but is no word of it
        ("runPipeline", "pipeline", None),
        ("login", "user", None),
        ("updateProjectVariables", "project", None),
        ("getApiKeys", "token", None),
        (UNKNOWN, "pipeline", None),
    ],
)
def test_change_of(action: str, entity: str, change: str | None) -> None:
    """A change word and a guarded thing make a sensitive change; reading and running do not."""
    found = change_of(action, entity)
    assert (found.rule if found else None) == change


def test_sensitive_changes() -> None:
    """Newest first, with the rule and the two words; a refused one is told as not done, an unknown one as unknown."""
    audit = audit_of(
        entry("2026-05-01T10:00", "ada", "createApiKey", entity="token", entity_name="ci"),
        entry("2026-05-03T10:00", None, "replacePipeline", entity="pipeline", entity_name="shop/ci", rs_status=403),
        entry("2026-05-02T10:00", "bo", "updateContext", entity="context", entity_name=None, rs_status=None),
        entry("2026-05-04T10:00", "bo", "getContext", entity="context"),
    )
    frame = sensitive_changes(audit)
    assert lines(frame, "id", "user_name", "change", "done") == [
        (2, NO_USER, "pipeline", False),
        (3, "bo", "context", None),
        (1, "ada", "key", True),
    ]
    assert frame["why"].tolist() == [
        f'{NO_USER} called replacePipeline on pipeline shop/ci: "replace" with "pipeline" is a change to a pipeline; '
        "answered 403, so it was not done.",
        f'bo called updateContext on context {UNKNOWN}: "update" with "context" is a change to a context.',
        'ada called createApiKey on token ci: "create" with "key" is a change to a key.',
    ]
    assert frame.attrs["n"] == 4


def test_sensitive_changes_of_one_kind() -> None:
    """Only the rules asked for apply; an unknown one is refused with the names."""
    audit = audit_of(entry("2026-05-01T10:00", action="updatePipelinePermissions", entity="pipeline"))
    assert sensitive_changes(audit, ["pipeline"])["change"].tolist() == ["pipeline"]
    assert sensitive_changes(audit, "key").empty
    with pytest.raises(ValueError, match="key, permission, context, pipeline"):
        sensitive_changes(audit, ["secrets"])


def firsts(*rows: dict[str, Any], **options: Any) -> list[tuple[Any, ...]]:
    return lines(first_time_events(audit_of(*rows), **options), "id", "new")


def test_first_time_events() -> None:
    """New after the learning period is flagged once; an actor at another's address is new, too."""
    found = firsts(
        entry("2026-05-01T00:00", "ada", ip="10.0.0.1"),
        entry("2026-05-01T00:00", "bo", ip="10.0.0.2"),
        entry("2026-05-14T23:59", "cy", ip="10.0.0.3"),  # still learning
        entry("2026-05-15T00:00", "ada", ip="10.0.0.4"),
        entry("2026-05-16T00:00", "ada", ip="10.0.0.4"),
        entry("2026-05-17T00:00", "ada", ip="10.0.0.2"),
        entry("2026-05-18T00:00", "dee", "deleteUser", ip="10.0.0.5"),
        entry("2026-05-19T00:00", None, ip="10.0.0.6"),
        entry("2026-05-20T00:00", None, ip=None),  # neither user nor address: nothing that could be new
        entry("2026-05-21T00:00", "ada", ip=None),
    )
    assert found == [(8, "ip"), (7, "actor, ip, action"), (6, "actor at this ip"), (4, "ip")]


def test_first_time_ties() -> None:
    """Of two entries at one instant the lower id is the first."""
    rows = [entry("2026-05-01T00:00")] + [entry("2026-06-01T00:00", "bo", id=number) for number in (9, 7, 8)]
    assert firsts(*rows) == [(7, "actor")]


def test_first_time_history_is_before_since() -> None:
    """A window shows a part, but what came before it is known; the learning period is stated."""
    rows = [entry("2026-05-01T00:00", "ada"), entry("2026-05-20T00:00", "bo"), entry("2026-05-25T00:00", "bo")]
    assert firsts(*rows, since="2026-05-22") == []
    frame = first_time_events(audit_of(*rows), since="2026-05-20", until="2026-05-25", learning_days=7)
    assert frame["why"].tolist() == ["First entry of actor bo in the 19 days of history before it."]
    assert frame["days_of_history"].tolist() == [19.0]
    assert frame.attrs["history_from"] == "2026-05-01T00:00:00+00:00"
    assert frame.attrs["learning_until"] == "2026-05-08T00:00:00+00:00"


def test_negative_learning() -> None:
    """A learning period is no shorter than nothing."""
    with pytest.raises(ValueError, match="negative"):
        first_time_events(audit_of(), learning_days=-1)


def test_off_hours_follow_daylight_saving() -> None:
    """In Berlin 16:30 UTC is 17:30 on the Friday before the change and 18:30 on the Monday after it."""
    audit = audit_of(
        entry("2026-03-27T16:30"), entry("2026-03-30T16:30"), entry("2026-03-30T06:00"), entry("2026-03-27T06:59")
    )
    frame = off_hours_events(audit, "Europe/Berlin")
    assert [(row[0], str(row[1]), row[2]) for row in lines(frame, "id", "local_at", "why")] == [
        (2, "2026-03-30 18:30:00", "Monday 18:30 is outside Mon, Tue, Wed, Thu, Fri 08:00 to 18:00 Europe/Berlin."),
        (4, "2026-03-27 07:59:00", "Friday 07:59 is outside Mon, Tue, Wed, Thu, Fri 08:00 to 18:00 Europe/Berlin."),
    ]


@pytest.mark.parametrize(
    ("at", "options", "off"),
    [
        ("2026-05-04T08:00", {}, False),
        ("2026-05-04T07:59:59.999999", {}, True),
        ("2026-05-04T17:59:59", {}, False),
        ("2026-05-04T18:00", {}, True),
        ("2026-05-04T00:00", {"start": 0}, False),
        ("2026-05-04T23:59", {"start": 0, "end": 24}, False),
        ("2026-05-03T12:00", {}, True),  # Sunday
        ("2026-05-03T12:00", {"weekend": ("Friday", "Saturday")}, False),
        ("2026-05-01T12:00", {"weekend": ("Friday", "Saturday")}, True),
        ("2026-05-02T12:00", {"weekend": ()}, False),
    ],
)
def test_office_hours(at: str, options: dict[str, Any], off: bool) -> None:
    """The office opens at its first hour and closes at its last; midnight and the weekend are the caller's."""
    assert len(off_hours_events(audit_of(entry(at)), "UTC", **options)) == off


def test_off_hours_by_user() -> None:
    """A hundred nights outrank a single one that was all there is; the share and everybody's are in the sentence."""
    audit = audit_of(
        entry("2026-05-04T02:00", "once"),
        *[entry("2026-05-04T02:00", "owl")] * 8,
        *[entry("2026-05-02T12:00", "owl")] * 1,
        *[entry("2026-05-04T12:00", "owl")] * 1,
        *[entry("2026-05-04T12:00", "lark")] * 9,
        *[entry("2026-05-04T02:00", None)] * 5,
        entry("2026-05-04T12:00", None),
    )
    frame = off_hours(audit, "UTC")
    assert lines(frame, "user_name", "off_hours", "at_weekend", "n", "off_hours_rate", "audit_ids") == [
        ("owl", 9, 1, 10, 0.9, list(range(2, 11))),
        ("once", 1, 0, 1, 1.0, [1]),
    ]
    assert frame["low_rate"].round(4).tolist() == [0.5958, 0.2065]
    assert frame["why"][0] == (
        "9 of 10 entries (90%) lie outside Mon, Tue, Wed, Thu, Fri 08:00 to 18:00 UTC, 1 of them at the weekend; "
        "of all users' entries 50% do."
    )
    assert (frame.attrs["without_user"], frame.attrs["without_user_off_hours"]) == (6, 5)


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("Mars/Base", "IANA names"),
        ("", "IANA"),
        (None, "IANA"),
    ],
)
def test_unknown_zone(zone: Any, hint: str) -> None:
    """A name that is no time zone is refused with the close match and what is allowed."""
    with pytest.raises(ValueError, match=hint):
        off_hours(audit_of(), zone)


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"start": 18, "end": 8}, "0 <= start < end <= 24"),
        ({"end": 25}, "0 <= start < end <= 24"),
        ({"weekend": "Sunday"}, "names of days"),
        ({"weekend": ("Sun",)}, "names of days"),
    ],
)
def test_impossible_office(options: dict[str, Any], hint: str) -> None:
    """Hours and days that make no office are refused with what is allowed."""
    with pytest.raises(ValueError, match=hint):
        off_hours(audit_of(), "UTC", **options)


INSTANTS = st.datetimes(dt.datetime(2005, 1, 1), dt.datetime(2030, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
)


@settings(deadline=None, max_examples=12)
@given(st.lists(INSTANTS, min_size=1, max_size=20, unique=True), st.sampled_from(ZONES))
def test_local_time_equals_python(instants: list[dt.datetime], name: str) -> None:
    """The clock that the engine computes is the one that Python's time zones show, in any zone and any season."""
    zone = ZoneInfo(name)
    rows = as_table(pd.DataFrame({"created_at": pd.to_datetime(instants)}), "created_at")
    shown = rows.mutate(local=local_time(rows.created_at, zone, min(instants), max(instants))).to_pandas()
    expected = {instant.replace(tzinfo=None): instant.astimezone(zone).replace(tzinfo=None) for instant in instants}
    assert dict(zip(shown["created_at"].dt.to_pydatetime(), shown["local"].dt.to_pydatetime(), strict=True)) == expected


def test_clocks_change_at_their_instant() -> None:
    """The last microsecond before the change shows the old time, the instant of the change the new one."""
    before, change = (
        dt.datetime.fromisoformat(text) for text in ("2026-03-29T00:59:59.999999Z", "2026-03-29T01:00:00Z")
    )
    frame = off_hours_events(audit_of(entry(before.isoformat()), entry(change.isoformat())), "Europe/Berlin")
    assert [str(time) for time in frame["local_at"]] == ["2026-03-29 03:00:00", "2026-03-29 01:59:59.999999"]


def test_offsets_change_to_the_second() -> None:
    """The change is found at its second: two in a year in Berlin, and the last second before it is the old time."""
    spells = offsets(
        ZoneInfo("Europe/Berlin"), dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    )
    assert [(since.isoformat()[:19], hours.total_seconds() / 3600) for since, hours in spells] == [
        ("2026-01-01T00:00:00", 1),
        ("2026-03-29T01:00:00", 2),
        ("2026-10-25T01:00:00", 1),
    ]


@pytest.fixture(scope="module")
def demo_audit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ir.Table]:
    """The audit log of the demo, loaded through the kit."""
    demo = start("--scale", str(DEMO_SCALE))
    kit = kit_on(demo, tmp_path_factory.mktemp("audit"))
    kit.load("audit")
    yield kit.table("audit")
    kit.close()
    demo.stop()


@pytest.fixture(scope="module")
def world() -> World:
    """What is planted in the demo, and its entries as the API serves them."""
    return World(DEMO_SCALE)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
def test_demo_off_hours_actor(demo_audit: ir.Table, world: World, zone: str) -> None:
    """Whoever works at night in the demo comes first, whichever zone the office is thought to be in."""
    frame = off_hours(demo_audit, zone)
    assert frame["user_name"][0] == world.truth.off_hours_actor
    assert frame["off_hours_rate"][0] > 1.3 * frame.attrs["everyone_rate"]
    events = off_hours_events(demo_audit, zone)
    nights = events[events["user_name"] == world.truth.off_hours_actor]
    assert world.truth.off_hours_ip in set(nights["ip"])
    assert sorted(nights["id"]) == frame["audit_ids"][0]


def test_demo_first_times(demo_audit: ir.Table, world: World) -> None:
    """The planted address of a known user is flagged, and the night worker's, and little else."""
    frame = first_time_events(demo_audit)
    found = set(lines(frame, "user_name", "ip"))
    assert (world.truth.first_time_actor, world.truth.first_time_ip) in found
    assert (world.truth.off_hours_actor, world.truth.off_hours_ip) in found
    assert len(frame) < 10


def test_demo_denials(demo_audit: ir.Table, world: World) -> None:
    """Failures and denials by user add up to those in the API's own entries."""
    statuses = [record["rs_status"] for record in world.records("audit")]
    frame = failed_calls(demo_audit)
    assert frame["failures"].sum() == sum(status >= 400 for status in statuses) > 100
    assert frame["denials"].sum() == sum(status in (401, 403) for status in statuses) > 50


def test_demo_sensitive_changes(demo_audit: ir.Table, world: World) -> None:
    """Every deleted pipeline is found as a change, with its name; reading, logging in and running are none."""
    frame = sensitive_changes(demo_audit)
    deleted = frame[frame["action"] == "deletePipeline"]
    assert sorted(deleted["entity_name"]) == sorted(world.truth.deleted_pipelines)
    assert set(frame["action"]).isdisjoint({"login", "getContext", "getBuildLogs", "runPipeline", "terminateBuild"})
    assert set(frame["change"]) == {"key", "permission", "context", "pipeline"}
