"""Who may hold the DuckDB file, and when: opened late, closed early, read-only unless this process writes."""

from __future__ import annotations

import os
import re
import threading
import time
import weakref
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import duckdb
from filelock import FileLock, Timeout

from analytics_kit.errors import ConfigurationError, DatabaseLockedError, NotLoadedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_READ_PATIENCE_SECONDS = 5.0
_WRITE_PATIENCE_SECONDS = 30.0
_PAUSE_SECONDS = 0.05
_HOLDER = re.compile(r"held in (?P<program>.*?) ?\(PID (?P<pid>\d+)\)")
_LOCKED, _DETACHED = "set lock on file", "being detached"
_CONFIG_CLASH = "different configuration"
_HELD_HERE = "already attached"
# Names of catalogs and schemas that are there already
_RESERVED = frozenset(("", "memory", "system", "temp", "main", "main_kit_staging"))
_OTHER_NAME = "analytics_kit"
_ROWS_IN_GROUP = 20_480
_open: weakref.WeakValueDictionary[Path, Connections] = weakref.WeakValueDictionary()
_opening = threading.Lock()
Opened = TypeVar("Opened")


def connections_to(path: Path) -> Connections:
    """The connections of this process to a file: kits on one file share them, or one would keep the other out."""
    with _opening:
        place = path.resolve()
        found = _open.get(place)
        if found is None:
            found = _open[place] = Connections(place)
        return found


class Writer(NamedTuple):
    """A connection that writes.

    Attributes:
        connection: The connection.
        catalog: The name, as an SQL identifier, that connections made of it must be told to look at; None where they
            do so by themselves.
    """

    connection: duckdb.DuckDBPyConnection
    catalog: str | None

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """One more connection to the same file."""
        cursor = self.connection.cursor()
        if self.catalog is not None:
            cursor.execute(f"use {self.catalog}")
        return cursor


