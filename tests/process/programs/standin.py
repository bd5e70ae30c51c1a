"""A daemon's outside without its inside: the real lease, and a few bytes of conversation.

usage: standin.py MODE JOURNAL

It notes `begin PID` in the journal once it is the daemon, `lost PID` when another one is.
Modes: `echo` sends back what it gets; `pid` first says its pid; `late` answers only once the
client has finished; `rude` hangs up on the first two clients and echoes afterwards; `flood`
sends 64 MiB at once; `mute` neither answers nor notices the end of input; `crash` exits at once
with code 9; `slow` is `pid` after a second's delay.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from aircherd import runtime, singleton

mode, journal = sys.argv[1], Path(sys.argv[2])
greeted = 0
writers: set[asyncio.StreamWriter] = set()


def note(what: str) -> None:
    with journal.open("a", encoding="utf-8") as file:
        file.write(f"{what} {os.getpid()}\n")


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    global greeted
    greeted += 1
    writers.add(writer)
    try:
        if mode == "rude" and greeted <= 2:
            return
        if mode in ("pid", "slow"):
            writer.write(f"{os.getpid()}\n".encode())
        if mode == "flood":
            writer.write(b"x" * (64 << 20))
            await writer.drain()
        if mode == "mute":
            await asyncio.sleep(60)
        if mode == "late":
            writer.write(await reader.read())
        while block := await reader.read(1 << 16):
            writer.write(block)
            await writer.drain()
        await writer.drain()
    except ConnectionError:
        return
    finally:
        writers.discard(writer)
        writer.close()


async def serve(lease: singleton.Lease) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    server = await asyncio.start_unix_server(converse, sock=lease.socket)
    end = time.monotonic() + 60
    while not stop.is_set() and lease.still_ours() and time.monotonic() < end:
        try:
            await asyncio.wait_for(stop.wait(), 0.1)
        except TimeoutError:
            continue
    server.close()
    for writer in list(writers):
        writer.close()


def main() -> int:
    if mode == "crash":
        note("crash")
        return 9
    if mode == "slow":
        time.sleep(1)
    try:
        lease = singleton.acquire()
    except runtime.Refused as error:
        print(error, file=sys.stderr)
        return 1
    if lease is None:
        note("lost")
        return runtime.HELD
    note("begin")
    try:
        asyncio.run(serve(lease))
    finally:
        lease.release()
        note("end")
    return 0


sys.exit(main())
