"""`python -m benchmarks`: measure, compare, and write results.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.contenders import CONTENDERS, Contender
from benchmarks.machine import facts
from benchmarks.measure import ROOT, Measured, RunFailedError, held, measure, serving
from benchmarks.plan import REFERENCE, Case, cases, turns
from benchmarks.results import Results
from benchmarks.tables import report
from benchmarks.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class UnequalRowsError(Exception):
    """Two contenders hold different rows: what they took cannot be compared."""


class Bench:
    """One run of the benchmark.

    Args:
        options: As parsed from the command line.
        server: Address of the server.
        results: Where the numbers go, as they come.
    """

    def __init__(self, options: argparse.Namespace, server: str, results: Results) -> None:
        self._options, self._server, self._results = options, server, results
        self._ids: dict[int, str] = {}
        self._cases = cases(options.sizes, options.latencies)

    def loads(self) -> None:
        """Every contender on every listing."""
        planned = list(turns(self._cases, self._options.contenders, self._options.repeats, everyone=self._options.all))
        for number, (case, contender) in enumerate(planned, 1):
            if (case, contender.name) not in self._results.failed:
                with _line(f"[{number}/{len(planned)}] {case.title}, {contender.name}") as told:
                    told(self._load(case, contender))

    def tasks(self) -> None:
        """What else a user waits for."""
        with tempfile.TemporaryDirectory(prefix="bench_") as folder:
            filled = Path(folder) / "filled.duckdb"
            largest = Case(max(self._options.sizes), 0)
            with _line("filling a database") as told:
                told(self._run(largest, CONTENDERS["kit"], filled))
            for number in range(self._options.repeats):
                for name in TASKS:
                    with _line(f"[{number + 1}/{self._options.repeats}] {name}") as told:
                        told(self._task(name, filled))

    def parts(self) -> None:
        """Where the kit's time goes."""
        for case in (case for case in self._cases if case.size == REFERENCE and not case.cursor):
            for number in range(self._options.repeats):
                with (
                    tempfile.TemporaryDirectory(prefix="bench_") as folder,
                    _line(f"[{number + 1}/{self._options.repeats}] {case.title}, parts") as told,
                ):
                    database = Path(folder) / "rows.duckdb"
                    base_url = case.base_url(self._server)
                    taken = measure("benchmarks.parts", base_url, str(database), folder=Path(folder))
                    self._results.parts.setdefault(case, []).append(taken)
                    told(taken)

    def compare(self, case: Case, contender: Contender, rows: int, ids: str) -> None:
        """Hold what a contender brought against the size of the listing and against all others.

        Raises:
            UnequalRowsError: it has other rows than they.
        """
        expected = self._ids.setdefault(case.size, ids)
        if (rows, ids) != (case.size, expected):
            what = (
                f"{case.title}: {contender.name} holds {rows} rows with ids {ids}, and not {case.size} with {expected}"
            )
            raise UnequalRowsError(what)

    def _load(self, case: Case, contender: Contender) -> Measured | str:
        try:
            with tempfile.TemporaryDirectory(prefix="bench_") as folder:
                database = Path(folder) / "rows.duckdb"
                taken = self._run(case, contender, database)
                self.compare(case, contender, *held(database, contender.table))
        except (RunFailedError, OSError) as error:
            self._results.failed[case, contender.name] = str(error)
            return f"failed: {error}"
        self._results.loads.setdefault((case, contender.name), []).append(taken)
        return taken

    def _run(self, case: Case, contender: Contender, database: Path) -> Measured:
        python = str(self._options.airbyte_python) if contender.own_environment else sys.executable
        if not Path(python).exists():
            raise RunFailedError("its environment is not there; `make bench` sets it up")
        return measure(
            contender.module, case.base_url(self._server), str(database), folder=database.parent, python=python
        )

    def _task(self, name: str, filled: Path) -> Measured:
        with tempfile.TemporaryDirectory(prefix="bench_") as folder:
            database = filled if name.startswith("frame") else Path(folder) / "rows.duckdb"
            base_url = self._cases[-1].base_url(self._server).replace("/cursor", "/pages")
            taken = measure("benchmarks.tasks", name, base_url, str(database), folder=Path(folder))
        self._results.tasks.setdefault(name, []).append(taken)
        return taken


@contextmanager
def _line(what: str) -> Iterator[Callable[[Measured | str], None]]:
    """One line per run on stderr: what runs, then what it took."""

    def told(took: Measured | str) -> None:
        line = took if isinstance(took, str) else f"{took.seconds:.2f} s, {took.cpu:.1f} s CPU, {took.peak_mb:.0f} MB"
        sys.stderr.write(f"{line}\n")

    sys.stderr.write(f"{what}: ")
    sys.stderr.flush()
    yield told


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sizes", type=_numbers, default=[2_000, 20_000, 100_000], help="builds, as in 2000,20000")
    parser.add_argument("--latencies", type=_numbers, default=[0, 50], help="milliseconds per answer, as in 0,50")
    parser.add_argument("--contenders", type=_names, default=list(CONTENDERS), help=",".join(CONTENDERS))
    parser.add_argument("--repeats", type=int, default=3, help="runs of each")
    parser.add_argument("--all", action="store_true", help="everyone on the longest listings, too: takes many minutes")
    parser.add_argument("--no-tasks", action="store_true", help="loads only")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results.md", help="file to write")
    parser.add_argument("--airbyte-python", type=Path, default=ROOT / ".venv-airbyte" / "bin" / "python")
    return parser.parse_args(arguments)


def _numbers(text: str) -> list[int]:
    return sorted(int(part) for part in text.split(","))


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(CONTENDERS):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: choose from {', '.join(CONTENDERS)}")
    return names


def main(arguments: list[str]) -> int:
    """Measure and write; what was measured is written also where it ends early."""
    options, results = parsed(arguments), Results()
    known = facts(str(options.airbyte_python))
    try:
        with serving(max(options.sizes)) as server:
            bench = Bench(options, server, results)
            bench.loads()
            if not options.no_tasks:
                bench.tasks()
                bench.parts()
    except KeyboardInterrupt:
        results.unfinished = "interrupted"
    except (UnequalRowsError, RunFailedError) as error:
        results.unfinished = str(error)
    options.results.write_text(report(results, known), encoding="utf-8")
    sys.stderr.write(f"\n{results.unfinished or 'done'}: {options.results}\n")
    return 1 if results.unfinished or results.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
