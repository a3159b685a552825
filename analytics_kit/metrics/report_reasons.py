"""Why two figures differ: which definition, computed from the builds, gives the API's figure.

No reason is given that was not computed. A definition counts as the API's only where it gives the API's figure in at
least half of the intervals, so that a coincidence in one of them is not taken for a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import isnan
from typing import NamedTuple

from analytics_kit.metrics.report_definitions import MEMBERSHIPS, POPULATIONS, Definition, Measure, differences

Figures = tuple[float, ...]

AGREES, EXPLAINED, CONSISTENT, UNEXPLAINED = "agrees", "explained", "consistent", "unexplained"
_LEAST_SHARE = 0.5


class Basis(NamedTuple):
    """Which builds the API counts, and where, as far as all its columns together tell."""

    membership: str
    population: str


class Verdict(NamedTuple):
    """What is found about one interval."""

    verdict: str
    reason: str


@dataclass(frozen=True)
class Pair:
    """One measure of one report: the API's figures and ours, by interval; NaN where there is none.

    Attributes:
        measure: What is compared.
        api: The API's figures, in our unit.
        tried: Our figures under each definition that could be computed, ours among them.
        tolerance: Largest difference that the API's rounding explains, by definition.
        waits: The API's own mean of the waits that it takes out of this measure, in our unit; None if not known.
    """

    measure: Measure
    api: Figures
    tried: dict[Definition, Figures]
    tolerance: dict[Definition, float]
    waits: Figures | None = None

    @cached_property
    def same(self) -> dict[Definition, list[bool]]:
        """Where each definition gives the API's figure; no figure on both sides is the same, too."""
        return {
            definition: [
                abs(ours - api) <= self.tolerance[definition] or (isnan(ours) and isnan(api))
                for ours, api in zip(figures, self.api, strict=True)
            ]
            for definition, figures in self.tried.items()
        }

    @cached_property
    def telling(self) -> list[int]:
        """The intervals that can tell definitions apart: those in which the API counts something; if none, all."""
        told = [place for place, figure in enumerate(self.api) if figure and not isnan(figure)]
        return told or list(range(len(self.api)))

    def fits(self, definition: Definition) -> int:
        """In how many of the telling intervals a definition gives the API's figure."""
        return sum(self.same[definition][place] for place in self.telling)

    def on(self, basis: Basis) -> list[Definition]:
        """The definitions on the same builds; where a measure has one population only, membership decides."""
        populations = {definition.population for definition in self.tried}
        wanted = populations if len(populations) == 1 else {basis.population}
        return [d for d in self.tried if d.membership == basis.membership and d.population in wanted]

    def best(self, basis: Basis) -> Definition:
        """The definition that fits most intervals; of several one on the basis, then the nearest to ours."""
        preferred = self.on(basis)
        return max(self.tried, key=lambda definition: (self.fits(definition), definition in preferred))


def common_basis(pairs: Sequence[Pair]) -> Basis:
    """The builds and the membership that fit the most figures of all measures; of several the nearest to ours."""
    choices = (Basis(*choice) for choice in product(MEMBERSHIPS, POPULATIONS))
    return max(choices, key=lambda basis: _support(basis, pairs))


def _support(basis: Basis, pairs: Iterable[Pair]) -> tuple[int, int]:
    fits = [max((pair.fits(d) for d in pair.on(basis)), default=0) for pair in pairs]
    ours = [
        (pair.measure.ours.membership, pair.measure.ours.population).count(part) for pair in pairs for part in basis
    ]
    return sum(fits), sum(ours)


def verdicts(pair: Pair, basis: Basis, *, proven: bool = False) -> list[Verdict]:
    """What is found about each interval, in order.

    Args:
        pair: One measure of one report.
        basis: Of all measures together.
        proven: The basis gives the API's total time in all intervals of the report.
    """
    best = pair.best(basis)
    candidates = [best] if pair.fits(best) >= _LEAST_SHARE * len(pair.telling) else []
    kin = _kin(pair, basis) if proven else None
    return [_verdict(pair, place, candidates, kin) for place in range(len(pair.api))]


def _verdict(pair: Pair, place: int, candidates: list[Definition], kin: Definition | None) -> Verdict:
    if pair.same[pair.measure.ours][place]:
        return Verdict(AGREES, "Same figure by our own definition.")
    for definition in (*candidates, *([kin] if kin else [])):
        if pair.same[definition][place]:
            return _explained(pair, definition)
    if kin and pair.waits and pair.waits[place] > 0 and _is_lower(pair, kin, place):
        return _consistent(pair, kin, place)
    return _unexplained(pair, place)


def _is_lower(pair: Pair, definition: Definition, place: int) -> bool:
    """Taking a wait out of each build can only lower a figure."""
    return pair.api[place] <= pair.tried[definition][place] + pair.tolerance[definition]


def _kin(pair: Pair, basis: Basis) -> Definition | None:
    """The definition on the basis that gives the API's figure wherever the API took no wait out, if there is one."""
    if pair.waits is None:
        return None
    quiet = [place for place, wait in enumerate(pair.waits) if wait == 0]
    return next((d for d in pair.on(basis) if all(pair.same[d][place] for place in quiet)), None)


def _explained(pair: Pair, definition: Definition) -> Verdict:
    n = len(pair.telling)
    held = f"{pair.fits(definition)} of {n} interval{'' if n == 1 else 's'}"
    return Verdict(EXPLAINED, f"The API {_respects(pair, definition)}. Computed so, the figure is the same in {held}.")


def _consistent(pair: Pair, kin: Definition, place: int) -> Verdict:
    """The size of such a difference cannot be computed; its sign, its cause and everything around it were."""
    waits = pair.waits or ()
    quiet = sum(wait == 0 for wait in waits)
    return Verdict(
        CONSISTENT,
        f"The API takes {' and '.join(pair.measure.apart)} out, build by build (a mean of {waits[place]:.1f} seconds "
        f"here); the builds hold no times for it, so that the size cannot be computed. Else it {_respects(pair, kin)}: "
        f"so its total time is the same everywhere, and this figure in all {quiet} intervals without such a wait.",
    )


def _unexplained(pair: Pair, place: int) -> Verdict:
    away = {d: abs(figures[place] - pair.api[place]) for d, figures in pair.tried.items()}
    known = [definition for definition, distance in away.items() if not isnan(distance)]
    if not known:
        missing = "The API gives no figure" if isnan(pair.api[place]) else "There are no builds to compute it from"
        return Verdict(UNEXPLAINED, f"{missing} in this interval.")
    nearest = min(known, key=away.__getitem__)
    return Verdict(
        UNEXPLAINED,
        f"None of the {len(pair.tried)} definitions computed gives the API's figures in most intervals. The nearest "
        f"here, which {_respects(pair, nearest)}, gives {pair.tried[nearest][place]:.6g}.",
    )


def _respects(pair: Pair, definition: Definition) -> str:
    return ", and ".join(differences(definition, pair.measure)) or "counts as we do"
