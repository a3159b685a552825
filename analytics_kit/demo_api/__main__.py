"""``python -m analytics_kit.demo_api``: serve the demo API until stopped."""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from .application import make_application
from .clock import DEFAULT_SEED
from .faults import Fault, FaultError, parse_fault
from .people import ACCOUNT_ID
from .routes import DIALECTS
from .service import Service
from .world import RESOURCES, World

DEFAULT_KEY = "demo-key.not-a-secret"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the server; 0 when it was stopped, 2 when it cannot start."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        sockets = bind_sockets(options.port, options.host)
    except OSError as error:
        parser.error(f"cannot listen on {options.host}:{options.port}: {error.strerror or error}")
    service = Service(
        World(options.scale, options.seed), options.api_key, options.dialect == "enveloped", frozenset(options.deny)
    )
    service.faults.faults += [fault for faults in options.fault for fault in faults]
    server = HTTPServer(make_application(service))
    asyncio.run(_serve(server, sockets, options))
    return 0


async def _serve(server: HTTPServer, sockets: list[socket.socket], options: argparse.Namespace) -> None:
    server.add_sockets(sockets)
    stop = asyncio.Event()
    _stop_on_signals(stop)
    if options.until_stdin_closes:
        _stop_with_stdin(stop)
    host = options.host if options.host.strip("0.") else "127.0.0.1"  # "every address" is none that a client can call
    address = f"[{host}]" if ":" in host else host
    base_url = f"http://{address}:{sockets[0].getsockname()[1]}"
    sys.stdout.write(f"base_url={base_url}\naccount_id={ACCOUNT_ID}\napi_key={options.api_key}\n")
    sys.stdout.flush()
    await stop.wait()


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))


def _stop_with_stdin(stop: asyncio.Event) -> None:
    """A parent that dies, however it dies, closes the pipe: no server is left behind."""
    loop = asyncio.get_running_loop()

    def wait() -> None:
        try:
            while os.read(sys.stdin.fileno(), 4096):
                pass
        except (OSError, ValueError, AttributeError):
            pass  # no stdin at all is a closed one
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait, daemon=True).start()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m analytics_kit.demo_api",
        description="Serve an invented company's CI/CD analytics over the API contract. "
        "Prints base_url, account_id and api_key, one a line, when ready; serves until stopped.",
    )
    parser.add_argument("--port", type=_port, default=0, help="TCP port; 0 takes a free one (default)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--dialect", choices=DIALECTS, default="enveloped", help="shape of the bodies")
    parser.add_argument("--api-key", default=DEFAULT_KEY, type=_key, help="the key that clients must send")
    parser.add_argument("--scale", type=_scale, default=1.0, help="multiplies builds and audit entries (default: 1.0)")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="another seed, another history")
    parser.add_argument("--until-stdin-closes", action="store_true", help="stop when standard input ends")
    parser.add_argument("--deny", metavar="RESOURCE", action="append", default=[], choices=RESOURCES, help="answer 403")
    parser.add_argument(
        "--fault", metavar="JSON", action="append", default=[], type=_faults, help="a fault, or a list of them"
    )
    return parser


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text} is not a port: 0 to 65535")
    return int(text)


def _key(text: str) -> str:
    if not text.strip() or not text.isascii():
        raise argparse.ArgumentTypeError("the key is a text of ASCII characters, not empty")
    return text


def _scale(text: str) -> float:
    try:
        scale = float(text)
    except ValueError:
        scale = math.nan
    if not 0.01 <= scale <= 1000:
        raise argparse.ArgumentTypeError(f"{text} is not a scale: 0.01 to 1000")
    return scale


def _faults(text: str) -> list[Fault]:
    try:
        document = json.loads(text)
        return [parse_fault(item) for item in (document if isinstance(document, list) else [document])]
    except (FaultError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from None


if __name__ == "__main__":
    raise SystemExit(main())
