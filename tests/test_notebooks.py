"""How the notebooks read, and that nbval sees when they say something else."""

from __future__ import annotations

import ast
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from analytics_kit.demo_api.__main__ import DEFAULT_KEY

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted((ROOT / "notebooks").glob("*.ipynb"))
QUESTIONS = [file for file in FILES if not file.name.startswith("00")]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")

LARGEST = 400_000  # bytes
MACHINE_PATH = re.compile(r"(?<![\w.:/~>}-])(?:/(?:home|Users|root|work|opt|mnt|tmp|var)/|[A-Z]:\\+Users\\+)[\w.]")
SMALL_TALK = re.compile(r"\b(simply|just|obviously|of course|easy|easily)\b", re.IGNORECASE)
CHART_TYPE = "application/vnd.vegalite.v5+json"

for_each = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
for_each_question = pytest.mark.parametrize("file", QUESTIONS, ids=lambda file: file.stem)


def cells(file: Path, kind: str) -> list[Any]:
    return [cell for cell in nbformat.read(file, as_version=4).cells if cell.cell_type == kind]


def headings(file: Path) -> list[str]:
    texts = (line for cell in cells(file, "markdown") for line in cell.source.splitlines())
    return [line.removeprefix("## ") for line in texts if line.startswith("## ")]


def shows_something(source: str) -> bool:
    """Whether a cell ends in an expression, so that it has to have an output."""
    return isinstance(ast.parse(source).body[-1], ast.Expr)


def test_there_is_a_notebook_for_each_question() -> None:
    """The first steps, builds, audit and reports, numbered in the order in which they are read."""
    assert [file.stem for file in FILES] == ["00_start_here", "01_builds", "02_audit", "03_analytics_reports"]


@for_each
def test_the_title_asks_one_question_and_the_list_names_the_headings(file: Path) -> None:
    """Title, then what will be seen, in the words of the numbered headings; what next comes last."""
    texts = cells(file, "markdown")
    title = texts[0].source.splitlines()[0]
    listed = next(found for cell in texts if (found := re.findall(r"(?m)^\d\. .+$", cell.source)))
    assert title.startswith("# ")
    assert title.count("?") == 1
    assert headings(file) == [*listed, "What next"]
    assert 4 <= len(listed) <= 6
    assert [line[0] for line in listed] == [str(number) for number in range(1, len(listed) + 1)]


@for_each
def test_it_is_as_long_as_can_be_read(file: Path) -> None:
    """15 to 30 cells, none empty; code of 3 lines in the middle and 12 at most; a file below 400 kB."""
    every = nbformat.read(file, as_version=4).cells
    lines = [len(cell.source.splitlines()) for cell in cells(file, "code")]
    assert 15 <= len(every) <= 30
    assert all(cell.source.strip() for cell in every)
    assert statistics.median(lines) <= 3
    assert max(lines) <= 12
    assert file.stat().st_size < LARGEST


@for_each
def test_code_that_is_worth_a_name_is_in_the_package(file: Path) -> None:
    """No functions, classes, loops, try or print: a cell asks, and the kit answers."""
    nodes = [node for cell in cells(file, "code") for node in ast.walk(ast.parse(cell.source))]
    built = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.Try, ast.With)
    assert [ast.unparse(node) for node in nodes if isinstance(node, built)] == []
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert called.isdisjoint({"print", "display", "exec", "eval", "open"})


@for_each
def test_the_text_promises_nothing_by_its_tone(file: Path) -> None:
    """Nothing is said to be simple or obvious; whoever does not see it would feel alone."""
    assert [found[0] for cell in cells(file, "markdown") for found in SMALL_TALK.finditer(cell.source)] == []


@for_each
def test_parameters_are_literals_with_an_example_each(file: Path) -> None:
    """One cell, tagged for papermill: at most 8 literals, each with a comment; the default is the demo."""
    (cell,) = [cell for cell in cells(file, "code") if cell.metadata.get("tags")]
    assert cell.metadata["tags"] == ["parameters"]
    lines, body = cell.source.splitlines(), ast.parse(cell.source).body
    assert len(lines) == len(body) <= 8
    assert all("  # " in line for line in lines)
    values = {}
    for node in body:
        assert isinstance(node, ast.Assign)
        (target,) = node.targets
        assert isinstance(target, ast.Name)
        values[target.id] = ast.literal_eval(node.value)
    assert values["source"] == "demo"
    assert values["since"]


@for_each_question
def test_the_parameters_are_checked_before_anything_is_asked(file: Path) -> None:
    """Imports, parameters, then the check: a wrong one is told before the first request."""
    imports, parameters, check, *_ = cells(file, "code")
    names = [node.targets[0].id for node in ast.parse(parameters.source).body if isinstance(node, ast.Assign)]
    assert all("import" in line or not line or line.startswith("pd.options") for line in imports.source.splitlines())
    assert names[:3] == ["source", "since", "until"]
    assert check.source.startswith("asked = ak.parameters(source=source, since=since, until=until")
    for name in names:
        assert any(re.search(rf"\b{name}\b", cell.source) for cell in cells(file, "code")[2:]), f"{name} is not used"


