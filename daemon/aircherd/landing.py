"""The block of memory sockets are read into."""

from __future__ import annotations

import threading

_BYTES = 64 * 1024
_local = threading.local()


def landing() -> memoryview:
    """The block of this thread's event loop, one for all of its connections.

    For `asyncio.BufferedProtocol.get_buffer`: what stands in it is read by `buffer_updated`, before
    any other connection is. Left to itself, asyncio reads into a fresh block of 256 KiB each time,
    which the kernel has to map and to take back.
    """
    try:
        block: memoryview = _local.block
    except AttributeError:
        block = _local.block = memoryview(bytearray(_BYTES))
    return block
