"""The chosen rows of a table: queries that count, sort, search and read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analytics_kit.catalog import RESOURCES, table_owner
from analytics_kit.picker.choice import REPORTS, Choice, filters_on

if TYPE_CHECKING:
    import pandas as pd

    from analytics_kit.picker.needs import KitLike
    from analytics_kit.window import Window

COLUMNS_SHOWN = 12
_FIRST = {
    "builds": (
        *("created", "status", "pipeline_name", "branch_name", "started", "finished", "triggered_by", "initiator"),
        *("trigger_type", "project", "commit_message", "id"),
    ),
    "audit": (
        *("created_at", "action", "entity", "entity_name", "user_name", "rs_status", "ip", "req_url", "entity_id"),
        *("user_email", "correlation_id", "id"),
    ),
    REPORTS: ("report_name", "granularity", "time", "key", "value", "range_start", "range_end", "position", "row"),
}
"""What people look at first, where it is not the first columns."""


@dataclass(frozen=True, slots=True)
class Sort:
    """The order of the rows: a column, or None for the order of ``Kit.frame``."""

    column: str | None = None
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Rows:
    """The chosen rows of one table, not read yet.

    Attributes:
        table: A resource or child table.
        where: Condition in SQL, with ``$names`` for the values.
        values: The values.
    """

    table: str
    where: str
    values: dict[str, Any]

    def count(self, kit: KitLike, search: str = "", columns: tuple[str, ...] = ()) -> int:
        """How many there are, of those in which the search is found."""
        where, values = self._found(search, columns)
        query = f"select count(*) as n from {_quoted(self.table)} where {where}"  # noqa: S608 # names are quoted
        return int(kit.sql(query, **values)["n"].iloc[0])

    def read(
        self,
        kit: KitLike,
        columns: tuple[tuple[str, str], ...],
        *,
        sort: Sort = Sort(),  # frozen
        search: str = "",
        limit: int | None = None,
    ) -> pd.DataFrame:
        """The rows; lists and objects as JSON text.

        Args:
            kit: Where they are.
            columns: Name and dtype of each column to read.
            sort: Their order.
            search: Only rows with this text in one of the columns.
            limit: At most so many.
        """
        where, values = self._found(search, tuple(name for name, _ in columns))
        shown = ", ".join(_expression(name, dtype) for name, dtype in columns)
        ordered = f"{_quoted(self.table)} where {where} order by {self._order(sort)}"
        query = f"select {shown} from {ordered}"  # noqa: S608 # names are quoted
        return kit.sql(f"{query} limit {limit}" if limit is not None else query, **values)

    def _found(self, search: str, columns: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
        if not search.strip() or not columns:
            return self.where, self.values
        text = ", ".join(f"{_quoted(name)}::varchar" for name in columns)
        found = f"contains(lower(concat_ws(chr(31), {text})), lower($search))"
        return f"{self.where} and {found}", self.values | {"search": search.strip()}

    def _order(self, sort: Sort) -> str:
        usual = _usual_order(self.table)
        if sort.column is None:
            return usual
        return f"{_quoted(sort.column)} {'desc' if sort.descending else 'asc'} nulls last, {usual}"


def chosen_rows(choice: Choice, table: str, span: Window) -> Rows:
    """The rows of a table that the choice means.

    Args:
        choice: What is chosen.
        table: A resource or child table; rows of a child table go with their parents.
        span: The choice's window.
    """
    owner = table_owner(table)
    tests, values = _tests(choice, owner.name, span)
    where = " and ".join(tests) or "true"
    if owner.name == table or not tests:
        return Rows(table, where, values)
    key = next(child.parent_key for child in owner.children if child.name == table)
    parents = f"select id from {_quoted(owner.name)} where {where}"  # noqa: S608 # names are quoted
    return Rows(table, f"{_quoted(key)} in ({parents})", values)


def first_columns(table: str, dtypes: dict[str, str]) -> tuple[str, ...]:
    """The columns that are shown until somebody chooses others."""
    plain = [name for name, dtype in dtypes.items() if dtype != "object"]
    nested = [name for name, dtype in dtypes.items() if dtype == "object"]
    wanted = [name for name in _FIRST.get(table, ()) if name in dtypes]
    return tuple((wanted or plain + nested)[:COLUMNS_SHOWN])


def _tests(choice: Choice, name: str, span: Window) -> tuple[list[str], dict[str, Any]]:
    cursor = RESOURCES[name].cursor
    bounds = (("since", span.since, ">="), ("until", span.until, "<")) if cursor else ()
    tests = [f"{_quoted(cursor or '')} {sign} ${key}" for key, value, sign in bounds if value is not None]
    values: dict[str, Any] = {key: value for key, value, _ in bounds if value is not None}
    wanted = filters_on(choice, name)
    if name == REPORTS and choice.reports is not None:
        wanted["report_name"] = list(choice.reports)
    for number, (column, value) in enumerate(wanted.items()):
        tests.append(f"list_contains($filter_{number}, {_quoted(column)})")
        values[f"filter_{number}"] = value if isinstance(value, list) else [value]
    return tests, values


def _usual_order(table: str) -> str:
    owner = table_owner(table)
    if owner.name == table:
        return f"{_quoted(owner.cursor)} desc, id" if owner.cursor else "id"
    key = next(child.parent_key for child in owner.children if child.name == table)
    return f"{_quoted(key)}, position"


def _expression(name: str, dtype: str) -> str:
    return f"{_quoted(name)}::varchar as {_quoted(name)}" if dtype == "object" else _quoted(name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
