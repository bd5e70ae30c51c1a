"""What a workspace, or a folder in it, says of itself, and which it is: both from one look."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass

from aircherd.roots import FILE

LARGEST = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One workspace, or a folder in one, at one moment."""

    root: str
    """Canonical path."""
    device: int
    inode: int
    """Of the folder itself: another folder moved to the same path is another workspace."""
    said: bytes | None
    """The workspace's own settings file; None when there is none."""
    odd: str | None = None
    """Why that file cannot be taken for one, such as being a link."""

    @property
    def speaks(self) -> bool:
        """Whether the workspace wants to set something, in whatever form."""
        return self.said is not None or self.odd is not None

    @property
    def digest(self) -> str:
        """SHA-256 of exactly the bytes in `said`."""
        return hashlib.sha256(self.said or b"").hexdigest()


def look(root: str) -> Place:
    """Reads a folder's settings file once, without following links. Raises OSError for a root
    that is no folder."""
    canonical = os.path.realpath(root)
    folder = os.open(canonical, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        found = os.fstat(folder)
        said, odd = _read(folder)
    finally:
        os.close(folder)
    return Place(root=canonical, device=found.st_dev, inode=found.st_ino, said=said, odd=odd)


def _read(folder: int) -> tuple[bytes | None, str | None]:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        file = os.open(FILE, flags, dir_fd=folder)
    except FileNotFoundError:
        return None, None
    except OSError as error:
        return None, f"it cannot be opened ({error.strerror}); make it a plain file"
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return None, "it is no plain file"
        data = os.read(file, LARGEST + 1)
    except OSError as error:
        return None, f"it cannot be read ({error.strerror})"
    finally:
        os.close(file)
    return (None, "it is larger than 256 KiB") if len(data) > LARGEST else (data, None)
