"""What a database holds: `python -m benchmarks.held DATABASE TABLE` prints the rows and one hash over all ids."""

from __future__ import annotations

import sys

import duckdb


def told(database: str, table: str) -> str:
    """Rows and hash.

    Raises:
        ValueError: an id is missing or there twice.
    """
    with duckdb.connect(database, read_only=True) as connection:
        query = f"select count(*), count(distinct id), md5(string_agg(id, ',' order by id)) from {table}"  # noqa: S608 - our own names
        rows, ids, digest = connection.execute(query).fetchall()[0]
    if rows != ids:
        raise ValueError(f"{table} has {rows} rows and {ids} ids")
    return f"{rows} {digest}"


if __name__ == "__main__":
    sys.stdout.write(told(sys.argv[1], sys.argv[2]))
