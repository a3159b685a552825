"""Why a bar is missed, in the numbers of the same run: what it asks for beside what nobody can go below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.bars import bars, peer_bars
from benchmarks.contenders.floor import CONCURRENCY
from benchmarks.pages import PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.bars import PeerBar
    from benchmarks.plan import Case
    from benchmarks.results import Results


def reasons(results: Results) -> Iterator[str]:
    """One paragraph per missed bar against a peer; every other missed bar is named as one without a reason."""
    told = {bar.work: _reason(bar, results) for bar in peer_bars()}
    for bar in bars(results):
        if bar.met is False:
            yield f"**{bar.work}.** {told.get(bar.work, 'No reason is known: see the parts below.')}"


def latency_alone(case: Case) -> float:
    """Seconds that the answers of a listing take with the default number of requests in flight, without any work."""
    return case.size / PAGE * case.latency / 1000 / CONCURRENCY


def _reason(bar: PeerBar, results: Results) -> str:
    peer = results.middle(bar.case, bar.name)
    if peer is None:
        return ""
    asked, least = peer / bar.times, latency_alone(bar.case)
    told = f"{bar.title} takes {peer:.2f} s here; {bar.times} times faster is {asked:.2f} s."
    if asked < least:
        return f"{told} {_of_latency(bar, results, least)}"
    floor = results.middle(bar.case, "floor")
    if floor is None:
        return told
    return (
        f"{told} The floor, which types, merges, checks and masks nothing, takes {floor:.2f} s of it: for all that the "
        f"kit does beyond, {asked - floor:.2f} s would be left. What it takes is below, part by part."
    )


def _of_latency(bar: PeerBar, results: Results, least: float) -> str:
    told = (
        f"With {CONCURRENCY} requests in flight, the default, the latency alone is {least:g} s: no work of the kit's, "
        f"however fast, can meet this."
    )
    wider, ratio = results.middle(bar.case, "kit_16"), results.ratio((bar.case, bar.name), (bar.case, "kit_16"))
    if wider is None or ratio is None:
        return told
    return f"{told} With `concurrency=16` the kit takes {wider:.2f} s: {ratio:.1f} times faster."
