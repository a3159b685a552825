"""The resource table as data: one entry per resource, in the order of the API's table."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from analytics_kit.catalog.activity import AUDIT, BUILDS
from analytics_kit.catalog.analytics import ANALYTICS_METADATA, ANALYTICS_REPORTS
from analytics_kit.catalog.definitions import PIPELINES, PROJECTS, STEP_TYPES
from analytics_kit.catalog.entry import ChildTable, Column, ColumnType, Filter, Paging, Resource
from analytics_kit.catalog.inventory import (
    ACCOUNT_SETTINGS,
    ACCOUNTS,
    AGENTS,
    CONTEXTS,
    EXECUTION_CONTEXTS,
    HELM_REPOS,
)
from analytics_kit.errors import UnknownResourceError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ALL_NAMES",
    "RESOURCES",
    "ChildTable",
    "Column",
    "ColumnType",
    "Filter",
    "Paging",
    "Resource",
    "child_tables",
    "resource",
    "table_owner",
    "tables",
]

_IN_ORDER = (
    ACCOUNTS,
    ACCOUNT_SETTINGS,
    AGENTS,
    BUILDS,
    AUDIT,
    ANALYTICS_METADATA,
    ANALYTICS_REPORTS,
    EXECUTION_CONTEXTS,
    CONTEXTS,
    PROJECTS,
    PIPELINES,
    STEP_TYPES,
    HELM_REPOS,
)
RESOURCES: Mapping[str, Resource] = MappingProxyType({entry.name: entry for entry in _IN_ORDER})
ALL_NAMES: tuple[str, ...] = tuple(RESOURCES)


def resource(name: str) -> Resource:
    """The entry of one resource.

    Raises:
        UnknownResourceError: no resource has that name; the error tells the close match and the known names.
    """
    _check_text(name)
    if name in RESOURCES:
        return RESOURCES[name]
    parent = name.partition("__")[0]  # a child table comes with its parent
    raise UnknownResourceError(
        f"Unknown resource {name!r}{did_you_mean(parent, ALL_NAMES)}", hint=f"The resources are {', '.join(ALL_NAMES)}."
    )


def tables() -> tuple[str, ...]:
    """Names of all tables that can be read as a frame: each resource, followed by its child tables."""
    return tuple(name for entry in RESOURCES.values() for name in (entry.name, *(c.name for c in entry.children)))


def child_tables() -> tuple[str, ...]:
    """Names of the tables that are lists inside another resource's records."""
    return tuple(child.name for entry in RESOURCES.values() for child in entry.children)


def table_owner(name: str) -> Resource:
    """The resource that a table belongs to: itself, or the parent of a child table.

    Raises:
        UnknownResourceError: no table has that name; the error tells the close match and the known names.
    """
    _check_text(name)
    owners = {child.name: entry for entry in RESOURCES.values() for child in entry.children}
    return owners[name] if name in owners else resource(name)


def _check_text(name: Any) -> None:
    if not isinstance(name, str):
        names = ", ".join(f'"{one}"' for one in name) if isinstance(name, list | tuple | set) else '"builds"'
        raise UnknownResourceError(f"{name!r} is no name of a resource.", hint=f"Give names one by one: {names}.")
