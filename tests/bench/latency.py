"""What the daemon adds to a request: against httpx calling the same far side directly.

Both send a prompt of 1 KB and read a stream of DELTAS pieces to its end. Through the daemon a
request is planned, reserved durably, streamed, settled and logged.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from aircher_protocol.client import AsyncClient
from aircherd import runtime

DELTAS = 20
PROMPT = "Why is this slow? " * 57
Once = Callable[[], Awaitable[object]]


def latency(rounds: int = 300) -> None:
    """Prints p50 and p99 at 1 and at 64 callers, direct and through the daemon."""
    here = Path(__file__).parent
    far = subprocess.Popen(
        [sys.executable, str(here / "upstream.py"), str(DELTAS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert far.stdin is not None
    assert far.stdout is not None
    try:
        port = int(far.stdout.readline())
        _configure(port)
        asyncio.run(_compare(port, rounds))
    finally:
        far.stdin.close()
        far.wait()
        far.stdout.close()
        subprocess.run([sys.executable, "-m", "aircherd", "stop"], capture_output=True, check=False)


def _configure(port: int) -> None:
    path = Path(os.environ["XDG_CONFIG_HOME"]) / "aircher" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'[providers]\ndefault = "far"\n[providers.far]\nbase_url = "http://127.0.0.1:{port}/v1"\n'
        'models = ["m"]\nlocal = false\ncontext = 32768\ninput_per_million = 0.1\n'
        "output_per_million = 0.5\n[providers.ollama]\nenabled = false\n"
        "[costs]\ndaily_limit = 1000.0\n",
        "utf-8",
    )


async def _compare(port: int, rounds: int) -> None:
    starter = await AsyncClient(name="bench").start()
    path = runtime.socket_path()
    print(f"a stream of {DELTAS} pieces        callers    p50 ms    p99 ms   a second   ratio p50")
    for callers in (1, 64):
        direct = await _direct(port, callers, rounds)
        through = await _through(path, callers, rounds)
        _line("httpx, in process", callers, direct, None)
        _line("through aircherd", callers, through, direct)
        added = statistics.median(through[0]) - statistics.median(direct[0])
        print(f"{'added at the median':<28}{callers:>8}  {added:8.2f}")
    await starter.close()


async def _direct(port: int, callers: int, rounds: int) -> tuple[list[float], float]:
    body = json.dumps(
        {"model": "m", "stream": True, "messages": [{"role": "user", "content": PROMPT}]}
    ).encode()
    limits = httpx.Limits(max_connections=256, max_keepalive_connections=256)
    async with httpx.AsyncClient(trust_env=False, limits=limits, verify=False) as client:

        async def once() -> None:
            url = f"http://127.0.0.1:{port}/v1/chat/completions"
            async with client.stream("POST", url, content=body) as answer:
                async for _ in answer.aiter_raw():
                    pass

        return await _timed([once] * callers, rounds)


async def _through(path: str, callers: int, rounds: int) -> tuple[list[float], float]:
    clients = [await AsyncClient(name="bench").open(path) for _ in range(callers)]

    def asks(client: AsyncClient) -> Once:
        # The plain result and the numbered deltas, as an editor takes them.
        return lambda: client.request("aircher/ask", {"prompt": PROMPT, "deltaToken": "t"})

    try:
        return await _timed([asks(client) for client in clients], rounds)
    finally:
        for client in clients:
            await client.close()


async def _timed(works: list[Once], rounds: int) -> tuple[list[float], float]:
    took: list[float] = []
    each = max(4, rounds // len(works))

    async def run(work: Once, times: int, keep: bool) -> None:
        for _ in range(times):
            began = time.perf_counter()
            await work()
            if keep:
                took.append((time.perf_counter() - began) * 1000)

    await asyncio.gather(*(run(work, 3, False) for work in works))
    began = time.perf_counter()
    await asyncio.gather(*(run(work, each, True) for work in works))
    return took, len(took) / (time.perf_counter() - began)


def _line(
    name: str,
    callers: int,
    taken: tuple[list[float], float],
    floor: tuple[list[float], float] | None,
) -> None:
    took = sorted(taken[0])
    p50, p99 = statistics.median(took), took[int(len(took) * 0.99)]
    ratio = "" if floor is None else f"{p50 / statistics.median(floor[0]):10.1f} x"
    print(f"{name:<28}{callers:>8}  {p50:8.2f}  {p99:8.2f}  {taken[1]:9.0f} {ratio}")
