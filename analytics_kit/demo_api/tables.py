"""A resource's records, in the order in which they are served, made into JSON when first asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Record = dict[str, Any]


def encode(value: object) -> bytes:
    """Compact JSON, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


class Table(Generic[Item]):
    """Items of one resource; each is rendered to a record, and the record to JSON, once.

    Args:
        items: In serving order.
        key: The item's id, as text.
        render: The item as the API shows it.
        patch: The item with some fields of its record replaced.
    """

    def __init__(
        self,
        items: Iterable[Item],
        key: Callable[[Item], str],
        render: Callable[[Item], Record],
        patch: Callable[[Item, Record], Item],
    ) -> None:
        self.items = list(items)
        self._initial = list(self.items)
        self._key = key
        self._render = render
        self._patch = patch
        self._encoded: dict[str, bytes] = {}

    def records(self) -> list[Record]:
        """All records, as dicts."""
        return [self._render(item) for item in self.items]

    def encoded(self, item: Item) -> bytes:
        """One record as JSON."""
        key = self._key(item)
        found = self._encoded.get(key)
        if found is None:
            found = self._encoded[key] = encode(self._render(item))
        return found

    def find(self, key: str) -> Item | None:
        """The item with this id, if there is one."""
        return next((item for item in self.items if self._key(item) == key), None)

    def change(self, key: str, fields: Record) -> bool:
        """Replace fields of one record; False where the id is unknown."""
        for place, item in enumerate(self.items):
            if self._key(item) == key:
                self.items[place] = self._patch(item, fields)
                self._encoded.pop(key, None)
                return True
        return False

    def delete(self, key: str) -> bool:
        """Take one record away; False where the id is unknown."""
        before = len(self.items)
        self.items = [item for item in self.items if self._key(item) != key]
        return len(self.items) < before

    def reset(self) -> None:
        """As it was in the beginning."""
        self.items = list(self._initial)
        self._encoded.clear()


def plain_table(records: Iterable[Record], key: Callable[[Record], str]) -> Table[Record]:
    """A table whose items are the records themselves."""
    return Table(records, key, lambda record: record, lambda record, fields: record | fields)
