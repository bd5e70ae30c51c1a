"""Whose turn it is to write: one process at a time, and in fair order.

SQLite up to 3.51.2 can damage a database in WAL mode when two connections write or checkpoint at
the same instant (https://sqlite.org/wal.html#walresetbug), and its busy handler lets a busy process
starve a quiet one. So every writing transaction runs inside this lock: `gate` is held while waiting
for `turn`, so that who has just had a turn waits behind who has not.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from aircherd.core.errors import LedgerUnavailable

_PAUSE = 0.0005


class Turn:
    """Two locked files beside the database. The kernel frees them when a process dies."""

    def __init__(self, path: Path, patience: float) -> None:
        """`patience` is how many seconds another process may keep its turn."""
        self._names = [path.with_name(f"{path.name}.{part}") for part in ("gate", "turn")]
        self._handles: list[int] = []
        self._patience = patience

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Holds the turn. Raises LedgerUnavailable when another process keeps it for too long."""
        if not self._handles:
            self._names[0].parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._handles = [_open(name) for name in self._names]
        gate, turn = self._handles
        limit = time.monotonic() + self._patience
        _lock(gate, limit)
        try:
            _lock(turn, limit)
        finally:
            fcntl.flock(gate, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(turn, fcntl.LOCK_UN)

    def close(self) -> None:
        """Closes the files; they stay, so that nobody locks a file of the same name but another."""
        while self._handles:
            os.close(self._handles.pop())


def _open(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)


def _lock(handle: int, limit: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EINTR):
                raise
            if time.monotonic() > limit:
                raise LedgerUnavailable(
                    "Another process keeps the ledger to itself, so nothing can be booked; "
                    "end other `aircherd` processes."
                ) from None
            time.sleep(_PAUSE)
        else:
            return
