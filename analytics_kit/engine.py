"""The Ibis engine behind ``kit.table()``: it opens the file for each answer and closes it after.

So an expression answers before, during and after a load, in whatever mode the file is open at that moment, and keeps
nobody else from the file while nothing is asked.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ibis.backends.duckdb import Backend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    import duckdb
    import ibis.expr.types as ir


class Engine(Backend):  # type: ignore[misc]  # Ibis has no types
    """Ibis's DuckDB backend with a connection per answer.

    Args:
        connecting: Gives a connection for the length of one answer, with the kit's views in it.
    """

    def __init__(self, connecting: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]) -> None:
        super().__init__()
        self._connecting = connecting
        self._can_reconnect = False
        self._turn = threading.RLock()
        self._depth = 0
        self.con: Any = None

    @contextmanager
    def answering(self) -> Iterator[None]:
        """One answer: the connection is shared by what Ibis calls within it."""
        with self._turn:
            if self._depth:
                yield
                return
            with self._connecting() as self.con:
                self._depth += 1
                try:
                    self._post_connect()
                    yield
                finally:
                    self._depth -= 1

    def get_schema(self, *args: Any, **kwargs: Any) -> Any:
        """Columns and types of a table."""
        with self.answering():
            return super().get_schema(*args, **kwargs)

    def execute(self, expr: ir.Expr, /, **kwargs: Any) -> Any:
        """The answer as pandas."""
        with self.answering():
            return super().execute(expr, **kwargs)

    def to_pyarrow(self, expr: ir.Expr, /, **kwargs: Any) -> Any:
        """The answer as Arrow."""
        with self.answering():
            return super().to_pyarrow(expr, **kwargs)

    def to_pyarrow_batches(self, expr: ir.Expr, /, *, chunk_size: int = 1_000_000, **kwargs: Any) -> Any:
        """The answer as Arrow batches; it is read whole, for the file is closed when this returns."""
        return self.to_pyarrow(expr.as_table(), **kwargs).to_reader(max_chunksize=chunk_size)

    def to_parquet(self, *args: Any, **kwargs: Any) -> None:
        """The answer as a Parquet file."""
        with self.answering():
            super().to_parquet(*args, **kwargs)

    def to_csv(self, *args: Any, **kwargs: Any) -> None:
        """The answer as a CSV file."""
        with self.answering():
            super().to_csv(*args, **kwargs)

    def _finalize_in_memory_table(self, name: str) -> None:
        """A table from memory went with the connection of its answer."""
