"""The first request to a host: over a new connection, over one that goes on with an earlier TLS
session, and over one that was opened ahead; against one over a connection that was used before.

The far side is a process of its own on loopback, so what is told is work alone. A network adds its
round trips: TCP one, TLS 1.3 one, TLS 1.2 two (one with a session), the request one.
"""

from __future__ import annotations

import asyncio
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable

from aircherd.providers import connections as room
from aircherd.providers.connections import Connections
from aircherd.providers.message import Origin
from aircherd.providers.tls import trusting

ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
SAYS = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
ROUNDS = 150


def warming() -> None:
    """Prints medians in milliseconds and ratios to a request on a connection in use."""
    program = shutil.which("openssl")
    if program is None:
        print("first request: there is no openssl to make a certificate with")
        return
    with tempfile.TemporaryDirectory() as folder:
        key, paper = f"{folder}/key.pem", f"{folder}/cert.pem"
        made = [program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"]
        made += ["-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
        made += ["-keyout", key, "-out", paper]
        subprocess.run(made, check=True, capture_output=True)
        print("first request over TLS      p50 ms   ratio   certificate, round trips saved")
        for version in ("TLSv1_3", "TLSv1_2"):
            far = subprocess.Popen(
                [sys.executable, __file__, key, paper, version],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            assert far.stdin is not None
            assert far.stdout is not None
            try:
                asyncio.run(_compare(int(far.stdout.readline()), paper, version))
            finally:
                far.stdin.close()
                far.wait()
                far.stdout.close()


async def _compare(port: int, paper: str, version: str) -> None:
    context = trusting(paper)
    before, room.certificates = room.certificates, lambda: context
    origin = Origin("https", "127.0.0.1", port)
    kept = Connections(origin, keep=4)
    await _once(kept)

    async def anew() -> float:
        context.forget("127.0.0.1")
        return await _first(Connections(origin, keep=4))

    async def gone_on() -> float:
        return await _first(Connections(origin, keep=4))

    async def ahead() -> float:
        connections = Connections(origin, keep=4)
        await connections.warm(5)
        return await _first(connections)

    ways: dict[str, tuple[str, Callable[[], Awaitable[float]]]] = {
        "in use": ("", lambda: _once(kept)),
        "new": ("looked at", anew),
        "new, session": (f"not sent again, {'1' if version == 'TLSv1_2' else '0'}", gone_on),
        "opened ahead": (f"looked at before, {'3' if version == 'TLSv1_2' else '2'}", ahead),
    }
    took: dict[str, list[float]] = {name: [] for name in ways}
    try:
        for _ in range(ROUNDS):
            for name, (_, work) in ways.items():
                took[name].append(await work())
    finally:
        await kept.aclose()
        room.certificates = before
    floor = statistics.median(took["in use"])
    for name, (words, _) in ways.items():
        middle = statistics.median(took[name])
        label = f"{version.replace('v1_', ' 1.')}, {name}"
        print(f"{label:<26}{middle * 1000:8.2f}  {middle / floor:6.1f}   {words}")


async def _first(connections: Connections) -> float:
    try:
        return await _once(connections)
    finally:
        await connections.aclose()


async def _once(connections: Connections) -> float:
    """Seconds from wanting a connection to the whole answer."""
    began = time.perf_counter()
    connection = await connections.take(5)
    await connection.ask(ASK, b"", seconds=5, until=asyncio.get_running_loop().time() + 5)
    while await connection.read(5):
        pass
    took = time.perf_counter() - began
    connections.give(connection)
    return took


class _Far(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(SAYS)


async def _serve(key: str, paper: str, version: str) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(paper, key)
    context.maximum_version = ssl.TLSVersion[version]
    server = await asyncio.get_running_loop().create_server(_Far, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve(*sys.argv[1:4]))
