"""More of what a far side can do: frames, lengths, encodings and bodies that are not what they say,
and an engine of this machine that speaks lines of JSON."""

from __future__ import annotations

import asyncio
import gzip
import json
import random

from chaos.faults import PROMPT, Bill, Script, refuses, well
from fakes.scripted import Exchange

_PIECE = b'data: {"choices":[{"index":0,"delta":{"content":"word "}}]}\n\n'


async def _head(exchange: Exchange, *lines: str) -> None:
    await exchange.send(("\r\n".join(("HTTP/1.1 200 OK", *lines)) + "\r\n\r\n").encode())


async def packed(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    """A bomb nobody asked for: thirty megabytes in as many kilobytes of gzip."""
    bill.input += PROMPT
    await _head(exchange, "Content-Type: text/event-stream", "Content-Encoding: gzip")
    await exchange.send(gzip.compress(b"data: " + b"x" * 30_000_000, 1))


async def too_short(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    """Fewer bytes than the length says."""
    bill.input += PROMPT
    bill.output += 1
    await _head(exchange, "Content-Type: text/event-stream", "Content-Length: 5000")
    await exchange.send(_PIECE)


async def broken_chunks(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    bill.input += PROMPT
    bill.output += 1
    await _head(exchange, "Content-Type: text/event-stream", "Transfer-Encoding: chunked")
    await exchange.send(b"%x\r\n%b\r\n" % (len(_PIECE), _PIECE))
    await exchange.send(roll.choice((b"zz\r\nwhat", b"-5\r\n\r\n", b"ffffffffff\r\nx")))


async def two_lengths(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    bill.input += PROMPT
    await _head(exchange, "Content-Length: 4", "Content-Length: 7")
    await exchange.send(b"{}  {}")


async def many_headers(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await _head(exchange, *(f"X-{number}: {'v' * 500}" for number in range(600)))


async def forever_early(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    """A hint that the answer is on its way, again and again."""
    for _ in range(200):
        await exchange.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await asyncio.sleep(0.05)


async def json_at_once(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    """A whole answer where a stream was asked for."""
    bill.input += PROMPT
    bill.output += 2
    await exchange.start(kind="application/json")
    message = {"index": 0, "finish_reason": "stop", "message": {"content": "two words"}}
    usage = {"prompt_tokens": PROMPT, "completion_tokens": 2}
    await exchange.send(json.dumps({"choices": [message], "usage": usage}).encode())


async def odd_kind(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    bill.input += PROMPT
    bill.output += 1
    await exchange.start(kind=roll.choice(("image/png", "application/octet-stream", "", "text")))
    await exchange.text("word ")
    await exchange.finish(PROMPT, 1)


async def deep(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    bill.input += PROMPT
    await exchange.start()
    await exchange.send(b'data: {"choices":' + b"[" * 100_000 + b"\n\n")


async def giant_numbers(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    """Numbers no counter has: 5,000 digits, infinity, not a number."""
    bill.input += PROMPT
    bill.output += 1
    await exchange.start()
    await exchange.text("word ")
    number = roll.choice((b"9" * 5_000, b"1e999", b"NaN", b"-0.5", b"true"))
    usage = b'data: {"choices":[],"usage":{"prompt_tokens":%b,"completion_tokens":1}}\n\n'
    await exchange.chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
    await exchange.send(usage % number + b"data: [DONE]\n\n")


async def wrong_shapes(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    """JSON, and nothing where it should be."""
    bill.input += PROMPT
    await exchange.start()
    for value in roll.sample(
        ([], 7, "x", None, {"choices": 3}, {"choices": [None]}, {"choices": [{"delta": []}]}), 4
    ):
        await exchange.send(b"data: " + json.dumps(value).encode() + b"\n\n")
    await exchange.finish(PROMPT, 0)


async def after_the_end(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    """Says that it is done and goes on."""
    bill.input += PROMPT
    bill.output += 1
    await exchange.start()
    await exchange.text("word ")
    await exchange.finish(PROMPT, 1)
    for _ in range(50):
        await exchange.text("more ")
        await asyncio.sleep(0.02)


async def echoes_the_key(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    """Puts what it was sent into its refusal, as some gateways do."""
    await exchange.start("401 No", "application/json")
    said = exchange.head.decode("latin-1") + exchange.body.decode("utf-8", "replace")
    await exchange.send(json.dumps({"error": {"message": said, "code": "bad_key"}}).encode())


async def unread(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    """A pause long enough that both sides think the other has gone, then the rest."""
    bill.input += PROMPT
    bill.output += 2
    await exchange.start()
    await exchange.text("word ")
    await asyncio.sleep(0.9)
    await exchange.text("word ")
    await exchange.finish(PROMPT, 2)


BODIES: dict[str, Script] = {
    "packed": packed,
    "too short": too_short,
    "broken chunks": broken_chunks,
    "two lengths": two_lengths,
    "many headers": many_headers,
    "forever early": forever_early,
    "json at once": json_at_once,
    "odd kind": odd_kind,
    "deep": deep,
    "giant numbers": giant_numbers,
    "wrong shapes": wrong_shapes,
    "after the end": after_the_end,
    "echoes the key": echoes_the_key,
    "unread": unread,
    "408": refuses("408 Timeout"),
    "413": refuses("413 Too Large", code="context_length_exceeded"),
    "429 absurd": refuses("429 Slow", "Retry-After: 99999999999999\r\n"),
    "429 no number": refuses("429 Slow", "Retry-After: soon\r\n"),
    "502": refuses("502 Bad Gateway"),
    "loading": refuses("503 Loading", code="unavailable_error"),
}


async def _row(exchange: Exchange, **fields: object) -> None:
    await exchange.send(json.dumps({"model": "m", **fields}).encode() + b"\n")


async def _says(exchange: Exchange, roll: random.Random) -> int:
    await exchange.start(kind="application/x-ndjson")
    count = roll.randint(1, 8)
    for _ in range(count):
        await _row(exchange, message={"role": "assistant", "content": "word "}, done=False)
    return count


async def engine_well(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    count = await _says(exchange, roll)
    await _row(exchange, done=True, done_reason="stop", prompt_eval_count=PROMPT, eval_count=count)


async def engine_cut(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    """The end of the connection before the last line."""
    await _says(exchange, roll)


async def engine_half(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await _says(exchange, roll)
    await exchange.send(b'{"model":"m","message":{"role":"assis')


async def engine_forgets(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    """Reads a few tokens of the prompt, says nothing of the rest and answers well."""
    count = await _says(exchange, roll)
    await _row(exchange, done=True, done_reason="stop", prompt_eval_count=1, eval_count=count)


async def engine_fails(exchange: Exchange, roll: random.Random, bill: Bill) -> None:
    await _says(exchange, roll)
    await _row(exchange, error="llama runner process has terminated")


ENGINE: dict[str, Script] = {
    "engine cut": engine_cut,
    "engine half": engine_half,
    "engine forgets": engine_forgets,
    "engine fails": engine_fails,
    "engine loading": refuses("503 Loading"),
    "engine missing": refuses("404 Not Found", code="model_not_found"),
    "engine speaks another way": well,
}
