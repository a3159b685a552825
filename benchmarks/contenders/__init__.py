"""Who is measured: each contender is a script that a fresh process runs once, with an address and a database file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contender:
    """One way to bring builds into DuckDB.

    Attributes:
        name: As on the command line.
        title: As in the results.
        table: Where the builds are afterwards; one row per build, with its ``id``.
        peer: Somebody else's tool, left out of the longest listings.
        own_environment: Runs with a Python of its own: its dependencies clash with the kit's.
        ahead: Is about asking ahead: left out where answers take no time, and where they must be asked for in order.
    """

    name: str
    title: str
    table: str = "builds"
    peer: bool = True
    own_environment: bool = False
    ahead: bool = False

    @property
    def module(self) -> str:
        """The script."""
        return f"benchmarks.contenders.{self.name}"


CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender("floor", "floor", peer=False),
        Contender("kit", "**kit**", peer=False),
        Contender("kit_16", "kit, `concurrency=16`", peer=False, ahead=True),
        Contender("plain_dlt", "plain dlt", table="plain.builds"),
        Contender("pyairbyte", "PyAirbyte", own_environment=True),
    )
}
