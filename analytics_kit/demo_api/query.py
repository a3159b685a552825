"""Query parameters: typed access, the error body of the API, and what a page asks for."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from .clock import lower_bound, upper_bound

Value = TypeVar("Value")
_ERROR_NAMES = {
    400: ("1000", "BAD_REQUEST_ERROR"),
    401: ("2401", "UNAUTHORIZED_ERROR"),
    403: ("2400", "FORBIDDEN_ERROR"),
    404: ("1004", "NOT_FOUND_ERROR"),
    405: ("1005", "METHOD_NOT_ALLOWED_ERROR"),
    429: ("1029", "TOO_MANY_REQUESTS_ERROR"),
    432: ("1032", "REPORT_EXECUTION_ERROR"),
}


class RefusedError(Exception):
    """An answer that is an error: HTTP status, message and context of its body."""

    def __init__(self, status: int, message: str, context: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.context = context or {}

    def body(self) -> dict[str, Any]:
        """The error body: status, code, name, message, context."""
        code, name = _ERROR_NAMES.get(self.status, ("1001", "INTERNAL_SERVER_ERROR"))
        return {"status": self.status, "code": code, "name": name, "message": self.message, "context": self.context}


class Query:
    """The parameters of one request, in order, repeated ones included.

    Every reader raises `RefusedError` (400) for a value that it cannot read.
    """

    def __init__(self, text: str) -> None:
        self.pairs = parse_qsl(text, keep_blank_values=True)

    def many(self, name: str) -> list[str]:
        """All values of a repeated parameter, `name` or `name[]`."""
        return [value for key, value in self.pairs if key in (name, f"{name}[]")]

    def one(self, name: str) -> str | None:
        """The last value of a parameter; None where it is absent or empty."""
        return next((value for value in reversed(self.many(name)) if value != ""), None)

    def integer(self, name: str, default: int, least: int | None = None) -> int:
        """A whole number, not below `least`."""
        text = self.one(name)
        if text is None:
            return default
        value = self._read(name, text, int, "a whole number")
        if least is not None and value < least:
            raise RefusedError(400, f"{name} must be at least {least}, not {value}", {"parameter": name})
        return value

    def flag(self, name: str) -> bool | None:
        """``true`` or ``false``; None where it is absent."""
        text = self.one(name)
        return None if text is None else self._read(name, text, _boolean, "true or false")

    def since(self, name: str) -> int | None:
        """A lower bound in time: a day, an ISO instant or epoch milliseconds."""
        text = self.one(name)
        return None if text is None else self._read(name, text, lower_bound, "a date, an ISO instant or epoch ms")

    def until(self, name: str) -> int | None:
        """An inclusive upper bound in time; a day means all of it."""
        text = self.one(name)
        return None if text is None else self._read(name, text, upper_bound, "a date, an ISO instant or epoch ms")

    def choice(self, name: str, allowed: tuple[str, ...]) -> str | None:
        """One of a few words; None where it is absent."""
        text = self.one(name)
        if text is not None and text not in allowed:
            raise RefusedError(400, f"{name} must be one of {', '.join(allowed)}, not {text}", {"parameter": name})
        return text

    def document(self, name: str) -> dict[str, Any]:
        """A JSON object as text; empty where it is absent."""
        text = self.one(name)
        return {} if text is None else self._read(name, text, _json_object, "a JSON object")

    @staticmethod
    def _read(name: str, text: str, reader: Callable[[str], Value], wanted: str) -> Value:
        try:
            return reader(text)
        except (ValueError, TypeError, OverflowError):
            raise RefusedError(400, f"{name} must be {wanted}, not {text[:80]!r}", {"parameter": name}) from None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The slice that a request asks for: by page number (from 1), or by offset where that is not None."""

    number: int
    size: int
    offset: int | None = None
    empty: bool = False

    @property
    def start(self) -> int:
        """Place of its first record in the listing."""
        return (self.number - 1) * self.size if self.offset is None else self.offset

    def earlier(self) -> PageRequest:
        """The page before it."""
        if self.offset is None:
            return replace(self, number=self.number - 1)
        return replace(self, number=self.number - 1, offset=max(0, self.offset - self.size))

    def first(self) -> PageRequest:
        """The first page of the same size."""
        return replace(self, number=1, offset=None if self.offset is None else 0)

    def cut(self, rows: list[Value]) -> list[Value]:
        """The rows of this page."""
        return [] if self.empty else rows[self.start : self.start + self.size]


def numbered_page(query: Query, size_name: str, default: int) -> PageRequest:
    """Page-number paging; page 0, negative pages and no page at all are the first one."""
    return PageRequest(max(1, query.integer("page", 1)), query.integer(size_name, default, least=1))


def offset_page(query: Query, default: int) -> PageRequest:
    """Offset paging."""
    size, offset = query.integer("limit", default, least=1), query.integer("offset", 0, least=0)
    return PageRequest(offset // size + 1, size, offset)


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _json_object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise TypeError(text)
    return value
