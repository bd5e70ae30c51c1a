"""What the daemon adds to each delta of paced streams, and what its event loop makes of a request.

`python -m bench.paced [STREAMS]` in `tests`. One far side says when it wrote each delta (the words
themselves are clock readings); a bare relay of bytes is the floor, in the same turns. Both readers
sit in this process and look for the words in the bytes alone, so that neither reads more than the
other. The streams run in step, so that the deltas of all of them come at once and wait for each
other, and spread over the gap, as those of strangers do. CPU is the daemon's own, each stream's
request included, by plain asyncio and by uvloop where it is installed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aircher_protocol.client import AsyncClient
from aircherd import runtime, start

try:
    from bench.contender import framed
except ModuleNotFoundError:  # as a far side, by its path
    from contender import framed  # type: ignore[import-not-found, no-redef]

HERE = Path(__file__).parent
DELTAS, GAP, TURNS = 32, 0.04, 3
"""The gap is longer than deltas are gathered for, so that each of them is sent by itself."""
PROMPT = "Why is this slow? " * 57
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def event(text: str, finish: str | None = None) -> bytes:
    """One chunk of a streamed answer, as HTTP sends it."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    row = {"id": "x", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}
    data = b"data: " + json.dumps(row).encode() + b"\n\n"
    return b"%x\r\n%b\r\n" % (len(data), data)


async def paced(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers each request with words that say when they were written, one every `GAP`."""
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            writer.write(HEAD)
            for _ in range(DELTAS):
                await asyncio.sleep(GAP)
                writer.write(event(f"{time.monotonic_ns()} "))
            done = b"data: [DONE]\n\n"
            writer.write(event("", "stop") + b"%x\r\n%b\r\n0\r\n\r\n" % (len(done), done))
    writer.close()


async def relay(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Passes bytes on, both ways."""
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):  # who has read enough hangs up
            while data := await source.read(65536):
                sink.write(data)
        sink.close()

    await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))


async def far_side(to: int | None) -> None:
    """A process of its own: the far side, or the relay to it."""
    serve: Any = paced if to is None else lambda r, w: relay(to, r, w)
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


async def through_relay(port: int, after: float = 0.0) -> list[float]:
    """Milliseconds from each word's writing to here; it begins after so many seconds."""
    await asyncio.sleep(after)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
    took: list[float] = []
    await reader.readuntil(b"\r\n\r\n")
    while len(took) < DELTAS:
        row = await reader.readuntil(b"}\n\n\r\n")
        words = row.partition(b'"content": "')[2].partition(b" ")[0]
        took.append((time.monotonic_ns() - int(words)) / 1e6)
    writer.close()
    return took


Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def entered() -> Wire:
    """A window on the daemon's socket."""
    reader, writer = await asyncio.open_unix_connection(runtime.socket_path(), limit=1 << 24)
    params: dict[str, Any] = {"processId": os.getpid(), "rootUri": None, "capabilities": {}}
    writer.write(framed({"id": 0, "method": "initialize", "params": params}))
    while b'"id":0,' not in await said(reader):
        continue
    writer.write(framed({"method": "initialized", "params": {}}))
    return reader, writer


async def said(reader: asyncio.StreamReader) -> bytes:
    """The body of the next message."""
    head = await reader.readuntil(b"\r\n\r\n")
    return await reader.readexactly(int(head[16:]))


async def through_daemon(wire: Wire, number: int, after: float = 0.0) -> list[float]:
    """The same by way of the daemon. What it gathered into one delta is one, by its last word."""
    await asyncio.sleep(after)
    reader, writer = wire
    messages = [{"role": "user", "content": f"{PROMPT}{number}"}]
    params = {"messages": messages, "model": "far/m", "deltaToken": number}
    writer.write(framed({"id": number + 1, "method": "aircher/chat", "params": params}))
    took: list[float] = []
    mark = b'"id":%d,' % (number + 1)
    while mark not in (body := await said(reader))[:64]:
        words = body.partition(b'"text":"')[2].rpartition(b'"')[0].split()
        if words and b'"aircher/delta"' in body:
            took.append((time.monotonic_ns() - int(words[-1])) / 1e6)
    return took


@contextlib.asynccontextmanager
async def process(*words: str, **more: Any) -> AsyncIterator[tuple[int, int]]:
    """A far side; its port and its process id."""
    command = [sys.executable, *words]
    child = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **more
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        yield int(await child.stdout.readline()), child.pid
    finally:
        child.stdin.close()
        await child.wait()


