"""Finding the user's daemon, and starting it when nobody answers.

Standard library only: this stands between an editor and its first byte. What only a cold start
needs is imported there.
"""

from __future__ import annotations

import _socket
import errno
import os
import stat
import sys
import time

from aircherd import runtime
from aircherd.runtime import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEADLINE = 10.0
"""Seconds a daemon may take from nothing to an answer."""

SERVE: Sequence[str] = (sys.executable, "-E", "-P", "-m", "aircherd", "serve")
"""How a daemon is started. Without `PYTHON*` variables and the current directory on its path: it
serves every window of the user, so nothing of the one that happened to start it may steer it."""

_CRASHES = 2


class Unreachable(Exception):
    """No daemon answers and none could be started. The text says where to read why."""


def dial() -> _socket.socket | None:
    """A non-blocking connection to the running daemon, or None. Starts nothing. Raises `Refused`.

    A daemon of another installation that speaks the same protocol holds the user's one lock and
    is as good; its address stands in the lock.
    """
    path = runtime.socket_path()
    connection = _connect(path)
    if connection is None:
        other = runtime.holder().get("socket", path)
        name = os.path.basename(other)
        if other != path and name.startswith(f"aircherd-v{runtime.PROTOCOL_VERSION}-"):
            connection = _connect(other)
    return connection


def abandoned() -> bool:
    """Whether a daemon died without tidying up: its socket stands there and nobody answers.

    Ask right after `dial` found none. One that leaves in order takes its socket away first.
    """
    paths = {runtime.socket_path(), runtime.holder().get("socket", "")}
    return any(os.path.lexists(path) for path in paths)


def _always() -> bool:
    return True


def reach(
    serve: Sequence[str] = SERVE,
    deadline: float = DEADLINE,
    wanted: Callable[[], bool] = _always,
) -> _socket.socket:
    """A non-blocking connection to the daemon, started when there is none.

    `serve` is the argument list that starts it, `deadline` the seconds it may take, `wanted` is
    asked now and then whether anybody still wants it. Any number of callers at once start one.
    Raises `Refused` and `Unreachable`.
    """
    connection = dial()
    if connection is not None:
        return connection
    lock = runtime.open_lock(runtime.start_lock_path())
    try:
        return _start_and_wait(serve, deadline, lock, wanted)
    finally:
        os.close(lock)


def _start_and_wait(
    serve: Sequence[str], deadline: float, lock: int, wanted: Callable[[], bool]
) -> _socket.socket:
    from aircherd.detached import Detached

    started = time.monotonic()
    pause, crashes = 0.005, 0
    next_start = started
    child: Detached | None = None
    try:
        while True:
            now = time.monotonic()
            # Whoever has the start lock starts. Should that one be stuck, the others stop
            # waiting for it after a third of the time; the daemon's own lock still holds.
            # Dialling after the lock is taken: its last holder may just have succeeded, and a
            # needless second daemon would take over whenever the first one died young.
            may_start = _try_lock(lock) or now - started > deadline / 3
            connection = dial()
            if connection is not None:
                return connection
            if not wanted():
                raise Unreachable("The editor left before aircherd answered; start it again.")
            if now - started > deadline:
                raise Unreachable(_complaint(f"did not answer within {deadline:g} s"))
            code = None if child is None else child.poll()
            if child is not None and code is not None:
                child = None
                if code in (0, runtime.HELD):
                    # Another daemon is coming up, or is still leaving: wait for either.
                    next_start = now + 0.25
                elif (crashes := crashes + 1) >= _CRASHES:
                    raise Unreachable(_complaint(f"left at once with code {code}"))
            if child is None and now >= next_start and may_start:
                child = Detached(serve)
                pause = 0.005
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)
    finally:
        if child is not None:
            child.let_go()


def _connect(path: str) -> _socket.socket | None:
    """A connection to a listener of ours at `path`; None when nobody listens there."""
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            return None
    except OSError:
        return None
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        for _ in range(400):
            code = connection.connect_ex(path)
            if code != errno.EAGAIN:
                break
            time.sleep(0.005)  # alive, but its queue of new connections is full
        if code != 0:
            connection.close()
            return None
        end = runtime.peer(connection)
        if end is not None and end[1] != os.getuid():
            raise Refused(f"{path} is served by uid {end[1]}, not by you. Remove it and try again.")
    except BaseException:
        connection.close()
        raise
    return connection


def _try_lock(fd: int) -> bool:
    import fcntl

    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _complaint(what: str) -> str:
    return f"aircherd {what}. {runtime.startup_log_path()} says why; `aircherd doctor` helps."
