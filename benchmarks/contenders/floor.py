"""The floor: plain requests, four at a time, and DuckDB's own JSON reader. No retry, no merge, nothing checked."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import requests

from benchmarks.clock import timed

CONCURRENCY = 4
PAGE = 100
_TABLE = "create table builds as select unnest(workflows.docs, max_depth := 2) from read_json('{folder}/*.json')"


def load(base_url: str, database: Path) -> None:
    """Write every body to a file, then make one table of them; a listing with a cursor is asked for in order."""
    folder = database.parent / "bodies"
    folder.mkdir()
    with requests.Session() as session:
        first = json.loads(_keep(session, base_url, folder, 1))
        pages = range(2, -(-first["workflows"]["total"] // PAGE) + 1)
        with ThreadPoolExecutor(1 if "pagination" in first else CONCURRENCY) as pool:
            list(pool.map(lambda page: _keep(session, base_url, folder, page), pages))
    with duckdb.connect(str(database)) as connection:
        connection.execute(_TABLE.format(folder=folder))


def _keep(session: requests.Session, base_url: str, folder: Path, page: int) -> bytes:
    answer = session.get(f"{base_url}/workflow", params={"page": page, "limit": PAGE}, timeout=60)
    answer.raise_for_status()
    (folder / f"{page:06d}.json").write_bytes(answer.content)
    return answer.content


if __name__ == "__main__":
    timed(lambda: load(sys.argv[1], Path(sys.argv[2])))
