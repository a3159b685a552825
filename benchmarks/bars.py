"""What must be true of the numbers, and whether it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.plan import LATENCY, REFERENCE, Case, spaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.results import Results

LONG = 100_000
MORE_MEMORY = 150
"""Megabytes that the long load may take beyond the reference."""


@dataclass(frozen=True)
class Bar:
    """One bar: what it is about, the bound, what came (None: not measured), and whether it is met."""

    work: str
    bound: str
    came: str | None
    met: bool | None

    @property
    def verdict(self) -> str:
        """In one word."""
        return {None: "not measured", True: "met", False: "**missed**"}[self.met]


@dataclass(frozen=True)
class PeerBar:
    """How many times faster than a peer the kit must be on one listing."""

    case: Case
    name: str
    title: str
    times: int

    @property
    def work(self) -> str:
        """As in the results."""
        return f"{self.case.title}: faster than {self.title}"


def peer_bars() -> list[PeerBar]:
    """The bars against others."""
    slow, quick = Case(REFERENCE, LATENCY), Case(REFERENCE, 0)
    return [
        PeerBar(slow, "pyairbyte", "PyAirbyte", 8),
        PeerBar(slow, "plain_dlt", "plain dlt", 7),
        PeerBar(quick, "pyairbyte", "PyAirbyte", 5),
        PeerBar(quick, "plain_dlt", "plain dlt", 5),
    ]


def bars(results: Results) -> list[Bar]:
    """All bars, in the order of importance."""
    return [*_against_peers(results), *_against_floor(results), *_growth(results), *_memory(results), *_start(results)]


def _against_peers(results: Results) -> Iterator[Bar]:
    for bar in peer_bars():
        yield _at_least(bar.work, bar.times, results.ratio((bar.case, bar.name), (bar.case, "kit")))


def _against_floor(results: Results) -> Iterator[Bar]:
    for case in (Case(REFERENCE, 0), Case(REFERENCE, LATENCY)):
        yield _at_most(f"{case.title}: time of the floor", 2.5, results.ratio((case, "kit"), (case, "floor")), "times")


def _growth(results: Results) -> Iterator[Bar]:
    for latency in (0, LATENCY):
        long, short = (Case(LONG, latency), "kit"), (Case(REFERENCE, latency), "kit")
        yield _at_most(f"{long[0].title}: time of {spaced(REFERENCE)} builds", 5.5, results.ratio(long, short), "times")
        peaks = results.middle(*long, "peak_mb"), results.middle(*short, "peak_mb")
        more = peaks[0] - peaks[1] if peaks[0] is not None and peaks[1] is not None else None
        yield _at_most(f"{long[0].title}: memory beyond that of {spaced(REFERENCE)} builds", MORE_MEMORY, more, "MB")


def _memory(results: Results) -> Iterator[Bar]:
    for case in (Case(REFERENCE, 0), Case(REFERENCE, LATENCY)):
        ratio = results.ratio((case, "kit"), (case, "plain_dlt"), "peak_mb")
        yield _at_most(f"{case.title}: memory of plain dlt", 1, ratio, "times")


def _start(results: Results) -> Iterator[Bar]:
    yield _at_most("`import analytics_kit`, from a cold process", 0.3, results.task("import_kit", "from_start"), "s")
    yield _at_most("first frame of the demo, from a cold process", 5, results.task("first_frame", "from_start"), "s")


def _at_least(work: str, bound: float, came: float | None) -> Bar:
    met = None if came is None else came >= bound
    return Bar(work, f"at least {bound:g} times", None if came is None else f"{came:.1f} times", met)


def _at_most(work: str, bound: float, came: float | None, unit: str) -> Bar:
    met = None if came is None else came <= bound
    text = None if came is None else f"{came:.0f} MB" if unit == "MB" else f"{came:.2f} {unit}"
    return Bar(work, f"at most {bound:g} {unit}", text, met)
