"""Which directories of a work tree are watched, and what their notices mean.

Watched are the directories git itself looks into: those of tracked files, and untracked ones that
are not ignored. `node_modules` and build output therefore cost nothing. Of the git dir only the few
places are watched that decide what git would answer. Every folder above the root is watched for its
own move or removal, so that a root that is swapped from above is noticed.

Synchronous; one thread at a time.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from aircherd.workspace import inotify
from aircherd.workspace.inotify import Inotify

_STATE = frozenset(
    b"HEAD index packed-refs config config.worktree shallow MERGE_HEAD CHERRY_PICK_HEAD "
    b"REVERT_HEAD BISECT_LOG rebase-merge rebase-apply exclude sparse-checkout commondir".split()
)
"""Names in a git dir that decide what git answers; beneath `refs` every name does."""
_RULES = frozenset((b".gitignore", b".gitattributes", b".gitmodules"))
_READS = 256
_LIMIT = "/proc/sys/fs/inotify/max_user_watches"


@dataclass(slots=True)
class Told:
    """What a batch of notices means."""

    paths: set[bytes] = field(default_factory=set)
    """Paths in the work tree about which something changed, relative to the root."""
    folders: set[bytes] = field(default_factory=set)
    """Directories that appeared; what is in them was perhaps never told."""
    git: bool = False
    """Something in the git dir changed."""
    rules: bool = False
    """What is ignored may be different now."""
    lost: bool = False
    """The kernel dropped notices: nothing that was known is certain."""
    gone: bool = False
    """The root, the git dir or a folder above was moved or removed."""

    def __bool__(self) -> bool:
        return bool(self.paths or self.folders or self.git or self.lost or self.gone)


class Watches:
    """The watches of one work tree. Raises OSError when the kernel gives no queue."""

    def __init__(self, root: str, most: int | None = None) -> None:
        """`most`: how many directories may be watched; by default half of what the user may."""
        self._root = os.fsencode(root)
        self._most = most if most is not None else _half_of_the_limit()
        self._queue = Inotify()
        self._tree: dict[bytes, int] = {}
        self._git: dict[bytes, int] = {}
        self._places: dict[int, tuple[str, bytes]] = {}
        self.lacking: str | None = None
        """Why not every directory is watched, in words; None when every one is."""
        above = os.path.dirname(self._root)
        while True:
            self._add("above", above, above, inotify.GONE)
            if above == os.path.dirname(above):
                break
            above = os.path.dirname(above)

    @property
    def fd(self) -> int:
        """Descriptor that becomes readable with the next notice."""
        return self._queue.fd

    @property
    def directories(self) -> int:
        """How many directories of the work tree are watched."""
        return len(self._tree)

    def __contains__(self, folder: object) -> bool:
        return folder in self._tree

    def close(self) -> None:
        """Gives everything back to the kernel."""
        self._queue.close()

    def cover(self, folders: Iterable[bytes]) -> bool:
        """Watches these directories of the work tree as well; whether any is new.

        One that does not exist is left out: the notice of its making will come from its parent.
        """
        new = False
        for folder in folders:
            if folder in self._tree:
                continue
            if len(self._tree) >= self._most:
                self.lacking = (
                    f"it has more than {self._most} folders, which is all that may be watched; "
                    "raise fs.inotify.max_user_watches, or ignore what is generated"
                )
                break
            place = os.path.join(self._root, folder) if folder else self._root
            new |= self._add("tree", folder, place, inotify.CONTENT | inotify.GONE)
        return new

    def cover_git(self, places: Iterable[bytes]) -> bool:
        """Watches these directories of git dirs, and no longer any other; whether any is new."""
        wanted = set(places)
        for place in [p for p in self._git if p not in wanted]:
            self._drop(self._git.pop(place))
        new = False
        for place in wanted - self._git.keys():
            new |= self._add("git", place, place, inotify.CONTENT | inotify.GONE)
        return new

    def lack(self, why: str) -> None:
        """Something cannot be watched; the first reason stays."""
        self.lacking = self.lacking or why

    def drain(self, told: Told) -> None:
        """Adds what all waiting notices mean."""
        for _ in range(_READS):
            data = self._queue.read()
            if not data:
                return
            self.resolve(data, told)

    def resolve(self, data: bytes, told: Told) -> None:
        """Adds what these notices mean."""
        for number, mask, name in inotify.notices(data):
            if mask & inotify.OVERFLOW:
                told.lost = True
                continue
            kind, place = self._places.get(number, ("", b""))
            if mask & inotify.IGNORED:
                self._forget(number)
            elif not kind:
                continue
            elif mask & (inotify.GONE | inotify.UNMOUNT):
                # A directory in the tree is told of by its parent as well.
                told.gone |= kind == "above" or (kind == "tree" and not place)
                told.git |= kind == "git"
            elif kind == "git":
                self._in_git(place, name, told)
            elif kind == "tree":
                self._in_tree(place, name, mask, told)

    def _in_git(self, place: bytes, name: bytes, told: Told) -> None:
        if git_state(place + b"/" + name, name):
            told.git = True
            told.rules |= name in (b"exclude", b"config", b"index")

    def _in_tree(self, folder: bytes, name: bytes, mask: int, told: Told) -> None:
        path = folder + b"/" + name if folder else name
        if name == b".git":
            told.git = told.rules = True
            told.gone |= not folder and not mask & inotify.ATTRIB
            return
        if not name:
            return
        told.paths.add(path)
        told.rules |= tree_rules(path)
        if mask & inotify.IS_DIRECTORY:
            if mask & (inotify.MOVED_FROM | inotify.DELETE):
                told.folders.discard(path)
                self._drop_beneath(path)
            elif mask & (inotify.CREATE | inotify.MOVED_TO):
                told.folders.add(path)

    def _drop_beneath(self, folder: bytes) -> None:
        """A directory that moved keeps its watches, which would then tell of wrong paths."""
        inside = folder + b"/"
        for path in [p for p in self._tree if p == folder or p.startswith(inside)]:
            self._drop(self._tree.pop(path))

    def _add(self, kind: str, key: bytes, place: bytes, mask: int) -> bool:
        try:
            number = self._queue.add(place, mask)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                self.lacking = (
                    "the user's limit of inotify watches is reached; "
                    "raise fs.inotify.max_user_watches or close other programs that watch"
                )
            elif error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.ELOOP):
                self.lacking = f"the kernel refused a watch ({error.strerror}); it is tried again"
            return False
        self._places[number] = (kind, key)
        if kind != "above":
            (self._tree if kind == "tree" else self._git)[key] = number
        return True

    def _drop(self, number: int) -> None:
        self._places.pop(number, None)
        self._queue.remove(number)

    def _forget(self, number: int) -> None:
        kind, key = self._places.pop(number, ("", b""))
        table = self._tree if kind == "tree" else self._git
        if table.get(key) == number:
            del table[key]


def git_state(path: bytes, name: bytes) -> bool:
    """Whether a path in a git dir decides what git answers."""
    return name in _STATE or (b"/refs/" in path and not name.endswith(b".lock"))


def tree_rules(path: bytes) -> bool:
    """Whether a file of the work tree decides about others than itself."""
    return path.rpartition(b"/")[2] in _RULES


def beneath(root: str, folder: bytes) -> Iterator[bytes]:
    """The directories right in one of the work tree, relative to the root; no link, no `.git`.

    Another repository's directory is left out with all that is in it.
    """
    place = os.path.join(os.fsencode(root), folder)
    with suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            if entry.name == b".git" or not entry.is_dir(follow_symlinks=False):
                continue
            if not os.path.lexists(os.path.join(entry.path, b".git")):
                yield os.path.join(folder, entry.name)


def _half_of_the_limit() -> int:
    """The other half is for the user's editor and whatever else watches."""
    try:
        with open(_LIMIT, encoding="ascii") as file:
            return max(64, int(file.read()) // 2)
    except (OSError, ValueError):
        return 4096
