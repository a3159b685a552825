"""The server of the benchmark: `python -m benchmarks.server MOST` prints its port, and ends when its stdin does.

It only writes bytes that lie ready, so that it is not what is measured. A latency is a wait of each answer, not of the
server: answers wait side by side.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from email.utils import formatdate

from benchmarks.pages import Asked, Bodies

_END = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """One kept-alive connection: GET only, one request after another."""

    transport: asyncio.Transport

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        if isinstance(transport, asyncio.Transport):
            self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole head, after its latency."""
        self._received += data
        while _END in self._received:
            head, _, self._received = self._received.partition(_END)
            target = head.split(b" ", 2)[1].decode()
            try:
                asked = Asked.of(target)
                pieces = self._bodies.body(asked)
            except (KeyError, ValueError):
                self._answer(b"404 Not Found", [b"{}"])
            else:
                asyncio.get_running_loop().call_later(asked.latency, self._answer, b"200 OK", pieces)

    def _answer(self, status: bytes, pieces: list[bytes]) -> None:
        date, length = formatdate(usegmt=True).encode(), sum(map(len, pieces))
        head = b"HTTP/1.1 %b\r\nDate: %b\r\nContent-Type: application/json\r\nContent-Length: %d" % (
            status,
            date,
            length,
        )
        self.transport.writelines([head, _END, *pieces])


async def _serve(most: int) -> None:
    bodies, loop = Bodies(most), asyncio.get_running_loop()
    gc.freeze()
    server = await loop.create_server(lambda: Connection(bodies), "127.0.0.1", 0)
    async with server:
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
