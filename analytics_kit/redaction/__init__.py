"""Redaction: what leaves the API is stored without its secrets.

Secrets are told by the name they stand under, never by a list of columns: in fields the API invents tomorrow, too.
"""

from __future__ import annotations

from analytics_kit.redaction.names import MARK, SUSPICIOUS, secret_key
from analytics_kit.redaction.values import field_rule, redact, redact_context_data, redact_text

__all__ = ["MARK", "SUSPICIOUS", "field_rule", "redact", "redact_context_data", "redact_text", "secret_key"]
