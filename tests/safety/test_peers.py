"""Only my uid, only the socket: another user is not answered even where the modes let them in."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aircherd import runtime
from aircherd.server import listener
from figures import Figure
from sessions.editor import Editor, in_process, over_socket

HELLO = (
    b'{"jsonrpc":"2.0","id":1,"method":"initialize",'
    b'"params":{"processId":null,"rootUri":null,"capabilities":{}}}'
)
STRANGER = 65534
"""`nobody`."""


@pytest.fixture
async def editor() -> AsyncIterator[Editor]:
    async with over_socket() as opened:
        window = await opened()
        await window.initialize()
        yield window
        await window.leave()


def heard(path: str, said: bytes, uid: int | None) -> bytes:
    """What a process, of another user where a uid is given, hears for what it says."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        answer = b"crashed"
        try:
            if uid is not None:
                os.setgroups([])
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(10)
                sock.connect(path)
                answer = b""
                sock.sendall(said)
                answer = sock.recv(65536)
        except OSError:
            pass  # closed while we spoke: nothing was heard
        finally:
            os.write(write, answer + b".")
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    assert told.endswith(b".")
    return told[:-1]


async def test_another_user_is_not_answered_though_all_modes_are_open(
    editor: Editor, figure: Figure
) -> None:
    path = runtime.socket_path()
    said = b"Content-Length: %d\r\n\r\n%s" % (len(HELLO), HELLO)
    assert b"capabilities" in await asyncio.to_thread(heard, path, said, None)
    for folder in (Path(path), *Path(path).parents):
        if folder.stat().st_uid == os.getuid() and str(folder).startswith("/tmp/air"):
            folder.chmod(0o777)
    if os.geteuid() == 0:
        assert await asyncio.to_thread(heard, path, said, STRANGER) == b""
        figure("0 bytes to another user")
    assert (await editor.ask("aircher/status"))["sessions"] == 1


async def test_a_uid_that_is_not_the_daemons_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same decision where no second user can be had: here the daemon is somebody else."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert listener.is_mine(theirs)
        monkeypatch.setattr(os, "getuid", lambda: STRANGER)
        assert not listener.is_mine(theirs)


STRANGERS = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /rpc HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 2\r\n\r\n{}",
    b"OPTIONS * HTTP/1.1\r\nOrigin: https://evil.example\r\n\r\n",
    b"GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32),
    b"SSH-2.0-OpenSSH_9.9\r\n",
)


async def test_what_browsers_say_is_answered_with_nothing(editor: Editor, figure: Figure) -> None:
    for said in STRANGERS:
        assert await asyncio.to_thread(heard, runtime.socket_path(), said, None) == b"", said
    assert (await editor.ask("aircher/status"))["sessions"] == 1
    figure(f"{len(STRANGERS)} other protocols answered with 0 bytes")


async def test_there_is_no_tcp_listener(editor: Editor) -> None:
    """Neither of the daemon's own process, nor of any that it started."""
    pid = (await editor.ask("aircher/status"))["pid"]
    inodes, target = set(), ""
    for entry in Path(f"/proc/{pid}/fd").iterdir() if os.access(f"/proc/{pid}/fd", os.R_OK) else ():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            target = str(entry.readlink())
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    listening = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text("ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] in ("0A", "07"):
                listening.add(fields[9])
    assert not inodes & listening


async def test_in_process_nothing_is_bound_but_unix_sockets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same for systems that do not show another process' files."""
    bound: list[object] = []
    plain = socket.socket.bind

    def bind(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX:
            bound.append(address)
        plain(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "bind", bind)
    async with in_process() as opened:
        window = await opened()
        await window.initialize()
        await window.ask("aircher/status")
        await window.leave()
    assert bound == []


def test_the_peer_is_told_by_the_kernel() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        raw = theirs.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        pid, uid, _ = struct.unpack("3i", raw)
        assert runtime.peer(theirs) == (pid, uid) == (os.getpid(), os.getuid())
