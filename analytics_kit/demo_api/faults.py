"""Faults on request: what can go wrong, on which path, from which request on and how often.

A fault is a JSON object: ``path`` (a contract path, its template, a shell pattern, or ``*``), ``kind``, ``count``
(times that it fires before it heals; null: always), ``after`` (matching requests that pass first) and the kind's own
parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from .query import PageRequest
from .routes import Reply

_NEEDED = object()
_COMMON = {"path", "kind", "count", "after"}

KINDS: dict[str, dict[str, object]] = {
    # answers of their own
    "status": {"status": _NEEDED, "retry_after": None, "message": None},
    "random_status": {"rate": _NEEDED, "seed": 0, "status": 503, "retry_after": None, "message": None},
    "no_data": {"message": "Could not get analytics report"},
    "html": {},
    "redirect": {"to": _NEEDED, "status": 302},
    "drop_connection": {},
    # time and paging
    "latency": {"seconds": _NEEDED},
    "repeat_page": {"page": 2},
    "cap_page_size": {"cap": _NEEDED},
    "ignore_paging": {},
    "empty_first_page": {},
    "cursor": {},
    # the body
    "total": {"value": _NEEDED, "field": None},
    "truncate": {"keep": 0.6},
    "bom": {},
    "nan": {"field": "oddNumber"},
    "surrogate": {"field": "oddText"},
    # the data
    "status_change": {"id": None, "fields": None},
}
"""Every kind of fault with its parameters and their defaults."""


class FaultError(ValueError):
    """A fault that cannot be understood; the message says what is allowed."""


@dataclass(slots=True)
class Fault:
    """One fault and how often it has met a request."""

    kind: str
    path: str
    count: int | None
    after: int
    options: dict[str, Any]
    seen: int = 0
    fired: int = 0
    rng: Random = field(default_factory=lambda: Random(0))

    def matches(self, path: str, template: str) -> bool:
        """Whether it concerns this contract path."""
        return self.path in ("*", path, template) or fnmatchcase(path, self.path)

    def fires(self) -> bool:
        """Count one matching request; whether the fault takes effect on it."""
        self.seen += 1
        healed = self.count is not None and self.fired >= self.count
        if self.seen <= self.after or healed:
            return False
        self.fired += 1
        return True

    def state(self) -> dict[str, Any]:
        """The fault as JSON, with what it has done so far."""
        given = {"kind": self.kind, "path": self.path, "count": self.count, "after": self.after}
        return given | self.options | {"seen": self.seen, "fired": self.fired}


class FaultBoard:
    """The faults that are set, in order."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, document: object) -> None:
        """Set one fault, or a list of them; all or none.

        Raises:
            FaultError: a fault is not understood.
        """
        self.faults += [parse_fault(item) for item in (document if isinstance(document, list) else [document])]

    def clear(self) -> None:
        """No faults any more."""
        self.faults.clear()

    def due(self, path: str, template: str) -> list[Fault]:
        """The faults that take effect on this request."""
        return [fault for fault in self.faults if fault.matches(path, template) and fault.fires()]


def parse_fault(document: object) -> Fault:
    """A fault from its JSON object.

    Raises:
        FaultError: the kind or a parameter is unknown, or a needed one is missing.
    """
    if not isinstance(document, dict):
        raise FaultError(f"a fault is a JSON object, not {document!r}")
    kind = document.get("kind")
    if kind not in KINDS:
        raise FaultError(f"unknown kind of fault {kind!r}; known: {', '.join(KINDS)}")
    options = _options(kind, {name: value for name, value in document.items() if name not in _COMMON})
    # a status that changes does so once, unless more is asked for
    count = document.get("count", 1 if kind == "status_change" else None)
    after = document.get("after", 0)
    if not isinstance(after, int) or not (count is None or isinstance(count, int)):
        raise FaultError(f"count and after are whole numbers, not {count!r} and {after!r}")
    return Fault(kind, str(document.get("path", "*")), count, after, options, rng=Random(options.get("seed", 0)))


def _options(kind: str, given: dict[str, Any]) -> dict[str, Any]:
    unknown = given.keys() - KINDS[kind].keys()
    options = KINDS[kind] | given
    missing = [name for name, value in options.items() if value is _NEEDED]
    if unknown or missing:
        problem = f"has no {', '.join(sorted(unknown))}" if unknown else f"needs {', '.join(missing)}"
        raise FaultError(f"fault {kind} {problem}; its parameters: {', '.join(KINDS[kind]) or 'none'}")
    wrong = [name for name in _NUMBERS & options.keys() if not _is_number(options[name])]
    if wrong:
        raise FaultError(f"{', '.join(sorted(wrong))} of fault {kind} must be numbers")
    return options


_NUMBERS = {"status", "rate", "seed", "seconds", "page", "cap", "keep"}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def shape_page(faults: list[Fault], page: PageRequest) -> PageRequest:
    """The page that is served in place of the one asked for."""
    for fault in faults:
        if fault.kind in _SHAPES:
            page = _SHAPES[fault.kind](page, fault.options)
    return page


def _cap(page: PageRequest, options: dict[str, Any]) -> PageRequest:
    # page numbers count capped pages, an offset counts records: both as servers with a limit do it
    return replace(page, size=min(page.size, int(options["cap"])))


def _repeat(page: PageRequest, options: dict[str, Any]) -> PageRequest:
    # from the repeated page on everything comes one page later, so that nothing is lost
    return page.earlier() if page.number >= int(options["page"]) else page


def _empty_first(page: PageRequest, _: dict[str, Any]) -> PageRequest:
    return replace(page, empty=True) if page.number == 1 else page.earlier()


_SHAPES: dict[str, Callable[[PageRequest, dict[str, Any]], PageRequest]] = {
    "cap_page_size": _cap,
    "repeat_page": _repeat,
    "empty_first_page": _empty_first,
    "ignore_paging": lambda page, _: page.first(),
}


def alter_reply(faults: list[Fault], reply: Reply) -> None:
    """Bend a reply before it becomes bytes."""
    for fault in faults:
        if fault.kind == "total":
            usual = "count" if "count" in reply.beside else "total"
            reply.beside[fault.options["field"] or usual] = fault.options["value"]
        elif fault.kind in _ODD_VALUES and reply.rows:
            odd = f',"{fault.options["field"]}":{_ODD_VALUES[fault.kind]}}}'.encode()
            reply.rows[0] = reply.rows[0][:-1] + odd


# neither is JSON that a strict parser takes: a number that is none, and half of an emoji
_ODD_VALUES = {"nan": "NaN", "surrogate": '"cut \\ud83d off"'}
