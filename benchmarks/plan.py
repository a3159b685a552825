"""What is measured, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.contenders import CONTENDERS, Contender

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCE = 20_000
"""Builds in the listing that most bars are about."""
LATENCY = 50
LONGEST_FOR_PEERS = REFERENCE
"""Builds up to which others run, too, unless all is asked for: beyond it they take minutes."""


@dataclass(frozen=True)
class Case:
    """One listing: builds in it, milliseconds that an answer takes, and whether it announces a cursor."""

    size: int
    latency: int
    cursor: bool = False

    @property
    def title(self) -> str:
        """As in the results."""
        return f"{spaced(self.size)} builds, {self.latency} ms{', cursor' if self.cursor else ''}"

    def base_url(self, server: str) -> str:
        """Where the server has it."""
        return f"{server}/{self.size}/{self.latency}/{'cursor' if self.cursor else 'pages'}"


def spaced(number: int) -> str:
    """A number as people read it: 20 000."""
    return f"{number:,}".replace(",", " ")


def cases(sizes: list[int], latencies: list[int]) -> list[Case]:
    """All listings, the one with a cursor last."""
    read_in_order = REFERENCE if REFERENCE in sizes else min(sizes)
    return [
        *(Case(size, latency) for size in sizes for latency in latencies),
        Case(read_in_order, max(latencies), cursor=True),
    ]


def turns(listings: list[Case], names: list[str], repeats: int, *, everyone: bool) -> Iterator[tuple[Case, Contender]]:
    """Who runs on what; who is first changes with each repeat."""
    for case in listings:
        chosen = [CONTENDERS[name] for name in names if _takes_part(CONTENDERS[name], case, everyone=everyone)]
        for repeat in range(repeats if chosen else 0):
            first = repeat % len(chosen)
            yield from ((case, contender) for contender in chosen[first:] + chosen[:first])


def _takes_part(contender: Contender, case: Case, *, everyone: bool) -> bool:
    if contender.ahead and (case.cursor or not case.latency):
        return False
    return everyone or not contender.peer or case.size <= LONGEST_FOR_PEERS
