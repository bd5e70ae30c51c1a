"""What is not staged: `git status` in the shadow git dir, parsed, with sizes and times."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from aircherd.core.errors import GitRefused
from aircherd.core.snapshot import LocalChange, LocalKind
from aircherd.workspace.shadow import Shadow

_CAP = 16 << 20
_MOST_MEASURED = 20_000
"""Paths whose size is looked at; of more than that nobody wants the sizes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTree:
    """What differs from the index, and when it was last written."""

    changes: tuple[LocalChange, ...]
    times: dict[bytes, float]
    """Modification times of the regular files among them, seconds since the epoch."""


def work_tree(shadow: Shadow, paths: Collection[bytes] = ()) -> WorkTree:
    """The work tree against the index, all of it or at and beneath these paths. Raises GitRefused.

    Submodules count as changed when their HEAD moved; what is inside them is not looked at, since
    that would run git under their own configuration.
    """
    found = _status(shadow, "all", paths)
    if found is None:
        # Very many untracked files: their folders have to do.
        found = _status(shadow, "normal", paths)
    if found is None:
        raise GitRefused("More is changed than can be listed; add what is generated to .gitignore.")
    return _measured(os.fsencode(shadow.layout.root), found)


def _status(
    shadow: Shadow, untracked: str, paths: Collection[bytes]
) -> list[tuple[LocalKind, bytes]] | None:
    ignored = user_ignores()
    output = shadow.git(
        *(("-c", f"core.excludesFile={ignored}") if ignored else ()),
        "status", "--porcelain=v2", "-z", "--no-renames", f"--untracked-files={untracked}",
        "--ignore-submodules=dirty", "--no-ahead-behind",
        *(("--", *(f":(literal,top){os.fsdecode(path)}" for path in paths)) if paths else ()),
        cap=_CAP,
    )  # fmt: skip
    return parse_status(output.data) if output.complete else None


def parse_status(data: bytes) -> list[tuple[LocalKind, bytes]]:
    """The work tree's column of `git status --porcelain=v2 -z --no-renames`.

    Raises GitRefused for anything else.
    """
    found: list[tuple[LocalKind, bytes]] = []
    try:
        for entry in data.split(b"\0")[:-1]:
            match entry[:1]:
                case b"1":
                    letter = chr(entry[3])
                    if letter != ".":
                        found.append((LocalKind(letter), entry.split(b" ", 8)[8]))
                case b"u":
                    found.append((LocalKind.UNMERGED, entry.split(b" ", 10)[10]))
                case b"?":
                    found.append((LocalKind.UNTRACKED, entry[2:]))
                case b"#":
                    continue
                case _:
                    raise ValueError
    except (ValueError, IndexError):
        raise GitRefused("git listed the changed files in a form not known here.") from None
    return found


def user_ignores() -> str | None:
    """The user's own ignore file where git looks for it unasked; no repository can name another."""
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    path = os.path.join(base, "git", "ignore")
    return path if os.path.isfile(path) else None


def _measured(root: bytes, found: Iterable[tuple[LocalKind, bytes]]) -> WorkTree:
    changes: list[LocalChange] = []
    times: dict[bytes, float] = {}
    for kind, path in found:
        size = None
        if len(changes) < _MOST_MEASURED:
            try:
                seen = os.lstat(os.path.join(root, path))
            except OSError:
                seen = None
            if seen is not None and stat.S_ISREG(seen.st_mode):
                size, times[path] = seen.st_size, seen.st_mtime
        changes.append(LocalChange(kind=kind, path=path, size=size))
    return WorkTree(changes=tuple(sorted(changes, key=_order)), times=times)


def merged(
    before: Iterable[LocalChange], paths: Collection[bytes], found: Iterable[LocalChange]
) -> tuple[LocalChange, ...]:
    """What was known, with all at and beneath these paths replaced by what was found there."""
    kept = [change for change in before if not _within(change.path, paths)]
    return tuple(sorted((*kept, *found), key=_order))


def _within(path: bytes, paths: Collection[bytes]) -> bool:
    while path:
        if path in paths:
            return True
        path = path.rpartition(b"/")[0]
    return False


def _order(change: LocalChange) -> tuple[bool, bytes]:
    """What is tracked first, each by path."""
    return change.kind is LocalKind.UNTRACKED, change.path
