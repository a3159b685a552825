"""The ``id`` of a record: what the API says, else its key, else its content."""

from __future__ import annotations

import hashlib
import json
import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics_kit.redaction import redact_text

if TYPE_CHECKING:
    from analytics_kit.catalog import Resource

_PLAIN = re.compile(r"[\w ./@+-]+")  # holds no secret and nothing that a database cannot hold


class Identity(NamedTuple):
    """The id of a record, and what the API gave for it.

    Attributes:
        id: Value of the column ``id``.
        original: The API's own value where it could not be the id; else None.
        odd: Whether the id had to be made from the value's or the record's content.
    """

    id: str | int
    original: Any = None
    odd: bool = False


def record_id(resource: Resource, record: Any) -> str | int:
    """The id of a record: its ``id``, else its key, joined with ``:``, else a hash.

    Two different records never get the same id: where there is no key, or one that the column cannot hold, the id is
    ``"~"`` and a hash (text) or a negative number (bigint), the same in every load.

    Args:
        resource: What the record is one of.
        record: The record as the API sent it.
    """
    return identify(resource, record).id


def identify(resource: Resource, record: Any) -> Identity:
    """The id of a record, and whether it is the API's."""
    numeric = resource.columns[0].type == "bigint"
    given = record.get("id") if isinstance(record, dict) else None
    if isinstance(given, str) and not numeric and _PLAIN.fullmatch(given):  # nearly all are so
        return Identity(given)
    parts = _key(resource, record) if isinstance(record, dict) else []
    if not parts:
        return Identity(_made_id(record, numeric=numeric), odd=True)
    fitting = _number_of(parts) if numeric else _text_of(parts)
    if fitting is not None:
        return Identity(fitting)
    return Identity(_made_id(parts, numeric=numeric), parts[0] if len(parts) == 1 else parts, odd=True)


def field_at(record: Any, path: tuple[str, ...]) -> Any:
    """What stands at a path of a record; None where there is nothing."""
    for name in path:
        if not isinstance(record, dict):
            return None
        record = record.get(name)
    return record


def _key(resource: Resource, record: dict[str, Any]) -> list[Any]:
    """The parts of a record's key; empty where one is missing."""
    if record.get("id") not in (None, ""):
        return [record["id"]]
    parts = [field_at(record, path) for path in resource.key]
    return [] if any(part in (None, "") for part in parts) else parts


def _text_of(parts: list[Any]) -> str | None:
    texts = [_as_text(part) for part in parts]
    if len(texts) == 1 or None in texts:
        return None if None in texts else texts[0]
    # so that "a:b" and "c" do not meet "a" and "b:c"
    return ":".join((text or "").replace("\\", "\\\\").replace(":", "\\:") for text in texts)


def _as_text(value: Any) -> str | None:
    if type(value) is int or (isinstance(value, float) and math.isfinite(value)):
        return str(value)
    if not isinstance(value, str):
        return None
    return value if _PLAIN.fullmatch(value) or _can_be_stored(value) else None


def _can_be_stored(text: str) -> bool:
    """Whether nothing in a text would be replaced, which could make two ids one."""
    return not any("\ud800" <= sign <= "\udfff" for sign in text) and redact_text(text) == text


def _number_of(parts: list[Any]) -> int | None:
    value = parts[0] if len(parts) == 1 else None
    if isinstance(value, str):
        number = int(value) if re.fullmatch(r"0|-?[1-9][0-9]{0,18}", value) else None
    elif type(value) is int or (isinstance(value, float) and value.is_integer()):
        number = int(value)
    else:
        return None
    return number if number is not None and -(2**63) <= number < 2**63 else None


def _made_id(value: Any, *, numeric: bool) -> str | int:
    digest = content_hash(value)
    return -1 - (int(digest[:16], 16) >> 2) if numeric else f"~{digest[:24]}"


def content_hash(value: Any) -> str:
    """SHA-1 of a JSON value, whatever the order of its fields and however deep it is."""
    digest = hashlib.sha1(usedforsecurity=False)
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            digest.update(b"{%d" % len(item))
            waiting += (part for name in sorted(item, reverse=True) for part in (item[name], name))
        elif isinstance(item, list):
            digest.update(b"[%d" % len(item))
            waiting += reversed(item)
        else:
            digest.update(json.dumps(item).encode() + b",")
    return digest.hexdigest()
