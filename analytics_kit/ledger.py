"""What the loads left on record: which were complete, what is held, what went wrong last."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from analytics_kit.window import Window, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TABLE = "_kit_loads"
_SEVERITY = ("empty", "loaded", "partial", "failed")
_LINE = 300
Held = Literal["never loaded", "loaded", "empty", "partial"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the record: one part of one resource in one load that was committed."""

    load_id: str
    resource: str
    part: str | None
    since: datetime | None
    until: datetime | None
    status: str
    rows: int
    error: str | None
    api_now: datetime
    loaded_at: datetime
    filters: str | None = None

    @property
    def held(self) -> Window:
        """The window that a complete load holds: never beyond the moment of loading."""
        until = min(self.until, self.api_now) if self.until else self.api_now
        return Window(self.since if self.since is None or self.since < until else None, until)


@dataclass(frozen=True, slots=True)
class Load:
    """What one load did to one resource: as good as its worst part."""

    load_id: str
    parts: tuple[Entry, ...]

    @property
    def status(self) -> str:
        """The worst part's."""
        return worst(entry.status for entry in self.parts)

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return self.status in ("loaded", "empty")

    @property
    def filters(self) -> str | None:
        """What the rows were narrowed by, in words, or None: a filtered load holds no window."""
        return next((entry.filters for entry in self.parts if entry.filters), None)

    @property
    def shortfall(self) -> str | None:
        """Why the rows it brought are not all there are, in one line, or None."""
        if not self.complete:
            return first_line(self.error) or "it is incomplete."
        return f"only rows with {self.filters} were loaded." if self.filters else None

    @property
    def rows(self) -> int:
        """Rows that it brought."""
        return sum(entry.rows for entry in self.parts)

    @property
    def error(self) -> str | None:
        """The first thing that went wrong, or None."""
        return next((entry.error for entry in self.parts if entry.error), None)

    @property
    def loaded_at(self) -> datetime:
        """When it ended."""
        return max(entry.loaded_at for entry in self.parts)


@dataclass(frozen=True, slots=True)
class History:
    """All committed loads of one resource, oldest first."""

    resource: str
    loads: tuple[Load, ...]

    @property
    def last(self) -> Load | None:
        """The last attempt, whatever came of it."""
        return self.loads[-1] if self.loads else None

    @property
    def last_with_rows(self) -> Load | None:
        """The last attempt that was not a failure: what is read comes from it and from those before.

        A filtered one adds rows and says nothing of the others: it counts where there is no other.
        """
        brought = [load for load in reversed(self.loads) if load.status != "failed" or load.rows]
        return next((load for load in brought if not load.filters), brought[0] if brought else None)

    @property
    def last_complete(self) -> Load | None:
        """The last load that brought everything it was asked for."""
        return next((load for load in reversed(self.loads) if load.complete), None)

    @property
    def windows(self) -> list[Window]:
        """The windows held, joined, earliest first."""
        whole = (entry for load in self.loads for entry in load.parts if not entry.filters)
        return joined(entry.held for entry in whole if entry.status in ("loaded", "empty"))

    def state(self, rows: int) -> Held:
        """What is held, of which ``rows`` rows are there to read."""
        last = self.last_with_rows
        if last is None:
            return "never loaded"
        if last.shortfall:
            return "partial"
        return "loaded" if rows else "empty"


def first_line(text: str | None) -> str:
    """The first line of a message, not too long."""
    lines = (text or "").strip().splitlines()
    return textwrap.shorten(lines[0], _LINE, placeholder=" …") if lines else ""


def worst(statuses: Iterable[str]) -> str:
    """The status of a whole from those of its parts; empty only where all of them are."""
    return max(statuses, key=_SEVERITY.index, default="empty")


def histories(entries: Sequence[Entry]) -> dict[str, History]:
    """The record by resource."""
    grouped: dict[str, dict[str, list[Entry]]] = {}
    for entry in sorted(entries, key=lambda entry: entry.load_id):
        grouped.setdefault(entry.resource, {}).setdefault(entry.load_id, []).append(entry)
    return {
        name: History(name, tuple(Load(load_id, tuple(parts)) for load_id, parts in loads.items()))
        for name, loads in grouped.items()
    }
