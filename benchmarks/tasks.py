"""Other things that a user waits for: `python -m benchmarks.tasks TASK BASE_URL DATABASE`, each in a fresh process."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

from benchmarks.clock import timed

if TYPE_CHECKING:
    from collections.abc import Callable

    from analytics_kit.kit import Kit

# All that are one small page each: without builds, the audit log and the reports.
SMALL = (
    "accounts",
    "account_settings",
    "agents",
    "analytics_metadata",
    "execution_contexts",
    "contexts",
    "projects",
    "pipelines",
    "step_types",
    "helm_repos",
)
COLUMNS = ("id", "created", "status", "pipeline_name")


def connect(base_url: str, database: str) -> Kit:
    """A kit, with what it imports later imported."""
    kit = importlib.import_module("analytics_kit.kit")
    given = {"base_url": base_url, "api_key": "bench", "account_id": "bench", "database": database}
    made: Kit = kit.connect(**given, progress=False)
    return made


def import_kit(_base_url: str, _database: str) -> None:
    """The import alone."""
    timed(lambda: importlib.import_module("analytics_kit"))


def first_frame(_base_url: str, _database: str) -> None:
    """From nothing to the first frame of the demo."""

    def demo() -> None:
        import analytics_kit as ak

        with ak.demo() as kit:
            kit.load_frame("builds", since="30d")

    timed(demo)


def small(base_url: str, database: str) -> None:
    """The ten resources that are one page each."""
    kit = connect(base_url, database)
    timed(lambda: kit.load(*SMALL))


def again(base_url: str, database: str) -> None:
    """A second load of what is there already; nothing has changed."""
    kit = connect(base_url, database)
    kit.load("builds")
    timed(lambda: kit.load("builds"))


def frame(base_url: str, database: str) -> None:
    """All columns of all builds of a database that is there."""
    kit = connect(base_url, database)
    timed(lambda: kit.frame("builds"))


def frame_columns(base_url: str, database: str) -> None:
    """A few columns of all builds."""
    kit = connect(base_url, database)
    timed(lambda: kit.frame("builds", columns=COLUMNS))


TASKS: dict[str, Callable[[str, str], None]] = {
    task.__name__: task for task in (import_kit, first_frame, small, again, frame, frame_columns)
}

if __name__ == "__main__":
    TASKS[sys.argv[1]](sys.argv[2], sys.argv[3])