@contextlib.asynccontextmanager
async def daemon(loop: str, port: int) -> AsyncIterator[int]:
    """A daemon on that kind of loop that knows the far side; its process id."""
    with tempfile.TemporaryDirectory(prefix="ab-") as folder:
        for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            place = Path(folder) / name[4]
            place.mkdir(mode=0o700)
            os.environ[name] = str(place)
        (Path(folder) / "C/aircher").mkdir()
        (Path(folder) / "C/aircher/config.toml").write_text(
            f'[providers]\ndefault = "far"\n[providers.far]\n'
            f'base_url = "http://127.0.0.1:{port}/v1"\nmodels = ["m", "short"]\nlocal = false\n'
            "context = 32768\ninput_per_million = 0.1\noutput_per_million = 0.5\n"
            "[providers.ollama]\nenabled = false\n[costs]\ndaily_limit = 1000.0\n",
            "utf-8",
        )
        served = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "aircherd", "serve"), env={**os.environ, start.LOOP: loop}
        )
        try:
            while not Path(runtime.socket_path()).exists():
                await asyncio.sleep(0.02)
            yield served.pid
        finally:
            served.terminate()
            await served.wait()


def cpu(pid: int) -> float:
    """Seconds of processor time a process has used (`proc(5)`)."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def compared(loop: str, streams: int, turns: int = TURNS) -> None:
    """Prints a line for the floor and one for the daemon, turn about, in step and spread."""
    async with (
        process(__file__, "far") as (far, _),
        process(__file__, "relay", str(far)) as (between, relay_pid),
        daemon(loop, far) as pid,
    ):
        wires = [await entered() for _ in range(streams)]
        await asyncio.gather(*(through_daemon(wire, n) for n, wire in enumerate(wires)))
        for spread in (False, True):
            afters = [GAP * n / streams if spread else 0.0 for n in range(streams)]
            floor: list[float] = []
            ours: list[float] = []
            used = [0.0, 0.0]
            for turn in range(1, turns + 1):
                before = cpu(relay_pid)
                for took in await asyncio.gather(*(through_relay(between, a) for a in afters)):
                    floor += took
                used[0] += cpu(relay_pid) - before
                before, first = cpu(pid), 10_000 * turn + 1_000 * spread
                asked = (
                    through_daemon(w, first + n, a)
                    for n, (w, a) in enumerate(zip(wires, afters, strict=True))
                )
                for took in await asyncio.gather(*asked):
                    ours += took
                used[1] += cpu(pid) - before
            how = "spread" if spread else "in step"
            _line(f"bare relay, {streams} {how}", floor, used[0], None)
            _line(f"aircherd on {loop}", ours, used[1], floor)
        for _, writer in wires:
            writer.close()


def _line(name: str, took: list[float], used: float, floor: list[float] | None) -> None:
    def at(values: list[float], share: float) -> float:
        return sorted(values)[int(len(values) * share)]

    p50, p99 = statistics.median(took), at(took, 0.99)
    text = f"{name:<28} {p50:8.3f} {p99:8.3f} ms  {used / len(took) * 1e6:7.0f} us CPU a delta"
    if floor is not None:
        base50, base99 = statistics.median(floor), at(floor, 0.99)
        text += f"   adds {p50 - base50:.3f} and {p99 - base99:.3f} ms; {p50 / base50:.1f} x"
    print(text, flush=True)


async def requests(loops: list[str], times: int = 200) -> None:
    """Prints the daemon's CPU for short answers and for 200 deltas at once, by loop."""
    async with process(str(HERE / "upstream.py"), "200") as (far, _):
        for loop in loops:
            async with daemon(loop, far) as pid:
                client = await AsyncClient(name="bench").open(runtime.socket_path())
                spent: list[float] = []
                for model in ("short", "m"):
                    rounds: list[float] = []
                    for turn in range(4):
                        before = cpu(pid)
                        for n in range(times):
                            messages = [{"role": "user", "content": f"{PROMPT}{turn} {n}"}]
                            params = {"messages": messages, "model": f"far/{model}"}
                            await client.request("aircher/chat", {**params, "deltaToken": n})
                        rounds.append((cpu(pid) - before) / times * 1e3)
                    spent.append(min(rounds[1:]))
                await client.close()
            print(
                f"aircherd on {loop:<9} plain {spent[0]:.2f} ms, 200 deltas {spent[1]:.2f} ms CPU"
            )


def pacing() -> None:
    """A short form of it: 16 streams, one turn each."""
    asyncio.run(compared("asyncio", 16, 1))


def main() -> None:
    """Prints both tables."""
    loops = ["asyncio", *(["uvloop"] if find_spec("uvloop") else [])]
    streams = int(sys.argv[1]) if len(sys.argv) > 1 else 16
    run: Callable[[Any], None] = asyncio.run
    for loop in loops:
        run(compared(loop, streams))
    run(requests(loops))


if __name__ == "__main__":
    if sys.argv[1:2] in (["far"], ["relay"]):
        asyncio.run(far_side(int(sys.argv[2]) if len(sys.argv) > 2 else None))
    else:
        main()
