"""Which directories of a repository have to be watched, told by git itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from aircherd.core.errors import GitRefused
from aircherd.workspace import identity
from aircherd.workspace.layout import Layout
from aircherd.workspace.shadow import opened
from aircherd.workspace.status import user_ignores
from aircherd.workspace.watches import beneath

if TYPE_CHECKING:
    from aircherd.workspace.guard import Watching

_CAP = 256 << 20
_AT_ONCE = 256
_ROUNDS = 40
_MOST_VERDICTS = 50_000


class Coverage:
    """Brings watches to where something can change that git would tell of."""

    def __init__(self, root: str, layout: Callable[[], Layout]) -> None:
        self._root = root
        self._layout = layout
        self._verdicts: dict[bytes, bool] = {}

    def forget(self) -> None:
        """What is ignored may be different now."""
        self._verdicts.clear()

    def whole(self, watches: Watching) -> None:
        """Watches everything that has to be. Raises GitRefused.

        Tracked directories first, parents before children, then the untracked ones: whatever is
        made meanwhile is either listed by the second question or told by a watch of the first.
        """
        layout = self._layout()
        for _ in range(3):
            before = identity.index(layout)
            self.git(watches, layout, ())
            with opened(layout) as shadow:
                tracked = shadow.git("ls-files", "-z", cap=_CAP)
                watches.cover(sorted(parents(tracked.data.split(b"\0")[:-1])))
                ignored = user_ignores()
                others = shadow.git(
                    *(("-c", f"core.excludesFile={ignored}") if ignored else ()),
                    "ls-files", "-z", "--others", "--directory", "--exclude-standard", cap=_CAP,
                )  # fmt: skip
            if not tracked.complete or not others.complete:
                watches.lack("it has more files than can be listed")
                return
            names = others.data.split(b"\0")
            self.more(watches, {name.rstrip(b"/") for name in names if name.endswith(b"/")})
            if identity.index(layout) == before:
                return

    def git(self, watches: Watching, layout: Layout, refs: Iterable[str]) -> bool:
        """Watches what decides git's answers; whether any of it was not watched before."""
        places = {layout.git_dir, layout.common_dir, os.path.join(layout.common_dir, "info")}
        places.add(os.path.join(layout.git_dir, "info"))
        for ref in (*refs, "refs/heads/main", "refs/remotes/origin/main"):
            parts = ref.split("/")[:-1]
            for count in range(1, len(parts) + 1):
                places.add(os.path.join(layout.common_dir, *parts[:count]))
        places.update(_submodules(layout))
        return watches.cover_git(os.fsencode(p) for p in places if os.path.isdir(p))

    def more(self, watches: Watching, folders: Iterable[bytes]) -> None:
        """Watches directories that are there now, with all in them that is not ignored.

        Each is looked into again after its watch stands, until nothing new is found: so a whole
        tree that appears at once leaves no gap.
        """
        frontier = {f for f in folders if f and not self._is_repository(f)}
        for _ in range(_ROUNDS):
            if not frontier:
                return
            gathered, queue = set(frontier), list(frontier)
            while queue and len(gathered) < _AT_ONCE:
                inner = set(beneath(self._root, queue.pop())) - gathered
                gathered |= inner
                queue += inner
            wanted = gathered - self.ignored(gathered)
            watches.cover(sorted(wanted))
            found = {inner for folder in wanted for inner in beneath(self._root, folder)}
            frontier = {f for f in found if f not in watches and not self._verdicts.get(f, False)}
            frontier -= gathered
        if frontier:
            watches.lack("its folders change faster than can be followed")

    def ignored(self, paths: Iterable[bytes]) -> set[bytes]:
        """Those that git ignores. One it cannot judge is not ignored, which is only slower."""
        asked = list(paths)
        unknown = [path for path in asked if path not in self._verdicts]
        if unknown:
            if len(self._verdicts) + len(unknown) > _MOST_VERDICTS:
                self._verdicts.clear()
                unknown = asked
            found = self._judge(unknown)
            for path in unknown:
                self._verdicts[path] = path in found
        return {path for path in asked if self._verdicts.get(path, False)}

    def _judge(self, paths: list[bytes]) -> set[bytes]:
        user = user_ignores()
        try:
            with opened(self._layout()) as shadow:
                output = shadow.git(
                    *(("-c", f"core.excludesFile={user}") if user else ()),
                    "check-ignore", "-z", "--stdin",
                    cap=_CAP, stdin=b"".join(path + b"\0" for path in paths), allowed=(0, 1),
                )  # fmt: skip
        except GitRefused:
            return set()
        return set(output.data.split(b"\0"))

    def _is_repository(self, folder: bytes) -> bool:
        return os.path.lexists(os.path.join(os.fsencode(self._root), folder, b".git"))


def parents(paths: Iterable[bytes]) -> set[bytes]:
    """Every directory above these paths, the root (empty) included."""
    found = {b""}
    before = b""
    for path in paths:
        folder = path.rstrip(b"/").rpartition(b"/")[0]
        if folder == before:
            continue
        before = folder
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition(b"/")[0]
    return found


def _submodules(layout: Layout) -> list[str]:
    """Git dirs of submodules: their HEAD counts as a change of ours."""
    found: list[str] = []
    top = os.path.join(layout.common_dir, "modules")
    for folder, inner, files in os.walk(top):
        if "HEAD" in files:
            found += [folder, *(os.path.join(folder, "refs", "heads"),)]
            inner[:] = [name for name in inner if name == "modules"]
        if len(found) > 400:
            break
    return found
