"""The parameters of a notebook, checked where it begins: a wrong one says what is allowed."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from analytics_kit.errors import ConfigurationError, WindowError, did_you_mean
from analytics_kit.kit import connect, demo
from analytics_kit.planning import check_granularity
from analytics_kit.window import window

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from analytics_kit.kit import Kit
    from analytics_kit.window import When, Window

_SOURCES = ("demo", "live")
_NAMES_SHOWN = 12
_ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Parameters:
    """Checked parameters; made by ``parameters``.

    Attributes:
        source: ``"demo"`` or ``"live"``.
        since: Start of the window as given.
        until: End of the window as given.
        time_zone: IANA name of the zone whose days and hours count.
    """

    source: str
    since: When
    until: When
    time_zone: str

    def connect(self) -> Kit:
        """The kit: on the demo API, or on the API of the settings.

        Returns:
            A Kit.

        Raises:
            ConfigurationError: ``live``, and a setting is missing.
        """
        return demo() if self.source == "demo" else connect()

    def window(self, kit: Kit) -> Window:
        """The window as two instants.

        Args:
            kit: Whose clock "now" is: the API's, as the last load knew it.

        Returns:
            A Window, UTC; an end that was not given is None.

        Raises:
            WindowError: ``since`` was not given, and what has no start can be neither halved nor compared with what was
                before; or it is not before ``until``.
        """
        if self.since is None:
            raise WindowError(
                "since=None: this notebook needs a start of its window.",
                hint='Give one, such as since="30d" or since="2026-05-01"; only kit.load() takes None, and loads all.',
            )
        return window(self.since, self.until, kit.now)

    def only(self, table: ir.Table, **names: str | None) -> ir.Table:
        """The rows of a table that belong to what was named.

        Args:
            table: An Ibis table.
            **names: Column and value; None and ``""`` name nothing, which takes all.

        Returns:
            The table, filtered.

        Raises:
            ConfigurationError: no row has that value; tells the close match and the values there are.
        """
        for column, name in names.items():
            if name:
                table = table.filter(table[column] == _known(table, column, name))
        return table


def parameters(
    *,
    source: str = "demo",
    since: When = None,
    until: When = None,
    time_zone: str = "UTC",
    granularity: str | None = None,
) -> Parameters:
    """Check the parameters of a notebook.

    Args:
        source: ``"demo"`` for the demo API, ``"live"`` for the API of your settings.
        since: Start of the window: date, datetime, ISO text, ``"30d"``, ``"12h"``, ``"8w"``, or None for
            no start: enough to load, but not for `Parameters.window`.
        until: End of the window, not included, or None.
        time_zone: IANA name, such as ``"Europe/Berlin"``.
        granularity: ``hour``, ``day``, ``week``, ``month`` or None, for analytics reports.

    Returns:
        The checked Parameters.

    Raises:
        ConfigurationError: a source or a time zone that does not exist; tells what is allowed.
        WindowError: a date cannot be read, or a granularity is none.

    Example:
        >>> asked = ak.parameters(source="demo", since="30d")
        >>> kit = asked.connect()
    """
    if source not in _SOURCES:
        raise ConfigurationError(
            f"source={source!r} is none of {', '.join(_SOURCES)}.", hint='"live" reads your settings.'
        )
    check_granularity(granularity)
    # Relative dates are checked against any moment: whose now it is comes later.
    window(since, until, lambda: _ANY_MOMENT)
    _check_zone(time_zone)
    return Parameters(source, since, until, time_zone)


def _check_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ConfigurationError(
            f"time_zone={name!r} is no time zone{did_you_mean(name, zoneinfo.available_timezones())}",
            hint='Give an IANA name such as "UTC", "Europe/Berlin" or "America/New_York".',
        )


def _known(table: ir.Table, column: str, name: str) -> str:
    there = sorted(value for value in table[column].as_table().distinct().to_pyarrow()[column].to_pylist() if value)
    if name not in there:
        shown = ", ".join(there[:_NAMES_SHOWN]) + (", …" if len(there) > _NAMES_SHOWN else "")
        raise ConfigurationError(
            f"{column}={name!r} is in no row{did_you_mean(name, there)}",
            hint=f"There are: {shown or 'none at all in this window'}.",
        )
    return name
