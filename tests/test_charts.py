"""What holds for every chart: what it stands on is said, it is always alike, and it needs nothing from elsewhere."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from chart_frames import AS_OF, FRAMES, draw, footer, parts, title, words
from nbconvert import HTMLExporter

from analytics_kit import AsOf, charts
from analytics_kit.errors import ConfigurationError

HERE = Path(__file__).resolve().parent
NAMES = sorted(FRAMES)
NEEDED = {
    "duration_trend": "p90_seconds",
    "percentile_lines": "p95_seconds",
    "success_trend": "low_rate",
    "throughput_bars": "successes",
    "weekday_hour_heatmap": "hour",
    "failure_pareto": "n",
    "rate_intervals": "high_rate",
    "percentile_dots": "p50_seconds",
    "before_after": "previous_n",
    "audit_activity": "failures",
    "audit_timeline": "rs_status",
    "report_lines": "granularity",
    "report_changes": "relative_change",
    "reconcile_dots": "verdict",
}
PRINT_ALL = """
import json
from chart_frames import FRAMES, draw
print(json.dumps({name: [draw(name).spec, draw(name).svg()] for name in sorted(FRAMES, reverse=True)}))
"""


@pytest.mark.parametrize("name", NAMES)
def test_says_what_it_stands_on(name: str) -> None:
    """Under each chart stand the metric's definition and the as-of line, in the specification and in the SVG."""
    frame = FRAMES[name]()
    chart = draw(name, frame)
    assert footer(chart).endswith(f"{frame.attrs['definition']} {AS_OF}")
    assert AS_OF in words(chart)
    assert title(chart) in words(chart)


@pytest.mark.parametrize("name", NAMES)
def test_fits_a_notebook_and_needs_nothing_from_elsewhere(name: str) -> None:
    """An SVG is no wider than a notebook's output and refers to nothing but its own parts."""
    root = parts(draw(name))
    assert 450 < float(root.get("width", 0)) <= 740
    values_of_attributes = [value for element in root.iter() for value in element.attrib.values()]
    assert [value for value in values_of_attributes if "//" in value or "url(" in value.replace("url(#", "")] == []
    assert not [name for element in root.iter() for name in element.attrib if name.endswith(("href", "src"))]


@pytest.mark.parametrize("name", NAMES)
def test_bundle_has_vega_lite_svg_and_a_short_text(name: str) -> None:
    """A front end gets Vega-Lite 5 as strict JSON, others an SVG or one line of text."""
    bundle = draw(name)._repr_mimebundle_(include=None, exclude=None)
    assert list(bundle) == ["application/vnd.vegalite.v5+json", "image/svg+xml", "text/plain"]
    spec = bundle["application/vnd.vegalite.v5+json"]
    assert "/vega-lite/v5" in spec["$schema"]
    assert json.loads(json.dumps(spec, allow_nan=False)) == spec
    assert re.fullmatch(rf"<Chart {name}: \d+ [a-z]+>", bundle["text/plain"])


@pytest.mark.long
def test_charts_are_the_same_in_every_process() -> None:
    """Neither hash seed, time zone, nor what was drawn before changes a byte, so that notebooks can be compared."""
    path = os.pathsep.join([str(HERE.parent), str(HERE)])
    elsewhere = os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "7", "TZ": "America/New_York"}
    done = subprocess.run([sys.executable, "-c", PRINT_ALL], env=elsewhere, capture_output=True, text=True, check=True)
    printed = json.loads(done.stdout)
    assert [name for name in NAMES if printed[name] != [draw(name).spec, draw(name).svg()]] == []


def test_charts_on_one_page_keep_their_parts_apart() -> None:
    """Two charts share no id, or one would be clipped by the other's frame; each id is used."""
    first, second = (draw(name).svg() for name in ("duration_trend", "success_trend"))
    ids = [set(re.findall(r'id="([^"]+)"', svg)) for svg in (first, second)]
    assert ids[0]
    assert not ids[0] & ids[1]
    assert set(re.findall(r"url\(#([^)]+)\)", first)) == ids[0]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_draw_says_so(name: str) -> None:
    """A frame without rows becomes a chart that says so, with its as-of line."""
    frame = FRAMES[name]()
    chart = draw(name, frame.iloc[:0])
    assert re.search(r"No [a-z ]+ in this window\.", words(chart))
    assert AS_OF in footer(chart)
    assert repr(chart).startswith(f"<Chart {name}: no ")


