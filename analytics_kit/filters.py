"""Filters that the API applies: checked against the catalog before anything is asked."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from analytics_kit.catalog import RESOURCES, Filter, resource
from analytics_kit.errors import FilterError, did_you_mean

Filters = Mapping[str, Mapping[str, tuple[Any, ...]]]
"""The checked filters of a load: resource, then column, then the values it may have."""


def checked_filters(given: Mapping[str, Any] | None, names: Iterable[str]) -> dict[str, dict[str, tuple[Any, ...]]]:
    """What a caller asked for, by resource.

    Args:
        given: One value or several per column, as in ``{"status": ["error"]}``.
        names: The resources that are loaded.

    Raises:
        FilterError: no resource has such a filter, the one that has it is not loaded, or it does not take the value.
    """
    checked: dict[str, dict[str, tuple[Any, ...]]] = {}
    for column, value in _items(given):
        owner, found = _find(column)
        if owner not in names:
            raise FilterError(
                f"The filter {column!r} applies to {owner}, which is not among the resources of this load.",
                hint=f'Add "{owner}", or leave the filter out.',
                resource=owner,
            )
        checked.setdefault(owner, {})[column] = _values(found, value, owner)
    return checked


def filter_params(name: str, chosen: Mapping[str, tuple[Any, ...]]) -> dict[str, list[str]]:
    """The query parameters of one resource's filters."""
    return {found.param: [str(value) for value in chosen[found.column]] for found in _of(name, chosen)}


def filter_text(chosen: Mapping[str, tuple[Any, ...]]) -> str | None:
    """One resource's filters in words; None where there are none."""
    told = [f"{column} {' or '.join(map(str, values))}" for column, values in chosen.items()]
    return ", ".join(told) or None


def _of(name: str, chosen: Mapping[str, Any]) -> list[Filter]:
    return [found for found in resource(name).filters if found.column in chosen]


def _items(given: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    if given is not None and not isinstance(given, Mapping):
        raise FilterError(
            f"filters={given!r} is no mapping from columns to values.", hint='Write filters={"status": ["error"]}.'
        )
    return list((given or {}).items())


def _find(column: str) -> tuple[str, Filter]:
    known = {found.column: (entry.name, found) for entry in RESOURCES.values() for found in entry.filters}
    if column in known:
        return known[column]
    raise FilterError(f"There is no filter {column!r}{did_you_mean(column, known)}", hint=f"{_all_filters()}.")


def _all_filters() -> str:
    told = [
        f"{name} can be filtered by {', '.join(found.column for found in entry.filters)}"
        for name, entry in RESOURCES.items()
        if entry.filters
    ]
    return "; ".join(told)


def _values(found: Filter, value: Any, owner: str) -> tuple[Any, ...]:
    several = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping) else (value,)
    values = tuple(dict.fromkeys(several))
    kind: type = int if found.whole else str
    odd = [item for item in values if not isinstance(item, kind) or isinstance(item, bool) or item == ""]
    odd = odd or [item for item in values if found.values and item not in found.values]
    if odd or not values or (len(values) > 1 and not found.many):
        raise FilterError(
            f"The filter {found.column!r} does not take {(odd[0] if odd else value)!r}"
            f"{_near(odd[0], found) if odd else ''}.",
            hint=_allowed(found),
            resource=owner,
        )
    return values


def _near(value: Any, found: Filter) -> str:
    near = difflib.get_close_matches(str(value), found.values, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _allowed(found: Filter) -> str:
    if found.values:
        return f"It takes one or more of {', '.join(found.values)}."
    kind = "whole number" if found.whole else "text"
    return f"It takes {'one or more texts' if found.many else f'one {kind}'}."
