"""What is done to an SVG after it was drawn: the same bytes each time, short, and as wide in every font.

The converter measures text in a font that it brings along; whoever shows the SVG draws it in a font of their own. Where
that is wider (DejaVu Sans is by a seventh, and is all that a bare Debian has), names would run over the edge and into
the plot. So each text is told how long it was measured to be, and a wider font is drawn narrower.
"""

from __future__ import annotations

import html
import re

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The first one is inside the converter; the next two have its widths."""

# Of the font's letters, in thousandths of its size.
_LETTERS = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " \u00a0!,./:;I[\\]ft",
    333: "()-`r·",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jcksvxyz",
    556: "#$0123456789?L_abdeghnopqu–",
    584: "+<=>~−",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1000: "—…→",
    1015: "@",
}
WIDTHS = {letter: width for width, letters in _LETTERS.items() for letter in letters}
_SHORT = 3  # letters; fewer are not far out in any font, and there may be hundreds

_CLIP_PATH = re.compile(r'(?<=id=")clip\d+(?=")|(?<=url\(#)clip\d+(?=\))')
_TAG = re.compile(r"<[^>]+>")
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}(?:e[-+]?\d+)?")
_TEXT = re.compile(r"<text\b([^>]*)>(.*?)</text>")
_LINE = re.compile(r"(<tspan\b[^>]*)>([^<]*)</tspan>")
_SIZE = re.compile(r'font-size="([\d.]+)px"')
_BOLD = 'font-weight="bold"'


def settled(svg: str, name: str) -> str:
    """The SVG as it is shown and stored.

    Args:
        svg: As the converter drew it.
        name: Of the chart, for the names of its parts.

    Returns:
        The same picture: clip paths named after the chart, coordinates with two digits, the font named once, and each
        text with its length.
    """
    named = _with_own_names(svg, name)
    rounded = _TAG.sub(lambda tag: _LONG_NUMBER.sub(_rounded, tag[0]), named)
    once = rounded.replace(f' font-family="{FONT}"', "").replace("<svg ", f'<svg font-family="{FONT}" ', 1)
    return _TEXT.sub(_measured, once)


def width_of(text: str, size: float) -> float | None:
    """How wide the converter takes a text to be, in pixels; None where a letter is not known here."""
    widths = [WIDTHS.get(letter) for letter in text]
    return None if None in widths else sum(width for width in widths if width) * size / 1000


def _with_own_names(svg: str, name: str) -> str:
    """The SVG with its clip paths named after the chart.

    The converter counts them through the life of a process, so that a chart drawn second would differ from the same
    chart drawn first; and charts on one page must not use each other's.
    """
    numbers = {path: number for number, path in enumerate(dict.fromkeys(_CLIP_PATH.findall(svg)), 1)}
    return _CLIP_PATH.sub(lambda found: f"clip-{name}-{numbers[found[0]]}", svg)


def _rounded(number: re.Match[str]) -> str:
    """Two digits: what is drawn moves by less than a hundredth of a pixel."""
    short = f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def _measured(text: re.Match[str]) -> str:
    """A text, or each of its lines, with its length; bold ones are titles, which are short of the edge."""
    attributes, inside = text[1], text[2]
    size = _SIZE.search(attributes)
    if size is None or _BOLD in attributes:
        return text[0]
    if "<" not in inside:
        return f"<text{attributes}{_length(inside, float(size[1]))}>{inside}</text>"
    lines = _LINE.sub(lambda line: f"{line[1]}{_length(line[2], float(size[1]))}>{line[2]}</tspan>", inside)
    return f"<text{attributes}>{lines}</text>"


def _length(escaped: str, size: float) -> str:
    """The attributes that fix the length of a text."""
    words = html.unescape(escaped)
    width = width_of(words, size) if len(words) >= _SHORT else None
    return f' textLength="{width:.1f}" lengthAdjust="spacingAndGlyphs"' if width else ""
