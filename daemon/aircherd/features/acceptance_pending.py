"""The file in which what is awaited outlives the daemon: marks, numbers and places, no text.

What a suggestion or an edit said is kept as keyed hashes of its words or lines, with which it can
be compared with a commit as well as with the text itself. A word's hash has sixteen bits, so that
it fits many words; the key is drawn at random and stands in the file, which only its owner reads.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from aircherd.config.files import whole
from aircherd.core.catalog import ModelRef

log = logging.getLogger(__name__)

SOON, LATER = 0.05, 2.0
"""Seconds until a change is on disk: one a person made, and one of many that requests make."""
LARGEST = 8_000_000
_FAULTS = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)


class Pending:
    """What is awaited, part by part, and the file it stands in."""

    def __init__(self, path: Path | None = None) -> None:
        """Reads the file; without a path all is in memory only. A damaged file is told of in the
        log, set aside by the next change, and nothing is awaited."""
        self._path = path
        self._parts: dict[str, tuple[Callable[[], Any], Callable[[Any], None]]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._lock = threading.Lock()
        self._number = self._written = 0
        self._read = self._load()
        salt = self._read.get("key")
        if not (isinstance(salt, str) and len(salt) == 32):
            salt = secrets.token_hex(16)
            self._read = {}
        self._key = salt
        self._salt = salt.encode()

    def part(self, name: str, dump: Callable[[], Any], load: Callable[[Any], None]) -> None:
        """One part: how it is put as plain values, and taken up again. Taken up at once."""
        self._parts[name] = (dump, load)
        found = self._read.pop(name, None)
        if found is not None:
            try:
                load(found)
            except _FAULTS as error:
                log.warning("what was awaited (%s) cannot be read and is dropped: %s", name, error)

    def mark(self, text: str | bytes, size: int = 8) -> str:
        """A keyed hash of so many bytes."""
        data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
        return blake2b(data, key=self._salt, digest_size=size).hexdigest()

    def changed(self, *, soon: bool = False) -> None:
        """Writes in a moment, in a thread; what changes until then goes along."""
        if self._path is None:
            return
        if self._timer is not None:
            if not soon:
                return
            self._timer.cancel()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
            return
        self._timer = loop.call_later(SOON if soon else LATER, self._write_aside, loop)

    def flush(self) -> None:
        """Writes now. A full disk keeps nothing, which is said in the log."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._path is not None and self._parts:
            self._write(*self._snapshot())

    def _write_aside(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        loop.run_in_executor(None, self._write, *self._snapshot())

    def _snapshot(self) -> tuple[int, str]:
        self._number += 1
        value = {"key": self._key, **{name: dump() for name, (dump, _) in self._parts.items()}}
        return self._number, json.dumps(value, separators=(",", ":"))

    def _write(self, number: int, text: str) -> None:
        assert self._path is not None
        with self._lock:
            if number < self._written:
                return
            self._written = number
            try:
                whole(self._path, text + "\n", mode=0o600)
            except OSError as error:
                log.warning("what is awaited cannot be kept: %s", error)

    def _load(self) -> dict[str, Any]:
        if self._path is None:
            return {}
        with suppress(FileNotFoundError):
            try:
                with self._path.open("rb") as file:
                    raw = file.read(LARGEST + 1)
                found = json.loads(raw) if len(raw) <= LARGEST else None
                if isinstance(found, dict):
                    return found
                log.warning("what was awaited cannot be read and is dropped")
            except FileNotFoundError:
                raise
            except (OSError, ValueError, RecursionError) as error:
                log.warning("what was awaited cannot be read and is dropped: %s", error)
        return {}


def ref_of(text: Any) -> ModelRef:
    """A model by its name as it is kept. Raises ValueError for what is none."""
    provider, slash, model = str(text).partition("/")
    if not (provider and slash and model):
        raise ValueError("it names no model")
    return ModelRef(provider, model)


def monotonic(at: float) -> float:
    """The monotonic instant of a wall time: how long ago it was is what counts."""
    return time.monotonic() - (time.time() - at)


def wall(at: float) -> float:
    """The wall time of a monotonic instant."""
    return time.time() - (time.monotonic() - at)
