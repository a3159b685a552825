"""dlt's REST API source as its documentation teaches it; nesting is off, for with it the load does not end."""

from __future__ import annotations

import sys

import dlt
from dlt.sources.rest_api import rest_api_source

from benchmarks.clock import timed


def load(base_url: str, database: str) -> None:
    """One run of a pipeline with one resource."""
    source = rest_api_source(
        {
            "client": {
                "base_url": base_url,
                "auth": {"type": "api_key", "name": "api_key", "api_key": "bench", "location": "header"},
                # Pages count from 1, and the API has no total where dlt looks for it: an empty page is the end.
                "paginator": {"type": "page_number", "base_page": 1, "total_path": None},
            },
            "resource_defaults": {"primary_key": "id", "write_disposition": "merge", "max_table_nesting": 0},
            "resources": [
                {
                    "name": "builds",
                    "endpoint": {"path": "workflow", "params": {"limit": 100}, "data_selector": "workflows.docs"},
                }
            ],
        }
    )
    pipeline = dlt.pipeline(
        "plain_dlt", destination=dlt.destinations.duckdb(database), dataset_name="plain", pipelines_dir="."
    )
    pipeline.run(source)


if __name__ == "__main__":
    timed(lambda: load(sys.argv[1], sys.argv[2]))
