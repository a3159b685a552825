"""The ways in which the API may compute the figures of its build reports: ours first, then what else is common."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

MEMBERSHIPS = {"finished": "by finish time", "created": "by creation time"}
"""Which time says that a build belongs to an interval."""

POPULATIONS = {
    "success": "successful builds only",
    "judged": "successful and failed builds, terminated left out",
    "executed": "builds that started and ended, terminated included, never started and pending left out",
    "final": "all ended builds, terminated and never started included, pending left out",
    "all": "builds of any status, unfinished included",
}
"""Which builds count."""

STATISTICS = {"buildAvgDuration": "mean", "buildP50Duration": "p50", "buildP90Duration": "p90"}
"""The reports that can be recomputed from builds, and how each condenses durations."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One way to compute a figure.

    Attributes:
        membership: Key of `MEMBERSHIPS`.
        population: Key of `POPULATIONS`.
        negatives: Times that run backwards (clock skew) are kept, not left out.
        apart: Waits that the API shows in columns of their own are taken off ours; only means can be.
    """

    membership: str
    population: str
    negatives: bool = False
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of the API's build reports, and what it is compared with.

    Attributes:
        series: Its name in the API.
        name: Ours.
        unit: Unit of the compared figures: ``builds``, ``rate`` or ``seconds``.
        span: ``total``, ``run`` or ``queue`` for a duration, else empty.
        definitions: Ours first, then the others, the nearer to ours the earlier.
        apart: Columns with waits that the API takes out of this one, build by build.
    """

    series: str
    name: str
    unit: str
    span: str
    definitions: tuple[Definition, ...]
    apart: tuple[str, ...] = ()

    @property
    def ours(self) -> Definition:
        """The definition of the kit's own metric."""
        return self.definitions[0]


def differences(definition: Definition, measure: Measure) -> list[str]:
    """In which respects a definition is another than ours, in words that follow "the API" or "it"."""
    ours, told = measure.ours, []
    if definition.membership != ours.membership:
        here, there = MEMBERSHIPS[definition.membership], MEMBERSHIPS[ours.membership]
        told.append(f"puts builds into intervals {here}, not {there}")
    if definition.population != ours.population:
        told.append(f"takes {POPULATIONS[definition.population]} (ours: {POPULATIONS[ours.population]})")
    if definition.negatives != ours.negatives:
        told.append("keeps times that run backwards (clock skew), which ours leaves out")
    if definition.apart != ours.apart:
        told.append(f"shows {' and '.join(measure.apart)} apart, which ours includes")
    return told


def _measure(
    series: str,
    name: str,
    unit: str,
    ours: Definition,
    others: tuple[str, ...],
    span: str = "",
    apart: tuple[str, ...] = (),
) -> Measure:
    """A measure with all definitions that make sense for it, those that differ from ours in fewer respects first."""
    flags = ((False, True) if span else (False,), (False, True) if apart else (False,))
    made = [Definition(*choice) for choice in product(MEMBERSHIPS, (ours.population, *others), *flags)]
    measure = Measure(series, name, unit, span, (ours,), apart)
    made.sort(key=lambda definition: len(differences(definition, measure)))
    return Measure(series, name, unit, span, tuple(made), apart)


# Each first definition is that of the kit's own metric: throughput, success_rate, run_time and queue_time.
TOTAL_TIME = _measure(
    "totalDuration",
    "total_time",
    "seconds",
    Definition("finished", "success"),
    ("judged", "executed", "final"),
    "total",
)
MEASURES = (
    _measure("totalBuilds", "builds", "builds", Definition("created", "all"), ("judged", "executed", "final")),
    _measure("successfulBuilds", "successes", "builds", Definition("created", "success"), ()),
    _measure("successRate", "success_rate", "rate", Definition("finished", "judged"), ("executed", "final", "all")),
    TOTAL_TIME,
    _measure(
        "initializingDuration",
        "queue_time",
        "seconds",
        Definition("created", "all"),
        ("success", "judged", "executed"),
        "queue",
        ("pendingConcurrencyDuration", "delayDuration"),
    ),
    _measure(
        "runningDuration",
        "run_time",
        "seconds",
        Definition("finished", "success"),
        ("judged", "executed"),
        "run",
        ("pendingApprovalDuration",),
    ),
)
