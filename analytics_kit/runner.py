"""Runs a notebook with other parameters, and writes what it says as a report."""

from __future__ import annotations

import ast
import copy
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from analytics_kit.errors import AnalyticsKitError, ConfigurationError
from analytics_kit.ledger import worst
from analytics_kit.report import MIME_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping

_HERE = Path(__file__).resolve().parent
_FOLDERS = (_HERE / "notebooks", _HERE.parent / "notebooks")  # in the wheel; in the repository
_FORMATS = (".html", ".ipynb")
_WIDGET = "application/vnd.jupyter.widget-view+json"
_INSTALL = "Install the notebook tools: pip install 'analytics-kit[notebooks]'."


class ReportFailedError(AnalyticsKitError):
    """A cell of the notebook raised."""


@dataclass(frozen=True, slots=True)
class Written:
    """A report that was written.

    Attributes:
        path: The file.
        status: ``loaded``, ``empty``, ``partial`` or ``failed``: the worst of the loads in it.
    """

    path: Path
    status: str


def notebooks() -> dict[str, Path]:
    """The notebooks that can be run, by their names without number, such as ``builds``."""
    folder = next((folder for folder in _FOLDERS if folder.is_dir()), None)
    found = sorted(folder.glob("[0-9][0-9]_*.ipynb")) if folder else []
    return {path.stem[3:]: path for path in found}


def run(name: str, values: Mapping[str, str], output: Path) -> Written:
    """Run a notebook and write it.

    Args:
        name: As in ``notebooks``.
        values: Parameters as text; each is read as the type of its default.
        output: ``.html`` without code cells, or ``.ipynb``.

    Raises:
        ConfigurationError: no such notebook, parameter or format; tells what there is.
        ReportFailedError: a cell raised; quotes it. The notebook with the error is kept beside the output.
    """
    known = notebooks()
    if name not in known:
        raise ConfigurationError(f"There is no report {name!r}.", hint=f"There are: {', '.join(known) or 'none'}.")
    if output.suffix not in _FORMATS:
        raise ConfigurationError(f"{output.name!r} is neither .html nor .ipynb.", hint="Name the output accordingly.")
    parameters = typed(known[name], values)
    with tempfile.TemporaryDirectory(prefix="analytics_kit_") as folder:
        executed = _execute(known[name], parameters, Path(folder) / known[name].name, output)
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(_rendered(executed, output.suffix), encoding="utf-8")
        return Written(output, _status(executed))


def typed(path: Path, values: Mapping[str, str]) -> dict[str, Any]:
    """The parameters in the types of their defaults.

    Raises:
        ConfigurationError: a parameter that the notebook does not have, or a value of another type.
    """
    known = {name: info["default"] for name, info in _papermill().inspect_notebook(str(path)).items()}
    for name in values:
        if name not in known:
            raise ConfigurationError(
                f"{path.stem} has no parameter {name!r}.",
                hint=f"It has: {', '.join(f'{key}={value}' for key, value in known.items())}.",
            )
    return {name: _value(name, text, known[name]) for name, text in values.items()}


def _value(name: str, text: str, default: str) -> Any:
    kind = type(ast.literal_eval(default))
    if kind in (str, type(None)):
        return text or None if kind is type(None) else text
    try:
        value = ast.literal_eval(text.capitalize() if kind is bool else text)
    except (ValueError, SyntaxError):
        value = text
    if type(value) is not kind and not (kind is float and type(value) is int):
        raise ConfigurationError(f"{name}={text!r} is no {kind.__name__}.", hint=f"Its default is {default}.")
    return value


def _papermill() -> Any:
    try:
        import papermill
    except ImportError as error:
        raise ConfigurationError("Reports need papermill, which is not installed.", hint=_INSTALL) from error
    return papermill


def _execute(path: Path, parameters: dict[str, Any], target: Path, output: Path) -> Any:
    papermill = _papermill()
    try:
        return papermill.execute_notebook(
            str(path),
            str(target),
            parameters=parameters,
            kernel_name="python3",
            progress_bar=False,
            cwd=str(Path.cwd()),
            config=_encrypted(),
        )
    except papermill.PapermillExecutionError as error:
        kept = output.with_suffix(".failed.ipynb")
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(target.read_bytes())
        raise ReportFailedError(
            f"{path.stem} stopped at {error.ename}: {_plain(error.evalue)}",
            hint=f"The notebook as far as it came: {kept}",
        ) from error


def _encrypted() -> Any:
    """Settings that let nobody else on this machine listen to the kernel, which would warn of it on stderr."""
    import zmq
    from traitlets.config import Config

    return Config({"KernelManager": {"transport_encryption": "auto" if zmq.has("curve") else "disabled"}})


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text).strip()


def _status(notebook: Any) -> str:
    """The worst of the loads that the notebook shows."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    told = [output["data"][MIME_TYPE] for output in outputs if MIME_TYPE in output.get("data", {})]
    return worst(load["status"] for loads in told for load in loads.values())


def _rendered(notebook: Any, suffix: str) -> str:
    import nbformat

    if suffix == ".ipynb":
        return str(cast("Any", nbformat).writes(notebook))
    from nbconvert import HTMLExporter

    # Its own page names scripts on other hosts; a report has no formulas, and is read without a network.
    exporter = cast("Any", HTMLExporter)(exclude_input=True, exclude_input_prompt=True, exclude_output_prompt=True)
    exporter.mathjax_url = exporter.require_js_url = exporter.jquery_url = exporter.widget_renderer_url = ""
    exporter.embed_images = True
    page, _ = exporter.from_notebook_node(_without_widgets(notebook), {"metadata": {"name": _title(notebook)}})
    return re.sub(
        r'<script[^>]*src="(https?:)?//[^"]*"[^>]*>\s*</script>|<script[^>]*src=""[^>]*>\s*</script>', "", page
    )


def _title(notebook: Any) -> str:
    """The first heading."""
    lines = (line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines())
    return next((line.lstrip("# ") for line in lines if line.startswith("#")), "Report")


def _without_widgets(notebook: Any) -> Any:
    """The notebook without what only lives beside a kernel, such as progress lines.

    A page would show their code, or with their states fetch a script of another host to draw them.
    """
    made = copy.deepcopy(notebook)
    made.metadata.pop("widgets", None)
    for cell in made.cells:
        if "outputs" in cell:
            cell.outputs = [output for output in cell.outputs if _WIDGET not in output.get("data", {})]
    return made
