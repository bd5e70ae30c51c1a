"""Makes the network unreachable, and blocking calls in an event loop loud.

A call counts as ours when, going up from it, a module of our packages stands before one of the
tests: test code may block its own loop, and so may a fake far side.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ipaddress
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aircher
import aircher_protocol
import aircherd

_OURS = tuple(
    f"{Path(p).resolve()}/" for m in (aircherd, aircher, aircher_protocol) for p in m.__path__
)
_TESTS = f"{Path(__file__).resolve().parent}/"

_allowed = False


class NetworkForbidden(AssertionError):
    """A test tried to leave this machine."""


class BlockedLoop(AssertionError):
    """Code of ours blocked the event loop."""


def install() -> None:
    """Set every wire, once for the process."""
    sock: Any = socket.socket
    for name in ("connect", "connect_ex"):
        setattr(sock, name, _near_only(getattr(sock, name)))
    for name in ("connect", "accept", "recv", "recv_into", "send", "sendall"):
        setattr(sock, name, _not_in_loop(getattr(sock, name), unless=_is_non_blocking))
    socket.getaddrinfo = _not_in_loop(_local_names_only(socket.getaddrinfo))
    time.sleep = _not_in_loop(time.sleep)
    popen: Any = subprocess.Popen
    for name in ("__init__", "wait", "communicate"):
        setattr(popen, name, _not_in_loop(getattr(popen, name), unless=_is_asyncio_child))
    plain_connect: Any = sqlite3.connect

    def connect(*args: Any, **kwargs: Any) -> Any:
        if len(args) < 6:
            kwargs.setdefault("factory", _LoudConnection)
        return plain_connect(*args, **kwargs)

    sqlite3.connect = _not_in_loop(connect)  # type: ignore[assignment]


@contextlib.contextmanager
def blocking(*, allowed: bool) -> Iterator[None]:
    """Whether blocking the loop is let pass inside."""
    global _allowed
    before, _allowed = _allowed, allowed
    try:
        yield
    finally:
        _allowed = before


class _LoudCursor(sqlite3.Cursor):
    def execute(self, *args: Any) -> Any:
        _refuse_in_loop("sqlite3 execute")
        return super().execute(*args)

    def executemany(self, *args: Any) -> Any:
        _refuse_in_loop("sqlite3 executemany")
        return super().executemany(*args)

    def executescript(self, *args: Any) -> Any:
        _refuse_in_loop("sqlite3 executescript")
        return super().executescript(*args)


class _LoudConnection(sqlite3.Connection):
    def cursor(self, factory: Any = _LoudCursor) -> Any:
        return super().cursor(factory)

    def execute(self, *args: Any) -> Any:
        _refuse_in_loop("sqlite3 execute")
        return super().execute(*args)

    def executemany(self, *args: Any) -> Any:
        _refuse_in_loop("sqlite3 executemany")
        return super().executemany(*args)

    def executescript(self, *args: Any) -> Any:
        _refuse_in_loop("sqlite3 executescript")
        return super().executescript(*args)

    def commit(self) -> None:
        _refuse_in_loop("sqlite3 commit")
        super().commit()


def _not_in_loop(
    call: Callable[..., Any], unless: Callable[..., bool] | None = None
) -> Callable[..., Any]:
    @functools.wraps(call)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if unless is None or not unless(*args):
            _refuse_in_loop(getattr(call, "__qualname__", str(call)))
        return call(*args, **kwargs)

    return guarded


def _refuse_in_loop(what: str) -> None:
    if not _allowed and asyncio._get_running_loop() is not None and _called_by_us():
        raise BlockedLoop(f"{what} blocks the event loop: await it, or use a thread")


def _called_by_us() -> bool:
    frame = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(_OURS):
            return True
        if name.startswith(_TESTS) and name != __file__:
            return False
        frame = frame.f_back  # type: ignore[assignment]
    return False


def _is_non_blocking(sock: socket.socket, *_: Any) -> bool:
    return sock.gettimeout() == 0.0


def _is_asyncio_child(*_: Any) -> bool:
    """Whether asyncio itself starts the process; it has no other way than Popen."""
    frame = sys._getframe(2)
    return "asyncio" in frame.f_code.co_filename


def _near_only(call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise NetworkForbidden(f"a test tried to connect to {address!r}")
        return call(self, address)

    return guarded


def _local_names_only(call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not _is_loopback(name):
            raise NetworkForbidden(f"a test tried to look up {name!r}")
        return call(host, *args, **kwargs)

    return guarded


def _is_loopback(host: str) -> bool:
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
