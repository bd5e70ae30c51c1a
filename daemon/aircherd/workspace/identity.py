"""Whether a file is still the one that was read: a few stats instead of asking git again."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable

from aircherd.workspace.layout import Layout

Identity = tuple[int, int, int, int, int] | None
"""Device, inode, size, modification and change time in ns; None when there is no such file."""
_FINE_NS = 20_000_000
_COARSE_NS = 2_000_000_000


def identity(path: str) -> Identity:
    """Of the file itself, no link followed."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def folder(path: str) -> tuple[int, int] | None:
    """Which directory stands there, by device and inode; None when there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def settled(identities: Iterable[Identity], now_ns: int | None = None) -> bool:
    """Whether each file is old enough that a later change must show.

    A file system's clock ticks: two writes within one tick leave the same times, as in git's own
    "racy git" problem, so what was written just now is not remembered.
    """
    now = time.time_ns() if now_ns is None else now_ns
    for found in identities:
        if found is not None:
            newest = max(found[3], found[4])
            tick = _COARSE_NS if newest % 1_000_000_000 == 0 else _FINE_NS
            if now - newest < tick:
                return False
    return True


def configuration(layout: Layout) -> tuple[Identity, ...]:
    """What decides the layout itself."""
    return (
        _marker(os.path.join(layout.root, ".git")),
        identity(os.path.join(layout.common_dir, "config")),
        identity(os.path.join(layout.git_dir, "config.worktree")),
    )


def index(layout: Layout) -> tuple[Identity, ...]:
    """What decides, together with HEAD, what is staged. A split index names its base in itself."""
    return (
        identity(os.path.join(layout.git_dir, "index")),
        identity(os.path.join(layout.common_dir, "shallow")),
        identity(os.path.join(layout.git_dir, "info", "sparse-checkout")),
        # What `git replace` did; packed with other references as a rule.
        identity(os.path.join(layout.common_dir, "refs", "replace")),
        identity(os.path.join(layout.common_dir, "packed-refs")),
    )


def attribute_places(
    layout: Layout, paths: Iterable[bytes], most: int = 2_000
) -> tuple[str, ...] | None:
    """Every .gitattributes that can decide how these paths are shown; None when that is too many.

    git takes them from the work tree, so a diff of the index changes with them.
    """
    folders = {b""}
    before = b""
    for path in paths:
        folder = path.rpartition(b"/")[0]
        if folder == before:
            continue
        before = folder
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition(b"/")[0]
        if len(folders) > most:
            return None
    root = os.fsencode(layout.root)
    return tuple(
        os.fsdecode(os.path.join(root, folder, b".gitattributes")) for folder in sorted(folders)
    )


def identities(places: Iterable[str]) -> tuple[Identity, ...]:
    """Of each file."""
    return tuple(map(identity, places))


def undisturbed(places: Iterable[str], since_ns: int) -> bool:
    """Whether none of these files can have changed, come or gone since a moment.

    Where there is no file its folder tells, which also changes for other reasons: then nothing is
    lost but what might have been remembered.
    """
    return settled((identity(place) or _nearest(place) for place in places), since_ns)


def _nearest(path: str) -> Identity:
    """The first folder above that is there."""
    while (path := os.path.dirname(path)) and path != "/":
        found = identity(path)
        if found is not None:
            return found
    return identity("/")


def _marker(path: str) -> Identity:
    """`.git`: as a file it says where the rest is; as a folder only which one it is matters."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    if stat.S_ISDIR(found.st_mode):
        return found.st_dev, found.st_ino, 0, 0, 0
    return identity(path)
