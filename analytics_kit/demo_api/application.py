"""The Tornado application: the control paths, then the contract below `/` and `/api`."""

from __future__ import annotations

from typing import Any

from tornado.web import Application

from .contract import ContractHandler
from .control import CONTROL_ROUTES
from .service import Service


def make_application(service: Service) -> Application:
    """All paths, without an access log."""
    shared = {"service": service}
    routes: list[Any] = [(pattern, handler, shared) for pattern, handler in CONTROL_ROUTES]
    routes.append((r"(?:/api)?(/.*)", ContractHandler, shared))
    return Application(routes, log_function=lambda _: None)
