"""One contender of `make bench-peers`, in an environment of its own; Python's library and its own.

`python contender.py KIND ADDRESS [NAME=VALUE…]` reads lines `MODE CALLERS SECONDS` and answers each
with a line of JSON: the milliseconds each request took, the seconds it all took, and the processor
seconds of this process. KIND is `httpx`, `aiohttp`, `openai` or `litellm` (that library, calling
the far side by itself), `http` (a gateway at the address, asked over bare sockets) or `aircher`
(the daemon whose socket the address is, asked the same way). MODE is `plain` or `stream`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

PROMPT = "Why is this slow? " * 57
Ask = Callable[[bool, int], Awaitable[None]]


def body(streamed: bool, number: int) -> dict[str, Any]:
    """The same payload for everybody; the number keeps answers from being given again."""
    messages = [{"role": "user", "content": f"{PROMPT}{number}"}]
    return {"model": "m", "stream": streamed, "messages": messages}


class Wire:
    """Connections over which whole messages go and come; as little as can be done in Python."""

    def __init__(self, opened: Callable[[], Awaitable[Any]]) -> None:
        self._opened = opened
        self._idle: list[Any] = []

    async def ask(self, data: bytes) -> None:
        """Sends, and reads the whole answer."""
        while self._idle:
            reader, writer = self._idle.pop()
            # Gateways hang up on connections that lay idle between two turns.
            if not reader.at_eof():
                break
        else:
            reader, writer = await self._opened()
        writer.write(data)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if b" 200 " not in head[:20]:
            raise RuntimeError(head.decode("latin-1"))
        length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        if length:
            await reader.readexactly(int(length))
        else:
            await reader.readuntil(b"\r\n0\r\n\r\n")
        self._idle.append((reader, writer))


async def httpx_asks(address: str) -> Ask:
    """A bare httpx client."""
    import httpx

    limits = httpx.Limits(max_connections=256, max_keepalive_connections=256)
    client = httpx.AsyncClient(limits=limits, trust_env=False, verify=False)

    async def ask(streamed: bool, number: int) -> None:
        sent = json.dumps(body(streamed, number)).encode()
        async with client.stream("POST", f"{address}/chat/completions", content=sent) as answer:
            async for _ in answer.aiter_lines():
                pass

    return ask


async def aiohttp_asks(address: str) -> Ask:
    """A bare aiohttp client."""
    import aiohttp

    client = aiohttp.ClientSession()

    async def ask(streamed: bool, number: int) -> None:
        sent = json.dumps(body(streamed, number)).encode()
        async with client.post(f"{address}/chat/completions", data=sent) as answer:
            async for _ in answer.content:
                pass

    return ask


async def openai_asks(address: str) -> Ask:
    """The official SDK."""
    import openai

    client = openai.AsyncOpenAI(base_url=address, api_key="k", max_retries=0)

    async def ask(streamed: bool, number: int) -> None:
        answer: Any = await client.chat.completions.create(**body(streamed, number))
        if streamed:
            async for _ in answer:
                pass

    return ask


async def litellm_asks(address: str) -> Ask:
    """LiteLLM's SDK."""
    import litellm

    litellm.suppress_debug_info = True

    async def ask(streamed: bool, number: int) -> None:
        asked = {**body(streamed, number), "model": "openai/m"}
        answer: Any = await litellm.acompletion(**asked, api_base=address, api_key="k")
        if streamed:
            async for _ in answer:
                pass

    return ask


async def http_asks(address: str, *headers: str) -> Ask:
    """A gateway, over bare sockets."""
    place, _, path = address.removeprefix("http://").partition("/")
    host, _, port = place.partition(":")
    wire = Wire(lambda: asyncio.open_connection(host, int(port), limit=1 << 24))
    more = "".join(f"{one.replace('=', ': ', 1)}\r\n" for one in headers)

    async def ask(streamed: bool, number: int) -> None:
        sent = json.dumps(body(streamed, number)).encode()
        head = (
            f"POST /{path}/chat/completions HTTP/1.1\r\nHost: {place}\r\n{more}"
            f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n"
        )
        await wire.ask(head.encode() + sent)

    return ask


async def aircher_asks(address: str) -> Ask:
    """The daemon, over bare sockets."""

    async def opened() -> Any:
        reader, writer = await asyncio.open_unix_connection(address, limit=1 << 24)
        params: dict[str, Any] = {"processId": os.getpid(), "rootUri": None, "capabilities": {}}
        writer.write(framed({"id": 0, "method": "initialize", "params": params}))
        await read(reader, 0)
        writer.write(framed({"method": "initialized", "params": {}}))
        return reader, writer

    idle: list[Any] = []

    async def ask(streamed: bool, number: int) -> None:
        reader, writer = idle.pop() if idle else await opened()
        params: dict[str, Any] = {"messages": body(streamed, number)["messages"]}
        params |= {"model": "far/long", "deltaToken": "t"} if streamed else {"model": "far/short"}
        writer.write(framed({"id": number, "method": "aircher/chat", "params": params}))
        answer = await read(reader, number)
        if "result" not in answer:
            raise RuntimeError(str(answer))
        idle.append((reader, writer))

    return ask


def framed(message: dict[str, Any]) -> bytes:
    """A message as the protocol sends it."""
    text = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(text), text)


async def read(reader: asyncio.StreamReader, number: int) -> dict[str, Any]:
    """The answer to a request; what comes before it is only passed over."""
    mark = b'"id":%d,' % number
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        text = await reader.readexactly(int(head.split(b":")[1]))
        if mark in text[:64]:
            found: dict[str, Any] = json.loads(text)
            return found


async def main() -> None:
    """Takes turns until stdin closes."""
    kind, *arguments = sys.argv[1:]
    ask = await globals()[f"{kind}_asks"](*arguments)
    number = os.getpid() * 1_000_000
    print(json.dumps({"ready": True}), flush=True)
    while line := (await asyncio.to_thread(sys.stdin.readline)).split():
        streamed, callers, seconds = line[0] == "stream", int(line[1]), float(line[2])
        took: list[float] = []
        ends = time.perf_counter() + seconds

        async def run(ends: float, streamed: bool, took: list[float]) -> None:
            nonlocal number
            for done in range(100_000):
                if done >= 2 and time.perf_counter() > ends:
                    return
                number += 1
                began = time.perf_counter()
                await ask(streamed, number)
                took.append((time.perf_counter() - began) * 1000)

        used, began = time.process_time(), time.perf_counter()
        await asyncio.gather(*(run(ends, streamed, took) for _ in range(callers)))
        used, began = time.process_time() - used, time.perf_counter() - began
        print(json.dumps({"took": took, "seconds": began, "cpu": used}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