class Connections:
    """The connections of one process to one database file.

    DuckDB refuses a read-only and a read-write connection to one file in one process. So readers and the writer take
    turns at the moments when
    the mode changes, and readers use the writer's mode while it writes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._state = threading.Condition()
        self._readers = 0
        self._changing = False
        self._writer: Writer | None = None

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one read, in the mode of the moment, with ``TimeZone`` UTC.

        Raises:
            NotLoadedError: the file does not exist yet.
            DatabaseLockedError: another process writes.
        """
        with self._state:
            self._state.wait_for(lambda: not self._changing)
            self._readers += 1
        try:
            connection = self._open()
            try:
                yield connection
            finally:
                connection.close()
        finally:
            with self._state:
                self._readers -= 1
                self._state.notify_all()

    def _open(self) -> duckdb.DuckDBPyConnection:
        writer = self._writer
        if writer is None and not self.path.exists():
            raise NotLoadedError(
                f"Nothing was loaded yet: {self.path} does not exist.",
                hint='Load first: kit.load("builds", since="30d").',
            )
        if writer is None:
            return _prepared(_patiently(self.path, _READ_PATIENCE_SECONDS, _reader))
        return _prepared(writer.cursor())

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Hold the file for writing; readers of this process read in the writer's mode meanwhile.

        Raises:
            DatabaseLockedError: another process holds the file.
        """
        with self._changed():
            self._writer = writer = _patiently(self.path, _WRITE_PATIENCE_SECONDS, _writer)
        try:
            yield writer
        finally:
            with self._changed():
                writer.connection.close()
                self._writer = None

    @contextmanager
    def _changed(self) -> Iterator[None]:
        """The moment between two modes, with no reader at work."""
        with self._state:
            self._state.wait_for(lambda: not self._changing)
            self._changing = True
            self._state.wait_for(lambda: self._readers == 0)
        try:
            yield
        finally:
            with self._state:
                self._changing = False
                self._state.notify_all()

    @contextmanager
    def one_load(self) -> Iterator[None]:
        """Keep a second load of this database out, from this process or another.

        Raises:
            DatabaseLockedError: one is under way; names the process.
            ConfigurationError: the folder cannot be written.
        """
        lock = FileLock(self.path.with_name(self.path.name + ".lock"))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=0)
        except Timeout as error:
            raise _load_under_way(self.path, lock.lock_file) from error
        except OSError as error:
            raise ConfigurationError(
                f"database={str(self.path)!r} cannot be written: {error.strerror}.",
                hint="Give a path in a folder that you may write.",
            ) from error
        try:
            _sign(lock.lock_file)
            yield
        finally:
            _unsign(lock.lock_file)
            lock.release()


def _prepared(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set enable_progress_bar = false")
    return connection


def _patiently(path: Path, seconds: float, open_: Callable[[Path], Opened]) -> Opened:
    """Open the file; another process may hold it for the moment in which its load is written."""
    end = time.monotonic() + seconds
    while True:
        try:
            return open_(path)
        except duckdb.Error as error:
            text = str(error)
            if (_LOCKED not in text and _DETACHED not in text) or time.monotonic() > end:
                raise _refused(path, text) from error
            time.sleep(_PAUSE_SECONDS)


def _reader(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        if _CONFIG_CLASH not in str(error):  # else the caller holds the file open for writing in this very process
            raise
    return duckdb.connect(str(path))


def _writer(path: Path) -> Writer:
    """The file, attached with small row groups, each of which is written as soon as it is full.

    By default the database gathers 122 880 rows of each table, and as many per thread, before it writes any. A limit of
    memory would be no mend: with YAML of 60 kB in each row it then refuses the write. The catalog has the name that it
    has where the file is opened, and what does not fit into memory goes beside the file, as it does there.
    """
    writer = duckdb.connect()
    name, place = path.name.partition(".")[0], str(path).replace("'", "''")
    catalog = _OTHER_NAME if name.lower() in _RESERVED else '"' + name.replace('"', '""') + '"'
    try:
        writer.execute("set threads = 1")
        writer.execute("set write_buffer_row_group_count = 1")
        writer.execute(f"set temp_directory = '{place}.tmp'")
        writer.execute(f"attach '{place}' as {catalog} (row_group_size {_ROWS_IN_GROUP})")
        writer.execute(f"use {catalog}")
        return Writer(writer, catalog)
    except duckdb.Error as error:
        writer.close()
        if _HELD_HERE not in str(error):
            raise
    return Writer(duckdb.connect(str(path)), None)  # beside the caller's own connection, in this very process


def _refused(path: Path, text: str) -> DatabaseLockedError | ConfigurationError:
    if match := _HOLDER.search(text):
        return _locked(path, f"process {match['pid']} ({match['program'].strip() or 'unknown'})")
    if _CONFIG_CLASH in text or _HELD_HERE in text:
        return _locked(path, f"this process ({os.getpid()}), through a connection that was not opened by the kit,")
    if _LOCKED in text:
        return _locked(path, "another process")
    return ConfigurationError(
        f"database={str(path)!r} cannot be opened as a database.", hint="Give another path, or move the file away."
    )


def _locked(path: Path, holder: str) -> DatabaseLockedError:
    return DatabaseLockedError(
        f"{holder} holds {path}.",
        hint="Close it there (kit.close(), or stop that kernel), or give this kit a database of its own.",
    )


def _load_under_way(path: Path, lock_file: Any) -> DatabaseLockedError:
    try:
        holder = Path(lock_file).read_text(encoding="utf-8").strip() or "unknown"
    except OSError:
        holder = "unknown"
    return DatabaseLockedError(
        f"A load of {path} is already under way, in process {holder}.", hint="Wait for it, or stop it there."
    )


def _sign(lock_file: Any) -> None:
    Path(lock_file).write_text(str(os.getpid()), encoding="utf-8")


def _unsign(lock_file: Any) -> None:
    """Leave no lock file beside the database; where it cannot be removed, its lock is what counts."""
    try:
        Path(lock_file).unlink()
    except OSError:
        return
