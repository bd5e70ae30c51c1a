"""The tripwires of `conftest.py` themselves: each must go off."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import aircherd
import leftovers
import tripwires


def ours(expression: str, **names: Any) -> Callable[[], Any]:
    """`expression` as if it stood in a module of the daemon."""
    filename = f"{aircherd.__path__[0]}/planted.py"
    namespace = {"socket": socket, "sqlite3": sqlite3, "subprocess": subprocess, **names}
    exec(compile(f"import time\ndef call():\n return {expression}\n", filename, "exec"), namespace)
    return namespace["call"]


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80), ("10.0.0.1", 443)])
def test_nothing_connects_beyond_this_machine(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as probe:
        for connect in (probe.connect, probe.connect_ex):
            with pytest.raises(tripwires.NetworkForbidden):
                connect(address)


async def test_nor_does_asyncio() -> None:
    with pytest.raises(tripwires.NetworkForbidden):
        await asyncio.open_connection("192.0.2.1", 80)
    with pytest.raises(tripwires.NetworkForbidden):
        await asyncio.open_connection("example.com", 80)


def test_no_name_is_looked_up() -> None:
    for name in ("example.com", b"example.com"):
        with pytest.raises(tripwires.NetworkForbidden):
            socket.getaddrinfo(name, 80)
    assert socket.getaddrinfo("localhost", 80)
    assert socket.getaddrinfo(None, 80)


async def test_loopback_is_near_enough() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        assert await reader.read() == b""
        writer.close()


BLOCKING = [
    "time.sleep(0.001)",
    "subprocess.run(['true'])",
    "subprocess.Popen(['true'])",
    "sqlite3.connect(':memory:')",
    "database.execute('select 1')",
    "database.cursor().execute('select 1')",
    "database.commit()",
    "pair[0].send(b'x')",
    "pair[0].recv(1)",
    "socket.getaddrinfo('localhost', 80)",
]


@pytest.mark.parametrize("expression", BLOCKING)
async def test_our_code_may_not_block_the_loop(expression: str) -> None:
    pair = socket.socketpair()
    with pair[0], pair[1]:
        database = sqlite3.connect(":memory:")
        call = ours(expression, database=database, pair=pair)
        with pytest.raises(tripwires.BlockedLoop, match="blocks the event loop"):
            call()
        database.close()


@pytest.mark.may_block
async def test_a_marked_test_lets_it() -> None:
    ours("time.sleep(0)")()


async def test_threads_and_the_tests_themselves_may_block() -> None:
    await asyncio.to_thread(ours("time.sleep(0)"))
    subprocess.run(["true"], check=True)
    sqlite3.connect(":memory:").close()


def test_without_a_loop_anything_may_block() -> None:
    ours("time.sleep(0)")()


async def test_asyncios_own_ways_are_open() -> None:
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", "pass")
    assert await child.wait() == 0
    await asyncio.sleep(0)


def test_surroundings_are_the_tests_own(surroundings: Path) -> None:
    assert Path.home() == surroundings
    for name in ("CONFIG", "STATE", "DATA", "CACHE"):
        assert os.environ[f"XDG_{name}_HOME"].startswith(str(surroundings))
    runtime = Path(os.environ["XDG_RUNTIME_DIR"])
    assert runtime.stat().st_mode & 0o777 == 0o700
    assert len(str(runtime)) < 30
    run = subprocess.run(["git", "config", "user.name"], capture_output=True, check=True)
    assert run.stdout == b"Ada Tester\n"


def test_no_key_of_the_machine_is_seen() -> None:
    """Also when one is set for the run: see the second half."""
    for name in os.environ:
        assert "API_KEY" not in name
        assert not name.upper().endswith("_PROXY")
    if os.environ.get("TWICE"):
        return
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", "is_seen", __file__],
        env={**os.environ, "TWICE": "1", "OPENAI_API_KEY": "k", "https_proxy": "x"},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_processes_left_behind_are_found_named_and_ended() -> None:
    script = "setsid sleep 60 </dev/null >/dev/null 2>&1 &"
    subprocess.run(["/bin/sh", "-c", script], check=True)
    # Until the shell's child has become what it was asked to be.
    threading.Event().wait(0.5)
    (found,) = leftovers.end_leftovers(patience=0.1)
    assert "sleep 60" in found
    assert "test_processes_left_behind" in found
    assert leftovers.end_leftovers(patience=5) == []
