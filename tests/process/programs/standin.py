"""A daemon's outside without its inside: the real lease, and a few bytes of conversation.

usage: standin.py MODE JOURNAL

It notes `begin PID` in the journal once it is the daemon, `lost PID` when another one is.
Modes: `echo` sends back what it gets; `pid` first says its pid; `late` answers only once the
client has finished; `rude` hangs up on the first two clients and echoes afterwards; `flood`
sends 64 MiB at once; `rpc` answers a few requests of the protocol;
`mute` neither answers nor notices the end of input; `crash` exits at once
with code 9; `slow` is `pid` after a second's delay.
"""

from __future__ import annotations

import asyncio
import json
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
        if mode == "rpc":
            await speak(reader, writer)
            return
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


STATUS = {"version": "9.9", "protocol": 1, "pid": 4, "uptimeSeconds": 125.0, "sessions": 2}
STATUS |= {"inFlight": 1, "busy": True, "offline": False, "ledger": "ok", "notices": ["Be kind."]}


async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    def say(message: dict[str, object]) -> None:
        raw = json.dumps({"jsonrpc": "2.0", **message}).encode()
        writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(raw), raw))

    while header := await reader.readline():
        length = int(header.split(b":")[1])
        await reader.readline()
        message = json.loads(await reader.readexactly(length))
        if "method" not in message:
            continue
        note(f"heard:{message['method']}")
        params, number = message.get("params"), message.get("id")
        if message["method"] == "exit":
            return
        if params and "waitsFor" in params:
            note("waits")
            if params["waitsFor"] == "text":
                say({"method": "aircher/delta", "params": {"token": params["deltaToken"]}})
            if journal.read_text(encoding="utf-8").count("begin ") == 1:
                await asyncio.sleep(60)  # the second daemon answers
        if params and "deltaToken" in params:
            for seq, kind, text in (
                (1, "append", "Hel"),
                (2, "thinking", "?"),
                (3, "append", "lo"),
            ):
                delta = {"token": params["deltaToken"], "seq": seq, "kind": kind, "text": text}
                say({"method": "aircher/delta", "params": delta})
        if message["method"] == "aircher/nothing":
            error = {"code": -32601, "message": "There is no aircher/nothing. Try another."}
            say({"id": number, "error": error})
        elif number is not None:
            results = {"aircher/status": STATUS, "aircher/echo": params}
            say({"id": number, "result": results.get(message["method"], {"é": 1})})


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
