"""The database: what is loaded, read a frame, run SQL, give an Ibis table."""

from __future__ import annotations

import re
import threading
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb

from analytics_kit import ledger
from analytics_kit.catalog import table_owner, tables
from analytics_kit.connection import connections_to
from analytics_kit.errors import (
    DatabaseLockedError,
    IncompleteDataWarning,
    NotLoadedError,
    QueryError,
    did_you_mean,
)
from analytics_kit.frames import typed_frame
from analytics_kit.overview import overview
from analytics_kit.views import create_views, quoted
from analytics_kit.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import ibis.expr.types as ir
    import pandas as pd

    from analytics_kit.catalog import Resource
    from analytics_kit.connection import Writer
    from analytics_kit.engine import Engine
    from analytics_kit.ledger import History

_READING = ("SELECT", "EXPLAIN", "MULTI")  # MULTI is a pivot
_NO_WRITES = "Give a select; rows are written by kit.load()."
_TABLES_LISTED = "kit.resources() lists the tables, kit.columns(name) their columns."
_NO_TABLE = re.compile(r"Table with name (\w+) does not exist")
_CANDIDATES = re.compile(r"Candidate bindings: (.+)")
_RECORDED = """
    select count(distinct table_name), count(*) filter (table_name = '_kit_loads' and column_name = 'filters')
    from information_schema.columns where table_schema = 'main' and table_name in ('_kit_loads', '_dlt_loads')
"""
_COMMITTED = """
    select l._dlt_load_id, resource, part, since, until, l.status, rows, error, api_now, loaded_at, {filters}
    from _kit_loads l join _dlt_loads d on d.load_id = l._dlt_load_id and d.status = 0
"""


@dataclass(frozen=True, slots=True, repr=False)
class AsOf:
    """What a figure stands on.

    Attributes:
        resource: Its name.
        since: Start of the window held, or None for no start.
        until: End of the window held, or None where nothing complete is held.
        rows: Rows held.
        loaded_at: When the last load with rows ended, UTC.
        complete: Whether that load was complete.
        reason: Why it is not, or None.
    """

    resource: str
    since: datetime | None
    until: datetime | None
    rows: int
    loaded_at: datetime
    complete: bool
    reason: str | None = None

    def __repr__(self) -> str:
        held = f", {_day(self.since) or 'start'} to {_day(self.until)}" if self.until else ""
        state = "complete" if self.complete else f"partial ({self.reason})"
        return f"{self.resource}: {self.rows:,} rows{held}, loaded {self.loaded_at:%Y-%m-%d %H:%M} UTC, {state}"


_TABLES = "select table_name from duckdb_tables() where database_name = current_database() and schema_name = 'main'"


