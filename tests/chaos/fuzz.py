"""Frames by the million at a real daemon, and a valid request after each few.

`python -m chaos.fuzz FRAMES [--seed N]` prints how long the valid ones waited; it fails when one of
them is not answered, an id has another number of answers than it is owed, or the daemon is gone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from aircher_protocol.framing import FrameReader, frame
from chaos.frames import Fuzz, Fuzzed
from chaos.house import House, house

CONFIGURATION = "[providers.ollama]\nenabled = false\n"
PATIENCE = 60.0
"""Seconds after which a valid request counts as unanswered, on a machine that is busy."""
WARM = 1_000
"""Frames before anything is measured."""
_TOLD = 50_000
"""Frames after which a line is printed."""
_MOST = 64
"""Frames between two valid requests, at most."""


@dataclass
class Found:
    """What a run found."""

    frames: int = 0
    connections: int = 0
    waits: list[float] = field(default_factory=list)
    """Seconds each valid request after fuzzed ones waited for its answer."""
    loop: list[float] = field(default_factory=list)
    """Processor seconds of the daemon's loop from those fuzzed ones to that answer."""
    floor: list[float] = field(default_factory=list)
    """The same on a connection that sends nothing else, in the same run."""
    wrong: list[str] = field(default_factory=list)
    first: float = 0.0
    """The longest of those waits while things were loaded for the first time."""
    grown: int = 0
    """Bytes resident that were not before."""
    opened: int = 0
    """Descriptors open that were not before."""

    def __add__(self, more: Found) -> Found:
        return Found(
            frames=self.frames + more.frames,
            connections=self.connections + more.connections,
            waits=self.waits + more.waits,
            loop=self.loop + more.loop,
            floor=self.floor + more.floor,
            wrong=self.wrong + more.wrong,
            first=max(self.first, more.first),
            grown=max(self.grown, more.grown),
            opened=max(self.opened, more.opened),
        )


