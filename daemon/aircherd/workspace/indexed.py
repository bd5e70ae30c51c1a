"""Whether an index was written about the files of a folder.

`git init --separate-git-dir` leaves nothing in the git dir that says whose it is. Its index does:
it holds the inode and the time of change of each file as it was checked out or added. Facts are
from gitformat-index(5), versions 2 to 4.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterator

_MOST = 1 << 20
"""Bytes of an index that are looked through; one file that is meant is enough."""
_ENTRY = struct.Struct(">10I")
"""Change time and modification time in seconds and ns, device, inode, mode, uid, gid, size."""
_EXTENDED, _LENGTH = 0x4000, 0x0FFF


def is_about(git_dir: str, root: str, *, oid_bytes: int = 20) -> bool:
    """Whether one file at least is the very one an index tells of. Both paths are canonical."""
    data = _read(os.path.join(git_dir, "index"))
    try:
        return any(
            _is_the_one(root, name, mtime, inode)
            for name, mtime, inode in _entries(data, oid_bytes)
        )
    except (struct.error, ValueError, IndexError):
        return False


def nothing_in(git_dir: str) -> bool:
    """Whether a repository has no commit that could be shown: as `git init` leaves it."""
    kept = ("packed-refs", "reftable", "index")
    if any(os.path.lexists(os.path.join(git_dir, name)) for name in kept):
        return False
    if any(files for _, _, files in os.walk(os.path.join(git_dir, "refs"))):
        return False
    return _read(os.path.join(git_dir, "HEAD")).startswith(b"ref: refs/heads/")


def _read(path: str) -> bytes:
    """The beginning of a plain file; nothing where there is none."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    with os.fdopen(handle, "rb") as file:
        return file.read(_MOST) if stat.S_ISREG(os.fstat(handle).st_mode) else b""


def _entries(data: bytes, oid_bytes: int) -> Iterator[tuple[bytes, int, int]]:
    """(path, modification time in seconds, inode) of each entry, as far as the bytes go."""
    if data[:4] != b"DIRC":
        return
    version, count = struct.unpack_from(">2I", data, 4)
    at, name = 12, b""
    for _ in range(count):
        fields = _ENTRY.unpack_from(data, at)
        after = at + _ENTRY.size + oid_bytes
        (flags,) = struct.unpack_from(">H", data, after)
        after += 4 if version > 2 and flags & _EXTENDED else 2
        if version == 4:
            shorter, after = _varint(data, after)
            end = data.index(b"\0", after)
            name = name[: len(name) - shorter] + data[after:end]
            at = end + 1
        else:
            length = flags & _LENGTH
            end = data.index(b"\0", after + length) if length == _LENGTH else after + length
            name = data[after:end]
            # Padded with one to eight NUL to a multiple of eight.
            at += (end - at + 8) & ~7
        yield name, fields[2], fields[5]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number as in pack files' offsets, and where it ends."""
    byte = data[at]
    value = byte & 0x7F
    while byte & 0x80:
        at += 1
        byte = data[at]
        value = ((value + 1) << 7) | (byte & 0x7F)
    return value, at + 1


def _is_the_one(root: str, name: bytes, mtime: int, inode: int) -> bool:
    path = os.path.join(root, os.fsdecode(name))
    # Through a link to the other work tree its own files would be seen.
    if not inode or os.path.realpath(os.path.dirname(path)) != os.path.dirname(path):
        return False
    try:
        found = os.lstat(path)
    except OSError:
        return False
    # 32 bits of each are kept.
    return (found.st_ino & 0xFFFFFFFF, int(found.st_mtime) & 0xFFFFFFFF) == (inode, mtime)
