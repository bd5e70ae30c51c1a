"""A far side as fast as Python is: canned answers, keep-alive, no parsing but lengths.

`python tests/bench/upstream.py DELTAS [slow]` prints its port and serves until its stdin closes. A
request that asks for a stream gets one of that many pieces, of two when its model is `short`; any
other gets a plain answer. `slow` has it stop for five seconds in the middle of what asks for
"slow ".
"""

from __future__ import annotations

import asyncio
import json
import sys

_SLOW = "slow" in sys.argv[2:]


def answer(deltas: int) -> bytes:
    """A streamed chat completion of so many pieces, chunked, ready to be sent."""
    rows = [
        {
            "id": "x",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "delta": {"content": f"word{n} "}, "finish_reason": None}],
        }
        for n in range(deltas)
    ]
    rows.append({"id": "x", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    rows.append({"id": "x", "choices": [], "usage": {"prompt_tokens": 20, "completion_tokens": 9}})
    events = [f"data: {json.dumps(row)}\n\n".encode() for row in rows] + [b"data: [DONE]\n\n"]
    body = b"".join(b"%x\r\n%b\r\n" % (len(event), event) for event in events) + b"0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
    return head + b"\r\n" + body


def plain() -> bytes:
    """A whole chat completion."""
    message = {"role": "assistant", "content": "word0 word1 "}
    body = json.dumps(
        {
            "id": "x",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 20, "completion_tokens": 9, "total_tokens": 29},
        }
    ).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body


class Upstream(asyncio.Protocol):
    """One connection."""

    def __init__(self, canned: tuple[bytes, bytes, bytes]) -> None:
        self._stream, self._short, self._plain = canned
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
            body, self._buffer = rest[:length], rest[length:]
            if b'"stream":true' not in body and b'"stream": true' not in body:
                self._transport.write(self._plain)
            elif _SLOW and b"slow " in body[:4_000]:
                half = len(self._stream) // 2
                self._transport.write(self._stream[:half])
                loop = asyncio.get_running_loop()
                loop.call_later(5, self._transport.write, self._stream[half:])
            elif b'"short"' in body[:64] or b'"short"' in body[-512:]:
                self._transport.write(self._short)
            else:
                self._transport.write(self._stream)


async def main() -> None:
    """Serves on a free port."""
    canned = answer(int(sys.argv[1])), answer(2), plain()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Upstream(canned), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
