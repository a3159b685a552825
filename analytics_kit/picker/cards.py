"""What came of a load, in words: a line of results, and a card for each thing that went wrong."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from analytics_kit.errors import AnalyticsKitError
from analytics_kit.picker.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics_kit.report import LoadReport, ResourceLoad

_STATES = {"loaded": "complete", "empty": "empty, which is no error"}


def outcome(report: LoadReport | None, failure: BaseException | None) -> str:
    """The HTML of the region that tells how the last load ended."""
    if failure is not None:
        return _card("failed", "The load did not run", *_reasons(failure))
    if report is None:
        return ""
    good = [f"{name} {counted(load.rows, 'row')}, {_STATES[load.status]}" for name, load in _good(report)]
    line = f"<p>{escape('; '.join(good))}.</p>" if good else ""
    return line + "".join(_cards(report))


def refused(error: BaseException) -> str:
    """The HTML that says why something that was chosen is not taken."""
    return _card("partial", "Not taken", *_reasons(error))


def wrong(report: LoadReport | None) -> tuple[str, ...]:
    """The resources that failed or are incomplete."""
    return tuple(name for name, load in (report or {}).items() if load.status not in _STATES)


def _good(report: LoadReport) -> Iterator[tuple[str, ResourceLoad]]:
    return ((name, load) for name, load in report.items() if load.status in _STATES)


def _cards(report: LoadReport) -> Iterator[str]:
    for name in wrong(report):
        for title, load in _pieces(name, report[name]):
            kept = f"{counted(load.rows, 'row')} kept" if load.rows else "no rows"
            yield _card(load.status, f"{title}: {load.status}, {kept}", *_reasons(load.error))


def _pieces(name: str, load: ResourceLoad) -> list[tuple[str, ResourceLoad]]:
    """The resource, or each of its reports that is not complete."""
    parts = [(f"{name} / {part}", item) for part, item in (load.parts or {}).items() if item.status not in _STATES]
    return parts or [(name, load)]


def _reasons(error: BaseException | None) -> tuple[str, str]:
    """Why, and the next step."""
    if isinstance(error, AnalyticsKitError):
        return error.message, error.hint or ("Retry." if error.retryable else "")
    return (f"{type(error).__name__}: {error}" if error else "It is not complete."), "Retry; if it stays so, report it."


def _card(kind: str, title: str, why: str, step: str) -> str:
    lines = [f"<p><strong>{escape(title)}</strong></p>", f"<p>{escape(why)}</p>"]
    lines += [f"<p>Next: {escape(step)}</p>"] if step else []
    return f'<div class="ak-card ak-card-{kind}">{"".join(lines)}</div>'
