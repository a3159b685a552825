"""The command line: load, status, report and demo, for people and for schedulers."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import analytics_kit as ak

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DONE, FAILED, PARTIAL = 0, 1, 2
_CODES = {"loaded": DONE, "empty": DONE, "partial": PARTIAL, "failed": FAILED}
_ABOUT = "Explore a CI/CD analytics API: load it into DuckDB, and run the notebooks as reports."
_MORE = """
exit codes: 0 done, 1 failed (a resource, or all of it), 2 partial (of a resource, rows are missing)

settings: .dlt/config.toml and .dlt/secrets.toml in this folder or above, or the environment; see the README.

examples:
  analytics-kit load builds audit --since 30d
  analytics-kit status
  analytics-kit report builds --since 30d -p project=payments -o builds.html
  analytics-kit report builds --demo -o demo.html
"""


class _Parser(argparse.ArgumentParser):
    """Exits with FAILED on a wrong command: argparse's own 2 means partial here."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(FAILED, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: Words of the command line; None takes those of the process.

    Returns:
        0 done, 1 failed, 2 partial.
    """
    asked = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = asked.command
    try:
        return command(asked)
    except ak.AnalyticsKitError as error:
        sys.stderr.write(f"analytics-kit: {error}\n")
        return FAILED
    except KeyboardInterrupt:
        sys.stderr.write("analytics-kit: stopped\n")
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="analytics-kit", description=_ABOUT, epilog=_MORE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=ak.__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_load(commands.add_parser("load", help="load resources from the API into the database"))
    _add_status(commands.add_parser("status", help="what is held, and how the last loads ended"))
    _add_report(commands.add_parser("report", help="run a notebook and write what it says"))
    _add_demo(commands.add_parser("demo", help="serve the demo API until stopped"))
    return parser


def _add_load(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="RESOURCE", help="resources; none for all 13")
    _add_window(parser)
    parser.add_argument("--report", action="append", metavar="NAME", help="an analytics report; may be repeated")
    parser.add_argument("--granularity", choices=("hour", "day", "week", "month"), help="for analytics reports")
    _add_where(parser)
    parser.set_defaults(command=_load)


def _add_status(parser: argparse.ArgumentParser) -> None:
    _add_where(parser)
    parser.set_defaults(command=_status)


def _add_report(parser: argparse.ArgumentParser) -> None:
    from analytics_kit.runner import notebooks

    parser.add_argument("name", metavar="REPORT", help=f"one of: {', '.join(notebooks())}")
    _add_window(parser)
    parser.add_argument("-p", "--parameter", action="append", default=[], metavar="NAME=VALUE", help="any parameter")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help=".html or .ipynb; REPORT.html if not given")
    parser.add_argument("--demo", action="store_true", help="on the demo API instead of the API of your settings")
    parser.set_defaults(command=_report)


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", default="0", help="0 (the default) takes a free one")
    parser.add_argument("--dialect", default="enveloped", choices=("enveloped", "bare"))
    parser.set_defaults(command=_demo)


def _add_window(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", metavar="WHEN", help='start of the window: "30d", "12h", "8w" or an ISO date')
    parser.add_argument("--until", metavar="WHEN", help="end of the window, not included")


def _add_where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--database", metavar="FILE", help="the DuckDB file; the setting if not given")
    parser.add_argument("--demo", action="store_true", help="on the demo API instead of the API of your settings")


def _kit(asked: argparse.Namespace) -> ak.Kit:
    return ak.demo(database=asked.database) if asked.demo else ak.connect(database=asked.database)


def _load(asked: argparse.Namespace) -> int:
    with _kit(asked) as kit:
        report = kit.load(
            *asked.names,
            since=asked.since,
            until=asked.until,
            reports=asked.report,
            granularity=asked.granularity,
            errors="report",
        )
    sys.stdout.write(f"{report!r}\n")
    return max((_CODES[load.status] for load in report.values()), key=_SEVERITY.index, default=DONE)


_SEVERITY = (DONE, PARTIAL, FAILED)


def _status(asked: argparse.Namespace) -> int:
    with _kit(asked) as kit:
        held = kit.resources()
    shown = held[["resource", "status", "rows", "since", "until", "loaded_at", "last_attempt"]]
    sys.stdout.write(shown.to_string(index=False, na_rep="") + "\n")
    return DONE


def _report(asked: argparse.Namespace) -> int:
    from analytics_kit.runner import run

    started = time.monotonic()
    output = asked.output or Path(f"{asked.name}.html")
    sys.stderr.write(f"running {asked.name} ...\n")
    written = run(asked.name, _values(asked), output)
    sys.stderr.write(f"{written.path}: {written.status}, {time.monotonic() - started:.0f} s\n")
    return _CODES[written.status]


def _values(asked: argparse.Namespace) -> dict[str, str]:
    values = {"source": "demo" if asked.demo else "live"}
    values |= {name: getattr(asked, name) for name in ("since", "until") if getattr(asked, name) is not None}
    for pair in asked.parameter:
        name, found, value = pair.partition("=")
        if not found:
            raise ak.ConfigurationError(f"-p {pair!r} is no NAME=VALUE.", hint="For example: -p project=payments.")
        values[name] = value
    return values


def _demo(asked: argparse.Namespace) -> int:
    """The island is started as any process would start it: the kit imports nothing of it."""
    from analytics_kit.demo_process import serve

    return serve("--port", asked.port, "--dialect", asked.dialect)


if __name__ == "__main__":
    sys.exit(main())
