"""What the analytics reports allow, in words, and which of them refuse what is chosen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analytics_kit.planning import GRANULARITIES, Dimension, dimensions, plan_reports

if TYPE_CHECKING:
    from datetime import datetime

    from analytics_kit.picker.choice import Choice
    from analytics_kit.window import Window

Record = dict[str, Any]


def records_of(metadata: Iterable[Mapping[Any, Any]]) -> list[Record]:
    """Rows of ``analytics_metadata`` as the records that planning reads."""
    return [
        {"reportName": row["id"], "supportedTimeDimensions": row.get("supported_time_dimensions")} for row in metadata
    ]


def labels(records: Sequence[Record]) -> list[tuple[str, str]]:
    """Label and name of each report; the label tells its limits."""
    return [(f"{record['reportName']} ({limits(record)})", record["reportName"]) for record in records]


def limits(record: Record) -> str:
    """What a report allows, as in ``hour 1–4 d; week, month, whole range 1–186 d``."""
    offered = dimensions(record)
    if offered is None:
        return "limits not known"
    named: dict[str, list[str]] = {}
    for item in sorted(offered, key=_fineness):
        named.setdefault(_days(item), []).append(item.granularity or "whole range")
    told = [" ".join(filter(None, (", ".join(names), days))) for days, names in named.items()]
    return "; ".join(told) or "takes no dates"


def granularities(records: Sequence[Record], names: Sequence[str] | None) -> tuple[str, ...]:
    """The granularities that at least one of the reports offers; all where none says."""
    chosen = [record for record in records if names is None or record["reportName"] in names]
    offered = {item.granularity for record in chosen for item in dimensions(record) or ()}
    known = tuple(name for name in GRANULARITIES if name in offered)
    return known if chosen else GRANULARITIES


def refusals(choice: Choice, records: Sequence[Record], span: Window, now: datetime) -> list[str]:
    """Why reports of the choice would not be asked, one line each."""
    plan = plan_reports(records, choice.reports, span, choice.granularity, now)
    return [request.refused.message for request in plan if request.refused]


def changes(choice: Choice, records: Sequence[Record], span: Window, now: datetime) -> list[str]:
    """What is asked otherwise than chosen, one line each: reports that were not named take the nearest they offer."""
    plan = plan_reports(records, choice.reports, span, choice.granularity, now)
    return [
        f"{request.report} is asked by {request.granularity or 'the whole range'}, {request.first} to {request.last}."
        for request in plan
        if request.dates and not request.refused and request.granularity != choice.granularity
    ]


def _fineness(item: Dimension) -> int:
    return GRANULARITIES.index(item.granularity) if item.granularity in GRANULARITIES else len(GRANULARITIES)


def _days(item: Dimension) -> str:
    if math.isinf(item.most):
        return f"from {item.least:g} d" if item.least else ""
    return f"{item.least:g}–{item.most:g} d"