@pytest.mark.parametrize(("name", "needed"), NEEDED.items())
def test_missing_column_is_named(name: str, needed: str) -> None:
    """A frame of the wrong shape is refused with the column that is missing."""
    assert set(NEEDED) == set(NAMES)
    with pytest.raises(ValueError, match=rf"has no column '{needed}'"):
        draw(name, FRAMES[name]().drop(columns=needed))


def test_as_of_takes_what_the_kit_gives() -> None:
    """The kit's own as-of prints its line; a partial load is said under the chart."""
    loaded_at = datetime(2026, 5, 15, 9, tzinfo=UTC)
    as_of = AsOf("builds", None, loaded_at, 183, loaded_at, complete=False, reason="page 4 answered 500")
    chart = charts.throughput_bars(FRAMES["throughput_bars"](), as_of=as_of)
    assert footer(chart).endswith(str(as_of))
    assert "partial (page 4 answered 500)" in words(chart)


def test_long_lines_are_wrapped() -> None:
    """A long reason does not make the chart wider than a notebook."""
    chart = charts.throughput_bars(FRAMES["throughput_bars"](), as_of="x " * 400)
    assert float(parts(chart).get("width", 0)) <= 740


@pytest.mark.parametrize(
    ("suffix", "start"), [("svg", b"<svg"), ("png", b"\x89PNG"), ("json", b"{"), ("html", b"<!DOC")]
)
def test_saves_what_the_suffix_says(tmp_path: Path, suffix: str, start: bytes) -> None:
    """Each format is written, and none of them names a script or a style of another host."""
    file = draw("throughput_bars").save(tmp_path / f"chart.{suffix}")
    written = file.read_bytes()
    assert written.startswith(start)
    assert not re.search(rb"<(?:script|link)[^>]+(?:src|href)=", written)
    if suffix == "json":
        assert json.loads(written) == draw("throughput_bars").spec


def test_names_cannot_become_scripts(tmp_path: Path) -> None:
    """A pipeline named like markup is text in the SVG, and does not end the script of the saved page."""
    name = "</script><script>alert(1)</script>"
    chart = draw("rate_intervals", FRAMES["rate_intervals"]().assign(pipeline_name=name))
    assert name in words(chart)
    page = chart.save(tmp_path / "chart.html").read_text(encoding="utf-8")
    assert (page.count("<script>"), page.count("</script>")) == (2, 2)
    assert name not in page


def test_unknown_suffix_is_refused(tmp_path: Path) -> None:
    """A format that cannot be written is named, with those that can, and nothing is left behind."""
    with pytest.raises(ValueError, match=r"chart\.pdf.* no format of a chart; there are \.svg, \.png"):
        draw("throughput_bars").save(tmp_path / "chart.pdf")
    assert list(tmp_path.iterdir()) == []


def test_exported_page_has_the_picture_inside() -> None:
    """A notebook exported to HTML shows the SVG, from the page itself."""
    chart = draw("duration_trend")
    output = nbformat.v4.new_output("display_data", chart._repr_mimebundle_())
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("chart", outputs=[output])])
    page, _ = HTMLExporter(exclude_input=True).from_notebook_node(notebook)
    pictures = re.findall(r'<img[^>]* src="data:image/svg\+xml;base64,([^"]+)"', page)
    assert [base64.b64decode(picture).decode() for picture in pictures] == [chart.svg()]


def test_menu_sends_nothing_away() -> None:
    """The menu beside a chart offers pictures, and not the editor that lives on another host."""
    actions = draw("throughput_bars").spec["usermeta"]["embedOptions"]["actions"]
    assert actions == {"export": True, "source": False, "compiled": False, "editor": False}


@pytest.mark.parametrize(("module", "package"), [("altair", "altair"), ("vl_convert", "vl-convert-python")])
def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch, module: str, package: str) -> None:
    """Without one of the packages for charts, the error says which, and the command that installs it."""
    frame = FRAMES["throughput_bars"]()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigurationError, match=rf"{package}(?s:.*)pip install 'analytics-kit\[notebooks\]'"):
        draw("throughput_bars", frame)


def test_importing_charts_is_light() -> None:
    """Importing the functions brings none of the heavy packages along."""
    code = "import sys, analytics_kit.charts; print({'altair', 'vl_convert', 'pandas', 'numpy'} & set(sys.modules))"
    path = os.environ | {"PYTHONPATH": str(HERE.parent)}
    done = subprocess.run([sys.executable, "-c", code], env=path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