@for_each
def test_it_is_stored_as_it_ran_from_top_to_bottom(file: Path) -> None:
    """Counted 1 to n, with an output wherever a cell shows something: nbval passes over cells without."""
    code = cells(file, "code")
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert [cell.source for cell in code if shows_something(cell.source) != bool(cell.outputs)] == []
    kinds = {output.output_type for cell in code for output in cell.outputs}
    assert kinds <= {"execute_result", "display_data"}  # no warnings, no errors


@for_each
def test_nothing_is_left_out_of_the_comparison(file: Path) -> None:
    """No cell asks nbval to ignore its output, in a tag or in a comment."""
    for cell in cells(file, "code"):
        assert not [tag for tag in cell.metadata.get("tags", []) if tag.startswith("nbval")]
        assert "NBVAL" not in cell.source


@for_each
def test_it_carries_nothing_of_the_machine_that_ran_it(file: Path) -> None:
    """No absolute path, no key, no traceback, no widget states, and the kernel that every Jupyter has."""
    text = file.read_text(encoding="utf-8")
    assert MACHINE_PATH.search(text) is None
    assert DEFAULT_KEY.partition(".")[0] not in text
    assert "Traceback" not in text
    metadata = json.loads(text)["metadata"]
    assert metadata.keys() == {"kernelspec", "language_info"}
    assert metadata["kernelspec"]["name"] == "python3"


@for_each_question
def test_every_section_ends_in_a_sentence_that_was_computed(file: Path) -> None:
    """Each numbered section shows a frame or a chart, and reads a result aloud in Markdown made from the data."""
    every = nbformat.read(file, as_version=4).cells
    begins = [number for number, cell in enumerate(every) if cell.source.startswith("## ")]
    for begin, end in itertools.pairwise(begins):
        outputs = [output.data for cell in every[begin:end] for output in cell.get("outputs", [])]
        assert any("text/markdown" in data for data in outputs), every[begin].source
        assert any(CHART_TYPE in data or "text/html" in data for data in outputs), every[begin].source


@for_each_question
def test_every_chart_says_what_it_stands_on(file: Path) -> None:
    """The last line under a chart is the kit's as-of line: which window, how many rows, complete or partial."""
    outputs = [output for cell in cells(file, "code") for output in cell.outputs]
    specs = [output.data[CHART_TYPE] for output in outputs if CHART_TYPE in output.data]
    footers = [spec["title"]["text"][-1] for spec in specs]
    assert footers
    assert [footer for footer in footers if not footer.endswith(", complete")] == []


def nbval(notebook: Path) -> subprocess.CompletedProcess[str]:
    """A comparison with the project's own options."""
    options = re.search(r"(?m)^NBVAL := (.+)$", MAKEFILE)
    assert options
    command = [sys.executable, "-m", "pytest", "-q", "-p", "conftest", "-c", "pyproject.toml"]
    command += ["--rootdir", str(notebook.parent), *options[1].split(), str(notebook)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def last_digit_changed(text: str) -> str:
    """The text with one more, or for 9 one less, in its last digit."""
    place = max(found.start() for found in re.finditer(r"\d", text))
    digit = int(text[place])
    return text[:place] + str(digit + 1 if digit < 9 else 8) + text[place + 1 :]


def in_a_frame(cell: Any) -> None:
    cell.outputs[0].data["text/html"] = last_digit_changed(cell.outputs[0].data["text/html"])


def in_a_sentence(cell: Any) -> None:
    cell.outputs[0].data["text/markdown"] = last_digit_changed(cell.outputs[0].data["text/markdown"])


def in_a_chart(cell: Any) -> None:
    row = cell.outputs[0].data[CHART_TYPE]["data"]["values"][0]
    row["n"] += 1


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook with a frame, a sentence and a chart, as it ran."""
    sources = [
        "from IPython.display import Markdown\n\nimport analytics_kit as ak\nfrom analytics_kit import charts, metrics",
        'kit = ak.demo(progress=False)\nkit.load_frame("builds", since="3d").groupby("status")[["id"]].count()',
        'daily = metrics.throughput(kit.table("builds"))\ncharts.throughput_bars(daily, as_of=kit.as_of("builds"))',
        "Markdown(f\"{daily['n'].sum()} builds\")",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    file = tmp_path_factory.mktemp("small") / "small.ipynb"
    nbformat.write(NotebookClient(notebook, kernel_name="python3").execute(), file)
    return file


@pytest.mark.long
def test_nbval_passes_an_unchanged_notebook(small: Path) -> None:
    """A second run, with another port, folder and time, says the same."""
    done = nbval(small)
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout


@pytest.mark.long
@pytest.mark.parametrize(("number", "change"), [(1, in_a_frame), (2, in_a_chart), (3, in_a_sentence)])
def test_nbval_fails_when_a_number_changes(
    small: Path, tmp_path: Path, number: int, change: Callable[[Any], None]
) -> None:
    """One digit of one stored output, in a frame, a chart or a sentence: that cell fails, and no other."""
    notebook = nbformat.read(small, as_version=4)
    change(notebook.cells[number])
    changed = tmp_path / "changed.ipynb"
    nbformat.write(notebook, changed)
    done = nbval(changed)
    assert done.returncode == 1
    assert re.search(rf"FAILED .*changed\.ipynb::Cell {number}\b", done.stdout), done.stdout
    assert "1 failed, 3 passed" in done.stdout
