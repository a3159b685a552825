"""Charts as a person sees them: in a real JupyterLab and in a page of their own, with the network closed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from chart_frames import FRAMES, draw
from lab import Lab, Watch, lab, write_notebook

from analytics_kit.charts.svg import FONT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.browser

CANVASES = ".jp-OutputArea-output canvas"
ORDER = list(FRAMES)
COLOURS = """canvas => {
    const {width, height} = canvas;
    const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    const title = canvas.getContext('2d').getImageData(0, 0, width, 30).data;
    const seen = new Set();
    let darkest = 255;
    for (let i = 0; i < pixels.length; i += 4) seen.add(pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2]);
    for (let i = 0; i < title.length; i += 4) darkest = Math.min(darkest, title[i]);
    return {width, height, ground: Array.from(pixels.slice(0, 4)), colours: seen.size, darkest};
}"""
OVER_THE_EDGE = """svg => {
    const {left, right} = svg.getBoundingClientRect();
    return Array.from(svg.querySelectorAll('text')).filter(text => text.textContent.length > 2).filter(text => {
        const box = text.getBoundingClientRect();
        return box.left < left || box.right > right;
    }).map(text => text.textContent);
}"""


@pytest.fixture(scope="module", params=["JupyterLab Light", "JupyterLab Dark"])
def drawn(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab after it ran a notebook that draws every chart, one per cell; its page shows all of them at once."""
    folder = tmp_path_factory.mktemp("lab")
    write_notebook(folder / "charts.ipynb", "from chart_frames import draw", *(f"draw({name!r})" for name in ORDER))
    with lab(folder, theme=request.param, size=(1100, 7000)) as made:
        made.open("charts.ipynb")
        made.run_all()
        made.page.wait_for_function(
            "([path, count]) => document.querySelectorAll(path).length >= count", arg=[CANVASES, len(ORDER)]
        )
        made.page.screenshot(path=folder / "charts.png")
        yield made


def canvas(drawn: Lab, name: str) -> Any:
    """Where a chart is drawn."""
    return drawn.page.locator(CANVASES).nth(ORDER.index(name))


def picture(drawn: Lab, name: str) -> str:
    found: str = canvas(drawn, name).evaluate("canvas => canvas.toDataURL()")
    return found


def centre(drawn: Lab, name: str) -> tuple[float, float]:
    box = canvas(drawn, name).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_every_chart_is_drawn_and_nothing_is_asked_elsewhere(drawn: Lab) -> None:
    """No cell fails, the page complains of nothing and asks no other host, and every chart has a size and colours."""
    assert drawn.cell_errors() == []
    looks = [canvas(drawn, name).evaluate(COLOURS) for name in ORDER]
    assert [name for name, look in zip(ORDER, looks, strict=True) if look["width"] < 450 or look["height"] < 150] == []
    assert [name for name, look in zip(ORDER, looks, strict=True) if look["colours"] < 10] == []
    assert (drawn.watch.outside, drawn.watch.complaints) == ([], [])


def test_charts_read_in_light_and_dark(drawn: Lab) -> None:
    """In either theme a chart stands on white, and its title is dark."""
    looks = [canvas(drawn, name).evaluate(COLOURS) for name in ORDER]
    assert [look["ground"] for look in looks] == [[255, 255, 255, 255]] * len(ORDER)
    assert max(look["darkest"] for look in looks) < 90


@pytest.mark.parametrize(
    ("name", "told"),
    [("throughput_bars", ("period", "2026-05-", "builds")), ("rate_intervals", ("at least", "commits built"))],
)
def test_pointer_is_told_the_numbers(drawn: Lab, name: str, told: tuple[str, ...]) -> None:
    """Anywhere over a period or a row, a tooltip has its name and numbers."""
    drawn.page.mouse.move(*centre(drawn, name))
    text = drawn.page.locator("#vg-tooltip-element.visible").inner_text()
    assert [word for word in told if word not in text] == []
    drawn.page.mouse.move(0, 0)


def test_zoom_needs_a_key_and_goes_back(drawn: Lab) -> None:
    """The wheel alone scrolls the notebook, with Ctrl it zooms the chart and not the page; a double click resets."""
    before, scale = picture(drawn, "throughput_bars"), drawn.page.evaluate("window.devicePixelRatio")
    drawn.page.mouse.move(*centre(drawn, "throughput_bars"))
    drawn.page.mouse.wheel(0, -200)
    drawn.page.wait_for_timeout(300)
    assert picture(drawn, "throughput_bars") == before
    drawn.page.mouse.move(*centre(drawn, "throughput_bars"))
    drawn.page.keyboard.down("Control")
    drawn.page.mouse.wheel(0, -200)
    drawn.page.keyboard.up("Control")
    drawn.page.wait_for_timeout(300)
    assert picture(drawn, "throughput_bars") != before
    assert drawn.page.evaluate("window.devicePixelRatio") == scale
    drawn.page.mouse.dblclick(*centre(drawn, "throughput_bars"))
    drawn.page.wait_for_timeout(300)
    assert picture(drawn, "throughput_bars") == before


def test_menu_offers_pictures_only(drawn: Lab) -> None:
    """No entry of the menu leads to another host."""
    entries = drawn.page.locator(".vega-actions a").evaluate_all("links => links.map(link => link.textContent)")
    assert set(entries) == {"Save as SVG", "Save as PNG"}


def test_saved_page_draws_itself(drawn: Lab, tmp_path: Path) -> None:
    """A chart saved as HTML is drawn from the file alone."""
    file = draw("duration_trend").save(tmp_path / "chart.html")
    page, watch = drawn.page.context.new_page(), Watch()
    watch.over(page)
    page.goto(file.as_uri())
    page.wait_for_selector("svg.marks, canvas.marks")
    box = page.locator("svg.marks, canvas.marks").bounding_box()
    assert box is not None
    assert box["width"] > 450
    assert (watch.outside, watch.complaints) == ([], [])
    page.close()


@pytest.mark.parametrize("font", [FONT, "DejaVu Sans, Verdana, sans-serif", "monospace"])
def test_no_text_runs_over_the_edge_in_any_font(drawn: Lab, font: str) -> None:
    """An SVG shown where its own font is missing is not cut off: a wider one is drawn as wide as was measured."""
    page = drawn.page.context.new_page()
    page.set_content("".join(draw(name).svg().replace(FONT, font) for name in ORDER))
    pictures = page.locator("svg.marks")
    cut = {name: pictures.nth(place).evaluate(OVER_THE_EDGE) for place, name in enumerate(ORDER)}
    page.close()
    assert {name: texts for name, texts in cut.items() if texts} == {}
