"""The kit: the one object that a notebook holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from analytics_kit.catalog import table_owner
from analytics_kit.database import Database
from analytics_kit.demo_process import running_demo, temporary_database
from analytics_kit.dictionary import data_dictionary
from analytics_kit.errors import ConfigurationError
from analytics_kit.loading import Wanted, load
from analytics_kit.probe import check
from analytics_kit.progress import progress_for
from analytics_kit.settings import Settings, read_settings
from analytics_kit.window import Window, window

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Literal, Self

    import ibis.expr.types as ir
    import pandas as pd

    from analytics_kit.database import AsOf
    from analytics_kit.picker import Picker
    from analytics_kit.progress import Progress
    from analytics_kit.report import LoadReport
    from analytics_kit.window import When

_DIALECTS = ("enveloped", "bare")


def connect(
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    account_id: str | None = None,
    api_key_header: str | None = None,
    database: str | Path | None = None,
    progress: bool | None = None,
    **options: Any,
) -> Kit:
    """A kit on an API. Nothing is asked of the network.

    What is not given is read from ``[sources.analytics_kit]`` in dlt's config, secrets and environment; the key also
    from the bare ``api_key``.

    Args:
        base_url: Root of the API, up to where the resources' paths begin.
        api_key: The key. In a notebook with no key at hand it is asked for, hidden.
        account_id: Needed by ``accounts`` only.
        api_key_header: Name of the header that carries the key; ``"api_key"`` if nothing else says.
        database: DuckDB file; ``"analytics.duckdb"`` if nothing else says. A relative path starts at the folder that
            holds ``.dlt``.
        progress: False for none, True for always; None shows it in a terminal and in Jupyter.
        **options: ``retries``, ``connect_timeout``, ``read_timeout``, ``max_wait_seconds`` (seconds), ``concurrency``,
            ``requests_per_second``.

    Returns:
        A Kit.

    Raises:
        ConfigurationError: a setting is missing or malformed; the message names it.

    Example:
        >>> kit = ak.connect(base_url="https://ci.example/api", api_key="...")
    """
    given = {
        "base_url": base_url,
        "api_key": api_key,
        "account_id": account_id,
        "api_key_header": api_key_header,
        "database": database,
    }
    return Kit(read_settings(**given, **options), progress=progress)


class Kit:
    """Loads resources into a DuckDB file and reads them back.

    Args:
        settings: Where and as whom.
        progress: False for none, True for always; None shows it in a terminal and in Jupyter.
    """

    def __init__(self, settings: Settings, *, progress: bool | None = None) -> None:
        self.settings = settings
        self._progress = progress
        self._database = Database(settings.database)

    def __repr__(self) -> str:
        return f"Kit({self.settings.base_url}, database={str(self.settings.database)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Part from the kit: the database is open only while it is read or written, so nothing is left to close."""

    def load(
        self,
        *names: str,
        since: When = None,
        until: When = None,
        reports: Iterable[str] | None = None,
        granularity: str | None = None,
        filters: Mapping[str, Any] | None = None,
        errors: Literal["raise", "report"] | None = None,
        progress: Progress | None = None,
    ) -> LoadReport:
        """Load resources from the API into the database.

        Rows with a known ``id`` are replaced, never doubled. A failing resource does not sink the others.

        Args:
            *names: Resources; none for all 13 (without ``accounts`` where the settings hold no account id).
            since: Start of the window of builds, audit and reports: date, datetime, ISO text, ``"30d"``, ``"12h"``,
                ``"8w"``; None for no start.
            until: End of the window, not included; None for now.
            reports: Names of analytics reports; None for all that the API lists.
            granularity: ``hour``, ``day``, ``week`` or ``month`` for analytics reports; None for one figure over the
                whole range.
            filters: One value or several by column, which the API narrows a listing by, as in ``{"status":
                ["error"]}``; what was loaded so never counts as the whole of its window.
            errors: ``"raise"`` raises after the load where something failed or is incomplete, ``"report"`` only reports
                it.
                None: raise where resources are named, report where none is.
            progress: Told how the load goes on, and stops it once its ``cancel`` is set: what came is kept, and
                ``partial``. None for the kit's own.

        Returns:
            A LoadReport: a Mapping from resource name to ResourceLoad.

        Raises:
            UnknownResourceError: a name is no resource.
            WindowError: a date cannot be read, or a report does not allow it.
            FilterError: no resource of this load has the filter, or it does not take the value; or ``reports`` or
                ``granularity`` without ``analytics_reports``.
            ConfigurationError: ``accounts`` is named and there is no account id.
            DatabaseLockedError: another load or process holds the database.
            LoadError: something failed or is incomplete; carries the report.

        Example:
            >>> kit.load("builds", "audit", since="30d")
        """
        if errors not in (None, "raise", "report"):
            raise ValueError(f'errors={errors!r} is neither "raise" nor "report".')
        with self._database.one_load():
            progress = progress or progress_for(self._progress)
            try:
                report = load(
                    self.settings,
                    Wanted(names, since, until, reports, granularity, filters),
                    writing=self._database.writing,
                    filled=self._database.filled(),
                    progress=progress,
                )
            finally:
                progress.close()
        if errors == "raise" or (errors is None and names):
            report.raise_unless_ok()
        return report

    def load_frame(
        self,
        name: str,
        *,
        since: When = None,
        until: When = None,
        columns: Sequence[str] | None = None,
        reports: Iterable[str] | None = None,
        granularity: str | None = None,
    ) -> pd.DataFrame:
        """Load one resource, then read it: the one call that most cells want.

        Args:
            name: A resource, or one of its child tables.
            since: As for ``load``; the frame holds the same window, and of analytics reports what this load brought.
            until: As for ``load``.
            columns: Columns to read; None for all.
            reports: As for ``load``.
            granularity: As for ``load``.

        Returns:
            As ``frame``.

        Raises:
            LoadError: the resource failed or is incomplete. All errors of ``load`` and ``frame``.

        Example:
            >>> builds = kit.load_frame("builds", since="30d")
        """
        owner = table_owner(name)
        asked = self.load(owner.name, since=since, until=until, reports=reports, granularity=granularity)[owner.name]
        span = Window(asked.since, asked.until) if owner.cursor else Window()
        return self._database.frame(name, columns, span, newest=bool(owner.merge_key))

    def frame(
        self, name: str, *, columns: Sequence[str] | None = None, since: When = None, until: When = None
    ) -> pd.DataFrame:
        """Read a resource or a child table from the database.

        For resources without a window, records that the last complete load did not bring are left out.

        Args:
            name: A resource, or a child table such as ``"builds__system_events"``.
            columns: Columns to read; None for all. Lists and objects are parsed only where they are asked for.
            since: First instant of the rows' time column; only for builds and audit.
            until: First instant that no longer belongs.

        Returns:
            One row per record, newest first where there is a time column, reports as the API lists their rows, else by
            id. Times are ``datetime64[us,
            UTC]``, integers ``Int64``,
            booleans ``boolean``, numbers ``float64``, texts ``str``; lists and objects are Python lists and dicts. All
            declared columns are there,
            also for an empty resource; ``columns(name)`` explains them.

        Raises:
            UnknownResourceError: a name is no table.
            NotLoadedError: the resource was not loaded yet.
            QueryError: a column is unknown.
            DatabaseLockedError: another process writes.

        Warns:
            IncompleteDataWarning: the last load was partial, or the window asked for is not held whole; once per load
                and reason.
        """
        return self._database.frame(name, columns, window(since, until, self.now))

    def table(self, name: str) -> ir.Table:
        """The Ibis table of a resource or child table, on the same database.

        Expressions made from it stay good over later loads; the file is open only while one is answered.

        Args:
            name: A resource or a child table.

        Returns:
            An Ibis table with the same rows and columns as ``frame``.

        Raises:
            UnknownResourceError: a name is no table.
            NotLoadedError: the resource was not loaded yet.
        """
        return self._database.table(name)

    def sql(self, query: str, **parameters: Any) -> pd.DataFrame:
        """Run SQL on the tables, read-only.

        Args:
            query: DuckDB's SQL; tables go by their names, parameters as ``$name``.
            **parameters: Values for the parameters; they are bound, never pasted.

        Returns:
            The result, typed as ``frame`` types it.

        Raises:
            QueryError: the database refuses the query; quotes its message.
            NotLoadedError: there is no database yet.

        Example:
            >>> kit.sql("select status, count(*) n from builds where project = $p group by 1", p="payments")
        """
        return self._database.sql(query, parameters)

    def resources(self) -> pd.DataFrame:
        """What there is, and what is held.

        Returns:
            One row per resource. Columns: ``resource``, ``description``, ``group`` (str), ``status`` (str: ``never
            loaded``, ``empty``, ``partial``,
            ``loaded``), ``rows`` (Int64, held), ``since``, ``until`` (datetime64[us, UTC], window held), ``loaded_at``
            (datetime64[us, UTC], last
            complete load), ``last_attempt`` (str, its status), ``last_attempt_at`` (datetime64[us, UTC]), ``error``
            (str, of the last attempt).
        """
        return self._database.resources()

    def columns(self, name: str) -> pd.DataFrame:
        """The data dictionary of a resource or child table.

        Args:
            name: A resource or a child table.

        Returns:
            One row per declared column. Columns: ``column``, ``dtype`` (of the frame), ``unit``, ``meaning``, ``path``
            (in the API's record) (str).

        Raises:
            UnknownResourceError: a name is no table.
        """
        return data_dictionary(name)

    def as_of(self, name: str) -> AsOf:
        """What a figure from a resource stands on: window, rows, when it was loaded, complete or partial.

        Args:
            name: A resource or a child table.

        Returns:
            An AsOf; its text is the line that a chart prints under itself.

        Raises:
            UnknownResourceError: a name is no table.
            NotLoadedError: the resource was not loaded yet.
        """
        return self._database.as_of(name)

    def picker(self) -> Picker:
        """The widget in which resources are chosen, loaded and looked at.

        Returns:
            A Picker; display it as the last expression of a cell.
        """
        from analytics_kit.picker import Picker

        return Picker(self)

    def check(self) -> pd.DataFrame:
        """Ask the API for one record of each resource: is the key right, and what may it read.

        Returns:
            One row per resource. Columns: ``resource``, ``access`` (str: ``yes``, ``no``, ``unknown``), ``status``
            (Int64, HTTP), ``seconds`` (float64, until the
            answer), ``clock_skew_seconds`` (float64, the API's clock minus this machine's), ``limit`` (str, rate-limit
            headers seen), ``next_step`` (str).
        """
        return check(self.settings)

    def now(self) -> datetime:
        """The API's clock, as far as the last load knew it; this machine's where nothing was loaded.

        Returns:
            An instant, UTC.
        """
        return self._database.api_now() or datetime.now(UTC)


