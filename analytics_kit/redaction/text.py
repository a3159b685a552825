"""Secrets in text that is no JSON: YAML, URLs, queries, headers, commands, and JSON that was cut off.

The text is not parsed, because templates and cut-off bodies are no valid YAML or JSON: every ``name: value`` and
``name=value`` is looked at, and where the name tells of a secret the value is masked up to where it can end at most.
Each place is read once, so the time is linear in the length of the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from analytics_kit.redaction.blocks import (
    closing_bracket,
    closing_quote,
    indented_block,
    is_block_scalar,
    is_flag,
    mask_lines,
    mask_structure,
)
from analytics_kit.redaction.names import MARK, secret_key, variables_key

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMED = re.compile(
    r"""(?<![\w.%-])(?:
    (?:(?P<before>[\w.%]++)[ ])?                        # "api key": the word before may make the secret
    (?P<name>[\w.%-]++)
    (?P<quote>[\\"'\]]*+)
    (?:[ \t]*+\r?\n[ \t]*+(?=:[ \t])|[ \t]*+)           # YAML may write "? key" and ": value" on two lines
    (?P<sign>:=|=>|==(?=[ \t])|[:=])(?P<space>[ \t]*+)
    |
    (?P<flag>--[\w-]++)[ \t]++(?=[^\s|&<>;-])           # --password value
    )""",
    re.VERBOSE,
)
# What may stand before a name that begins its line: of "key: value" (keys may have several words), of "NAME=value".
_KEY_LEAD = re.compile(r"(?P<column>[ \t]*(?:[-?][ \t]+)*)[\"']?(?P<words>(?:[\w.@/()-]+[ ]+)*)")
_ITEM_LEAD = re.compile(r"(?P<column>[ \t]*)(?:-[ \t]+)*(?:(?:export|ENV|ARG|set)[ \t]+)?")
_LONGEST_INDENT = 400  # bounds the look back from a name to the start of its line
_FOLDED = re.compile(r">[-+0-9]*[ \t]*\r?\n\Z")  # the line before says that the following lines are one
_QUERY_GOES_ON = re.compile(r"&[\w.%\[\]-]+=|;[ \t]*[\w -]+=")
_OPENING_QUOTE = re.compile(r"(\\*+)([\"'])")
_ONLY_ANCHOR = re.compile(r"(?:[&!]\S*[ \t]*)+\Z")
_VERSION = re.compile(r"v?\d+(?:\.\d+)+|latest\b")
_PEEK = re.compile(r"""[\\"' \t]*+([\w.%-]++)""")
# Values without quotes: a word, the rest of a line, a value inside of brackets, what is glued to a closing quote.
_WORD = re.compile(r"""(?:[^\s&;"'`,\\\]})<>]|[,\]})](?![\s,]|\Z)|\\(?!["'\\])|(?<=\w)'(?=\w))++""")
_PHRASE = re.compile(r"""(?:[^\n\r"'`\\]|\\(?!["'\\])|(?<=\w)'(?=\w))++""")
_IN_BRACKETS = re.compile(r"""(?:[^,{}\[\]]|,(?![\s"']|\Z))++""")
_GLUED = re.compile(r"[^\s,&;}\])\"'<>|\\]*+")


class _Edit(NamedTuple):
    """A value in the text and what takes its place."""

    start: int
    end: int
    masked: str


def mask_named(text: str) -> str:
    """The text with the values of secret-looking names and of variables masked."""
    pieces: list[str] = []
    done = 0
    for edit in _edits(text):
        pieces += text[done : edit.start], edit.masked
        done = edit.end
    return "".join((*pieces, text[done:])) if pieces else text


def _edits(text: str) -> Iterator[_Edit]:
    done = depth = counted = 0
    reader = _Reader()
    for found in _NAMED.finditer(text):
        start = found.start("flag" if found["flag"] else "name")
        kind = reader.kind(found, text) if start >= done else None
        if kind is None:
            continue
        depth = max(0, depth + _opened(text, counted, start))
        edit = _value(_Place(text, found, start, found.end(), depth, variables=kind == "variables"))
        counted = max(start, edit.end if edit else 0)
        if edit and edit.end > edit.start:
            done = edit.end
            yield edit


def _opened(text: str, start: int, end: int) -> int:
    """Brackets opened minus brackets closed."""
    return sum(text.count(sign, start, end) for sign in "[{") - sum(text.count(sign, start, end) for sign in "]}")


class _Reader:
    """What is known from the names read so far."""

    def __init__(self) -> None:
        self.inside_spec = False
        self.secret_pair = False

    def kind(self, found: re.Match[str], text: str) -> str | None:
        """``"secret"``, ``"variables"`` or None."""
        name = unquote(found["name"]) if found["name"] else found["flag"]
        before = found["before"]
        if secret_key(name) or (before and not secret_key(before) and secret_key(f"{before} {name}")):
            return "secret"
        if variables_key(name):
            return "variables"
        return "secret" if self._by_context(name.lower(), found, text) else None

    def _by_context(self, name: str, found: re.Match[str], text: str) -> bool:
        """``name: DB_PASSWORD`` makes the next ``value`` a secret, ``spec`` the next ``data``."""
        if name in ("name", "key"):
            peek = _PEEK.match(text, found.end())
            self.secret_pair = peek is not None and secret_key(peek[1])
        elif name == "value" and self.secret_pair:
            self.secret_pair = False
            return True
        elif name == "spec":
            self.inside_spec = True
        return name == "data" and self.inside_spec


class _Place(NamedTuple):
    """Where a value begins, and what stands around it."""

    text: str
    found: re.Match[str]
    name_start: int
    start: int
    depth: int
    variables: bool

    @property
    def line_end(self) -> int:
        end = self.text.find("\n", self.start)
        end = len(self.text) if end < 0 else end
        return end - 1 if self.text[max(end - 1, self.start) : end] == "\r" else end

    def lead(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What stands before the name on its line, if that is all as ``pattern`` says."""
        line_start = self.text.rfind("\n", max(0, self.name_start - _LONGEST_INDENT), self.name_start) + 1
        if not line_start and self.name_start > _LONGEST_INDENT:
            return None
        return pattern.fullmatch(self.text, line_start, self.name_start)

    def query_goes_on(self, end: int) -> re.Match[str] | None:
        """Where the next field of a query or connection string begins; variables in capitals stand in neither."""
        return None if (self.found["name"] or "").isupper() else _QUERY_GOES_ON.search(self.text, self.start, end)

    def is_in_brackets(self, start: int) -> bool:
        """Whether what begins at ``start`` is an entry of a list or mapping in brackets."""
        before = self.text[max(0, start - _LONGEST_INDENT) : start].rstrip()
        return self.depth > 0 and before.endswith((",", "[", "{"))

    @property
    def before(self) -> str:
        """The few characters before the name."""
        return self.text[max(0, self.name_start - 16) : self.name_start]

    @property
    def enclosing_quote(self) -> re.Match[str] | None:
        """The quote that opened before the name and did not close after it: ``"NAME=value"``."""
        return None if self.found["quote"] else re.search(r"(\\*)([\"'])\Z", self.before)


def _value(place: _Place) -> _Edit | None:
    """The value at a place, masked; None where there is none."""
    sign, at_end = place.found["sign"], place.start == place.line_end
    if quote := place.enclosing_quote:
        return _up_to_quote(place, len(quote[1]), quote[2])
    if sign in ("=", "==") and (item := _item(place)):
        return item
    if quote := _OPENING_QUOTE.match(place.text, place.start):
        return _quoted(place, quote)
    if place.text.startswith(("{", "["), place.start):
        return _Edit(place.start, closing_bracket(place.text, place.start), MARK)
    if (place.found["space"] or at_end) and (lead := place.lead(_KEY_LEAD)):
        prose = place.variables and lead["words"]  # "Add variables: A and B"
        inside = prose or place.is_in_brackets(lead.start())
        return _bare(place) if inside else _below_key(place, len(lead["column"]))
    return _bare(place)


def _up_to_quote(place: _Place, escapes: int, quote: str) -> _Edit | None:
    end = closing_quote(place.text, place.start, escapes, quote)
    goes_on = place.query_goes_on(end)
    return _plain(place, goes_on.start() if goes_on else end)


def _quoted(place: _Place, quote: re.Match[str]) -> _Edit | None:
    text, mark = place.text, quote[0]
    end = closing_quote(text, quote.end(), len(quote[1]), quote[2])
    after = min(end + len(mark), len(text))
    glued = _GLUED.match(text, after)
    stop = glued.end() if glued else after
    closing = mark if text.startswith(mark, end) else ""
    return None if end == quote.end() and stop == after else _Edit(place.start, stop, f"{mark}{MARK}{closing}")


def _below_key(place: _Place, column: int) -> _Edit | None:
    """A value that starts on the key's line and may go on in the lines below."""
    text, end = place.text, place.line_end
    rest = text[place.start : end]
    line_break = text.find("\n", end)
    line_break = len(text) if line_break < 0 else line_break
    empty = not rest.strip() or rest.startswith("#")
    block_end = indented_block(text, line_break, column, items=empty)
    block = text[line_break:block_end]
    if is_block_scalar(rest) or _is_masked(rest):
        return _Edit(line_break, block_end, mask_lines(block))
    if empty or (block and _ONLY_ANCHOR.match(rest)):
        comment = f"# {MARK}" if rest.startswith("#") else rest
        return _Edit(
            place.start, block_end, comment + text[end:line_break] + mask_structure(block, variables=place.variables)
        )
    if is_flag(rest) and not block:
        return None
    return _Edit(place.start, block_end, MARK + text[end:line_break] + mask_lines(block))


def _item(place: _Place) -> _Edit | None:
    """``NAME=value`` as an item: of a list in brackets, of a list or on a line of its own."""
    if place.is_in_brackets(place.name_start):
        return _bare(place)
    lead = place.lead(_ITEM_LEAD)
    if lead is None:
        return None
    folded = _FOLDED.search(place.text, max(0, lead.start() - _LONGEST_INDENT), lead.start())
    return _rest_of_item(place, len(lead["column"]) - (folded is not None))


def _rest_of_item(place: _Place, column: int) -> _Edit | None:
    """All that follows on the line, with the lines that it is folded into."""
    text, end = place.text, place.line_end
    if goes_on := place.query_goes_on(end):
        return _plain(place, goes_on.start())
    if quote := _OPENING_QUOTE.match(text, place.start):
        end = place._replace(start=closing_quote(text, quote.end(), len(quote[1]), quote[2])).line_end
    line_break = text.find("\n", end)
    if line_break < 0 or end == place.start:
        return _plain(place, end)
    block_end = indented_block(text, line_break, column)
    return _Edit(place.start, block_end, MARK + text[end:line_break] + mask_lines(text[line_break:block_end]))


def _bare(place: _Place) -> _Edit | None:
    """A value without quotes in the middle of a line."""
    sign = place.found["sign"]
    if place.depth and (sign == ":" or place.is_in_brackets(place.name_start)):
        pattern = _IN_BRACKETS
    elif sign == ":":
        if place.variables or (not place.found["space"] and _is_image(place)):
            return None
        pattern = _PHRASE
    else:
        pattern = _WORD
    value = pattern.match(place.text, place.start)
    return _plain(place, value.end()) if value else None


def _is_image(place: _Place) -> bool:
    """``registry/token-service:1.2``: a name and its version, not a secret."""
    return place.before.endswith("/") or _VERSION.match(place.text, place.start) is not None


def _plain(place: _Place, end: int) -> _Edit | None:
    value = place.text[place.start : end]
    if is_flag(value) or _is_masked(value):
        return None
    return _Edit(place.start, place.start + len(value.rstrip()), MARK)


def _is_masked(value: str) -> bool:
    return value.startswith(MARK) and value[len(MARK) : len(MARK) + 1] in ("", ",", "}", "]", " ", "\n")
