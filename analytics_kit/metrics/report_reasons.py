"""Why two figures differ: which definition, computed from the builds, gives the API's figure.

No reason is given that was not computed. A definition counts as the API's only where it gives the API's figure in at
least half of the intervals, so that a coincidence in one of them is not taken for a reason. Where nothing was compared,
nothing is proven: an interval in which neither side has a figure speaks for no definition.
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
NOT_COMPARED = "not compared"
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
        has_builds: There are builds in the range; without any, nothing can be compared.
    """

    measure: Measure
    api: Figures
    tried: dict[Definition, Figures]
    tolerance: dict[Definition, float]
    waits: Figures | None = None
    has_builds: bool = True

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
    def told(self) -> list[int]:
        """The intervals for which the API has a figure: no others can be compared."""
        return [place for place, figure in enumerate(self.api) if not isnan(figure)]

    @cached_property
    def telling(self) -> list[int]:
        """Those that can tell definitions apart: in which the API counts something; if none, those with a 0."""
        return [place for place in self.told if self.api[place]] or self.told

    @cached_property
    def quiet(self) -> list[int]:
        """Those in which the API took no wait out of this measure, as far as it says."""
        return [place for place in self.told if self.waits and self.waits[place] == 0]

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
    candidates = [best] if pair.telling and pair.fits(best) >= _LEAST_SHARE * len(pair.telling) else []
    kin = _kin(pair, basis) if proven else None
    return [_verdict(pair, place, candidates, kin) for place in range(len(pair.api))]


def _verdict(pair: Pair, place: int, candidates: list[Definition], kin: Definition | None) -> Verdict:
    if not pair.has_builds:
        return Verdict(NOT_COMPARED, "There are no builds in this range to compare with.")
    if isnan(pair.api[place]) and isnan(pair.tried[pair.measure.ours][place]):
        return Verdict(NOT_COMPARED, "Neither side has a figure in this interval.")
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
    """The definition on the basis that gives the API's figure wherever the API took no wait out, if there is one.

    Where it took one out everywhere, no figure could be compared, and there is none.
    """
    if not pair.quiet:
        return None
    return next((d for d in pair.on(basis) if all(pair.same[d][place] for place in pair.quiet)), None)


def _explained(pair: Pair, definition: Definition) -> Verdict:
    held = f"{pair.fits(definition)} of {_intervals(len(pair.telling))}"
    return Verdict(EXPLAINED, f"The API {_respects(pair, definition)}. Computed so, the figure is the same in {held}.")


def _consistent(pair: Pair, kin: Definition, place: int) -> Verdict:
    """The size of such a difference cannot be computed; its sign, its cause and everything around it were."""
    waits = pair.waits or ()
    everywhere = "the one interval" if len(pair.quiet) == 1 else f"all {len(pair.quiet)} intervals"
    return Verdict(
        CONSISTENT,
        f"The API takes {' and '.join(pair.measure.apart)} out, build by build (a mean of {waits[place]:.1f} seconds "
        f"here); the builds hold no times for it, so that the size cannot be computed. Else it {_respects(pair, kin)}: "
        f"so its total time is the same everywhere, and this figure in {everywhere} without such a wait.",
    )


def _unexplained(pair: Pair, place: int) -> Verdict:
    if isnan(pair.api[place]):
        return Verdict(NOT_COMPARED, "The API gives no figure in this interval.")
    away = {d: abs(figures[place] - pair.api[place]) for d, figures in pair.tried.items()}
    known = [definition for definition, distance in away.items() if not isnan(distance)]
    if not known:
        return Verdict(UNEXPLAINED, "There are no builds to compute it from in this interval.")
    nearest = min(known, key=away.__getitem__)
    figure = f"{pair.tried[nearest][place]:.6g}"
    return Verdict(
        UNEXPLAINED,
        f"None of the {len(pair.tried)} definitions computed gives the API's figures in most intervals. The nearest "
        f"here, which {_respects(pair, nearest)}, gives {figure}.{_suspected(pair, nearest, place)}",
    )


def _suspected(pair: Pair, nearest: Definition, place: int) -> str:
    """What may be the cause, and why it is not proven."""
    if pair.quiet or not pair.waits or not pair.waits[place] > 0 or not _is_lower(pair, nearest, place):
        return ""
    return (
        f" The API takes {' and '.join(pair.measure.apart)} out, for which the builds hold no times (a mean of "
        f"{pair.waits[place]:.1f} seconds here). That may be why; it cannot be checked, because no interval is without."
    )


def _intervals(count: int) -> str:
    return f"{count} interval{'' if count == 1 else 's'}"


def _respects(pair: Pair, definition: Definition) -> str:
    return ", and ".join(differences(definition, pair.measure)) or "counts as we do"
