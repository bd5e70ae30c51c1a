"""Requests that are the same as one under way.

They are one: everybody who waits hears the same stream, and the work ends only when all of them
have left. Each waits by a future of its own, so that who leaves ends nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from aircherd.attempt import Reply
from aircherd.core.sink import InLine, Sink, in_line


class _Flight:
    """One piece of work and all who listen to it."""

    def __init__(self, provider: str | None) -> None:
        self.task: asyncio.Task[None] | None = None
        self._place: tuple[str, int, float | None] | None = None
        """Where in line it stands, or whose turn it is; None when that is not known."""
        if provider is not None:
            self._place = provider, 0, None
        self._tell: list[tuple[Sink, InLine, bool]] = []
        """Whom to tell where it stands, and whether it is another's request to them."""
        self._said: list[str] = []
        self._sinks: list[Sink] = []
        self._waiting: list[asyncio.Future[Reply]] = []

    async def fly(self, ask: Callable[[Sink], Awaitable[Reply]], over: Callable[[], None]) -> None:
        """Does the work, says that it is over, so that nobody joins it any more, and tells all who
        wait: in one step."""
        # In this task and all that it starts.
        in_line.set(self.moved)
        try:
            try:
                reply = await ask(self)
            finally:
                over()
        except asyncio.CancelledError:
            for one in self._waiting:
                one.cancel()
            raise
        except Exception as error:
            for one in self._waiting:
                if not one.done():
                    one.set_exception(error)
            return
        for one in self._waiting:
            if not one.done():
                one.set_result(reply)

    def landing(self) -> asyncio.Future[Reply]:
        """What comes of it, for one who may leave alone."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        return future

    def enter(self, sink: Sink, tell: InLine, *, joined: bool) -> None:
        """One more listens, and hears what was said before: where it stands, and the text."""
        if joined and self._place is not None:
            tell(*self._place, True)
        if self._said:
            sink.append("".join(self._said))
        self._sinks.append(sink)
        self._tell.append((sink, tell, joined))

    def moved(self, provider: str, place: int, seconds: float | None, *__: bool) -> None:
        """It got in line, or moved on in it."""
        self._place = provider, place, seconds
        for _, tell, joined in self._tell:
            tell(provider, place, seconds, joined)

    def leave(self, sink: Sink) -> bool:
        """One leaves; whether nobody is left."""
        self._sinks.remove(sink)
        self._tell = [one for one in self._tell if one[0] is not sink]
        return not self._sinks

    def append(self, text: str) -> None:
        self._said.append(text)
        for sink in self._sinks:
            sink.append(text)

    def replace(self, text: str) -> None:
        self._said[:] = [text]
        for sink in self._sinks:
            sink.replace(text)

    def thinking(self, text: str) -> None:
        for sink in self._sinks:
            sink.thinking(text)


class Flights:
    """Work under way, by its key."""

    def __init__(self) -> None:
        self._flights: dict[str, _Flight] = {}

    async def join(
        self,
        key: str,
        sink: Sink,
        ask: Callable[[Sink], Awaitable[Reply]],
        provider: str | None = None,
    ) -> tuple[Reply, bool]:
        """The reply, and whether somebody else had asked for it before; `provider` is asked
        first."""
        flight = self._flights.get(key)
        joined = flight is not None
        if flight is None:
            fresh = flight = self._flights[key] = _Flight(provider)
            over = partial(self._over, key, fresh)
            flight.task = asyncio.get_running_loop().create_task(flight.fly(ask, over))
            # Also should it be ended before its first step.
            flight.task.add_done_callback(lambda _: over())
        assert flight.task is not None
        flight.enter(sink, in_line.get(), joined=joined)
        try:
            return await flight.landing(), joined
        finally:
            if flight.leave(sink) and not flight.task.done():
                # Nobody may come in between: what is being ended is not joined.
                self._over(key, flight)
                flight.task.cancel()
                await asyncio.gather(flight.task, return_exceptions=True)

    def _over(self, key: str, flight: _Flight) -> None:
        # Another may have begun under its key while this one was being ended.
        if self._flights.get(key) is flight:
            del self._flights[key]
