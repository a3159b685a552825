"""The one place that speaks HTTP: a session with retries, one budget of requests, visible waits and typed errors.

Modules: ``budget`` (how many requests, and when), ``answer`` (one answer, parsed once), ``verdicts`` and ``failures``
(what went wrong, as the kit's errors), ``session`` (the session that dlt's REST client uses).
"""

from __future__ import annotations

from analytics_kit.transport.answer import Answer, server_now
from analytics_kit.transport.budget import Limits, Meter
from analytics_kit.transport.failures import error_for, says_no_data
from analytics_kit.transport.session import Session, drop_key_on_redirect

__all__ = ["Answer", "Limits", "Meter", "Session", "drop_key_on_redirect", "error_for", "says_no_data", "server_now"]
