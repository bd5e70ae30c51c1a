"""How quick the decoders are: bytes of a long answer to events, against each official SDK's own.

The same bytes in the same pieces of 4 KB; the SDKs read them through their client over a transport
that hands them out, ours from memory, as the road hands them to it. Then the whole of one streamed
answer of 200 pieces in CPU time, through a provider and with httpx alone.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
import httpx2

from aircherd.core.chat import ChatRequest, Message
from aircherd.core.clock import SystemClock
from aircherd.core.settings import ProviderSettings, Settings
from aircherd.providers import registry

PIECES = 4_000
CHUNK = 4_096
ROUNDS = 5
ASK = [{"role": "user", "content": "q"}]


def decoders() -> None:
    """Prints MB/s and events/s by family, and the ratio to the official SDK."""
    print("decoder              MB/s   events/s     SDK MB/s   events/s   times as quick")
    for family, (body, theirs) in STREAMS.items():
        chunks = [body[n : n + CHUNK] for n in range(0, len(body), CHUNK)]
        ours, events = _best(lambda f=family, c=chunks: _ours(f, c))
        official, rows = _best(lambda t=theirs, c=chunks: sum(1 for _ in t(c)))
        size = len(body) / 1e6
        print(
            f"{family:18s} {size / ours:6.1f} {events / ours:10,.0f}   "
            f"{size / official:10.1f} {rows / official:10,.0f}   {official / ours:8.1f}"
        )


def _best(work: Callable[[], int]) -> tuple[float, int]:
    """The quickest of some rounds in seconds, and what the work counted."""
    best, count = float("inf"), 0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        count = work()
        best = min(best, time.perf_counter() - began)
    return best, count


def _ours(family: str, chunks: list[bytes]) -> int:
    wanted = registry.Host(name="x", family=family, base_url="http://127.0.0.1:9")
    request = ChatRequest(model="m", messages=(Message.of("user", "q"),), max_output=9)
    decoder = registry._families[family]().decoder(wanted, request)
    count = 0
    for chunk in chunks:
        for _ in decoder.feed(chunk):
            count += 1
    return count + sum(1 for _ in decoder.end())


def _sse(rows: list[dict[str, Any]], *, named: bool = False, done: bool = False) -> bytes:
    text = "".join(
        (f"event: {row['type']}\n" if named else "") + f"data: {json.dumps(row)}\n\n"
        for row in rows
    )
    return (text + ("data: [DONE]\n\n" if done else "")).encode()


def _words() -> Iterator[str]:
    return (f"word{n} " for n in range(PIECES))


def _chat() -> bytes:
    base = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}

    def row(delta: dict[str, Any], end: str | None = None) -> dict[str, Any]:
        return {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": end}]}

    return _sse([*(row({"content": w}) for w in _words()), row({}, "stop")], done=True)


def _responses() -> bytes:
    shell = {"id": "r", "object": "response", "created_at": 1, "model": "m", "output": []}
    shell |= {"parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
    part = {"item_id": "i", "output_index": 0, "content_index": 0, "logprobs": []}
    kind = "response.output_text.delta"
    rows = [
        {"type": kind, "sequence_number": n, "delta": word, **part}
        for n, word in enumerate(_words())
    ]
    ended = {"type": "response.completed", "sequence_number": PIECES}
    return _sse([*rows, {**ended, "response": {**shell, "status": "completed"}}], named=True)


def _messages() -> bytes:
    usage = {"input_tokens": 1, "output_tokens": 1}
    start = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": []}
    start |= {"stop_reason": None, "stop_sequence": None, "usage": usage}
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text"}}
    block["content_block"] = {"type": "text", "text": ""}
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": w}}
        for w in _words()
    ]
    ended = {"type": "message_delta", "usage": usage}
    ended["delta"] = {"stop_reason": "end_turn", "stop_sequence": None}  # type: ignore[assignment]
    rows: list[dict[str, Any]] = [{"type": "message_start", "message": start}, block, *deltas]
    stop = {"type": "content_block_stop", "index": 0}
    return _sse([*rows, stop, ended, {"type": "message_stop"}], named=True)


def _gemini() -> bytes:
    def row(text: str, **more: Any) -> dict[str, Any]:
        return {"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, **more}]}

    return _sse([*(row(w) for w in _words()), row("", finishReason="STOP")])


def _cohere() -> bytes:
    rows = [
        {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": w}}}}
        for w in _words()
    ]
    start = {"type": "message-start", "id": "x", "delta": {"message": {"role": "assistant"}}}
    return _sse(
        [start, *rows, {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}}], named=True
    )


def _ollama() -> bytes:
    rows: list[dict[str, Any]] = [
        {"model": "m", "message": {"role": "assistant", "content": w}, "done": False}
        for w in _words()
    ]
    rows.append({"model": "m", "message": {"role": "assistant", "content": ""}, "done": True})
    rows[-1]["done_reason"] = "stop"
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def _handing2(chunks: list[bytes], kind: str = "text/event-stream") -> httpx2.Client:
    headers = {"content-type": kind}
    return httpx2.Client(
        transport=httpx2.MockTransport(
            lambda _: httpx2.Response(200, headers=headers, content=iter(chunks))
        )
    )


def _handing(chunks: list[bytes], kind: str = "text/event-stream") -> httpx.MockTransport:
    headers = {"content-type": kind}
    return httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, content=iter(chunks)))


def _openai_chat(chunks: list[bytes]) -> Iterator[Any]:
    import openai

    client = openai.OpenAI(api_key="k", http_client=_handing2(chunks))
    yield from client.chat.completions.create(model="m", messages=ASK, stream=True)  # type: ignore[call-overload]


def _openai_responses(chunks: list[bytes]) -> Iterator[Any]:
    import openai

    client = openai.OpenAI(api_key="k", http_client=_handing2(chunks))
    yield from client.responses.create(model="m", input="q", stream=True)


def _anthropic(chunks: list[bytes]) -> Iterator[Any]:
    import anthropic

    client = anthropic.Anthropic(api_key="k", http_client=_handing2(chunks))
    yield from client.messages.create(model="m", max_tokens=9, messages=ASK, stream=True)  # type: ignore[call-overload]


def _genai(chunks: list[bytes]) -> Iterator[Any]:
    from google import genai

    options = genai.types.HttpOptions(httpx_client=_handing2(chunks))
    client = genai.Client(api_key="k", http_options=options)
    yield from client.models.generate_content_stream(model="m", contents="q")


def _cohere_sdk(chunks: list[bytes]) -> Iterator[Any]:
    import cohere

    client = cohere.ClientV2(api_key="k", httpx_client=httpx.Client(transport=_handing(chunks)))
    yield from client.chat_stream(model="m", messages=ASK)  # type: ignore[arg-type]


def _ollama_sdk(chunks: list[bytes]) -> Iterator[Any]:
    import ollama

    client = ollama.Client(transport=_handing(chunks, "application/x-ndjson"))
    yield from client.chat(model="m", messages=ASK, stream=True)


STREAMS: dict[str, tuple[bytes, Callable[[list[bytes]], Iterator[Any]]]] = {
    "openai_chat": (_chat(), _openai_chat),
    "openai_responses": (_responses(), _openai_responses),
    "anthropic": (_messages(), _anthropic),
    "gemini": (_gemini(), _genai),
    "cohere": (_cohere(), _cohere_sdk),
    "ollama": (_ollama(), _ollama_sdk),
}
"""By family: a long answer, and the official SDK's way to read it."""


