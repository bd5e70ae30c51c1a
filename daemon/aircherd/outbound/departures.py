"""What has left for models on other machines: a line each, written before it leaves.

One private file of JSON lines in the state directory, and one older one when it has grown. Kept are
time, who, where to, size and SHA-256 of the exact body; the body itself only when the user asks for
it. It is written first, so that a crash can hide nothing, but once there is a way: a line means
"was about to leave", and what found no connection has none.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LARGEST = 8 * 1024 * 1024
"""Bytes of the file before it becomes the older one."""
_FLAGS = os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """One request that was about to leave."""

    at: str
    """ISO 8601, UTC."""
    operation: str
    client: str
    workspace: str | None
    provider: str
    model: str
    origin: str
    """Scheme, host and port it went to."""
    size: int
    """Bytes of the body."""
    sha256: str
    """Of the body."""
    masked: dict[str, int] = field(default_factory=dict)
    """Kind of secret → how many different ones were taken out."""
    let: dict[str, int] = field(default_factory=dict)
    """The same for those that were sent as they are, because the request's caller said so."""
    body: str | None = None
    """The body, when the user asks for it to be kept."""

    def of(self, body: bytes, *, keep: bool) -> Departure:
        """The same for a body."""
        return replace(
            self,
            size=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
            body=body.decode("utf-8", "replace") if keep else None,
        )


_WRITER = json.JSONEncoder(separators=(",", ":"), check_circular=False)
"""Kept, for `json.dumps` makes one for each line."""
_NAMES = tuple(one.name for one in fields(Departure))


class Departures:
    """The list. Its methods touch the disk: call them in a thread."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._older = Path(f"{path}.1")
        self._alone = threading.Lock()
        self._lock: int | None = None
        self._out: tuple[int, int, int] | None = None
        """The file as it is open: handle, device, inode."""

    def note(self, departure: Departure, *, wait: bool = True) -> None:
        """Adds a line. Raises OSError; BlockingIOError when somebody else is at the file and
        `wait` is false: then nothing was added, and nothing was waited for."""
        row = {name: getattr(departure, name) for name in _NAMES}
        line = (_WRITER.encode(row) + "\n").encode("ascii")
        with self._turn(wait):
            handle, size = self._opened()
            written = os.write(handle, line)
            while written < len(line):
                written += os.write(handle, line[written:])
            if size + len(line) > LARGEST:
                self._path.replace(self._older)

    def _opened(self) -> tuple[int, int]:
        """The file, and how long it is; opened anew when another one stands in its place."""
        if self._out is not None:
            with contextlib.suppress(FileNotFoundError):
                found = os.stat(self._path, follow_symlinks=False)
                if (found.st_dev, found.st_ino) == self._out[1:]:
                    return self._out[0], found.st_size
            os.close(self._out[0])
            self._out = None
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | _FLAGS, 0o600)
        found = os.fstat(handle)
        self._out = (handle, found.st_dev, found.st_ino)
        os.fchmod(handle, 0o600)
        return handle, found.st_size

    def close(self) -> None:
        """Closes what is kept open; whoever notes something later opens it again."""
        with self._alone:
            for handle in (self._lock, self._out and self._out[0]):
                if handle is not None:
                    os.close(handle)
            self._lock = self._out = None

    def __del__(self) -> None:
        self.close()

    def listed(self, most: int, *, operation: str | None = None) -> tuple[Departure, ...]:
        """The newest lines, newest first. Raises OSError; lines that are damaged are left out."""
        found: list[Departure] = []
        for path in (self._path, self._older):
            for line in reversed(_lines(path)):
                row = _departure(line)
                if row is None or operation not in (None, row.operation):
                    continue
                found.append(row)
                if len(found) == most:
                    return tuple(found)
        return tuple(found)

    def sent_since(self, origin: str, since: datetime) -> bool:
        """Whether anything left for an origin since an instant. Raises OSError."""
        name = json.dumps(origin).encode("ascii")
        for path in (self._path, self._older):
            for line in reversed(_lines(path)):
                row = _departure(line) if name in line else None
                if row is not None and row.origin == origin:
                    # The newest of them.
                    return _at(row) >= since
        return False

    def forget(self, *, workspace: str | None = None, before: datetime | None = None) -> int:
        """Takes out the lines of a workspace, those before an instant, or those that are both.

        How many there were. Raises OSError.
        """
        gone = 0
        with self._turn():
            for path in (self._path, self._older):
                lines = _lines(path)
                kept = [line for line in lines if not _goes(line, workspace, before)]
                if len(kept) == len(lines):
                    continue
                gone += len(lines) - len(kept)
                fresh = path.with_name(f"{path.name}.new")
                handle = os.open(fresh, os.O_WRONLY | os.O_TRUNC | _FLAGS, 0o600)
                with os.fdopen(handle, "wb") as out:
                    out.write(b"".join(kept))
                    out.flush()
                    os.fsync(handle)
                fresh.replace(path)
        return gone

    @contextlib.contextmanager
    def _turn(self, wait: bool = True) -> Iterator[None]:
        # Other processes are kept out by the file, other threads of this one by the lock.
        if not self._alone.acquire(blocking=wait):
            raise BlockingIOError
        try:
            if self._lock is None:
                self._lock = os.open(f"{self._path}.lock", os.O_RDWR | _FLAGS, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                yield
            finally:
                fcntl.flock(self._lock, fcntl.LOCK_UN)
        finally:
            self._alone.release()


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []


def _departure(line: bytes) -> Departure | None:
    try:
        row: dict[str, Any] = json.loads(line)
        found = Departure(**row)
        datetime.fromisoformat(found.at)
    except (ValueError, TypeError, RecursionError):
        return None
    texts = (found.operation, found.client, found.provider, found.model, found.origin, found.sha256)
    fits = all(isinstance(text, str) for text in texts)
    fits = fits and all(isinstance(text, str | None) for text in (found.workspace, found.body))
    fits = fits and isinstance(found.masked, dict) and isinstance(found.let, dict)
    return found if fits and isinstance(found.size, int) else None


def _goes(line: bytes, workspace: str | None, before: datetime | None) -> bool:
    row = _departure(line)
    if row is None:
        return True  # nobody can tell whose it is
    here = workspace is None or row.workspace == workspace
    return here and (before is None or _at(row) < before)


def _at(row: Departure) -> datetime:
    at = datetime.fromisoformat(row.at)
    return at.replace(tzinfo=at.tzinfo or UTC)
