"""What is chosen in the picker, as one frozen value, and what of it applies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from analytics_kit.catalog import ALL_NAMES, RESOURCES, resource
from analytics_kit.errors import FilterError, WindowError
from analytics_kit.filters import checked_filters
from analytics_kit.window import When, is_relative

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analytics_kit.catalog import Filter

REPORTS = "analytics_reports"
METADATA = "analytics_metadata"
FIRST_SINCE = "30d"
"""What a new picker asks for: a first click should not ask for years."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen.

    Attributes:
        selection: Names of resources, in the order of the catalog.
        since: Start of the window, as ``Kit.load`` takes it.
        until: End of the window, not included.
        reports: Names of analytics reports; None for all.
        granularity: Of the analytics reports; None for one figure over the whole range.
        filters: One value or several by column.
    """

    selection: tuple[str, ...] = ()
    since: When = FIRST_SINCE
    until: When = None
    reports: tuple[str, ...] | None = None
    granularity: str | None = None
    filters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def windowed(self) -> bool:
        """Whether a window applies to a chosen resource."""
        return any(RESOURCES[name].windowed for name in self.selection)

    @property
    def reporting(self) -> bool:
        """Whether analytics reports are chosen."""
        return REPORTS in self.selection


def checked_selection(names: Iterable[str]) -> tuple[str, ...]:
    """The names in the order of the catalog, each once.

    Raises:
        UnknownResourceError: a name is no resource.
    """
    chosen = {resource(name).name for name in ([names] if isinstance(names, str) else names)}
    return tuple(name for name in ALL_NAMES if name in chosen)


def checked_choice_of_filters(given: Any) -> dict[str, Any]:
    """Filters as they are kept: a list where several values are allowed, else the value; empty ones left out.

    Raises:
        FilterError: no resource has such a filter, or it does not take the value.
    """
    if not isinstance(given, Mapping):
        return {} if given is None else checked_filters(given, ALL_NAMES)  # which refuses it
    meant = {column: value for column, value in given.items() if value not in (None, "", [], ())}
    return {
        column: list(values) if known_filters(owner)[column].many else values[0]
        for owner, columns in checked_filters(meant, ALL_NAMES).items()
        for column, values in columns.items()
    }


def known_filters(name: str) -> dict[str, Filter]:
    """The filters of one resource, by column."""
    return {found.column: found for found in RESOURCES[name].filters}


def filters_on(choice: Choice, name: str) -> dict[str, Any]:
    """The chosen filters that apply to one resource."""
    return {column: value for column, value in choice.filters.items() if column in known_filters(name)}


def load_options(choice: Choice) -> dict[str, Any]:
    """The options of ``Kit.load`` that apply to the choice and say something; times as texts."""
    filters = {column: value for name in choice.selection for column, value in filters_on(choice, name).items()}
    options = {
        "since": written(choice.since) if choice.windowed else None,
        "until": written(choice.until) if choice.windowed else None,
        "reports": list(choice.reports) if choice.reporting and choice.reports is not None else None,
        "granularity": choice.granularity if choice.reporting else None,
        "filters": filters or None,
    }
    return {name: value for name, value in options.items() if value is not None}


def written(value: When) -> str | None:
    """A time as a text that ``Kit.load`` reads as the same time."""
    return value.isoformat() if isinstance(value, date) else value


def day_of(value: When) -> date | None:
    """The day that a date field shows for a time; none for one that counts back from now."""
    if value is None or is_relative(value):
        return None
    return datetime.fromisoformat(str(written(value)).strip()).date()


def refusal(error: FilterError | WindowError) -> str:
    """Why a value was not taken, in one line."""
    return f"{error.message} {error.hint}".strip()
