"""Answers that were given before.

The same request (model, parameters, messages; of the same client and workspace) within a session is
answered from memory; with the user's leave also from a folder on disk, within a size and an age.
What is given twice costs once; the second is booked at zero.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import OrderedDict
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Any

from aircherd.core.catalog import ModelSpec
from aircherd.core.chat import ChatRequest, TextPart

MEMORY_BYTES = 8 * 1024 * 1024
MEMORY_MOST = 2_000
"""Answers that are kept in memory: an entry costs half a kilobyte beside its text."""
MEMORY_AGE = 600.0
"""Seconds an answer of this session is given again."""
_WHOLE = ("messages", "spec")
"""Fields of a request that are written out in another way than `repr` does."""
_MOST_LOOKED = 64

_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError)
"""What a damaged file can raise."""


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


def keys_of(client: str, request: ChatRequest, *parts: object) -> tuple[str, str]:
    """The keys for everything that makes two requests the same: with who asks, and without."""
    said = [repr(parts), repr(_SAID(request)), _looks(request.spec)]
    for one in request.messages:
        said.append(f"{one.role} {len(one.parts)}")
        # A text stands for its part: that of no other kind of part looks like one.
        said += [f"t{part.text}" if type(part) is TextPart else repr(part) for part in one.parts]
    # With their lengths: no two requests look alike by where one text ends and the next begins.
    lengths = ",".join([str(len(text)) for text in said])
    whole = hashlib.sha256("\x00".join((lengths, *said)).encode("utf-8", "replace"))
    lasting = whole.hexdigest()
    whole.update(b"\x00" + repr(client).encode("utf-8", "replace"))
    return whole.hexdigest(), lasting


_SAID = attrgetter(
    *(one.name for one in fields(ChatRequest) if one.init and one.name not in _WHOLE)
)
_looked: dict[int, tuple[ModelSpec | None, str]] = {}


def _looks(spec: ModelSpec | None) -> str:
    """A model as text, made once: it is the very same value from one request to the next."""
    known = _looked.get(id(spec))
    if known is None or known[0] is not spec:
        if len(_looked) >= _MOST_LOOKED:
            _looked.clear()
        known = _looked[id(spec)] = (spec, repr(spec))
    return known[1]


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
        except (OSError, *_UNREADABLE):
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
            except _UNREADABLE:
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
