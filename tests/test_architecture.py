"""Layers of the package, read from its source: who may import whom, and who alone may touch an outside thing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "analytics_kit"

# Lowest first; a module imports only from lines above its own. A package counts as one module.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"errors"}),
    frozenset({"catalog", "settings", "window", "redaction"}),
    frozenset({"transport", "columns", "progress", "envelope", "planning", "filters"}),
    frozenset({"paging"}),  # up to source, each stands on the one before: docs/decisions/0001
    frozenset({"reading"}),
    frozenset({"rest"}),
    frozenset({"source"}),
    frozenset({"connection", "engine", "ledger", "dictionary", "frames", "demo_process", "process_state"}),
    frozenset({"views", "overview", "report", "probe"}),
    frozenset({"loading", "database", "metrics", "charts", "picker"}),
    frozenset({"kit"}),
    frozenset({"inputs", "runner"}),
    frozenset({"__init__"}),
    frozenset({"cli", "__main__"}),
)
ISLAND = "demo_api"
LAYER_OF = {name: number for number, names in enumerate(LAYERS) for name in names}

# Outside things at run time; imports under TYPE_CHECKING are annotations and free.
ONLY_IN = {
    "requests": {"transport"},
    "urllib3": {"transport"},
    "tenacity": {"transport"},
    "dlt": {"settings", "paging", "rest", "source", "process_state", "loading"},
    "duckdb": {"connection", "database"},
    "filelock": {"connection"},
    "ibis": {"engine", "metrics"},
    "anywidget": {"picker"},
    "ipywidgets": {"progress", "picker"},
    "subprocess": {"demo_process"},
    "os.environ": {"settings"},
    "os.getenv": {"settings"},
    "tornado": {ISLAND},
}


def is_type_checking(node: ast.AST) -> bool:
    """Whether the node is ``if TYPE_CHECKING:``."""
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def runtime_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes except those that only a type checker sees."""
    for node in ast.iter_child_nodes(tree):
        if is_type_checking(node):
            continue
        yield node
        yield from runtime_nodes(node)


def imported(node: ast.AST, file: Path) -> list[str]:
    """Dotted names that an import statement may bind, relative ones resolved; also ``os.environ`` in use."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.Attribute):
        return [ast.unparse(node)] if ast.unparse(node).startswith("os.") else []
    if not isinstance(node, ast.ImportFrom):
        return []
    folder = [PACKAGE.name, *file.relative_to(PACKAGE).parent.parts]
    base = folder[: len(folder) - node.level + 1] if node.level else []
    return [".".join([*base, *filter(None, [node.module]), alias.name]) for alias in node.names]


def module_of(file: Path) -> str:
    """The module, or the subpackage, that a file belongs to."""
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def own_module(name: str) -> str | None:
    """The module of ours that a dotted name means; names that the front door binds are its own."""
    parts = name.split(".")
    if parts[0] != PACKAGE.name:
        return None
    known = len(parts) > 1 and parts[1] in {*LAYER_OF, ISLAND}
    return parts[1] if known else "__init__"


FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {file: ast.parse(file.read_text(encoding="utf-8")) for file in FILES}


def breaches_of_layers(tree: ast.AST, file: Path) -> set[str]:
    """The modules of ours that a file imports, anywhere in it, and may not."""
    here = module_of(file)
    used = {own_module(name) for node in ast.walk(tree) for name in imported(node, file)} - {None, here}
    if here == ISLAND:
        return used
    return {name for name in used if name == ISLAND or LAYER_OF[name] >= LAYER_OF.get(here, 0)}


def breaches_of_outside_things(tree: ast.AST, file: Path) -> set[str]:
    """The outside things that a file touches and may not."""
    here = module_of(file)
    names = {name for node in runtime_nodes(tree) for name in imported(node, file)}
    return {
        thing
        for thing, allowed in ONLY_IN.items()
        if here not in allowed and any(name == thing or name.startswith(f"{thing}.") for name in names)
    }


def test_every_module_has_a_layer() -> None:
    """A new module fails here until someone says on which layer it stands."""
    assert {module_of(file) for file in FILES} - set(LAYER_OF) == {ISLAND}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_modules_import_only_from_layers_below(file: Path) -> None:
    """No import, at the top, in a function or for a type checker, goes up or sideways; kit and demo never meet."""
    assert breaches_of_layers(TREES[file], file) == set()


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_outside_things_have_one_place(file: Path) -> None:
    """HTTP, DuckDB, Ibis, widgets, dlt and the environment are each touched only where the design says."""
    assert breaches_of_outside_things(TREES[file], file) == set()


@pytest.mark.parametrize(
    ("file", "line", "breach"),
    [
        ("window.py", "from analytics_kit.kit import Kit", {"kit"}),
        ("window.py", "from .kit import Kit", {"kit"}),
        ("window.py", "from analytics_kit import settings", {"settings"}),
        ("window.py", "def f():\n    import analytics_kit.loading", {"loading"}),
        ("window.py", "if TYPE_CHECKING:\n    from analytics_kit import Kit", {"__init__"}),
        ("kit.py", "from analytics_kit.demo_api.server import serve", {ISLAND}),
        ("demo_api/server.py", "from ..errors import ApiError", {"errors"}),
        ("metrics/builds.py", "from .shares import wilson", set()),
        ("kit.py", "from analytics_kit import loading", set()),
    ],
)
def test_layer_rule_sees_every_form_of_import(file: str, line: str, breach: set[str]) -> None:
    """The rule itself works on all the ways to write an import."""
    assert breaches_of_layers(ast.parse(line), PACKAGE / file) == breach


@pytest.mark.parametrize(
    ("line", "breach"),
    [
        ("import duckdb", {"duckdb"}),
        ("from dlt.sources import rest_api", {"dlt"}),
        ("import os\nkey = os.environ['KEY']", {"os.environ"}),
        ("from os import getenv", {"os.getenv"}),
        ("if TYPE_CHECKING:\n    import duckdb", set()),
        ("import duckdbish", set()),
        ("requests = {}\nrequests.update(a=1)", set()),
    ],
)
def test_outside_rule_sees_every_form_of_use(line: str, breach: set[str]) -> None:
    """The rule on outside things works at run time and leaves annotations alone."""
    assert breaches_of_outside_things(ast.parse(line), PACKAGE / "kit.py") == breach
