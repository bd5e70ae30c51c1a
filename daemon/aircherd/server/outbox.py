"""What waits to be read by a client: bounded, never waited for by anybody else."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from aircher_protocol.framing import frame
from aircherd.server.redaction import without_secrets

log = logging.getLogger(__name__)

MOST_BYTES = 8 * 1024 * 1024
"""Bytes that may wait for a client."""
LITTLE = 256 * 1024
"""Bytes that may wait for a client while reports for it are made: megabytes of them are moved about
each time one more is put behind them."""
_LOOK_SECONDS = 0.02
DRAIN_SECONDS = 5.0
"""Seconds a client may go without reading while something waits for it at its end."""


class Outbox:
    """Non-blocking writes; a client that does not read is dropped and hurts nobody else."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        # The transport is asked how much waits; it must not pause anybody.
        self._transport = transport = writer.transport
        transport.set_write_buffer_limits(high=MOST_BYTES)

    def say(self, body: bytes) -> None:
        """Sends a message; nothing happens once the connection is closed."""
        try:
            self.put(body)
        except ConnectionError:
            return

    def put(self, body: bytes) -> None:
        """Sends a message, framed and without secrets. Raises ConnectionError once it is closed."""
        data = frame(without_secrets(body))
        transport = self._transport
        if transport.is_closing():
            raise ConnectionResetError
        waiting = transport.get_write_buffer_size()
        if waiting + len(data) > MOST_BYTES:
            log.warning("dropped a client that left %s bytes unread", waiting)
            transport.abort()
            raise ConnectionResetError
        transport.write(data)

    async def room(self) -> None:
        """Waits until only a little waits to be read, or the connection is closed."""
        while self._transport.get_write_buffer_size() > LITTLE:
            if self._transport.is_closing():
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def close(self) -> None:
        """Gives the client a moment to read what is left, then closes. Never raises."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(DRAIN_SECONDS):
                self._writer.close()
                await self._writer.wait_closed()
        self._writer.transport.abort()
