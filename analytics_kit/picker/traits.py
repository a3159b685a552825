"""What the picker is: its traits, which refuse at once what a load would refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import traitlets
from traitlets import HasTraits, TraitError, validate

from analytics_kit.picker.choice import FIRST_SINCE, Choice, checked_choice_of_filters, checked_selection
from analytics_kit.planning import check_granularity
from analytics_kit.window import When, is_relative, window

CHOSEN = ("selection", "since", "until", "reports", "granularity", "filters")
IDLE, LOADING, CANCELLING = "idle", "loading", "cancelling"


class Traits(HasTraits):
    """The state of the picker; setting a trait moves the widget, and the reverse.

    Attributes:
        selection: Names of the chosen resources, in the order of the catalog.
        since: Start of the window, as ``Kit.load`` takes it.
        until: End of the window, not included.
        reports: Names of analytics reports, or None for all.
        granularity: Of the analytics reports, or None for one figure over the whole range.
        filters: What the API narrows builds and audit by: one value or several by column.
        report: What came of the last load, or None. Read only.
        state: ``idle``, ``loading`` or ``cancelling``. Read only.
    """

    selection = traitlets.Any(())
    since = traitlets.Any(FIRST_SINCE)
    until = traitlets.Any(None)
    reports = traitlets.Any(None)
    granularity = traitlets.Any(None)
    filters = traitlets.Any({})
    report = traitlets.Any(None, read_only=True)
    state = traitlets.Enum((IDLE, LOADING, CANCELLING), IDLE, read_only=True)

    @property
    def choice(self) -> Choice:
        """All that is chosen, as one value."""
        return Choice(**{name: getattr(self, name) for name in CHOSEN})

    @validate("selection")
    def _selection(self, proposal: Mapping[str, Any]) -> tuple[str, ...]:
        return checked_selection(proposal["value"] or ())

    @validate("since")
    def _since(self, proposal: Mapping[str, Any]) -> When:
        return _checked_bound(proposal["value"], (proposal["value"], self.until))

    @validate("until")
    def _until(self, proposal: Mapping[str, Any]) -> When:
        return _checked_bound(proposal["value"], (self.since, proposal["value"]))

    @validate("reports")
    def _reports(self, proposal: Mapping[str, Any]) -> tuple[str, ...] | None:
        value = proposal["value"]
        names = (value,) if isinstance(value, str) else tuple(value or ())
        if not all(isinstance(name, str) and name for name in names):
            raise TraitError(f"reports={value!r} are no names of reports; give names, or None for all.")
        return tuple(dict.fromkeys(names)) or None

    @validate("granularity")
    def _granularity(self, proposal: Mapping[str, Any]) -> str | None:
        value: str | None = proposal["value"] or None
        check_granularity(value)
        return value

    @validate("filters")
    def _filters(self, proposal: Mapping[str, Any]) -> dict[str, Any]:
        return checked_choice_of_filters(proposal["value"])


def _checked_bound(value: When, bounds: tuple[When, When]) -> When:
    """The value, if it can be read and the window holds something; windows that count from now are checked later."""
    meant = value.strip() if isinstance(value, str) else value
    meant = None if meant == "" else meant
    if is_relative(meant):
        return meant
    window(meant, None, _no_now)
    if not any(map(is_relative, bounds)):
        window(*bounds, _no_now)
    return meant


def _no_now() -> Any:
    raise AssertionError("Only a relative time needs a now.")
