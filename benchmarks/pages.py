"""The bodies that the server answers with, made before the first request comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from benchmarks.builds import builds

PAGE = 100
SMALL_ROWS = 5
"""Records in the one page of each small resource."""
_PAGED = ("projects", "pipelines", "step-types")
_SMALL = {
    "accounts/bench/users": "data",
    "account-settings": "data",
    "agents": "data",
    "execution-contexts": "docs",
    "contexts": "data",
    "projects": "projects",
    "pipelines": "docs",
    "step-types": "docs",
    "helm/repos": "data",
    "analytics/metadata": "reports",
}


@dataclass(frozen=True)
class Asked:
    """What an address says: ``/SIZE/MILLISECONDS/MODE/path?query``, so that one server can be all of them.

    Attributes:
        size: Builds in the listing.
        latency: Seconds that an answer waits.
        cursor: Whether the listing announces a cursor.
        path: The resource's path, without the first slash.
        start: Records to skip.
    """

    size: int
    latency: float
    cursor: bool
    path: str
    start: int

    @classmethod
    def of(cls, target: str) -> Asked:
        """Read the target of a request line.

        Raises:
            ValueError: it is none of ours.
        """
        parts = urlsplit(target)
        size, milliseconds, mode, path = parts.path.lstrip("/").split("/", 3)
        query = parse_qs(parts.query)
        page, offset = (int(query.get(name, ["0"])[0]) for name in ("page", "offset"))
        return cls(int(size), int(milliseconds) / 1000, mode == "cursor", path, max(0, page - 1) * PAGE + offset)


class Bodies:
    """Every page of every listing as bytes; sizes share the bytes of their builds.

    Args:
        most: Builds in the longest listing.
    """

    def __init__(self, most: int) -> None:
        made = builds(most)
        self._docs = [orjson.dumps(made[start : start + PAGE]) for start in range(0, most, PAGE)]
        self._small = {path: _small_body(path, name) for path, name in _SMALL.items()}

    def body(self, asked: Asked) -> list[bytes]:
        """The pieces of a body; a page beyond the end is empty.

        Raises:
            KeyError: there is no such path.
        """
        if asked.path == "workflow":
            return self._builds(asked)
        beyond = asked.start and asked.path in _PAGED
        return [orjson.dumps({_SMALL[asked.path]: []}) if beyond else self._small[asked.path]]

    def _builds(self, asked: Asked) -> list[bytes]:
        docs = self._docs[asked.start // PAGE] if asked.start < asked.size else b"[]"
        more = b"true" if asked.start + PAGE < asked.size else b"false"
        cursor = b',"pagination":{"nextPage":%b,"sessionId":"c9b1"}' % more if asked.cursor else b""
        return [b'{"workflows":{"docs":', docs, b',"total":%d}' % asked.size, cursor, b"}"]


def _small_body(path: str, name: str) -> bytes:
    records = [_small_record(path, place) for place in range(SMALL_ROWS)]
    return orjson.dumps({name: records[:1] if path == "account-settings" else records})


def _small_record(path: str, place: int) -> dict[str, Any]:
    name = f"{path.replace('/', '-')}-{place}"
    record = {"id": f"65d2b3c4c4b7e90012ab2{place:03d}", "name": name, "updatedAt": "2026-05-01T08:00:00.000Z"}
    return record | {"reportName": name, "metadata": {"name": name, "version": "1.0.0", "id": record["id"]}}
