"""Is the key right, and what may it read: one small request per resource."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from analytics_kit.catalog import RESOURCES
from analytics_kit.envelope import enveloped
from analytics_kit.errors import AccessDeniedError, AnalyticsKitError
from analytics_kit.rest import METADATA, path_of
from analytics_kit.source import open_session
from analytics_kit.transport import server_now

if TYPE_CHECKING:
    import pandas as pd

    from analytics_kit.catalog import Resource
    from analytics_kit.settings import Settings
    from analytics_kit.transport import Session

_LIMIT_HEADERS = ("ratelimit", "rate-limit", "retry-after")


@dataclass(frozen=True, slots=True)
class _Probe:
    """What one request told."""

    resource: str
    access: str
    status: int | None
    seconds: float
    clock_skew_seconds: float | None
    limit: str
    next_step: str
    body: Any = None


def check(settings: Settings) -> pd.DataFrame:
    """One row per resource: see Kit.check."""
    import pandas as pd

    session = open_session(replace(settings, retries=0))
    plain = [entry for entry in RESOURCES.values() if not entry.merge_key]
    with ThreadPoolExecutor(settings.concurrency) as pool:
        probes = {probe.resource: probe for probe in pool.map(lambda entry: _probe(entry, settings, session), plain)}
    for entry in RESOURCES.values():
        if entry.merge_key:
            probes[entry.name] = _probe_reports(entry, settings, session, probes[METADATA])
    names = ["resource", "access", "status", "seconds", "clock_skew_seconds", "limit", "next_step"]
    frame = pd.DataFrame([[getattr(probes[name], column) for column in names] for name in RESOURCES], columns=names)
    return frame.astype({"status": "Int64", "clock_skew_seconds": "float64"})


def _probe_reports(entry: Resource, settings: Settings, session: Session, metadata: _Probe) -> _Probe:
    """A report is asked by name; without dates, so that a refusal of the request is an answer of the right kind."""
    if metadata.access != "yes":
        return replace(metadata, resource=entry.name)
    listed = enveloped(RESOURCES[METADATA], metadata.body)["reports"]
    names = [record.get("reportName") for record in (listed.values() if isinstance(listed, dict) else listed)]
    name = next((name for name in names if isinstance(name, str)), None)
    if name is None:
        return _Probe(entry.name, "unknown", None, 0.0, None, "", "The API lists no reports.")
    return _probe(entry, settings, session, entry.path.replace("{report_name}", quote(name, safe="")))


def _probe(entry: Resource, settings: Settings, session: Session, path: str | None = None) -> _Probe:
    started = time.monotonic()
    try:
        url = settings.base_url + (path or path_of(entry, settings))
        size = {entry.paging.size_param: 1} if entry.paging.size_param else {}
        answer = session.get(url, params=size, headers={settings.api_key_header: settings.api_key})
        if path is None:
            enveloped(entry, answer.json())
    except AnalyticsKitError as error:
        return _refused(entry, error, time.monotonic() - started)
    clock = server_now(answer)
    skew = (clock - datetime.now(UTC)).total_seconds() if clock else None
    limits = "; ".join(
        f"{name}: {value}"
        for name, value in answer.headers.items()
        if any(part in name.lower() for part in _LIMIT_HEADERS)
    )
    return _Probe(entry.name, "yes", answer.status_code, time.monotonic() - started, skew, limits, "", answer.json())


def _refused(entry: Resource, error: AnalyticsKitError, seconds: float) -> _Probe:
    answered = error.status is not None and error.status in (400, 432) and bool(entry.merge_key)
    access = "yes" if answered else "no" if isinstance(error, AccessDeniedError) else "unknown"
    return _Probe(
        entry.name, access, error.status, seconds, None, "", "" if answered else (error.hint or error.message)
    )