class Line:
    """One connection, and how often each id was answered on it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.answers: Counter[str | int] = Counter()
        self.owed: Counter[str | int] = Counter()
        self.ended = asyncio.Event()
        self.patience = PATIENCE
        self._reader, self._writer = reader, writer
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._read())
        self._probes = 0

    async def send(self, one: Fuzzed) -> None:
        self.owed.update(one.owed)
        try:
            self._writer.write(one.data)
            await self._writer.drain()
        except ConnectionError:
            self.ended.set()

    async def probe(self) -> float | None:
        """Seconds until a valid request was answered; None when the connection ended instead."""
        self._probes += 1
        number = f"probe{self._probes}"
        began = time.perf_counter()
        body = {"jsonrpc": "2.0", "id": number, "method": "aircher/detectTask"}
        body["params"] = {"message": "fix it"}  # type: ignore[assignment]
        await self.send(Fuzzed(frame(json.dumps(body).encode())))
        async with asyncio.timeout(self.patience):
            while not self.answers[number]:
                if self.ended.is_set():
                    return None
                self._news.clear()
                await self._news.wait()
        return time.perf_counter() - began

    async def settled(self) -> list[str]:
        """What is owed and never came, or came too often. Waits for what is late."""
        try:
            async with asyncio.timeout(self.patience):
                while any(self.answers[n] < owed for n, owed in self.owed.items()):
                    if self.ended.is_set():
                        break
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            pass
        return [
            f"{number!r} is owed {owed} answers and has {self.answers[number]}"
            for number, owed in self.owed.items()
            if self.answers[number] > owed
            or (self.answers[number] < owed and not self.ended.is_set())
        ]

    async def close(self) -> None:
        self._writer.close()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        frames = FrameReader()
        try:
            while data := await self._reader.read(65536):
                for body in frames.feed(data):
                    message = json.loads(body)
                    if "method" not in message and message.get("id") is not None:
                        self.answers[message["id"]] += 1
                self._news.set()
        except ConnectionError:
            pass
        finally:
            self.ended.set()
            self._news.set()


async def fuzz(root: Path, frames: int, seed: int) -> Found:
    """Sends so many and gives what it found."""
    found = Found()
    async with house(root, CONFIGURATION) as made:
        quiet = await opened(made)
        # What is loaded by what first needs it is loaded now, at its own cost.
        first = Found()
        while first.frames < WARM and not first.wrong:
            await _connection(made, Fuzz(-seed), first, WARM)
        found.first = max(first.waits, default=0.0)
        found.wrong += first.wrong
        before, open_before = made.memory(), made.descriptors()
        supply, told_of, began = Fuzz(seed), 0, time.monotonic()
        while found.frames < frames and not found.wrong:
            await _connection(made, supply, found, frames)
            wait = await quiet.probe()
            if wait is None:
                found.wrong.append("a quiet client lost its connection")
                break
            found.floor.append(wait)
            if found.frames // _TOLD > told_of:
                told_of = found.frames // _TOLD
                print("\n".join(told(found, time.monotonic() - began)), flush=True)
            if made.process.poll() is not None:
                found.wrong.append("the daemon is gone")
        found.wrong += await quiet.settled()
        for _ in range(250):
            if made.descriptors() <= open_before:
                break
            await asyncio.sleep(0.04)
        found.grown = made.memory() - before
        found.opened = made.descriptors() - open_before
        await quiet.close()
        log = root / "state" / "aircher" / "aircherd.log"
        if log.exists() and b"crashed errorId" in log.read_bytes():
            lines = log.read_text("utf-8", "replace").splitlines()
            found.wrong += [line[-1500:] for line in lines if "crashed errorId" in line][:5]
    return found


async def _connection(made: House, supply: Fuzz, found: Found, frames: int) -> None:
    """Frames on one connection until one of them ends it."""
    line = await opened(made)
    found.connections += 1
    sent: list[bytes] = []
    try:
        for _ in range(400):
            batch = [supply.next() for _ in range(1 + len(found.waits) * 29 % _MOST)]
            ends = next((n for n, one in enumerate(batch) if one.ends), len(batch))
            last = batch[ends] if ends < len(batch) else None
            del batch[ends:]
            found.frames += len(batch)
            sent += [one.data for one in batch]
            before = made.loop()
            await line.send(joined(batch))
            wait = await line.probe()
            if wait is None:
                text = b"".join(sent[-2 * _MOST :])[-20_000:]
                found.wrong.append(f"a connection ended unasked after {text!r}")
                return
            found.waits.append(wait)
            found.loop.append(made.loop() - before)
            if last is not None:
                # Every connection is settled before what ends it, or an id would go unchecked.
                found.wrong += await line.settled()
                found.frames += 1
                await line.send(last)
                return
            if found.frames >= frames:
                found.wrong += await line.settled()
                return
    except TimeoutError:
        found.wrong.append(f"no answer to a valid request after {b''.join(sent[-_MOST:])!r}")
    finally:
        await line.close()


def joined(batch: Sequence[Fuzzed]) -> Fuzzed:
    """All of them in one write."""
    owed: Counter[str | int] = Counter()
    for one in batch:
        owed.update(one.owed)
    return Fuzzed(b"".join(one.data for one in batch), dict(owed))


async def opened(made: House) -> Line:
    reader, writer = await asyncio.open_unix_connection(str(made.socket))
    line = Line(reader, writer)
    hello = {"processId": None, "rootUri": None, "capabilities": {}}
    message = {"jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": hello}
    await line.send(Fuzzed(frame(json.dumps(message).encode()), {"hello": 1}))
    return line


def told(found: Found, took: float) -> list[str]:
    """The figures, a line each."""
    lines = [
        f"{found.frames} frames on {found.connections} connections in {took:.0f} s "
        f"({found.frames / took:.0f} a second), {len(found.waits)} valid requests among them"
    ]
    for name, waits in (
        ("after fuzzed frames", found.waits),
        ("on a quiet connection", found.floor),
        ("in the loop's processor time", found.loop),
    ):
        ordered = sorted(waits)
        if ordered:
            p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
            over = sum(wait > 0.1 for wait in ordered)
            lines.append(
                f"answered {name}: p50 {p50 * 1000:.2f} ms, p99 {p99 * 1000:.2f} ms, "
                f"longest {ordered[-1] * 1000:.1f} ms; {over} of {len(ordered)} over 100 ms"
            )
    lines.append(f"the longest wait before that, in the first {WARM} frames: {found.first:.2f} s")
    lines.append(f"memory {found.grown / 2**20:+.1f} MB, descriptors {found.opened:+d}")
    return lines


def one(frames: int, seed: int) -> Found:
    """A run with a daemon of its own."""
    with tempfile.TemporaryDirectory(prefix="fz-") as folder:
        return asyncio.run(fuzz(Path(folder), frames, seed))


def main(arguments: list[str]) -> int:
    """1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="chaos.fuzz", description=__doc__)
    parser.add_argument("frames", nargs="?", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="daemons, each with its part of them")
    wanted = parser.parse_args(arguments)
    began, found = time.monotonic(), Found()
    # A seed's daemons have numbers of their own, far from those of the next seed.
    seeds = [wanted.seed + 1_000_000 * number for number in range(wanted.jobs)]
    with ProcessPoolExecutor(wanted.jobs, get_context("spawn")) as jobs:
        for part in jobs.map(partial(one, -(-wanted.frames // wanted.jobs)), seeds):
            found += part
    print("\n".join(told(found, time.monotonic() - began)))
    for what in found.wrong:
        print(f"WRONG (seed {wanted.seed}): {what[:4000]}")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
