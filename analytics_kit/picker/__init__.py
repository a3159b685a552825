"""The widget in which resources are chosen, loaded and looked at."""

from __future__ import annotations

from analytics_kit.picker.picker import Picker

__all__ = ["Picker"]
