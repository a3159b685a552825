"""What was measured, and the questions asked of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.measure import Measured
    from benchmarks.plan import Case


@dataclass
class Results:
    """All runs so far.

    Attributes:
        loads: Runs by listing and contender's name.
        tasks: Runs by task.
        parts: Runs of the kit with a clock around each part, by listing.
        failed: Why a contender has no number, by listing and name.
        unfinished: Why not everything was measured, or None.
    """

    loads: dict[tuple[Case, str], list[Measured]] = field(default_factory=dict)
    tasks: dict[str, list[Measured]] = field(default_factory=dict)
    parts: dict[Case, list[Measured]] = field(default_factory=dict)
    failed: dict[tuple[Case, str], str] = field(default_factory=dict)
    unfinished: str | None = None

    def cases(self) -> list[Case]:
        """Listings with at least one run or failure, in the order in which they were measured."""
        return list(dict.fromkeys(case for case, _ in (*self.loads, *self.failed)))

    def middle(self, case: Case, name: str, what: str = "seconds") -> float | None:
        """The median of one figure of one contender, or None where it was not measured."""
        runs = self.loads.get((case, name))
        return median(getattr(run, what) for run in runs) if runs else None

    def ratio(self, over: tuple[Case, str], under: tuple[Case, str], what: str = "seconds") -> float | None:
        """One median over another, or None."""
        above, below = self.middle(*over, what), self.middle(*under, what)
        return above / below if above is not None and below else None

    def task(self, name: str, what: str = "seconds") -> float | None:
        """The median of one figure of a task, or None."""
        runs = self.tasks.get(name)
        return median(getattr(run, what) for run in runs) if runs else None
