"""The results as Markdown."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from benchmarks.bars import bars
from benchmarks.contenders import CONTENDERS
from benchmarks.missed import reasons

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from benchmarks.measure import Measured
    from benchmarks.plan import Case
    from benchmarks.results import Results

_TITLES = {
    "import_kit": "`import analytics_kit`",
    "first_frame": "demo: cold start to the first frame",
    "small": "load of the ten small resources, 50 ms",
    "again": "load of 20 000 builds again, nothing changed, 50 ms",
    "frame": "`frame()` of all builds, all columns",
    "frame_columns": "`frame()` of all builds, four columns",
}
_NOTES = """\
Each number is the median of its runs, with the least and the most in brackets; who runs first changes from run to run.
Every run is a fresh process with an empty database. *Time* is the load by the wall clock, without the start of Python
and the imports; *from start* holds these, too. *CPU* and *peak memory* are of the whole process. *× kit* is a
contender's time over the kit's, *× floor* over the floor's. All contenders read the same bodies from one server process
on the same machine, and all were found to hold the same rows with the same ids.

- **floor**: plain requests, four at a time (with a cursor: in order), bodies into files, then DuckDB's own JSON reader
  makes a table. No retries, no merge, no types of ours.
- **kit**: as its README says; `concurrency=16` where answers take time, for an API that allows more than the default of
  four requests in flight.
- **plain dlt**: `rest_api_source` as its documentation teaches it, nesting off (on, the load does not end).
- **PyAirbyte**: a declarative manifest for the same endpoint, DuckDB cache; what the manifest does not declare is left
  out."""

_LEFT = """\
Runs of their own, with a clock around each part: processor seconds, medians. Python lets one thread run at a time, so
that these parts follow each other however many requests are in flight; only the database's writing needs no turn."""


def report(results: Results, facts: Mapping[str, str]) -> str:
    """The whole text: when, with what and where; the bars; one table per listing; the other tasks."""
    parts = ["# Benchmark", _facts(facts)]
    if results.unfinished:
        parts.append(f"**Unfinished: {results.unfinished}.** What was measured until then:")
    parts += ["## Bars", _bars(results)]
    if missed := list(reasons(results)):
        parts += ["### Missed, and why", *missed]
    parts += ["## Loads", _NOTES]
    parts += [part for case in results.cases() for part in (f"### {case.title}", _loads(results, case))]
    if results.parts:
        parts += ["## Where the kit's time goes", _LEFT, _parts(results.parts)]
    if results.tasks:
        parts += ["## Other tasks of the kit", _tasks(results.tasks)]
    return "\n\n".join(parts) + "\n"


def _facts(facts: Mapping[str, str]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in facts.items())


def _bars(results: Results) -> str:
    return _table(
        ("work", "must be", "is", ""), ((bar.work, bar.bound, bar.came or "–", bar.verdict) for bar in bars(results))
    )


def _loads(results: Results, case: Case) -> str:
    titles = ("", "time, s", "× kit", "× floor", "from start, s", "CPU, s", "peak memory, MB", "runs")
    return _table(titles, (_load(results, case, name) for name in CONTENDERS if _is_there(results, case, name)))


def _is_there(results: Results, case: Case, name: str) -> bool:
    return (case, name) in results.loads or (case, name) in results.failed


def _load(results: Results, case: Case, name: str) -> tuple[str, ...]:
    title, runs = CONTENDERS[name].title, results.loads.get((case, name))
    if not runs:
        return title, f"not measured: {results.failed[case, name]}", *[""] * 6
    ratios = (results.ratio((case, name), (case, other)) for other in ("kit", "floor"))
    shown = ("–" if ratio is None else f"{ratio:.2f}" for ratio in ratios)
    return title, _span(runs, "seconds"), *shown, *_columns(runs), str(len(runs))


def _columns(runs: list[Measured]) -> tuple[str, ...]:
    return _span(runs, "from_start"), _span(runs, "cpu"), _span(runs, "peak_mb", 0)


def _parts(parts: Mapping[Case, list[Measured]]) -> str:
    names = list(dict.fromkeys(name for runs in parts.values() for run in runs for name in run.parts))
    rows = [(name, *(_part(runs, name) for runs in parts.values())) for name in names]
    whole = ("all, by the wall clock", *(_span(runs, "seconds") for runs in parts.values()))
    return _table(("part", *(f"{case.title}, s" for case in parts)), [*rows, whole])


def _part(runs: list[Measured], name: str) -> str:
    return f"{median(run.parts[name] for run in runs):.2f}"


def _tasks(tasks: Mapping[str, list[Measured]]) -> str:
    titles = ("", "time, s", "from start, s", "CPU, s", "peak memory, MB", "runs")
    return _table(
        titles,
        ((_TITLES[name], _span(runs, "seconds", 3), *_columns(runs), str(len(runs))) for name, runs in tasks.items()),
    )


def _span(runs: list[Measured], what: str, digits: int = 2) -> str:
    values = [getattr(run, what) for run in runs]
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (titles, ("---",) * len(titles), *rows))
