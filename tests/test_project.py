"""What the repository says about itself: versions stated twice agree, nothing private or foreign is written down."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = [Requirement(line) for line in PROJECT["project"]["dependencies"]]
EXTRAS = [Requirement(line) for lines in PROJECT["project"]["optional-dependencies"].values() for line in lines]
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
PINS = {canonicalize_name(name): version for name, version in (line.split("==") for line in CONSTRAINTS)}

# Declared although the package imports it nowhere; the reason stands in pyproject.toml.
BOUND_ONLY = {"sqlglot"}
IMPORT_NAMES = {"ibis-framework": "ibis", "pyyaml": "yaml"}
# Imported only by code that says so when it is missing.
OPTIONAL = {"IPython", "altair", "nbconvert", "nbformat", "papermill", "vl_convert", "zmq"}

VENDOR = re.compile(r"code.?fresh", re.IGNORECASE)
MODE_NAME = re.compile(r"(?<![\w./@-])code[f]resh(?![\w./@-])")  # the bare word: no host, no path, no title
MODE_NAMES_IN = ("analytics_kit/metrics/", "notebooks/", "tests/test_metrics", "CHANGELOG.md")
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|anaconda\.(?:org|com)|npmjs\.(?:org|com)|deb\.debian\.org|index[-]url|find[-]links"
)
MACHINE_PATH = re.compile(r"(?<![\w.:/~>}-])(?:/(?:home|Users|root|work|opt|mnt|tmp)/|[A-Z]:\\+Users\\+)[\w.]")


def kept_files() -> list[str]:
    """Paths of the files that are, or would be, committed, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in listed if (ROOT / name).is_file()]


def lines_that_match(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """File and line of every match in the repository."""
    return [
        (name, line.strip()[:200])
        for name in kept_files()
        for line in (ROOT / name).read_text(encoding="utf-8", errors="replace").splitlines()
        if pattern.search(line)
    ]


def only_as_mode(text: str) -> bool:
    """Whether the vendor is named at most as a metric's definition, in one lower-case word."""
    return not VENDOR.search(MODE_NAME.sub("", text))


def sections(text: str) -> list[str]:
    """A Markdown text cut at its headings."""
    return re.split(r"(?m)^#+ ", text)


@pytest.mark.parametrize("requirement", [*RUNTIME, *EXTRAS], ids=str)
def test_bounds_are_closed_and_hold_the_pinned_version(requirement: Requirement) -> None:
    """Every dependency has a lower and an upper bound, and the exact set lies within."""
    assert {bound.operator for bound in requirement.specifier} == {">=", "<"}
    assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)])


def test_constraints_hold_names_and_versions_only() -> None:
    """No index, host, path or option of the machine that wrote the file, each name once, the project not among them."""
    assert [line for line in CONSTRAINTS if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!]+", line)] == []
    assert len(PINS) == len(CONSTRAINTS)
    assert PROJECT["project"]["name"] not in PINS


def test_conda_environment_is_the_same_set() -> None:
    """Every version in environment.yml is the pinned one, and the project's extras are those of the Makefile."""
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    lines = environment["dependencies"][-1]["pip"]
    pinned = {name: version for name, _, version in (line.partition("==") for line in lines) if version}
    assert environment["channels"] == ["conda-forge"]
    assert set(pinned) == {"dlt", "duckdb", "pandas", "jupyterlab", "ipywidgets", "nbval", "pytest"}
    assert pinned == {name: PINS[name] for name in pinned}
    assert [line for line in lines if line.startswith("-")] == ["-c constraints.txt", "-e .[notebooks,tests]"]
    assert "-e '.[notebooks,tests]'" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_conda_environment_has_the_oldest_python() -> None:
    """The Python that conda users get is the one that the bounds promise and the exact set was made on."""
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert PROJECT["project"]["requires-python"] == ">=3.11"
    assert environment["dependencies"][:2] == ["python=3.11", "pip"]


def test_dependencies_are_those_that_the_package_imports() -> None:
    """What is imported is declared, and what is declared is imported: nothing comes along by way of another package."""
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in (ROOT / "analytics_kit").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    imported = {name.partition(".")[0] for name in names} - {*sys.stdlib_module_names, "analytics_kit", *OPTIONAL}
    declared = {IMPORT_NAMES.get(requirement.name, requirement.name) for requirement in RUNTIME}
    assert imported == declared - BOUND_ONLY


def test_changelog_names_the_current_version() -> None:
    """Whoever reads the changelog finds the version that pyproject.toml states."""
    assert PROJECT["project"]["version"] in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_ruff_ignores_have_reasons() -> None:
    """Each rule that is switched off says why, beside it."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    ignores = text[text.index("\nignore = [") : text.index("[tool.ruff.lint.mccabe]")]
    rules = re.findall(r'(?m)^    "[A-Z]+[0-9]+",.*$', ignores)
    assert len(rules) > 10
    assert [rule for rule in rules if not re.search(r"# \S+", rule)] == []


@pytest.mark.parametrize("file", sorted((ROOT / "tests").glob("test_*.py")), ids=lambda file: file.name)
def test_every_test_says_what_it_proves(file: Path) -> None:
    """Each test function has a docstring of one line."""
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    tests = [node for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    docstrings = {test.name: ast.get_docstring(test) or "" for test in tests}
    assert [name for name, text in docstrings.items() if not text or "\n" in text] == []


@pytest.mark.parametrize("file", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda file: file.name)
def test_decisions_are_short(file: Path) -> None:
    """A decision is read in a minute: 30 lines at most, and its number is its place."""
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", file.name)
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 30


def test_no_registry_is_named() -> None:
    """The repository installs from wherever its user's pip and conda look."""
    assert lines_that_match(REGISTRY) == []


def test_no_path_of_a_machine_is_written_down() -> None:
    """No file carries an absolute path of the machine that it was written on."""
    assert lines_that_match(MACHINE_PATH) == []


def test_vendor_is_named_only_as_a_definition() -> None:
    """Outside the README, a vendor's name is the name of a metric's definition, or it is nowhere."""
    found = [(name, line) for name, line in lines_that_match(VENDOR) if name != "README.md"]
    assert [(name, line) for name, line in found if not (name.startswith(MODE_NAMES_IN) and only_as_mode(line))] == []


def test_readme_names_a_vendor_in_one_recipe() -> None:
    """The README may show one vendor's settings, in one section; elsewhere the name stands for a definition."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len([part for part in sections(text) if not only_as_mode(part)]) <= 1


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (REGISTRY, "pip install --extra-" + "index-" + "url x"),
        (REGISTRY, "https://py" + "pi.org/simple"),
        (MACHINE_PATH, "open('/ho" + "me/ada/x.csv')"),
        (MACHINE_PATH, "C:\\\\Us" + "ers\\\\ada"),
        (VENDOR, "Code" + "fresh"),
    ],
)
def test_patterns_see_what_they_look_for(pattern: re.Pattern[str], text: str) -> None:
    """The searches above find what they are meant to find."""
    assert pattern.search(text)


@pytest.mark.long
def test_wheel_holds_demo_api_and_types(tmp_path: Path) -> None:
    """The built wheel carries the demo API, the marker for type checkers and nothing from beside the package."""
    command = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    ours = {file.relative_to(ROOT).as_posix() for file in (ROOT / "analytics_kit").rglob("*.py")}
    ours |= {f"analytics_kit/notebooks/{file.name}" for file in (ROOT / "notebooks").glob("*.ipynb")}
    assert {*ours, "analytics_kit/py.typed", "analytics_kit/demo_api/__main__.py"} <= set(names)
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"analytics_kit"}
