"""What is held of the API, as far as the picker shows it; what cannot be read just now is told, not raised."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from analytics_kit.errors import AnalyticsKitError, WindowError
from analytics_kit.picker.choice import METADATA, refusal
from analytics_kit.picker.metadata import Metadata
from analytics_kit.picker.panel import Seen
from analytics_kit.picker.report_options import explanation
from analytics_kit.window import Window, window

if TYPE_CHECKING:
    import pandas as pd

    from analytics_kit.picker.choice import Choice
    from analytics_kit.picker.needs import KitLike

_NEVER = "never loaded"
_MOST_VALUES = 500


class Held:
    """What the kit holds.

    Args:
        kit: What reads.
        changed: Called when the limits of the reports have come, in a thread.
    """

    def __init__(self, kit: KitLike, changed: Callable[[], None]) -> None:
        self._kit = kit
        self._metadata = Metadata(kit, changed)
        self.names: tuple[str, ...] = ()
        self._values: dict[str, tuple[str, ...]] = {}

    def resources(self) -> pd.DataFrame | None:
        """Read anew what is held: as ``Kit.resources()``; None where another process holds the database."""
        self._values.clear()
        try:
            frame = self._kit.resources()
        except AnalyticsKitError:
            return None
        self.names = tuple(frame.loc[frame["status"] != _NEVER, "resource"])
        if METADATA in self.names:
            self._metadata.read()
        return frame

    def seen(self, choice: Choice) -> Seen:
        """What is shown of a choice besides itself; asks for the limits of the reports where they are needed."""
        span, why = self._span(choice)
        if not choice.reporting:
            return Seen(span, why, self.names)
        self._metadata.ask()
        records, notes = self._metadata.records, [self._metadata.note]
        if span is not None and records:
            notes = explanation(choice, records, span, self._kit.now())
        return Seen(span, why, self.names, records, [note for note in notes if note])

    def values(self, resource: str, column: str) -> tuple[str, ...]:
        """The values held of a column, in order."""
        if resource not in self.names:
            return ()
        if column not in self._values:
            self._values[column] = self._read_values(resource, column)
        return self._values[column]

    def wait(self) -> None:
        """Wait until nothing is loaded for this."""
        self._metadata.wait()

    def close(self) -> None:
        """End what is loaded for this."""
        self._metadata.cancel()

    def _span(self, choice: Choice) -> tuple[Window | None, str]:
        try:
            return window(choice.since, choice.until, self._kit.now), ""
        except WindowError as error:
            return None, refusal(error)
        except AnalyticsKitError as error:
            return None, error.message

    def _read_values(self, resource: str, column: str) -> tuple[str, ...]:
        query = f'select distinct "{column}" as v from {resource} where v is not null order by v limit {_MOST_VALUES}'  # noqa: S608 # names of the catalog
        try:
            return tuple(self._kit.sql(query)["v"].astype(str))
        except AnalyticsKitError:
            return ()
