"""What the picker needs of a kit; it takes one as an argument and never imports it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import pandas as pd

    from analytics_kit.report import LoadReport


class KitLike(Protocol):
    """The part of ``Kit`` that the picker calls."""

    @property
    def load(self) -> Callable[..., LoadReport]:
        """Load resources: see Kit.load."""

    def frame(self, name: str) -> pd.DataFrame:
        """The rows of a table: see Kit.frame."""

    def sql(self, query: str, **parameters: Any) -> pd.DataFrame:
        """The result of a query: see Kit.sql."""

    def resources(self) -> pd.DataFrame:
        """What there is, and what is held: see Kit.resources."""

    def columns(self, name: str) -> pd.DataFrame:
        """The data dictionary: see Kit.columns."""

    def as_of(self, name: str) -> object:
        """What a figure stands on, as a line of text: see Kit.as_of."""

    def now(self) -> datetime:
        """The API's clock: see Kit.now."""
