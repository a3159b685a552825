"""The cell that does the same without the picker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analytics_kit.catalog import RESOURCES, table_owner
from analytics_kit.picker.choice import REPORTS, Choice, filters_on, load_options, written

if TYPE_CHECKING:
    from collections.abc import Iterable

NOTHING = "# Choose a resource, and its code stands here."
_WIDTH = 100


def cell(choice: Choice, tables: Iterable[str] = ()) -> str:
    """Python that loads the choice and reads it into frames; ``kit`` is the Kit.

    Args:
        choice: What is chosen.
        tables: Tables to read besides the chosen resources: child tables of these.
    """
    if not choice.selection:
        return NOTHING
    children = [name for name in tables if name not in RESOURCES and table_owner(name).name in choice.selection]
    load = _call("report = kit.load", [*map(_literal, choice.selection), *_keywords(load_options(choice))])
    return "\n".join([load, *(line for name in (*choice.selection, *children) for line in reading(choice, name))])


def reading(choice: Choice, table: str) -> list[str]:
    """The lines that read the chosen rows of one table into a frame of its name."""
    tests = row_tests(choice, table)
    lines = [_call(f"{table} = kit.frame", [_literal(table), *_keywords(_window(choice, table))])]
    return [*lines, _narrowed(table, tests)] if tests else lines


def row_tests(choice: Choice, table: str) -> list[str]:
    """Expressions that are true for the chosen rows of a frame, for what ``Kit.frame`` cannot narrow itself."""
    owner = table_owner(table)
    if owner.name != table:
        child = next(child for child in owner.children if child.name == table)
        narrowed = _window(choice, owner.name) or filters_on(choice, owner.name)
        return [f'{table}["{child.parent_key}"].isin({owner.name}["id"])'] if narrowed else []
    tests = [_test(table, column, value) for column, value in filters_on(choice, table).items()]
    if table == REPORTS and choice.reports is not None:
        tests.append(_test(table, "report_name", list(choice.reports)))
    return tests


def _test(table: str, column: str, value: Any) -> str:
    return f'{table}["{column}"].{"isin" if isinstance(value, list) else "eq"}({_literal(value)})'


def _window(choice: Choice, table: str) -> dict[str, Any]:
    if table not in RESOURCES or not RESOURCES[table].cursor:
        return {}
    bounds = {"since": written(choice.since), "until": written(choice.until)}
    return {name: value for name, value in bounds.items() if value is not None}


def _narrowed(table: str, tests: list[str]) -> str:
    line = f"{table} = {table}[{' & '.join(tests)}]"
    if len(line) <= _WIDTH:
        return line
    return f"{table} = {table}[\n    " + "\n    & ".join(tests) + "\n]"


def _keywords(options: dict[str, Any]) -> list[str]:
    return [f"{name}={_literal(value)}" for name, value in options.items()]


def _call(function: str, arguments: list[str]) -> str:
    line = f"{function}({', '.join(arguments)})"
    return line if len(line) <= _WIDTH else f"{function}(\n    " + ",\n    ".join(arguments) + ",\n)"


def _literal(value: Any) -> str:
    """A Python literal with the quotes that people write."""
    if isinstance(value, str):
        plain = value.isprintable() and '"' not in value and "\\" not in value
        return f'"{value}"' if plain else repr(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_literal(key)}: {_literal(item)}' for key, item in value.items())}}}"
    return repr(value)
