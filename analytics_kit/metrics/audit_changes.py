"""Changes to what an account guards: its keys, permissions, contexts and pipelines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics_kit.metrics.audit_entries import EVENT_COLUMNS, EVENT_TYPES, FAILED, entries
from analytics_kit.metrics.table import FLAG, TEXT, answer, run, span_of, window_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import ibis.expr.types as ir
    import pandas as pd

    from analytics_kit.metrics.table import Data
    from analytics_kit.window import When


class Rule(NamedTuple):
    """One kind of sensitive change: an entry with a change word in its action, and one of these in action or entity."""

    name: str
    words: tuple[str, ...]


class Change(NamedTuple):
    """Which rule an entry fits, and by which two words: what was done, and to what."""

    rule: str
    verb: str
    thing: str


# The first rule that fits names the change. Words are compared whole, without case and plural: createApiKey is create,
# api, key.
RULES = (
    Rule("key", ("key", "token", "apikey")),
    Rule("permission", ("permission", "role", "team", "user", "member", "ability", "access", "sso", "idp", "admin")),
    Rule("context", ("context",)),
    Rule("pipeline", ("pipeline", "trigger")),
)
CHANGES = (
    *("create", "add", "import", "generate", "regenerate", "invite", "grant", "assign", "enable", "attach"),
    *("update", "edit", "patch", "replace", "rename", "change", "set", "rotate", "move", "transfer", "restore"),
    *("delete", "remove", "revoke", "disable", "unassign", "detach", "archive"),
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def sensitive_changes(
    audit: Data,
    changes: Sequence[str] = ("key", "permission", "context", "pipeline"),
    *,
    since: When = None,
    until: When = None,
) -> pd.DataFrame:
    """Entries that change keys, permissions, contexts or pipelines; those that were refused are there, too.

    The API does not say which of its actions are sensitive: the words of action and entity decide, by ``RULES``.

    Args:
        audit: One row per entry; needs ``id``, ``created_at``, ``user_name``, ``user_id``, ``ip``, ``action``,
            ``entity``, ``entity_name`` and ``rs_status``.
        changes: Names of the rules to apply.
        since: Start of the window on ``created_at``.
        until: End of the window, not included.

    Returns:
        One row per entry, newest first. Columns: ``id`` (Int64), ``created_at`` (datetime64[us, UTC]), ``user_name``,
        ``ip``, ``action``, ``entity``, ``entity_name`` (str), ``rs_status`` (Int64), ``change`` (str, the rule's name),
        ``done`` (boolean; False where it was answered 400 or above, NA without a status), ``why`` (str).
        ``.attrs`` count ``n`` (entries looked at).

    Raises:
        ValueError: a needed column is missing, or ``changes`` names no rule.
    """
    rules = _rules(changes)
    rows = entries(audit, EVENT_COLUMNS, since, until)
    kinds = run(rows.group_by("action", "entity").aggregate(n=rows.count()))
    pairs = zip(kinds["action"].tolist(), kinds["entity"].tolist(), strict=True)
    flagged = {pair: change for pair in pairs if (change := change_of(*pair, rules))}
    frame = run(_among(rows, flagged).order_by(rows.created_at.desc(), rows.id.desc()))
    found = [flagged[row.action, row.entity] for row in frame.itertuples()]
    frame["change"] = [change.rule for change in found]
    frame["done"] = frame["rs_status"].astype("Int64") < FAILED
    frame["why"] = [_why(row, change) for row, change in zip(frame.itertuples(), found, strict=True)]
    definition = (
        f"audit.sensitive_changes: entries whose words tell of a change to a {', '.join(rule.name for rule in rules)}, "
        f"created in {window_text(span_of(since, until))}."
    )
    columns = EVENT_TYPES | {"change": TEXT, "done": FLAG, "why": TEXT}
    return answer(frame, definition, columns, n=int(kinds["n"].sum()))


def change_of(action: str, entity: str, rules: Sequence[Rule] = RULES) -> Change | None:
    """The change that the words of an action and its entity tell of; None where they tell of none."""
    acts = words_of(action)
    verb = next((word for word in acts if word in CHANGES), None)
    named = [*acts, *words_of(entity)]
    fits = [Change(rule.name, verb, word) for rule in rules for word in named if verb and word in rule.words]
    return fits[0] if fits else None


def words_of(name: str) -> list[str]:
    """The words of a name in any spelling, in lower case and singular: ``updateTeamRoles`` is update, team, role."""
    words = [word.lower() for word in _WORD.findall(name)]
    return [word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word for word in words]


def _rules(names: Sequence[str]) -> list[Rule]:
    known = {rule.name: rule for rule in RULES}
    wanted = [names] if isinstance(names, str) else list(names)
    if not wanted or any(name not in known for name in wanted):
        raise ValueError(f"changes={names!r} is not understood.\nAllowed: one or several of {', '.join(known)}.")
    return [rule for rule in RULES if rule.name in wanted]


def _among(rows: ir.Table, pairs: Iterable[tuple[str, str]]) -> ir.Table:
    import ibis

    return rows.filter(ibis.or_(*((rows.action == action) & (rows.entity == entity) for action, entity in pairs)))


def _why(row: Any, change: Change) -> str:
    what = f"{row.user_name} called {row.action} on {row.entity} {row.entity_name}"
    refused = f"; answered {row.rs_status:.0f}, so it was not done" if row.rs_status >= FAILED else ""
    return f'{what}: "{change.verb}" with "{change.thing}" is a change to a {change.rule}{refused}.'
