"""What a work tree holds, found by walking all of it: the reference a view is held against."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from aircherd.core.snapshot import LocalKind, WorkspaceSnapshot

IGNORED = ("node_modules", "build")
"""Directories the test repositories ignore, with all in them; so is `*.tmp`."""


def index(root: Path) -> dict[bytes, tuple[int, str]]:
    """(mode, object id) of every tracked path."""
    listed = subprocess.run(
        ["git", "ls-files", "-s", "-z"], cwd=root, capture_output=True, check=True
    ).stdout
    found = {}
    for entry in listed.split(b"\0")[:-1]:
        head, _, path = entry.partition(b"\t")
        mode, oid, _ = head.decode().split(" ")
        found[path] = (int(mode, 8), oid)
    return found


def walk(root: Path) -> dict[bytes, bytes]:
    """Contents of every file that is not ignored, links by their target."""
    found: dict[bytes, bytes] = {}
    for folder, folders, files in os.walk(root):
        folders[:] = [f for f in folders if f != ".git" and f not in IGNORED]
        for name in (*files, *(f for f in folders if Path(folder, f).is_symlink())):
            place = Path(folder, name)
            if not name.endswith(".tmp"):
                link = place.is_symlink()
                content = os.fsencode(place.readlink()) if link else place.read_bytes()
                found[os.fsencode(place.relative_to(root))] = content
    return found


def blob(content: bytes) -> str:
    """git's id of a file with these bytes."""
    import hashlib

    head = b"blob %d\0" % len(content)
    return hashlib.sha1(head + content, usedforsecurity=False).hexdigest()


def expected(root: Path) -> dict[bytes, tuple[LocalKind, int | None]]:
    """Kind and size of every path that differs from the index."""
    tracked, there = index(root), walk(root)
    found: dict[bytes, tuple[LocalKind, int | None]] = {}
    for path, (mode, oid) in tracked.items():
        content = there.get(path)
        place = Path(root, os.fsdecode(path))
        if content is None:
            found[path] = (LocalKind.DELETED, None)
        elif place.is_symlink() != (mode == 0o120000):
            found[path] = (LocalKind.TYPE_CHANGED, None if place.is_symlink() else len(content))
        elif blob(content) != oid or bool(place.lstat().st_mode & 0o100) != (mode == 0o100755):
            if place.is_symlink():
                found[path] = (LocalKind.MODIFIED, None)
                if blob(content) == oid:
                    del found[path]
            else:
                found[path] = (LocalKind.MODIFIED, len(content))
    for path, content in there.items():
        if path not in tracked:
            link = Path(root, os.fsdecode(path)).is_symlink()
            found[path] = (LocalKind.UNTRACKED, None if link else len(content))
    return found


def shown(snapshot: WorkspaceSnapshot) -> dict[bytes, tuple[LocalKind, int | None]]:
    """The same of a snapshot."""
    assert snapshot.local is not None
    return {change.path: (change.kind, change.size) for change in snapshot.local}
