"""The plain summary that a saved notebook shows where no kernel runs."""

from __future__ import annotations

import uuid
from html import escape
from typing import TYPE_CHECKING, Any

from analytics_kit.picker.cell import cell
from analytics_kit.picker.style import SUMMARY_CSS
from analytics_kit.picker.words import grouped

if TYPE_CHECKING:
    from analytics_kit.picker.choice import Choice
    from analytics_kit.report import LoadReport


class Summary:
    """The summary in a cell's output, which follows what is chosen."""

    def __init__(self) -> None:
        self._id = f"analytics-kit-picker-{uuid.uuid4().hex}"
        self._last: dict[str, str] | None = None

    def show(self, choice: Choice, report: LoadReport | None) -> None:
        """Put it into the output of the cell that runs."""
        from IPython.display import display

        self._last = _bundle(choice, report)
        display(self._last, raw=True, display_id=self._id)  # type: ignore[no-untyped-call]

    def follow(self, choice: Choice, report: LoadReport | None) -> None:
        """Show what is chosen now, where it was shown."""
        from IPython.display import update_display

        bundle = _bundle(choice, report)
        if self._last is not None and bundle != self._last:
            self._last = bundle
            update_display(bundle, raw=True, display_id=self._id)  # type: ignore[no-untyped-call]


def _bundle(choice: Choice, report: LoadReport | None) -> dict[str, Any]:
    return {"text/html": summary(choice, report), "text/plain": summary_text(choice, report)}


def summary(choice: Choice, report: LoadReport | None) -> str:
    """What was chosen and what came of the last load, as HTML that needs neither scripts nor a kernel."""
    chosen = ", ".join(choice.selection) or "nothing"
    return (
        f'{SUMMARY_CSS}<div class="analytics-kit-summary"><p><strong>Picker</strong> (live once its cell runs).'
        f" Chosen: {escape(chosen)}.</p>{_loads(report)}<pre><code>{escape(cell(choice))}</code></pre></div>"
    )


def summary_text(choice: Choice, report: LoadReport | None) -> str:
    """The same for where there is no HTML."""
    chosen = ", ".join(choice.selection) or "nothing"
    return "\n".join([f"Picker. Chosen: {chosen}.", *([repr(report)] if report is not None else []), cell(choice)])


def _loads(report: LoadReport | None) -> str:
    if report is None:
        return "<p>Nothing was loaded with it.</p>"
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{load.status}</td><td>{grouped(load.rows)}</td>"
        f"<td>{escape(load.error.message if load.error else '')}</td></tr>"
        for name, load in report.items()
    )
    head = "".join(f"<th>{name}</th>" for name in ("resource", "status", "rows", "error"))
    return f"<p>Last load:</p><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