def demo(
    *,
    database: str | Path | None = None,
    dialect: str = "enveloped",
    scale: float = 1.0,
    progress: bool | None = None,
    **options: Any,
) -> Kit:
    """A kit on the demo API, which runs in a child process: no account, no network, the same data every time.

    Its clock stands still, so that ``since="30d"`` gives the same rows tomorrow. A second call in one process uses the
    same demo API.

    Args:
        database: DuckDB file; a file in a temporary folder if not given.
        dialect: ``"enveloped"`` or ``"bare"``: how the API wraps its lists.
        scale: Amount of builds and audit entries; 1.0 is about 6 000 builds.
        progress: As for ``connect``.
        **options: As for ``connect``.

    Returns:
        A Kit.

    Raises:
        UnreachableError: the demo API did not start.

    Example:
        >>> kit = ak.demo()
        >>> builds = kit.load_frame("builds", since="30d")
    """
    if dialect not in _DIALECTS:
        raise ConfigurationError(
            f"dialect={dialect!r} is none of {', '.join(_DIALECTS)}.", hint='Leave it out for "enveloped".'
        )
    running = running_demo(dialect, scale)
    return connect(
        base_url=running.base_url,
        api_key=running.api_key,
        account_id=running.account_id,
        api_key_header="api_key",
        database=database if database is not None else temporary_database(),
        progress=progress,
        **options,
    )
