"""How nbval compares a notebook's outputs: objects as text, so that tests/nbval.cfg holds for them, too.

A chart's specification is such an object, and the line under the chart says when its rows were loaded.
"""

from __future__ import annotations

import json
from typing import Any

from nbval.plugin import IPyNbCell

_sanitize_text = IPyNbCell.sanitize


def _sanitize(cell: IPyNbCell, output: Any) -> Any:
    return _sanitize_text(cell, json.dumps(output, sort_keys=True) if isinstance(output, dict) else output)


IPyNbCell.sanitize = _sanitize
