"""Many requests, some of them cancelled: does anything grow? `bench.soak REQUESTS [--page FILE]`.

A real daemon, a far side that is a process of its own, CALLERS connections that are opened anew now
and then. Most requests are answered whole; others are cancelled while they stream, wrong, asked
twice, or left behind by a connection that goes. Memory, descriptors and threads are read after
every part; the slope is a straight line through the later two thirds, once everything that is
bounded is full.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import platform
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from aircher_protocol.client import AsyncClient, ConnectionLost, RemoteError
from chaos.house import House, house

CALLERS = 12
PARTS = 30
"""How often the daemon is measured."""
_LINE = re.compile(r"^ *(\d+) requests, +([\d.]+) MB, (\d+) descriptors", re.M)
_KINDS = {"whole": 72, "cancelled": 14, "again": 5, "wrong": 3, "looked": 4, "left": 2}


@dataclass(frozen=True)
class Sample:
    """The daemon after so many requests."""

    requests: int
    memory: int
    """Bytes resident."""
    descriptors: int
    threads: int | None
    """None when that is not known any more."""


@dataclass
class Soaked:
    """What a soak found."""

    samples: list[Sample] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    """Seconds a small question on a quiet connection took, asked twenty times a second."""
    took: float = 0.0
    processor: float = 0.0
    """Seconds of a processor the daemon used."""

    def later(self) -> list[Sample]:
        """The later two thirds."""
        return self.samples[len(self.samples) // 3 :]

    def slope(self) -> float:
        """Bytes a request by which memory grows, over the later two thirds."""
        points = [(one.requests, one.memory) for one in self.later()]
        x = sum(at for at, _ in points) / len(points)
        y = sum(memory for _, memory in points) / len(points)
        spread = sum((at - x) ** 2 for at, _ in points)
        return sum((at - x) * (memory - y) for at, memory in points) / spread if spread else 0.0


async def soak(root: Path, requests: int, seed: int = 1) -> Soaked:
    """Sends so many; `requests` should be some thousands at least."""
    far = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("upstream.py")), "12", "slow"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert far.stdin is not None
    assert far.stdout is not None
    found = Soaked()
    try:
        port = int(far.stdout.readline())
        async with house(root, _configuration(port)) as made:
            began, used = time.monotonic(), made.processor()
            await _soaked(made, requests, random.Random(seed), found)
            found.took, found.processor = time.monotonic() - began, made.processor() - used
    finally:
        far.stdin.close()
        far.wait()
        far.stdout.close()
    return found


async def _soaked(made: House, requests: int, roll: random.Random, found: Soaked) -> None:
    quiet = await AsyncClient(name="quiet").open(str(made.socket))
    listening = asyncio.create_task(_listen(quiet, found))
    callers = [_Caller(made, random.Random(roll.random()), found) for _ in range(CALLERS)]
    try:
        for part in range(1, PARTS + 1):
            each = -(-requests // (PARTS * CALLERS))
            await asyncio.gather(*(caller.work(each) for caller in callers))
            await asyncio.sleep(0.2)  # what was cancelled is being booked
            done = part * each * CALLERS
            sizes = (made.memory(), made.descriptors(), made.threads())
            found.samples.append(Sample(done, *sizes))
            now = found.samples[-1]
            print(
                f"{now.requests:7d} requests, {now.memory / 2**20:6.1f} MB, "
                f"{now.descriptors} descriptors, {len(found.wrong)} wrong",
                flush=True,
            )
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        for caller in callers:
            await caller.close()
        await quiet.close()


async def _listen(quiet: AsyncClient, found: Soaked) -> None:
    while True:
        began = time.perf_counter()
        await quiet.request("aircher/detectTask", {"message": "fix it"})
        found.lags.append(time.perf_counter() - began)
        await asyncio.sleep(0.05)


class _Caller:
    """One client after the other."""

    def __init__(self, made: House, roll: random.Random, found: Soaked) -> None:
        self._made, self._roll, self._found = made, roll, found
        self._client: AsyncClient | None = None

    async def work(self, requests: int) -> None:
        for _ in range(requests):
            (kind,) = self._roll.choices(list(_KINDS), list(_KINDS.values()))
            self._found.kinds[kind] += 1
            try:
                await self._one(kind)
            except (ConnectionLost, TimeoutError) as error:
                self._found.wrong.append(f"{kind}: {type(error).__name__} {error}")
                self._client = None

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _one(self, kind: str) -> None:
        if self._client is None:
            self._client = await AsyncClient(name="soak").open(str(self._made.socket))
        client, roll = self._client, self._roll
        params = {"prompt": f"Say {roll.random()} " * 20, "deltaToken": "t"}
        async with asyncio.timeout(60):
            if kind == "whole":
                await self._asked(client, params)
            elif kind == "again":
                await self._asked(client, {"prompt": f"The {roll.randrange(40)}th time"})
            elif kind == "looked":
                method = roll.choice(("aircher/status", "aircher/usage", "aircher/providers"))
                await client.request(method, {})
            elif kind == "wrong":
                with contextlib.suppress(RemoteError):
                    await client.request("aircher/ask", {"prompt": 7})
            else:
                task = asyncio.create_task(
                    client.request("aircher/ask", {**params, "prompt": "slow " + params["prompt"]})
                )
                await asyncio.sleep(roll.random() * 0.05)
                if kind == "left":
                    await self.close()
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _asked(self, client: AsyncClient, params: dict[str, str]) -> None:
        try:
            await client.request("aircher/ask", params)
        except RemoteError as error:
            self._found.wrong.append(f"an answer was refused: {error}")


def _configuration(port: int) -> str:
    return (
        f'[providers]\ndefault = "far"\n[providers.far]\nbase_url = "http://127.0.0.1:{port}/v1"\n'
        'models = ["m"]\nlocal = false\ncontext = 32768\ninput_per_million = 0.1\n'
        "output_per_million = 0.5\n[providers.ollama]\nenabled = false\n"
        "[costs]\ndaily_limit = 100000.0\n"
    )


def printed(lines: str) -> Soaked:
    """What a run found as far as it printed that: all there is of one that was ended early."""
    found = Soaked()
    for requests, memory, descriptors in _LINE.findall(lines):
        size = int(float(memory) * 2**20)
        found.samples.append(Sample(int(requests), size, int(descriptors), None))
    found.wrong += ["not told"] * int((re.findall(r"(\d+) wrong", lines) or ["0"])[-1])
    return found


def told(found: Soaked) -> list[str]:
    """The figures, a line each."""
    last, later = found.samples[-1], found.later()
    lags = sorted(found.lags)
    fds = [one.descriptors for one in later]
    memory = (
        f"memory {found.samples[0].memory / 2**20:.1f} MB at first, {later[0].memory / 2**20:.1f} "
        f"after a third, {last.memory / 2**20:.1f} at the end; slope over the later two thirds "
        f"{found.slope():+.1f} bytes a request"
    )
    threads = [one.threads for one in later if one.threads is not None]
    open_now = f"descriptors {min(fds)} to {max(fds)}"
    if not lags or not threads:
        return [f"{last.requests} requests, then the run was ended early", memory, open_now]
    return [
        f"{last.requests} requests in {found.took:.0f} s, "
        f"{found.processor / last.requests * 1000:.2f} ms of a processor each: "
        + ", ".join(f"{times} {kind}" for kind, times in sorted(found.kinds.items())),
        memory,
        f"{open_now}, threads {min(threads)} to {max(threads)}",
        f"a small question beside it: p50 {lags[len(lags) // 2] * 1000:.1f} ms, "
        f"p99 {lags[int(len(lags) * 0.99)] * 1000:.1f} ms, longest {lags[-1] * 1000:.0f} ms "
        f"({len(lags)} asked)",
    ]


def page(found: Soaked, load: float) -> str:
    """A page for people."""
    last = found.samples[-1]
    rows = [found.samples[0], *found.samples[2::3]]
    if rows[-1] is not last:
        rows.append(last)
    how = (
        f"make soak REQUESTS={last.requests} PAGE=tests/bench/SOAK.md"
        if found.lags
        else "python -m bench.soak --printed FILE --page bench/SOAK.md"
    )
    return "\n".join(
        (
            "# Many requests and cancels: does anything grow?",
            "",
            f"Made by `{how}`; not written by hand."
            f"\nPython {platform.python_version()} and SQLite {sqlite3.sqlite_version} on "
            f"{platform.system()}, {os.cpu_count()} cores, load {load:.1f} while it ran;\nthe "
            "daemon runs from a checkout.",
            "",
            "| requests | resident MB | descriptors | threads |",
            "|---:|---:|---:|---:|",
            *(
                f"| {row.requests} | {row.memory / 2**20:.1f} | {row.descriptors} | "
                + (f"{row.threads} |" if row.threads is not None else "unknown |")
                for row in rows
            ),
            "",
            *(f"- {line}" for line in told(found)),
            f"- {len(found.wrong)} of them went wrong",
            "",
            f"{CALLERS} connections that are opened anew now and then. `whole` is answered to its "
            "end,\n`cancelled` while it streams, `again` was asked before, `wrong` is refused for "
            "its parameters,\n`looked` asks status, usage or providers, `left` goes with its "
            "connection while it streams.\nEvery one is booked in SQLite before and after.",
            "",
        )
    )


def main(arguments: list[str]) -> int:
    """1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="bench.soak", description=__doc__)
    parser.add_argument("requests", nargs="?", type=int, default=5_000)
    parser.add_argument("--page", type=Path)
    parser.add_argument("--printed", type=Path, help="go by what an earlier run printed")
    wanted = parser.parse_args(arguments)
    if wanted.printed is not None:
        found = printed(wanted.printed.read_text("utf-8"))
    else:
        with tempfile.TemporaryDirectory(prefix="sk-") as folder:
            found = asyncio.run(soak(Path(folder), wanted.requests))
    print("\n".join(told(found)))
    if wanted.page is not None:
        wanted.page.write_text(page(found, os.getloadavg()[1]), "utf-8")
    for what in found.wrong[:20]:
        print(f"WRONG: {what}")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
