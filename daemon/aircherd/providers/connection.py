"""One connection: a request out, its answer in, one at a time.

llhttp reads the bytes (`incoming`); what stands here is what only a client can know: whether an
answer that ended was whole, whether the connection may be used again, how long to wait, and when to
stop reading because nobody takes what came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from aircherd.landing import landing
from aircherd.providers.incoming import MOST_HEAD, Incoming

MOST_UNREAD = 256 * 1024
"""Bytes of an answer that may wait to be taken before the far side has to wait."""


class Broken(Exception):
    """The connection ended, or said what is no HTTP, after a request had gone out."""


class TooSlow(Exception):
    """Nothing came for as long as one waits, after a request had gone out."""


class Connection(Incoming, asyncio.BufferedProtocol):
    """A connection to one server. Everything it raises means that the request may have arrived."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._until = 0.0
        self._unread = 0
        self._paused = False
        self._error: Exception | None = None
        self._fresh = True
        """Whether nothing went over it yet, in either direction."""
        self._taker: Callable[[bytes], None] | None = None
        self._patience = 0.0
        self._refused: Exception | None = None
        self.open = False
        """Whether it can be written to."""

    @property
    def reusable(self) -> bool:
        """Whether another request may go over it: the last answer came whole and nothing more, or
        nothing was asked yet."""
        return self.open and (self._fresh or (self._whole and self._keep)) and not self._chunks

    def about(self, name: str) -> Any:
        """What its transport tells of itself, such as the `socket` or the `ssl_object`."""
        return self._transport.get_extra_info(name)

    async def ask(self, head: bytes, body: bytes, *, seconds: float, until: float) -> None:
        """Sends a request and waits for the head of its answer.

        `seconds` is how long that may take; `until` the loop's time at which all must be over.
        Raises TooSlow or Broken.
        """
        self._expect()
        self._fresh = False
        self._until = until
        self._unread = 0
        self._refused = None
        self._transport.write(head + body if len(body) < 65536 else head)
        if len(body) >= 65536:
            self._transport.write(body)
        while not self._begun:
            await self._more(seconds)

    async def read(self, idle: float, take: Callable[[bytes], None] | None = None) -> bytes:
        """What came of the body since the last time, waited for; empty at its end.

        What comes while it waits is handed to `take` instead, if there is one, in the same callback
        of the loop that brought it: the waiting task is not woken for it. What `take` raises is
        raised here. Raises TooSlow when nothing comes for `idle` seconds, or Broken.
        """
        while not self._chunks:
            if self._whole:
                return b""
            self._taker, self._patience = take, idle
            try:
                await self._more(idle)
            finally:
                self._taker = None
            if self._refused is not None:
                raise self._refused
        data = self._joined()
        self._unread = 0
        if self._paused and self.open:
            self._paused = False
            self._transport.resume_reading()
        return data

    def close(self) -> None:
        """Ends it at once."""
        self._over()
        if self.open:
            self.open = False
            self._transport.abort()

    def _over(self) -> None:
        """Nothing is waited for any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _more(self, seconds: float) -> None:
        """Waits until something happened. One timer serves all the waits of an answer."""
        if self._error is not None:
            raise self._error
        self._due = min(self._loop.time() + seconds, self._until)
        if self._timer is None or self._timer.when() > self._due:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(self._due, self._tick)
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _tick(self) -> None:
        self._timer = None
        if self._waiter is None:
            return  # nobody waits: the next wait sets it anew
        if self._loop.time() < self._due:
            self._timer = self._loop.call_at(self._due, self._tick)
            return
        self._fail(TooSlow("took too long"))

    def _fail(self, error: Exception) -> None:
        self._error = self._error or error
        self._keep = False
        self._wake()

    def _stays_whole(self) -> bool:
        """Whether the answer was whole before something odd came; it is the last one then."""
        self._keep = False
        return self._whole

    def _taken(self, take: Callable[[bytes], None]) -> bool:
        """Hands over what came; whether the task that waits may go on waiting.

        It is given nothing once that task was woken or cancelled: what was taken then would come
        after what it does next.
        """
        if self._waiter is None or self._waiter.done():
            return False
        data = self._joined()
        self._unread = 0
        self._due = min(self._loop.time() + self._patience, self._until)
        try:
            take(data)
        except Exception as error:
            self._refused, self._keep = error, False
        return self._refused is None and not self._whole

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # --- what the event loop says -----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        # uvloop's are none by their class.
        self._transport = cast("asyncio.Transport", transport)
        self.open = True

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes are put."""
        return landing()

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes came."""
        if self._parser is None or self._whole:
            # Nobody asked: whatever this is, it must not become the answer to the next question.
            self.close()
            return
        try:
            self._parser.feed_data(landing()[:nbytes])
        except Exception as error:
            # llhttp's own errors, a switch of protocols; after a whole answer, a second one.
            if not self._stays_whole():
                self._fail(Broken(type(error).__name__))
                return
        if self._ends is not None:
            # A second answer is nobody's.
            del self._chunks[self._ends :]
        self._unread += nbytes
        if self._taker is not None and self._chunks and self._taken(self._taker):
            return
        if not self._begun:
            self._head_size += nbytes
            if self._head_size > MOST_HEAD:
                self._fail(Broken("an endless head"))
        elif self._unread > MOST_UNREAD and not self._paused and self.open:
            self._paused = True
            self._transport.pause_reading()
        if self._begun:
            self._wake()

    def eof_received(self) -> None:
        """The other side sends no more; the loop ends the connection in its next round."""
        self._keep = self._fresh = False

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self.open = False
        self._over()
        if self._begun and self._to_the_end and exc is None:
            self._whole = True
        if not self._whole:
            self._fail(Broken("hung up" if exc is None else type(exc).__name__))
        self._wake()
