"""What is done to an SVG after it was drawn changes no picture: widths are the converter's, coordinates stay."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from chart_frames import FRAMES, draw, parts

from analytics_kit.charts.chart import converter
from analytics_kit.charts.svg import FONT, WIDTHS, settled, width_of

NAMES = sorted(FRAMES)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
PLACES = ("transform", "d", "x", "y", "x2", "y2", "width", "height")
SAME_EVERYWHERE = [letter for letter in WIDTHS if letter != "·"]
SVG = "{http://www.w3.org/2000/svg}"


def drawn(name: str) -> str:
    """The SVG as the converter gives it."""
    made: str = converter().vegalite_to_svg(draw(name).spec, vl_version="5.20")
    return made


def numbers(svg: str) -> list[float]:
    """All coordinates, in the order of the file."""
    values = (element.get(place, "") for element in ET.fromstring(svg).iter() for place in PLACES)  # noqa: S314
    return [float(found) for value in values for found in NUMBER.findall(value)]


def long_texts(root: ET.Element) -> list[tuple[ET.Element, float]]:
    """The texts, and lines of texts, of three letters or more that are not bold, with the size of their letters."""
    plain = [text for text in root.iter(f"{SVG}text") if text.get("font-weight") != "bold"]
    sizes = [(part, float(text.get("font-size", "")[:-2])) for text in plain for part in text.iter()]
    return [(part, size) for part, size in sizes if part.text and len(part.text) >= 3]


def measured(text: str) -> float:
    """How wide the converter says a text is: as a title, the only thing in the picture."""
    spec = {
        "data": {"values": [{}]},
        "mark": "text",
        "width": 0,
        "height": 0,
        "padding": 0,
        "title": {"text": text, "anchor": "start", "frame": "bounds", "fontSize": 10, "fontWeight": "normal"},
        "config": {"font": FONT, "view": {"stroke": None}},
    }
    return float(ET.fromstring(converter().vegalite_to_svg(spec, vl_version="5.20")).get("width", 0))  # noqa: S314


@pytest.mark.parametrize("start", range(0, len(SAME_EVERYWHERE), 12))
def test_widths_are_those_of_the_converter(start: int) -> None:
    """Each letter is as wide as the converter takes it to be: twelve of them at a time, nine times each."""
    # between letters that stand straight, because the converter moves some pairs closer, as in AV
    text = "".join(f"H{letter}H" * 9 for letter in SAME_EVERYWHERE[start : start + 12])
    assert width_of(text, 10) == pytest.approx(measured(text), abs=1.7)  # a whole number, and rounded along the way


def test_the_middle_dot_is_as_wide_as_in_a_version_of_the_font() -> None:
    """The converter takes the machine's own font where it has one, and an old version has a narrower dot."""
    told = width_of("·", 10) or 0
    beside = measured("H·H" * 9) - 9 * (width_of("HH", 10) or 0)
    assert min(abs(beside - 9 * width) for width in (told, told - 0.55)) < 1


def test_a_text_with_an_unknown_letter_has_no_width() -> None:
    """What is not known is drawn as the font has it, rather than at a wrong width."""
    assert width_of("builds", 10) == pytest.approx(26.12)
    assert width_of("ビルド", 10) is None


@pytest.mark.parametrize("name", NAMES)
def test_each_text_is_told_its_length(name: str) -> None:
    """A font wider than the one that was measured is drawn narrower, in every line of every text."""
    told = long_texts(parts(draw(name)))
    assert told
    for text, size in told:
        assert float(text.get("textLength", 0)) == pytest.approx(width_of(text.text or "", size), abs=0.06)
        assert text.get("lengthAdjust") == "spacingAndGlyphs"


@pytest.mark.parametrize("name", NAMES)
def test_no_coordinate_moves_and_none_is_long(name: str) -> None:
    """Coordinates have two digits, and differ from the converter's by less than can be seen."""
    before, after = numbers(drawn(name)), numbers(draw(name).svg())
    assert after == pytest.approx(before, abs=0.0051)
    assert not re.search(r'="[^"]*\d\.\d{3}', draw(name).svg())


def test_what_is_written_is_not_rounded() -> None:
    """A number with many digits in a text stays as it is; one in an attribute does not, and -0 is 0."""
    text = f'<svg ><text transform="translate(-0.0001,1.23456)" font-family="{FONT}">0.123456</text></svg>'
    assert settled(text, "c") == f'<svg font-family="{FONT}" ><text transform="translate(0,1.23)">0.123456</text></svg>'


@pytest.mark.parametrize("name", NAMES)
def test_font_is_named_once(name: str) -> None:
    """All texts inherit the font from the root: named at each of them it would be a fifth of the file."""
    assert draw(name).svg().count("font-family=") == 1
    assert parts(draw(name)).get("font-family") == FONT
    assert len(draw(name).svg()) < len(drawn(name))
