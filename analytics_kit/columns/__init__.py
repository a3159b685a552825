"""A page of records becomes one Arrow table, and one per child table: identity, declared types, redaction, drift."""

from __future__ import annotations

from analytics_kit.columns.identity import record_id
from analytics_kit.columns.page import Page, page_table
from analytics_kit.columns.schema import child_schema, dlt_child_columns, dlt_columns, json_hints, schema, tombstone

__all__ = [
    "Page",
    "child_schema",
    "dlt_child_columns",
    "dlt_columns",
    "json_hints",
    "page_table",
    "record_id",
    "schema",
    "tombstone",
]