class Database:
    """One DuckDB file as the kit reads it. Rows are written by a load; here they are only read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connections = connections_to(path)
        self._lock = threading.Lock()
        self._made_engine: Engine | None = None
        self._warned: set[tuple[str, str]] = set()

    def one_load(self) -> AbstractContextManager[None]:
        """Keep a second load out; see Connections."""
        return self._connections.one_load()

    def writing(self) -> AbstractContextManager[Writer]:
        """Hold the file for writing; see Connections."""
        return self._connections.writing()

    def filled(self) -> frozenset[str] | None:
        """Tables that hold rows, those of loads that do not count included; None while the file is held elsewhere."""
        try:
            with self._connections.reading() as connection:
                names = [name for (name,) in connection.execute(_TABLES).fetchall()]
                return frozenset(
                    name for name in names if connection.execute(f"select 1 from {quoted(name)} limit 1").fetchall()
                )
        except NotLoadedError:
            return frozenset()
        except DatabaseLockedError:
            return None

    def histories(self) -> dict[str, History]:
        """The record of all committed loads, by resource; empty where nothing was loaded."""
        try:
            with self._connections.reading() as connection:
                return _histories(connection)
        except NotLoadedError:
            return {}

    def api_now(self) -> datetime | None:
        """The API's clock now, as far as the last load knew it; None where nothing was loaded."""
        entries = [entry for history in self.histories().values() for load in history.loads for entry in load.parts]
        last = max(entries, key=lambda entry: entry.loaded_at, default=None)
        if last is None:
            return None
        # A clock that is days off is no wrong clock but one that stands still, as the demo's does.
        still = abs(last.api_now - last.loaded_at) > timedelta(days=1)
        return last.api_now if still else last.api_now + (datetime.now(UTC) - last.loaded_at)

    def resources(self) -> pd.DataFrame:
        """What there is, and what is held: see Kit.resources."""
        return overview(self.histories(), self._rows())

    def _rows(self) -> dict[str, int]:
        try:
            with self._connections.reading() as connection:
                names = create_views(connection, _histories(connection))
                return {
                    name: connection.execute(f"select count(*) from {quoted(name)}").fetchall()[0][0] for name in names
                }
        except NotLoadedError:
            return {}

    def frame(self, name: str, columns: Sequence[str] | None, span: Window, *, newest: bool = False) -> pd.DataFrame:
        """The rows of one table: see Kit.frame. With ``newest``, only those of the last load."""
        owner = table_owner(name)
        with self._connections.reading() as connection:
            history = self._loaded(connection, owner)
            create_views(connection, {owner.name: history}, owner.name if newest else None)
            self._warn(history, owner, span)
            query, values = _select(connection, name, owner, columns, span)
            return _query(connection, query, values)

    def sql(self, query: str, values: Mapping[str, Any]) -> pd.DataFrame:
        """The result of a query: see Kit.sql."""
        with self._viewing() as connection:
            connection.execute("begin transaction read only")
            return _query(connection, query, values)

    def table(self, name: str) -> ir.Table:
        """The Ibis table: see Kit.table."""
        owner = table_owner(name)
        with self._connections.reading() as connection:
            history = self._loaded(connection, owner)
        self._warn(history, owner, Window())
        return self._engine().table(name)

    def as_of(self, name: str) -> AsOf:
        """What a figure from this resource stands on: see Kit.as_of."""
        owner = table_owner(name)
        with self._connections.reading() as connection:
            history = self._loaded(connection, owner)
            create_views(connection, {owner.name: history})
            rows = connection.execute(f"select count(*) from {quoted(name)}").fetchall()[0][0]
        return _as_of(name, history, history.windows if owner.windowed else [], rows)

    def _engine(self) -> Engine:
        with self._lock:
            if self._made_engine is None:
                from analytics_kit.engine import Engine

                self._made_engine = Engine(self._viewing)
            return self._made_engine

    @contextmanager
    def _viewing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one read, with the views in it."""
        with self._connections.reading() as connection:
            create_views(connection, _histories(connection))
            yield connection

    def _loaded(self, connection: duckdb.DuckDBPyConnection, owner: Resource) -> History:
        history = _histories(connection).get(owner.name)
        if history is None or history.last_with_rows is None:
            tried = (
                f" Its last load failed: {ledger.first_line(history.last.error)}" if history and history.last else ""
            )
            raise NotLoadedError(
                f"{owner.name} was not loaded yet.{tried}",
                hint=f'Load it: kit.load("{owner.name}").',
                resource=owner.name,
            )
        return history

    def _warn(self, history: History, owner: Resource, span: Window) -> None:
        """Say once per load why a frame is not the whole truth."""
        last = history.last_with_rows
        reason = _shortfall(history, owner, span)
        key = (owner.name, f"{last.load_id if last else ''} {reason}")
        if reason and key not in self._warned:
            self._warned.add(key)
            warnings.warn(f"{owner.name}: {reason}", IncompleteDataWarning, stacklevel=4)


def _as_of(name: str, history: History, held: Sequence[Window], rows: int) -> AsOf:
    last = history.last_with_rows
    if last is None:
        raise NotLoadedError(f"{name} was not loaded yet.", resource=name)
    since, until = (held[-1].since, held[-1].until) if held else (None, None)
    reason = last.shortfall
    return AsOf(name, since, until, rows, last.loaded_at, reason is None, reason)


def _histories(connection: duckdb.DuckDBPyConnection) -> dict[str, History]:
    """A claim counts only if its load was committed: a failed load step leaves the claim, and no rows."""
    tables, filters = connection.execute(_RECORDED).fetchall()[0]
    if tables < 2:
        return {}
    # A file written before there were filters has no column for them.
    rows = connection.execute(_COMMITTED.format(filters="filters" if filters else "null")).fetchall()
    return ledger.histories([ledger.Entry(*row) for row in rows])


def _select(
    connection: duckdb.DuckDBPyConnection, name: str, owner: Resource, columns: Sequence[str] | None, span: Window
) -> tuple[str, dict[str, Any]]:
    known = [row[0] for row in connection.execute(f"describe {quoted(name)}").fetchall()]
    chosen = [columns] if isinstance(columns, str) else list(known if columns is None else columns)
    for column in chosen:
        if column not in known:
            raise _unknown_column(name, column, known)
    cursor = owner.cursor if name == owner.name else None
    bounds = {"since": span.since, "until": span.until} if cursor else {}
    values = {key: value for key, value in bounds.items() if value is not None}
    tests = [f"{quoted(cursor or '')} {'>=' if key == 'since' else '<'} ${key}" for key in values]
    where = f" where {' and '.join(tests)}" if tests else ""
    order = ", ".join(_order(name, owner, known))
    return f"select {', '.join(map(quoted, chosen))} from {quoted(name)}{where} order by {order}", values


def _order(name: str, owner: Resource, known: Sequence[str]) -> list[str]:
    """Newest first; the rows of a report, and of a child table, as the API lists them; all else by id."""
    if name != owner.name:
        return [quoted(column) for column in known[:2]]  # its parent's id and the position
    if owner.cursor:
        return [f"{quoted(owner.cursor)} desc", "id"]
    return [*(quoted(column) for column in owner.merge_key), "position"] if owner.merge_key else ["id"]


def _query(connection: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, Any]) -> pd.DataFrame:
    try:
        statements = connection.extract_statements(query)
        kinds = [statement.type.name for statement in statements]
        if len(kinds) != 1 or kinds[0] not in _READING:
            raise QueryError(f"One statement that reads is allowed; got {', '.join(kinds) or 'none'}.", hint=_NO_WRITES)
        if missing := sorted(statements[0].named_parameters - set(values)):
            raise QueryError(
                f"The query needs a value for {', '.join(f'${name}' for name in missing)}.",
                hint='Give each by its name: kit.sql("… where project = $p", p="payments").',
            )
        return typed_frame(connection.sql(query, params=dict(values)))
    except duckdb.Error as error:
        raise _refused(str(error)) from error


def _refused(said: str) -> QueryError:
    """The engine's own words, and what to do; of a table that is not there, whether it was not loaded or is none."""
    unknown = _NO_TABLE.search(said)
    if unknown is None:
        columns = _CANDIDATES.search(said)
        near = f" There is {columns[1]}." if columns else ""
        return QueryError(f"{ledger.first_line(said)}{near}", hint=_TABLES_LISTED)
    name = unknown[1]
    if name in tables():
        return QueryError(ledger.first_line(said), hint=f'Load it first: kit.load("{table_owner(name).name}").')
    return QueryError(f"{unknown[0]}{did_you_mean(name, tables())}", hint=_TABLES_LISTED)


def _unknown_column(name: str, column: str, known: Iterable[str]) -> QueryError:
    return QueryError(
        f"{name} has no column {column!r}{did_you_mean(column, known)}",
        hint=f'kit.columns("{name}") lists them.',
    )


def _shortfall(history: History, owner: Resource, span: Window) -> str | None:
    last = history.last_with_rows
    if last is not None and last.shortfall:
        return f"the last load is partial: {last.shortfall}"
    if owner.cursor and span.bounded and not _until_now(span, history).within(history.windows):
        held = (
            "; ".join(f"{_day(item.since) or 'start'} to {_day(item.until)}" for item in history.windows) or "nothing"
        )
        return f"the window asked for is not held whole; complete loads hold {held}."
    return None


def _until_now(span: Window, history: History) -> Window:
    """An open or future end asks for no more than the last load could know."""
    known = max((entry.api_now for load in history.loads for entry in load.parts), default=None)
    if (
        known is None
        or (span.until is not None and span.until <= known)
        or (span.since is not None and span.since >= known)
    ):
        return span
    return Window(span.since, known)


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}".removesuffix(" 00:00") if moment else ""
