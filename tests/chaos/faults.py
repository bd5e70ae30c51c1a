"""Everything a far side can do to a caller, each as a script; and what it would bill for it.

A script is told the exchange, its own source of chance and its bill. The bill counts like a
provider: the prompt once an answer begins, and every word that was sent; nothing for an error
status. It is what the books are compared with.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from fakes.scripted import Exchange

PROMPT = 20
HANG = 30.0


@dataclass
class Bill:
    """What one provider has billed, in tokens."""

    input: int = 0
    output: int = 0
    requests: int = 0


Script = Callable[[Exchange, random.Random, Bill], Awaitable[None]]


async def _begin(exchange: Exchange, bill: Bill, kind: str = "text/event-stream") -> None:
    bill.input += PROMPT
    await exchange.start(kind=kind)


async def _words(exchange: Exchange, roll: random.Random, bill: Bill, most: int = 12) -> int:
    count = roll.randint(1, most)
    for _ in range(count):
        bill.output += 1
        await exchange.text("word ")
    return count


async def _gone(exchange: Exchange) -> None:
    async with asyncio.timeout(HANG):
        await exchange.closed.wait()


async def well(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await _begin(exchange, bill)
    count = await _words(exchange, roll, bill)
    await exchange.finish(prompt=PROMPT, answer=count)


async def slow(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await asyncio.sleep(roll.random() * 0.3)
    await _begin(exchange, bill)
    count = 0
    for _ in range(roll.randint(2, 8)):
        count += await _words(exchange, roll, bill, 2)
        await asyncio.sleep(roll.random() * 0.1)
    await exchange.finish(prompt=PROMPT, answer=count)


async def drips(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await _begin(exchange, bill)
    for letter in b'data: {"choices":[{"index":0,"delta":{"content":"x"}}]}\n\n' * 40:
        await exchange.send(bytes([letter]))
        await asyncio.sleep(0.05)


async def never_begins(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await _gone(exchange)


async def slow_head(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    for letter in b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 400:
        await exchange.send(bytes([letter]))
        await asyncio.sleep(0.02)


async def resets(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    exchange.writer.transport.abort()


async def resets_midway(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await _begin(exchange, bill)
    await _words(exchange, roll, bill)
    exchange.writer.transport.abort()


async def ends_midway(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await _begin(exchange, bill)
    await _words(exchange, roll, bill)


async def half_a_line(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await _begin(exchange, bill)
    await _words(exchange, roll, bill)
    await exchange.send(b'data: {"choices":[{"delta":{"cont')


async def stalls(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await _begin(exchange, bill)
    await _words(exchange, roll, bill)
    await _gone(exchange)


async def empty(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await exchange.start()


async def html(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await exchange.start(kind="text/html")
    await exchange.send(b"<html><body>Please sign in</body></html>")


async def garbage(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await _begin(exchange, bill)
    await exchange.send(roll.randbytes(roll.randint(1, 4_000)))


async def not_utf8(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await _begin(exchange, bill)
    await exchange.send(b'data: {"choices":[{"index":0,"delta":{"content":"\xff\xfe"}}]}\n\n')


async def not_http(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await exchange.send(b"SSH-2.0-OpenSSH_9.2\r\n")


async def error_inside(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await _begin(exchange, bill)
    await _words(exchange, roll, bill)
    await exchange.send(b'data: {"error":{"message":"overloaded","code":503}}\n\n')


async def long_line(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await _begin(exchange, bill)
    await exchange.send(b"data: " + b"x" * 3_000_000)


async def long_refusal(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await exchange.start("500 Oops", "text/plain")
    await exchange.send(b"no " * 500_000)


async def wild_usage(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await _begin(exchange, bill)
    await _words(exchange, roll, bill)
    await exchange.chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
    await exchange.chunk(usage={"prompt_tokens": -7, "completion_tokens": "many"})
    await exchange.send(b"data: [DONE]\n\n")


async def no_usage(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await _begin(exchange, bill)
    await _words(exchange, roll, bill)
    await exchange.chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
    await exchange.send(b"data: [DONE]\n\n")


async def cut_at_length(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await _begin(exchange, bill)
    count = await _words(exchange, roll, bill)
    await exchange.chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "length"}])
    await exchange.chunk(usage={"prompt_tokens": PROMPT, "completion_tokens": count})
    await exchange.send(b"data: [DONE]\n\n")


async def odd_bytes(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await _begin(exchange, bill)
    text = json.dumps({"choices": [{"index": 0, "delta": {"content": "a\u2028\U0001f600"}}]})
    raw = b": hello\r\ndata:" + text.encode() + b"\r\n\r\n"
    for part in (raw[:-9], raw[-9:-5], raw[-5:]):
        await exchange.send(part)
        await asyncio.sleep(0.01)
    bill.output += 2
    await exchange.finish(prompt=PROMPT, answer=2)


def refuses(status: str, more: str = "", code: str = "x") -> Script:
    async def refuse(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
        await exchange.start(status, "application/json", more)
        await exchange.send(json.dumps({"error": {"message": "no", "code": code}}).encode())

    return refuse


async def later_by_date(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)
    await refuses("429 Slow", f"Retry-After: {when}\r\n")(exchange, roll, bill)


def redirects(to: str) -> Script:
    return refuses("307 Away", f"Location: {to}\r\n")


FAULTS: dict[str, Script] = {
    "slow": slow,
    "drips": drips,
    "never begins": never_begins,
    "slow head": slow_head,
    "resets": resets,
    "resets midway": resets_midway,
    "ends midway": ends_midway,
    "half a line": half_a_line,
    "stalls": stalls,
    "empty": empty,
    "html": html,
    "garbage": garbage,
    "not utf-8": not_utf8,
    "not http": not_http,
    "error inside": error_inside,
    "long line": long_line,
    "long refusal": long_refusal,
    "wild usage": wild_usage,
    "no usage": no_usage,
    "cut at length": cut_at_length,
    "odd bytes": odd_bytes,
    "429 seconds": refuses("429 Slow", "Retry-After: 0.2\r\n"),
    "429 milliseconds": refuses("429 Slow", "retry-after-ms: 150\r\n"),
    "429 date": later_by_date,
    "429 bare": refuses("429 Slow"),
    "429 spent": refuses("429 Slow", code="insufficient_quota"),
    "500": refuses("500 Oops"),
    "503": refuses("503 Busy"),
    "529": refuses("529 Overloaded"),
    "401": refuses("401 No"),
    "402": refuses("402 Pay"),
    "404": refuses("404 Not Found", code="model_not_found"),
    "limits in headers": refuses(
        "429 Slow",
        "x-ratelimit-limit-requests: 60\r\nx-ratelimit-remaining-requests: 0\r\n"
        "x-ratelimit-reset-requests: 300ms\r\n",
    ),
}
