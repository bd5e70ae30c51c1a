"""The list of accepted workspaces: one private file in the state directory.

The user's own configuration is the consent to ask models. A workspace that says nothing of itself
changes nothing, so there is nothing to accept in it; one with a settings file wants to, and is
asked about first. It is accepted as it is: its canonical path, the folder's device and inode, and
the SHA-256 of that file. Whatever of these is different, it has to be accepted again, also when the
file is gone: it may have kept something on this machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import threading
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from aircherd.core.errors import InvalidRequest, Untrusted
from aircherd.roots import FILE
from aircherd.trust.place import Place

_LARGEST = 4 * 1024 * 1024


restricted: ContextVar[bool] = ContextVar("restricted", default=False)
"""Whether what runs now was asked for by an editor that does not trust its folder."""


class TrustUnreadable(Untrusted):
    """The list of trusted workspaces is not what this program wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """One workspace as the user accepted it."""

    root: str
    device: int
    inode: int
    digest: str
    at: str
    """When, ISO 8601 in UTC."""

    def is_for(self, place: Place) -> bool:
        """Whether this is that very workspace, unchanged."""
        return (
            self.root == place.root
            and self.device == place.device
            and self.inode == place.inode
            and self.digest == place.digest
        )


class Trust:
    """Who is trusted. Every question reads the file again: it is small, and others write it."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()

    def why_not(self, place: Place) -> str | None:
        """Why nothing of a workspace may be sent, in words; None when it may.

        A list that cannot be read accepts none.
        """
        try:
            return _why_not(place, self.listed())
        except TrustUnreadable as error:
            return str(error)

    def require(self, *places: Place) -> None:
        """Raises Untrusted unless models may be asked for a workspace, and for what lies in all of
        the folders in it that are given."""
        known = self.listed()
        for place in places:
            why = _why_not(place, known)
            if why is not None:
                raise Untrusted(why[0].upper() + why[1:])

    def accepted(self, root: str) -> Accepted | None:
        """What was accepted for a canonical path. Raises TrustUnreadable."""
        return next((one for one in self.listed() if one.root == root), None)

    def listed(self) -> tuple[Accepted, ...]:
        """Every accepted workspace. Raises TrustUnreadable."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            fd = os.open(self._path, flags)
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._unreadable(error.strerror or "unknown") from None
        try:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid():
                raise self._unreadable("it is no plain file of yours")
            if stat.S_IMODE(found.st_mode) & 0o022:
                raise self._unreadable("others may write it")
            raw = os.read(fd, _LARGEST)
        finally:
            os.close(fd)
        try:
            return tuple(_accepted(row) for row in json.loads(raw)["workspaces"])
        except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
            raise self._unreadable("it is damaged") from None

    def accept(self, place: Place) -> Accepted:
        """Trusts a workspace as it is now. Raises InvalidRequest, TrustUnreadable."""
        if place.odd is not None:
            raise InvalidRequest(f"{place.root}/{FILE} cannot be trusted: {place.odd}.")
        new = Accepted(
            root=place.root,
            device=place.device,
            inode=place.inode,
            digest=place.digest,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        with self._lock:
            self._write((*(one for one in self.listed() if one.root != place.root), new))
        return new

    def revoke(self, root: str) -> bool:
        """Forgets what was accepted for a path; whether there was anything."""
        canonical = os.path.realpath(root)
        with self._lock:
            before = self.listed()
            after = tuple(one for one in before if one.root != canonical)
            if len(after) < len(before):
                self._write(after)
        return len(after) < len(before)

    def _write(self, rows: tuple[Accepted, ...]) -> None:
        text = json.dumps({"workspaces": [asdict(row) for row in rows]}, indent=1)
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(fresh, flags, 0o600)
        try:
            with os.fdopen(fd, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                fresh.unlink()
            raise

    def _unreadable(self, why: str) -> TrustUnreadable:
        return TrustUnreadable(
            f"The list of trusted workspaces {self._path} cannot be used ({why}); "
            "remove it and run `aircher trust` again."
        )


def _accepted(row: dict[str, object]) -> Accepted:
    root, digest, at = row["root"], row["digest"], row["at"]
    device, inode = row["device"], row["inode"]
    texts = isinstance(root, str) and isinstance(digest, str) and isinstance(at, str)
    if not (texts and isinstance(device, int) and isinstance(inode, int)):
        raise ValueError("a row is not one of ours")
    return Accepted(root=str(root), device=device, inode=inode, digest=str(digest), at=str(at))


def _why_not(place: Place, known: tuple[Accepted, ...]) -> str | None:
    if place.odd is not None:
        return f"{place.root}/{FILE} cannot be taken for settings: {place.odd}."
    one = next((one for one in known if one.root == place.root), None)
    if one is None:
        if not place.speaks:
            return None
        return (
            f"{place.root} has settings of its own ({FILE}) that you have not accepted; "
            "`aircher trust` in that folder shows them and asks."
        )
    if one.is_for(place):
        return None
    what = f"its {FILE}" if one.digest != place.digest else "the folder itself"
    return f"{what} in {place.root} is not what you accepted; run `aircher trust` there again."
