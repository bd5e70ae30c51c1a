"""What a commit message takes beside the model: `python -m bench.committing`.

The far side is in this process, so that one clock sees the request leave, reach the provider, and
the first piece of the answer come back. Every question is about another change, and its answer is
committed. It is asked twice as often as there are rounds: right after staging, when nothing can
have been read ahead, and a second later, as people do who stage and then reach for the key.
git's own `diff --cached` of the same change is the floor.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from aircher_protocol.client import AsyncClient
from aircher_protocol.types import CommitMessage, DeltaParams
from bench.latency import _configure

SIZES = (20, 1000)
PIECES = ("feat(part1): ", "rename ", "what ", "the ", "loops ", "count")
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


class FarSide:
    """One model: when it was asked, and when it said its first word."""

    def __init__(self) -> None:
        self.asked = 0.0
        self.spoke = 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers every request of a connection with the same pieces."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r", 1)[0] or 0)
                await reader.readexactly(length)
                self.asked = self.asked or time.perf_counter()
                writer.write(_HEAD)
                await asyncio.sleep(0.02)  # it thinks, and whatever was under way comes to rest
                self.spoke = self.spoke or time.perf_counter()
                for piece in PIECES:
                    writer.write(_event({"index": 0, "delta": {"content": piece}}))
                writer.write(_event({"index": 0, "delta": {}, "finish_reason": "stop"}))
                writer.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            writer.close()


def _event(choice: object) -> bytes:
    row = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    data = f"data: {json.dumps({**row, 'choices': [choice]})}\n\n".encode()
    return b"%x\r\n%b\r\n" % (len(data), data)


def make(root: Path, count: int) -> None:
    """A repository of twice as many files, with some history and so many files to be staged."""
    _git(root, "init", "-q")
    for number in range(2 * count):
        place = root / f"src/part{number % 17}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"f{number}.py").write_text(_text(number, 0), "utf-8")
    _git(root, "add", ".")
    for number in range(30):
        _git(root, "commit", "-q", "--allow-empty", "-m", f"feat(part{number % 17}): add {number}")


def _text(number: int, version: int) -> str:
    lines = [f"def step{line}():\n    return {line * number + version}\n" for line in range(5)]
    return "".join(lines)


def stage(root: Path, count: int, version: int) -> None:
    """Other changes to the same files."""
    for number in range(count):
        (root / f"src/part{number % 17}/f{number}.py").write_text(_text(number, version), "utf-8")
    _git(root, "add", ".")


def _git(root: Path, *words: str) -> None:
    settings = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "gc.auto=0")
    subprocess.run(["git", *settings, *words], cwd=root, check=True, capture_output=True)


def processor(pid: int) -> float:
    """Milliseconds of the processor a process has used, with the children it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    return sum(map(int, fields[11:15])) * 1000 / os.sysconf("SC_CLK_TCK")


async def measured(root: Path, count: int, rounds: int) -> None:
    """Prints the figures of one size."""
    far = FarSide()
    server = await asyncio.start_server(far.serve, "127.0.0.1", 0)
    _configure(server.sockets[0].getsockname()[1])
    client = await AsyncClient(name="bench").start()
    pid = int((await client.request("aircher/status", {}))["pid"])
    waits = {"asked at once": 0.03, "a second later": 1.0}  # 30 ms: an index this old is believed
    found = {name: Figures() for name in waits}
    first = 0.0

    def shown(delta: DeltaParams) -> None:
        nonlocal first
        if delta.text:
            first = first or time.perf_counter()

    version = 0
    for turn in range(rounds + 1):
        for name, wait in waits.items():
            version += 1
            await asyncio.to_thread(stage, root, count, version)
            await asyncio.sleep(wait)
            before = processor(pid)
            first, far.asked, far.spoke, began = 0.0, 0.0, 0.0, time.perf_counter()
            result = await client.call("aircher/commitMessage", _asked(root), on_delta=shown)
            assert isinstance(result, CommitMessage)
            assert result.files == count
            own, screen, used = far.asked - began, first - far.spoke, processor(pid) - before
            began = time.perf_counter()
            await asyncio.to_thread(_git, root, "diff", "--cached")
            floor = time.perf_counter() - began
            if turn:
                found[name].add(floor=floor, own=own, screen=screen, used=used)
            await asyncio.to_thread(_git, root, "commit", "-q", "-m", f"feat(part1): do {version}")
            await asyncio.sleep(0.2)
    await client.request("shutdown", None)
    await client.close()
    server.close()
    await server.wait_closed()
    for name, figures in found.items():
        print(f"commit message, {count:4d} files, {name:<15} {figures}")


class Figures:
    """What rounds of one kind took, in seconds, and the processor's milliseconds."""

    def __init__(self) -> None:
        self._rounds: list[dict[str, float]] = []

    def add(self, **took: float) -> None:
        """One round."""
        self._rounds.append(took)

    def __str__(self) -> str:
        """Medians."""
        own = [each["own"] * 1000 for each in self._rounds]
        middle = {
            name: statistics.median(each[name] for each in self._rounds) for name in self._rounds[0]
        }
        # The kernel counts it in ticks of 10 ms.
        used = statistics.fmean(each["used"] for each in self._rounds)
        git = middle["floor"] * 1000
        return (
            f"out after {statistics.median(own):6.1f} ms ({min(own):.1f} at best)   git diff"
            f" --cached {git:6.1f}   {statistics.median(own) / git:4.1f} x   processor"
            f" {used:6.1f} ms   first word after {middle['screen'] * 1000:.2f} ms"
        )


def _asked(root: Path) -> dict[str, str]:
    return {"workspace": str(root), "model": "far/m"}


def committing(sizes: tuple[int, ...] = SIZES, rounds: int = 5) -> None:
    """Prints two lines a size, with a daemon of its own."""
    for count in sizes:
        with tempfile.TemporaryDirectory(prefix="ab-") as folder:
            make(Path(folder), count)
            try:
                asyncio.run(measured(Path(folder), count, rounds))
            finally:
                subprocess.run(
                    [sys.executable, "-m", "aircherd", "stop"], capture_output=True, check=False
                )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="ab-") as home:
        for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            place = Path(home) / name[4]
            place.mkdir(mode=0o700)
            os.environ[name] = str(place)
        committing()
