"""An exploration kit for a CI/CD analytics API: load its resources into DuckDB, and read them back as frames.

Example:
    >>> import analytics_kit as ak
    >>> kit = ak.demo()
    >>> builds = kit.load_frame("builds", since="30d")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analytics_kit.database import AsOf
    from analytics_kit.errors import (
        AccessDeniedError,
        AnalyticsKitError,
        ApiError,
        BadRequestError,
        ConfigurationError,
        DatabaseLockedError,
        FilterError,
        IncompleteDataWarning,
        LoadError,
        NotLoadedError,
        QueryError,
        RateLimitedError,
        ReportNotReadyError,
        ResponseShapeError,
        ServerFailureError,
        UnknownResourceError,
        UnreachableError,
        WindowError,
    )
    from analytics_kit.inputs import Parameters, parameters
    from analytics_kit.kit import Kit, connect, demo
    from analytics_kit.report import LoadReport, ResourceLoad
    from analytics_kit.rest import rest_config
    from analytics_kit.settings import Settings
    from analytics_kit.source import analytics_source

__version__ = "0.1.0"

# Where each public name lives: it is imported when first asked for, so that importing the kit costs next to nothing.
_HOMES = {
    "analytics_kit.database": ("AsOf",),
    "analytics_kit.errors": (
        "AccessDeniedError",
        "AnalyticsKitError",
        "ApiError",
        "BadRequestError",
        "ConfigurationError",
        "DatabaseLockedError",
        "FilterError",
        "IncompleteDataWarning",
        "LoadError",
        "NotLoadedError",
        "QueryError",
        "RateLimitedError",
        "ReportNotReadyError",
        "ResponseShapeError",
        "ServerFailureError",
        "UnknownResourceError",
        "UnreachableError",
        "WindowError",
    ),
    "analytics_kit.kit": ("Kit", "connect", "demo"),
    "analytics_kit.inputs": ("Parameters", "parameters"),
    "analytics_kit.report": ("LoadReport", "ResourceLoad"),
    "analytics_kit.rest": ("rest_config",),
    "analytics_kit.settings": ("Settings",),
    "analytics_kit.source": ("analytics_source",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AccessDeniedError",
    "AnalyticsKitError",
    "ApiError",
    "AsOf",
    "BadRequestError",
    "ConfigurationError",
    "DatabaseLockedError",
    "FilterError",
    "IncompleteDataWarning",
    "Kit",
    "LoadError",
    "LoadReport",
    "NotLoadedError",
    "Parameters",
    "QueryError",
    "RateLimitedError",
    "ReportNotReadyError",
    "ResourceLoad",
    "ResponseShapeError",
    "ServerFailureError",
    "Settings",
    "UnknownResourceError",
    "UnreachableError",
    "WindowError",
    "analytics_source",
    "connect",
    "demo",
    "parameters",
    "rest_config",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted((*globals(), *__all__))
