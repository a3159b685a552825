"""The filters that the API applies to builds and audit."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from analytics_kit.filters import filter_text
from analytics_kit.picker.choice import filters_on, known_filters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analytics_kit.catalog import Filter
    from analytics_kit.picker.choice import Choice
    from analytics_kit.picker.maker import Maker
    from analytics_kit.picker.window_options import Tell

SHOWN = {
    "builds": {"status": "Status", "branch_name": "Branch"},
    "audit": {"user_name": "User", "entity": "Entity", "action": "Action"},
}
"""The filters that have a field, with its label; others are set from Python, and told."""


class FilterOptions:
    """The fields of one resource's filters.

    Args:
        maker: Makes its widgets.
        name: The resource.
        tell: Told new ``filters`` when somebody chooses.
    """

    def __init__(self, maker: Maker, name: str, tell: Tell) -> None:
        self.name = name
        self._tell = tell
        self._filters: Mapping[str, Any] = {}
        known = known_filters(name)
        self.fields = {column: _field(maker, known[column], label) for column, label in SHOWN[name].items()}
        self.told = maker.html()
        self.box = w.VBox([maker.html(f"<h4>Only {name} with</h4>"), maker.row(*self.fields.values()), self.told])
        for column, field in self.fields.items():
            field.observe(lambda change, column=column: self._on_field(column, change["new"]), "value")

    @property
    def open_columns(self) -> tuple[str, ...]:
        """The columns whose values are not known beforehand."""
        return tuple(column for column, field in self.fields.items() if isinstance(field, w.Combobox))

    def show(self, choice: Choice) -> None:
        """Move to what is chosen."""
        self.box.layout.display = None if self.name in choice.selection else "none"
        self._filters = choice.filters
        for column, field in self.fields.items():
            field.value = _shown(field, choice.filters.get(column))
        self.told.value = _told(filters_on(choice, self.name))

    def offer(self, column: str, values: Iterable[str]) -> None:
        """Offer the values that are held of a column."""
        self.fields[column].options = tuple(values)

    def _on_field(self, column: str, value: Any) -> None:
        others = {name: kept for name, kept in self._filters.items() if name != column}
        meant = _meant(known_filters(self.name)[column], value)
        self._tell({"filters": others | ({column: meant} if meant else {})})


def _field(maker: Maker, found: Filter, label: str) -> w.Widget:
    looks: dict[str, Any] = {"description": label, "style": {"description_width": "60px"}, "layout": {"width": "270px"}}
    if found.values:
        return maker.field(w.SelectMultiple, options=found.values, rows=min(len(found.values), 5), **looks)
    several = "; several: a, b" if found.many else ""
    return maker.field(w.Combobox, placeholder=f"any{several}", continuous_update=False, **looks)


def _meant(found: Filter, value: Any) -> Any:
    """A field's value as a filter's."""
    if found.values:
        return list(value)
    texts = [part.strip() for part in (str(value).split(",") if found.many else [str(value)]) if part.strip()]
    return texts if found.many else (texts[0] if texts else None)


def _shown(field: w.Widget, value: Any) -> Any:
    """A filter's value as a field's."""
    listed = value if isinstance(value, list) else [value] if value is not None else []
    return tuple(listed) if isinstance(field, w.SelectMultiple) else ", ".join(map(str, listed))


def _told(filters: Mapping[str, Any]) -> str:
    if not filters:
        return ""
    text = filter_text({column: tuple(v if isinstance(v, list) else [v]) for column, v in filters.items()})
    note = f"Asked for: {text}. A filtered load does not count as holding its window."
    return f'<span class="ak-note">{escape(note)}</span>'
