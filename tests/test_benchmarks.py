"""The benchmark itself: it measures what it says, and does not compare what is not equal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.__main__ import Bench, UnequalRowsError, main, parsed
from benchmarks.bars import bars
from benchmarks.contenders import CONTENDERS
from benchmarks.measure import Measured, measure, serving
from benchmarks.missed import reasons
from benchmarks.pages import Asked, Bodies
from benchmarks.plan import Case, turns
from benchmarks.results import Results
from benchmarks.tables import report

REFERENCE = Case(20_000, 50)


def run(seconds: float) -> Measured:
    return Measured(seconds=seconds, from_start=seconds + 1, cpu=seconds, peak_mb=100)


@pytest.mark.long
def test_contenders_hold_the_same_rows_and_stand_beside_each_other(tmp_path: Path) -> None:
    """Floor, kit and plain dlt bring the same ids; the table shows each time over the kit's and the floor's."""
    written = tmp_path / "results.md"
    options = "--sizes 300 --latencies 0 --repeats 1 --contenders floor,kit,plain_dlt --no-tasks"
    assert main([*options.split(), "--results", str(written)]) == 0
    text = written.read_text(encoding="utf-8")
    assert "Unfinished" not in text
    for section in ("### 300 builds, 0 ms\n", "### 300 builds, 0 ms, cursor\n"):
        rows = text.partition(section)[2].partition("###")[0]
        found = re.findall(r"(?m)^\| (\S+(?: dlt)?) \| [\d.]+ \([^|]+\) \| ([\d.]+) \| ([\d.]+) \|", rows)
        assert [name for name, *_ in found] == ["floor", "**kit**", "plain dlt"]
        assert (found[0][2], found[1][1]) == ("1.00", "1.00")


def test_unequal_rows_end_the_benchmark() -> None:
    """Times of contenders that hold different rows, or too few, are not compared."""
    bench = Bench(parsed(["--sizes", "300"]), "", Results())
    bench.compare(Case(300, 0), CONTENDERS["floor"], 300, "ids")
    bench.compare(Case(300, 50), CONTENDERS["kit"], 300, "ids")
    with pytest.raises(UnequalRowsError, match="plain_dlt holds 300 rows"):
        bench.compare(Case(300, 0), CONTENDERS["plain_dlt"], 300, "other ids")
    with pytest.raises(UnequalRowsError, match="kit holds 299 rows"):
        bench.compare(Case(300, 0), CONTENDERS["kit"], 299, "ids")


def test_bars_are_computed_from_medians() -> None:
    """A bar is met by the median, missed where it falls short, and open where nothing was measured."""
    loads = {
        (REFERENCE, "kit"): [run(9.0), run(2.0), run(2.5)],
        (REFERENCE, "plain_dlt"): [run(20.0)],
        (REFERENCE, "pyairbyte"): [run(19.9)],
    }
    verdicts = {bar.work: bar.verdict for bar in bars(Results(loads))}
    assert verdicts["20 000 builds, 50 ms: faster than plain dlt"] == "met"
    assert verdicts["20 000 builds, 50 ms: faster than PyAirbyte"] == "**missed**"
    assert verdicts["20 000 builds, 50 ms: time of the floor"] == "not measured"


def test_a_missed_bar_is_told_with_what_nobody_can_go_below() -> None:
    """Where the latency alone is more than the bar leaves, it says so, and what more requests in flight bring."""
    fast = Case(20_000, 0)
    loads = {
        (REFERENCE, "kit"): [run(3.5)],
        (REFERENCE, "kit_16"): [run(2.0)],
        (REFERENCE, "pyairbyte"): [run(16.0)],
        (fast, "kit"): [run(1.5)],
        (fast, "pyairbyte"): [run(6.0)],
        (fast, "floor"): [run(0.9)],
        (fast, "plain_dlt"): [run(30.0)],
    }
    slow, quick = reasons(Results(loads))
    assert slow.startswith("**20 000 builds, 50 ms: faster than PyAirbyte.**")
    assert "8 times faster is 2.00 s" in slow
    assert "the latency alone is 2.5 s" in slow
    assert "takes 2.00 s: 8.0 times faster" in slow
    assert "5 times faster is 1.20 s" in quick
    assert "0.30 s would be left" in quick
    assert "### Missed, and why" in report(Results(loads), {})
    assert not list(reasons(Results({(REFERENCE, "kit"): [run(2.0)], (REFERENCE, "pyairbyte"): [run(16.0)]})))


def test_each_part_of_a_load_has_its_clock(tmp_path: Path) -> None:
    """Each part of a load has its clock, what is in none of them is left over, and the table names them all."""
    with serving(300) as server:
        address = f"{server}/300/0/pages"
        taken = measure("benchmarks.parts", address, str(tmp_path / "parts.duckdb"), folder=tmp_path)
    assert len(taken.parts) == 7
    assert all(seconds > 0 for name, seconds in taken.parts.items() if not name.startswith("waiting"))
    text = report(Results(parts={Case(300, 0): [taken]}), {})
    assert all(f"| {name} | {seconds:.2f} |" in text for name, seconds in taken.parts.items())


def test_each_repeat_begins_with_another_contender() -> None:
    """Nobody always runs on a machine that another one has just warmed; others sit out the longest listings."""
    listings = [Case(300, 0), Case(100_000, 0)]
    order = [(case.size, one.name) for case, one in turns(listings, ["floor", "kit", "plain_dlt"], 2, everyone=False)]
    assert order[:6] == [(300, name) for name in ("floor", "kit", "plain_dlt", "kit", "plain_dlt", "floor")]
    assert order[6:] == [(100_000, name) for name in ("floor", "kit", "kit", "floor")]


def test_more_requests_in_flight_are_measured_only_where_they_can_help() -> None:
    """Sixteen at once take part where answers take time and the API lets pages be asked for ahead."""
    listings = [Case(300, 0), Case(300, 50), Case(300, 50, cursor=True)]
    assert [case for case, _ in turns(listings, ["kit_16"], 1, everyone=True)] == [Case(300, 50)]


def test_sizes_share_their_builds() -> None:
    """A shorter listing is the beginning of the longer one, ends with an empty page, and says its own total."""
    bodies = Bodies(300)
    bodies_of = {target: b"".join(bodies.body(Asked.of(target))) for target in _TARGETS}
    first, same, beyond, cursor = bodies_of.values()
    assert first.partition(b',"total"')[0] == same.partition(b',"total"')[0]
    assert beyond == b'{"workflows":{"docs":[],"total":200}}'
    assert cursor.endswith(b',"total":200},"pagination":{"nextPage":false,"sessionId":"c9b1"}}')


_TARGETS = (
    "/200/0/pages/workflow?page=2&limit=100",
    "/300/0/pages/workflow?page=2&limit=100",
    "/200/0/pages/workflow?page=3&limit=100",
    "/200/50/cursor/workflow?limit=100&page=2",
)
