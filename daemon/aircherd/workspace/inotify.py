"""The kernel's own notices of changed directories, on Linux: inotify(7) through libc.

watchfiles is not enough here (measured on 1.3.0): it asks its queue every `step`, 20 wake-ups a
second at 50 ms and 193 at 5 ms with nothing happening, cannot add a directory to a running watch
except by watching everything beneath, and tells neither an overflow nor a lost root. Reading the
descriptor in the event loop costs nothing while nothing happens. Elsewhere than on Linux watchfiles
is used, in `elsewhere`.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator
from functools import cache

MODIFY, ATTRIB, CLOSE_WRITE = 0x2, 0x4, 0x8
MOVED_FROM, MOVED_TO, CREATE, DELETE = 0x40, 0x80, 0x100, 0x200
DELETE_SELF, MOVE_SELF = 0x400, 0x800
UNMOUNT, OVERFLOW, IGNORED = 0x2000, 0x4000, 0x8000
ONLY_DIRECTORY, DONT_FOLLOW, EXCLUDE_UNLINKED = 0x1000000, 0x2000000, 0x4000000
IS_DIRECTORY = 0x40000000

GONE = DELETE_SELF | MOVE_SELF
"""The directory itself went away."""
CONTENT = MODIFY | ATTRIB | CLOSE_WRITE | MOVED_FROM | MOVED_TO | CREATE | DELETE
"""Anything about what lies in it."""
_HOW = ONLY_DIRECTORY | DONT_FOLLOW | EXCLUDE_UNLINKED
_HEADER = struct.Struct("iIII")
_READ = 1 << 16


class Inotify:
    """One queue of notices. Not closed by itself."""

    def __init__(self) -> None:
        """Raises OSError: EMFILE when the user has no instance left, ENOSYS where there is none."""
        self._libc = _libc()
        self.fd: int = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self.fd < 0:
            raise _error()

    def add(self, path: bytes, mask: int) -> int:
        """Watches a directory, no link; its number. Raises OSError, ENOSPC at the user's limit."""
        number: int = self._libc.inotify_add_watch(self.fd, path, mask | _HOW)
        if number < 0:
            raise _error()
        return number

    def remove(self, number: int) -> None:
        """Stops watching; a number the kernel dropped already is no error."""
        self._libc.inotify_rm_watch(self.fd, number)

    def read(self) -> bytes:
        """Notices that wait, at most 64 KiB of them; empty when there are none."""
        try:
            return os.read(self.fd, _READ)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        """Gives the queue and all its watches back."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def notices(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(number, mask, name) of each notice that was read."""
    at = 0
    while at + _HEADER.size <= len(data):
        number, mask, _, length = _HEADER.unpack_from(data, at)
        at += _HEADER.size
        yield number, mask, data[at : at + length].rstrip(b"\0")
        at += length


@cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.inotify_init1.argtypes = [ctypes.c_int]
    libc.inotify_add_watch.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32]
    libc.inotify_rm_watch.argtypes = [ctypes.c_int, ctypes.c_int]
    return libc


def _error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
