"""The list of resources: what each is, what is held of it, and which are chosen."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from analytics_kit.catalog import ALL_NAMES, RESOURCES
from analytics_kit.picker.words import counted, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pandas as pd

    from analytics_kit.picker.maker import Maker

GROUPS = ("activity", "analytics", "inventory")
_NEVER = "never loaded"


def badge(held: Mapping[Any, Any]) -> str:
    """The state of a resource in one word: what the last attempt came to, else what is held."""
    return "failed" if held["last_attempt"] == "failed" else str(held["status"])


def details(held: Mapping[Any, Any]) -> str:
    """A row of ``Kit.resources()`` in words, as HTML."""
    state = badge(held)
    facts = [] if held["status"] == _NEVER else [counted(int(held["rows"]), "row"), _window(held), _loaded(held)]
    if state == "failed":
        facts.append(f"last attempt {moment(held['last_attempt_at'])} UTC failed")
    kind = state.replace(" ", "-")
    text = " · ".join(escape(fact) for fact in facts if fact)
    mark = f'<span class="ak-badge ak-badge-{kind}">{state}</span> {escape(held["description"])}'
    return f'{mark}<div class="ak-note">{text}</div>' if text else mark


def found(text: str, names: Iterable[str] = ALL_NAMES) -> tuple[str, ...]:
    """The resources in whose name, group or description a text is found."""
    wanted = text.strip().lower()
    return tuple(
        name
        for name in names
        if any(wanted in part.lower() for part in (name, RESOURCES[name].group, RESOURCES[name].description))
    )


class Listing:
    """One checkbox per resource, grouped, with a box that narrows the list.

    Args:
        maker: Makes its widgets.
        choose: Told the resources that are chosen when somebody clicks.
    """

    def __init__(self, maker: Maker, choose: Callable[[tuple[str, ...]], None]) -> None:
        self._choose = choose
        self.search = maker.field(
            w.Text, description="Find", placeholder="resource", style=_SHORT_LABEL, layout={"width": "200px"}
        )
        self.all = maker.button("All", "60px", "Choose all that are listed")
        self.none = maker.button("None", "60px", "Choose none of those listed")
        self.count = maker.html()
        self.boxes = {
            name: maker.field(w.Checkbox, description=name, indent=False, layout={"width": "165px"})
            for name in ALL_NAMES
        }
        self.details = {name: maker.html(RESOURCES[name].description) for name in ALL_NAMES}
        self._headings = {name: maker.html(f"<h4>{name.capitalize()}</h4>") for name in GROUPS}
        self._groups = {name: w.GridBox(layout=maker.layout(_GRID)) for name in GROUPS}
        for box in self._groups.values():
            box.add_class("ak-list")
        groups = [part for name in GROUPS for part in (self._headings[name], self._groups[name])]
        self.box = maker.column(maker.row(self.search, self.all, self.none, self.count), *groups)
        self._arrange()
        self._listen()

    @property
    def roots(self) -> tuple[w.Widget, ...]:
        """All that it is made of, also what is not listed just now."""
        return (self.box, *self.boxes.values(), *self.details.values())

    def show(self, selection: tuple[str, ...]) -> None:
        """Tick the chosen resources."""
        for name, box in self.boxes.items():
            box.value = name in selection
        self.count.value = f"{len(selection)} of {len(ALL_NAMES)} chosen"

    def refresh(self, resources: pd.DataFrame) -> None:
        """Show what is held.

        Args:
            resources: As ``Kit.resources()`` gives it.
        """
        for held in resources.to_dict("records"):
            self.details[held["resource"]].value = details(held)

    def _arrange(self) -> None:
        visible = found(self.search.value)
        for group, box in self._groups.items():
            names = [name for name in visible if RESOURCES[name].group == group]
            box.children = tuple(part for name in names for part in (self.boxes[name], self.details[name]))

    def _listen(self) -> None:
        self.search.observe(lambda _: self._arrange(), "value")
        self.all.on_click(lambda _: self._choose(tuple({*self._ticked(), *found(self.search.value)})))
        self.none.on_click(lambda _: self._choose(tuple({*self._ticked()} - {*found(self.search.value)})))
        for box in self.boxes.values():
            box.observe(lambda _: self._choose(self._ticked()), "value")

    def _ticked(self) -> tuple[str, ...]:
        return tuple(name for name, box in self.boxes.items() if box.value)


_GRID = {"grid_template_columns": "170px 1fr", "align_items": "center", "width": "100%"}
_SHORT_LABEL = {"description_width": "40px"}


def _window(held: Mapping[Any, Any]) -> str:
    since, until = moment(held["since"]), moment(held["until"])
    if not RESOURCES[held["resource"]].windowed or not until:
        return ""
    return f"{since or 'start'} to {until}"


def _loaded(held: Mapping[Any, Any]) -> str:
    at = moment(held["loaded_at"])
    return f"loaded {at} UTC" if at else ""
