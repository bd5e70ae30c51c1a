"""Answers that were given before, and requests that are the same as one under way.

The same request (model, parameters, messages; of the same client and workspace) within a session is
answered from memory; with the user's leave also from a folder on disk, within a size and an age.
Requests alike that are under way are one: everybody who waits hears the same stream, and the work
ends only when all of them have left. What is given twice costs once; the second is booked at zero.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aircherd.attempt import Reply
from aircherd.core.sink import Sink

MEMORY_BYTES = 8 * 1024 * 1024
MEMORY_MOST = 2_000
"""Answers that are kept in memory: an entry costs half a kilobyte beside its text."""
MEMORY_AGE = 600.0
"""Seconds an answer of this session is given again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One answer that may be given again."""

    text: str
    cost: int
    """Nano-dollars it took; what is saved each time it is given again."""
    place: str | None = None
    """A mark of the workspace it is about, so that it can be forgotten with it."""
    notices: tuple[str, ...] = ()
    """What was said of it, such as that the model saw only a part: it is as true again."""


def place_of(workspace: str | None) -> str | None:
    """The mark of a workspace: not its name, which no answer needs."""
    return None if workspace is None else hashlib.sha256(os.fsencode(workspace)).hexdigest()


def keys_of(client: str, *parts: object) -> tuple[str, str]:
    """The keys for everything that makes two requests the same: with who asks, and without."""
    whole = "\x00".join(map(repr, parts)).encode("utf-8", "replace")
    named = repr(client).encode("utf-8", "replace") + b"\x00" + whole
    return hashlib.sha256(named).hexdigest(), hashlib.sha256(whole).hexdigest()


def _size(kept: Kept) -> int:
    return sum(len(text.encode("utf-8", "replace")) for text in (kept.text, *kept.notices))


class Memory:
    """The answers of this session, least lately used ones dropped first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[float, Kept]] = OrderedDict()
        self._bytes = 0

    def get(self, key: str, now: float) -> Kept | None:
        """The answer, unless it is too old; `now` is monotonic."""
        found = self._kept.get(key)
        if found is None:
            return None
        if now - found[0] > MEMORY_AGE:
            self.drop(key)
            return None
        self._kept.move_to_end(key)
        return found[1]

    def put(self, key: str, kept: Kept, now: float) -> None:
        """Keeps an answer."""
        self.drop(key)
        self._kept[key] = (now, kept)
        self._bytes += _size(kept)
        while self._bytes > MEMORY_BYTES or len(self._kept) > MEMORY_MOST:
            self.drop(next(iter(self._kept)))

    def drop(self, key: str) -> None:
        """Forgets an answer, if it is here."""
        found = self._kept.pop(key, None)
        if found is not None:
            self._bytes -= _size(found[1])

    def forget(self, place: str | None, before: float | None) -> int:
        """Drops the answers of a place, those from before a monotonic instant, or what is both."""
        gone = [
            key
            for key, (at, kept) in self._kept.items()
            if place in (None, kept.place) and (before is None or at < before)
        ]
        for key in gone:
            self.drop(key)
        return len(gone)


class Disk:
    """The same in a private folder. Its methods wait for the disk: call them in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str, now: float, max_age: float) -> Kept | None:
        """The answer, unless it is too old or unreadable; `now` is wall time in seconds."""
        path = self._folder / f"{key}.json"
        try:
            if now - path.stat().st_mtime > max_age:
                path.unlink(missing_ok=True)
                return None
            value = json.loads(path.read_text("utf-8"))
            return _kept(value)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None

    def put(self, key: str, kept: Kept, max_bytes: int) -> None:
        """Keeps an answer and drops the oldest ones beyond the size. A full disk keeps none."""
        path = self._folder / f"{key}.json"
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = path.with_suffix(".new")
            fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(fd, "w", encoding="utf-8") as file:
                json.dump(asdict(kept), file, ensure_ascii=False)
            fresh.replace(path)
            self._trim(max_bytes)

    def drop(self, key: str) -> None:
        """Forgets an answer, if it is here."""
        with suppress(OSError):
            (self._folder / f"{key}.json").unlink(missing_ok=True)

    def forget(self, place: str | None, before: float | None) -> int:
        """Drops the answers of a place, those from before an instant in wall time, or what is both.

        One that cannot be read goes as well: nobody can tell whose it is. Raises OSError.
        """
        gone = 0
        for path in (*self._folder.glob("*.json"), *self._folder.glob("*.new")):
            try:
                old = before is None or path.stat().st_mtime < before
                here = place is None or _kept(json.loads(path.read_text("utf-8"))).place == place
            except FileNotFoundError:
                continue
            except (ValueError, TypeError, KeyError, AttributeError):
                old = here = True
            if old and here:
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    def _trim(self, max_bytes: int) -> None:
        known = [(one.stat(), one) for one in self._folder.glob("*.json")]
        total = sum(stat.st_size for stat, _ in known)
        for stat, one in sorted(known, key=lambda pair: pair[0].st_mtime):
            if total <= max_bytes:
                return
            one.unlink(missing_ok=True)
            total -= stat.st_size


def _kept(value: Any) -> Kept:
    place = value.get("place")
    return Kept(
        text=str(value["text"]),
        cost=int(value["cost"]),
        place=place if isinstance(place, str) else None,
        notices=tuple(str(text) for text in value.get("notices", ())),
    )


class _Flight:
    """One piece of work and all who listen to it."""

    def __init__(self) -> None:
        self.task: asyncio.Task[Reply] | None = None
        self._said: list[str] = []
        self._sinks: list[Sink] = []

    def enter(self, sink: Sink) -> None:
        """One more listens, and hears what was said before."""
        if self._said:
            sink.append("".join(self._said))
        self._sinks.append(sink)

    def leave(self, sink: Sink) -> bool:
        """One leaves; whether nobody is left."""
        self._sinks.remove(sink)
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
        self, key: str, sink: Sink, ask: Callable[[Sink], Awaitable[Reply]]
    ) -> tuple[Reply, bool]:
        """The reply, and whether somebody else had asked for it before."""
        flight = self._flights.get(key)
        joined = flight is not None
        if flight is None:
            fresh = flight = self._flights[key] = _Flight()
            flight.task = asyncio.ensure_future(ask(flight))
            flight.task.add_done_callback(lambda _: self._over(key, fresh))
        assert flight.task is not None
        flight.enter(sink)
        try:
            return await asyncio.shield(flight.task), joined
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
