"""One connection: a request out, its answer in, one at a time.

llhttp, the parser of Node.js (httptools), reads the bytes; what stands here is what only a client
can know: whether an answer that ended was whole, whether the connection may be used again, how long
to wait, and when to stop reading because nobody takes what came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from httptools import HttpResponseParser

MOST_UNREAD = 256 * 1024
"""Bytes of an answer that may wait to be taken before the far side has to wait."""
MOST_HEAD = 128 * 1024
"""Bytes the head of an answer may have."""


class Broken(Exception):
    """The connection ended, or said what is no HTTP, after a request had gone out."""


class TooSlow(Exception):
    """Nothing came for as long as one waits, after a request had gone out."""


class Connection(asyncio.Protocol):
    """A connection to one server. Everything it raises means that the request may have arrived."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._parser: HttpResponseParser | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._until = 0.0
        self._chunks: list[bytes] = []
        self.on_body: Callable[[bytes], None] = self._chunks.append
        """What llhttp hands each piece of the body: a stream has one in every chunk of it."""
        self._ends: int | None = None
        self._unread = 0
        self._paused = False
        self._error: Exception | None = None
        self._interim = self._begun = self._whole = self._keep = self._to_the_end = False
        self._head_size = 0
        self._fresh = True
        """Whether nothing went over it yet, in either direction."""
        self.open = False
        """Whether it can be written to."""
        self.status = 0
        """Of the answer, once `ask` has returned."""
        self.headers: dict[str, str] = {}
        """Of the answer, names in lower case; repeated ones are joined by commas."""

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
        from httptools import HttpResponseParser

        self._parser = HttpResponseParser(self)
        self._fresh = False
        self._until = until
        self._interim = self._begun = self._whole = self._keep = self._to_the_end = False
        self._head_size = self._unread = 0
        self._ends = None
        self.status, self.headers = 0, {}
        self._transport.write(head + body if len(body) < 65536 else head)
        if len(body) >= 65536:
            self._transport.write(body)
        while not self._begun:
            await self._more(seconds)

    async def read(self, idle: float) -> bytes:
        """What came of the body since the last time, waited for; empty at its end.

        Raises TooSlow when nothing comes for `idle` seconds, or Broken.
        """
        while not self._chunks:
            if self._whole:
                return b""
            await self._more(idle)
        chunks = self._chunks
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        chunks.clear()
        self._unread = 0
        if self._paused and self.open:
            self._paused = False
            self._transport.resume_reading()
        return data

    def close(self) -> None:
        """Ends it at once."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.open:
            self.open = False
            self._transport.abort()

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

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # --- what the event loop says -----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        # uvloop's are none by their class.
        self._transport = cast("asyncio.Transport", transport)
        self.open = True

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if self._parser is None or self._whole:
            # Nobody asked: whatever this is, it must not become the answer to the next question.
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except Exception as error:
            # llhttp's own errors, a switch of protocols; after a whole answer, a second one.
            if not self._stays_whole():
                self._fail(Broken(type(error).__name__))
                return
        if self._ends is not None:
            # A second answer is nobody's.
            del self._chunks[self._ends :]
        self._unread += len(data)
        if not self._begun:
            self._head_size += len(data)
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
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._begun and self._to_the_end and exc is None:
            self._whole = True
        if not self._whole:
            self._fail(Broken("hung up" if exc is None else type(exc).__name__))
        self._wake()

    # --- what llhttp says -------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """An answer begins."""
        if self._whole:
            self._keep = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """One line of the head, or of what stands behind a body in chunks."""
        if self._begun:
            return
        word, said = name.decode("latin-1").lower(), value.decode("latin-1")
        before = self.headers.get(word)
        self.headers[word] = said if before is None else f"{before}, {said}"

    def on_headers_complete(self) -> None:
        """The head is there."""
        if self._whole:
            return
        assert self._parser is not None
        status = self._parser.get_status_code()
        if 100 <= status < 200:
            # Not the answer yet.
            self._interim = True
            self.headers = {}
            return
        self.status = status
        self._begun = True
        self._keep = self._parser.should_keep_alive()
        bare = status in (204, 304)
        named = "content-length" in self.headers or "transfer-encoding" in self.headers
        self._to_the_end = not bare and not named

    def on_message_complete(self) -> None:
        """The answer is whole."""
        if self._interim:
            self._interim = False
            return
        if not self._whole:
            self._whole, self._ends = True, len(self._chunks)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
