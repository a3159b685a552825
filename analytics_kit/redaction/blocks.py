"""Where a value in text ends, and masking of whole blocks of indented lines."""

from __future__ import annotations

import re

from analytics_kit.redaction.names import MARK

# One line of YAML: indentation and dashes, a key if there is one, the rest.
_LINE = re.compile(
    r"""^(?P<lead>[ \t]*+(?:[-?](?:[ \t]++|(?=\r?$)))*+)
    (?P<key>(?:"[^"\n]*"|'[^'\n]*'|[^\s{\["'\#:-][^:\n]*+(?::(?![ \t\r]|$)[^:\n]*+)*+)[ \t]*:(?=[ \t\r]|$))?+
    (?P<gap>[ \t]*+)(?P<rest>.*)""",
    re.VERBOSE | re.MULTILINE,
)
_ASSIGNMENT = re.compile(r"([\"']?[\w.-]+=)(?!=*[\"']?\Z).*?([\"']?)\Z")
_VALUE_LINE = re.compile(r"^[ \t-]*[\"']?value[\"']?[ \t]*:", re.MULTILINE)
_BLOCK_SCALAR = re.compile(r"(?:[&!]\S*[ \t]+)*[|>][-+0-9]*[ \t]*(?:#.*)?\Z")
_BRACKET_OR_QUOTE = re.compile(r"[\[\]{}]|(\\*+)([\"'])")
_FLAGS = frozenset(("true", "false", "null", "~", ""))


def is_flag(value: str) -> bool:
    """Whether a value is none, or only true, false or null, and so no secret."""
    return value.strip().lower() in _FLAGS


def is_block_scalar(rest: str) -> bool:
    """Whether what follows ``key:`` on its line announces a text in the lines below (``|``, ``>-``)."""
    return _BLOCK_SCALAR.match(rest) is not None


def closing_quote(text: str, start: int, escapes: int, quote: str) -> int:
    r"""Index where the quoted value ends, or the text's end; ``escapes`` backslashes stood before the opening quote.

    In JSON inside of JSON a quote is written ``\"``, one inside that ``\\\"``: the count of backslashes tells which.
    """
    position = start
    for found in re.compile(rf"(\\*+){quote}").finditer(text, start):
        surplus = len(found[1]) - escapes
        closes = surplus < 0 or surplus % (2 * escapes + 2) == 0
        if found.start() < position or not closes:
            continue
        if quote == "'" and text[found.end() : found.end() + 1] == "'":  # YAML writes ' as ''
            position = found.end() + 1
            continue
        return found.end() - 1 - min(escapes, len(found[1]))
    return len(text)


def closing_bracket(text: str, start: int) -> int:
    """Index just after the bracket that closes the one at ``start``, or the text's end."""
    depth, position = 0, start
    while found := _BRACKET_OR_QUOTE.search(text, position):
        position = found.end()
        if found[2]:
            if _opens(text, found.start()):
                position = closing_quote(text, position, len(found[1]), found[2]) + len(found[1]) + 1
            continue
        depth += 1 if found[0] in "[{" else -1
        if depth == 0:
            return position
    return len(text)


def _opens(text: str, quote: int) -> bool:
    """Whether a quote begins a value; inside of one it is only a sign."""
    return text[max(0, quote - 80) : quote].rstrip().endswith(("[", "{", ",", ":", "=", "("))


def indented_block(text: str, start: int, column: int, *, items: bool = False) -> int:
    """End of the lines after ``start`` that are indented deeper than ``column``.

    Args:
        text: The whole text.
        start: Index of the line break before the first line, or the text's end.
        column: Indentation of what the block belongs to.
        items: Whether a list may stand at ``column`` itself, as it may below a key.
    """
    end = position = start
    while position < len(text):
        following = text.find("\n", position + 1)
        following = len(text) if following < 0 else following
        line = text[position + 1 : following]
        content = line.lstrip(" \t")
        indent = len(line) - len(content)
        belongs = indent > column or (items and indent == column and content.startswith(("- ", "-\r", "-\n")))
        if content.strip() and not belongs and not (items and indent == column and content == "-"):
            break
        position = following
        end = following if content.strip() else end
    return end


def mask_lines(block: str) -> str:
    """Every line as a mark at the same indentation."""
    return re.sub(r"(?m)^([ \t]*)[^ \t\r\n].*?(\r?)$", rf"\1{MARK}\2", block)


def mask_structure(block: str, *, variables: bool = False) -> str:
    """The values of a block of YAML masked; keys and flags stay.

    Args:
        block: Lines that belong to a secret key or to a key that holds variables.
        variables: Whether they are variables, whose names stay: ``- NAME=value`` and ``- key: NAME``.
    """
    names = frozenset(("key", "name")) if variables and _VALUE_LINE.search(block) else frozenset()
    lines: list[str] = []
    scalar_column: int | None = None
    for line in _LINE.finditer(block):
        blank, indent = not line[0].strip(), len(line[0]) - len(line[0].lstrip(" \t"))
        if scalar_column is not None and (blank or indent > scalar_column):
            lines.append(mask_lines(line[0]))
            continue
        scalar_column = _scalar_column(line)
        lines.append(_masked_line(line, names, variables=variables))
    return "\n".join(lines)


def _scalar_column(line: re.Match[str]) -> int | None:
    """Column that the lines of the line's own value are deeper than; None where no value began on the line."""
    if not line["rest"].strip():
        return None
    if line["key"]:
        return len(line["lead"])
    return line["lead"].rfind("-") if "-" in line["lead"] else len(line["lead"]) - 1


def _masked_line(line: re.Match[str], names: frozenset[str], *, variables: bool) -> str:
    rest, key = line["rest"], (line["key"] or "").rstrip(" \t:").strip("\"'").lower()
    assignment = _ASSIGNMENT.match(rest.rstrip("\r")) if variables and not line["key"] else None
    if is_flag(rest) or key in names or is_block_scalar(rest):
        return line[0]
    ending = "\r" if rest.endswith("\r") else ""
    masked = f"{assignment[1]}{MARK}{assignment[2]}" if assignment else MARK
    return f"{line['lead']}{line['key'] or ''}{line['gap']}{masked}{ending}"
