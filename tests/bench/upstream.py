"""A far side as fast as Python is: one canned answer a request, keep-alive, no parsing but lengths.

`python tests/bench/upstream.py DELTAS` prints its port and serves until its stdin closes.
"""

from __future__ import annotations

import asyncio
import json
import sys


def answer(deltas: int) -> bytes:
    """A streamed chat completion of so many pieces, chunked, ready to be sent."""
    rows = [
        {"id": "x", "model": "m", "choices": [{"index": 0, "delta": {"content": f"word{n} "}}]}
        for n in range(deltas)
    ]
    rows.append({"id": "x", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    rows.append({"id": "x", "choices": [], "usage": {"prompt_tokens": 20, "completion_tokens": 9}})
    events = [f"data: {json.dumps(row)}\n\n".encode() for row in rows] + [b"data: [DONE]\n\n"]
    body = b"".join(b"%x\r\n%b\r\n" % (len(event), event) for event in events) + b"0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
    return head + b"\r\n" + body


class Upstream(asyncio.Protocol):
    """One connection."""

    def __init__(self, canned: bytes) -> None:
        self._canned = canned
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the way to answer."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers each whole request."""
        self._buffer += data
        while True:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            length = 0
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    length = int(line[15:])
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            self._transport.write(self._canned)


async def main() -> None:
    """Serves on a free port."""
    canned = answer(int(sys.argv[1]))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Upstream(canned), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