def streamed(deltas: int = 200, rounds: int = 100) -> None:
    """CPU time of one streamed answer: through a provider, and with httpx and json alone."""
    far = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "upstream.py"), str(deltas)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert far.stdin is not None
    assert far.stdout is not None
    try:
        base = f"http://127.0.0.1:{int(far.stdout.readline())}/v1"
        ours, bare = asyncio.run(_cpu(base, rounds))
    finally:
        far.stdin.close()
        far.wait()
        far.stdout.close()
    print(
        f"{deltas} pieces streamed, CPU       {ours * 1e3:8.2f} ms   {ours / bare:5.2f} x httpx "
        f"and json ({bare * 1e3:.2f} ms)"
    )


async def _cpu(base: str, rounds: int) -> tuple[float, float]:
    settings = Settings(providers={"far": ProviderSettings(name="far", base_url=base)})
    host = next(h for h in registry.hosts(settings, {}) if h.name == "far")
    clock = SystemClock()
    provider = registry.connect(host, settings, clock)
    request = ChatRequest(model="m", messages=(Message.of("user", "q"),), max_output=9)

    async def through() -> None:
        async with aclosing(provider.stream(request, deadline=clock.monotonic() + 60)) as events:
            async for _ in events:
                pass

    async with httpx.AsyncClient(trust_env=False) as client:

        async def direct() -> None:
            body = {"model": "m", "messages": ASK, "stream": True}
            async with client.stream("POST", f"{base}/chat/completions", json=body) as answer:
                async for line in answer.aiter_lines():
                    if line.startswith("data: {"):
                        json.loads(line[6:])

        async def cost(work: Callable[[], Any]) -> float:
            await work()
            began = time.process_time()
            for _ in range(rounds):
                await work()
            return (time.process_time() - began) / rounds

        found = await cost(through), await cost(direct)
    await provider.aclose()
    return found


if __name__ == "__main__":
    decoders()
    streamed()
