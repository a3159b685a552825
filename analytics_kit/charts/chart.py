"""One chart: a Vega-Lite 5 specification that draws itself as SVG, PNG or a page of its own."""

from __future__ import annotations

import hashlib
import html
import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics_kit.charts.svg import settled
from analytics_kit.errors import ConfigurationError

if TYPE_CHECKING:
    from types import ModuleType

VEGA_LITE = "application/vnd.vegalite.v5+json"
_VERSION = "5.20"
_PIXELS_PER_PIXEL = 2
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
<div id="chart"></div>
<script>{scripts}</script>
<script>vegaEmbed("#chart", {spec});</script>
</body>
</html>
"""
_SUFFIXES = (".svg", ".png", ".html", ".json")


class Chart:
    """A chart, with its numbers in it.

    JupyterLab draws it from the specification, with tooltips and zoom; what cannot (an exported page, a web view of the
    file) shows the SVG. Neither needs a network.

    Attributes:
        spec: The Vega-Lite 5 specification, data included; a plain dict.
        counted: What is drawn, as in ``"throughput_bars: 30 periods"``.
    """

    def __init__(self, spec: dict[str, Any], counted: str) -> None:
        self.spec = spec
        self.counted = counted

    def __repr__(self) -> str:
        return f"<Chart {self.counted}>"

    def _repr_mimebundle_(self, **_asked: Any) -> dict[str, Any]:
        return {VEGA_LITE: self.spec, "image/svg+xml": self.svg(), "text/plain": repr(self)}

    def svg(self) -> str:
        """The chart as SVG text, the same for the same numbers."""
        drawn = converter().vegalite_to_svg(self.spec, vl_version=_VERSION, allowed_base_urls=[])
        return settled(drawn, hashlib.sha256(json.dumps(self.spec).encode()).hexdigest()[:8])

    def save(self, path: str | Path) -> Path:
        """Write the chart to a file that shows it without a network.

        Args:
            path: Where; its suffix decides: ``.svg``, ``.png`` (twice the size on screen), ``.html`` (interactive; the
                scripts are inside, 0.9 MB) or ``.json`` (the specification).

        Returns:
            The path.

        Raises:
            ValueError: another suffix.
        """
        file = Path(path)
        file.write_bytes(self._as(file))
        return file

    def _as(self, file: Path) -> bytes:
        kind = file.suffix.lower()
        if kind == ".svg":
            return self.svg().encode()
        if kind == ".json":
            return f"{json.dumps(self.spec, indent=1, ensure_ascii=False)}\n".encode()
        if kind == ".png":
            options = {"scale": _PIXELS_PER_PIXEL, "allowed_base_urls": []}
            return bytes(converter().vegalite_to_png(self.spec, vl_version=_VERSION, **options))
        if kind == ".html":
            return self._page().encode()
        raise ValueError(f"{str(file)!r} ends on no format of a chart; there are {', '.join(_SUFFIXES)}.")

    def _page(self) -> str:
        """A page that draws the chart; what comes from the data can neither end its script nor start another."""
        scripts = converter().javascript_bundle(vl_version=_VERSION)
        spec = json.dumps(self.spec).replace("<", r"\u003c")
        return _PAGE.format(title=html.escape(self.spec["description"]), scripts=scripts, spec=spec)


def altair() -> ModuleType:
    """The library that writes specifications.

    Raises:
        ConfigurationError: it is not installed; says how to.
    """
    return _installed("altair", "altair")


def converter() -> ModuleType:
    """The library that draws specifications, without a browser.

    Raises:
        ConfigurationError: it is not installed; says how to.
    """
    return _installed("vl_convert", "vl-convert-python")


def _installed(module: str, package: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ConfigurationError(
            f"Charts need the package {package}, which is not installed.",
            hint="Install what notebooks need: python -m pip install 'analytics-kit[notebooks]'",
        ) from error
