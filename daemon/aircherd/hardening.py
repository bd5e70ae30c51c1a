"""What the daemon's process keeps from others: its memory, and the keys it was started with.

And what of that memory it gives back to the system.
"""

from __future__ import annotations

import contextlib
import ctypes
import resource
import sys
from collections.abc import Iterable

_PR_SET_DUMPABLE = 4
"""prctl(2): without it there are no core files, and /proc/PID shows others neither memory nor
environment; it also keeps debuggers of the same user out."""
_M_MMAP_THRESHOLD = -3
_LARGE = 128 * 1024
"""Bytes; glibc's own threshold at its start. That it is set keeps it from moving."""


def close_off() -> None:
    """No core files, of this process and its children; no look into its memory where the system
    can refuse one (Linux)."""
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def give_back() -> None:
    """Has the C library map every large block apart and give it back whole when it is freed.

    A pipe is read into a fresh block of 256 KiB, which is then cut down to what came, as sockets
    were (`landing`). glibc would soon take such blocks from its heap (mallopt(3): the threshold
    follows what is freed), where what lands in the gap keeps the next one from fitting: the heap
    grew by 100 bytes a request.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # musl has neither
            library = ctypes.CDLL(None)
            library.mallopt(_M_MMAP_THRESHOLD, _LARGE)
            library.malloc_trim(0)  # what loading the modules left free: half a megabyte


def blot_out(names: Iterable[str]) -> None:
    """Overwrites variables in the block the process was started with.

    `unsetenv` only drops the pointer: /proc/PID/environ and a core file would still hold the value.
    To be called before anything else changes the environment.
    """
    wanted = tuple(name.encode() + b"=" for name in names)
    with contextlib.suppress(OSError, ValueError, AttributeError):
        block = ctypes.POINTER(ctypes.c_void_p).in_dll(ctypes.CDLL(None), "environ")
        number = 0
        while block and block[number]:
            address = block[number]
            assert address is not None
            text = ctypes.string_at(address)
            for start in wanted:
                if text.startswith(start):
                    ctypes.memset(address + len(start), 0, len(text) - len(start))
            number += 1
