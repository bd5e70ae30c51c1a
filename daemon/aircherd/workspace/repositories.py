"""Repositories whose answers are remembered for as long as they must still be the same.

Nothing here is true because it was remembered: each answer is kept under the identities of the
files it was made from, and a few stats stand where git would have to be asked again.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Hashable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from aircherd.core.errors import InvalidConfig, NotARepository
from aircherd.core.snapshot import PastCommit, RepositoryHints, StagedDiff, WorkspaceSnapshot
from aircherd.workspace import history, identity
from aircherd.workspace.git import Repository
from aircherd.workspace.hints import read_beneath
from aircherd.workspace.kept import KeptChanges, kept_change
from aircherd.workspace.layout import find, head
from aircherd.workspace.locator import with_marker
from aircherd.workspace.shadow import Shadow, opened
from aircherd.workspace.status import WorkTree, work_tree
from aircherd.workspace.upstream import Upstream, apart, upstream

_MOST_REPOSITORIES = 16
T = TypeVar("T")


class KnownRepository:
    """One work tree, looked at again and again. Every method runs git: call it in a thread."""

    def __init__(self, repository: Repository, changes: KeptChanges | None = None) -> None:
        self.plain = repository
        self._changes = changes or KeptChanges()
        self._kept: dict[str, tuple[Hashable, Any]] = {}
        self._configuration = identity.configuration(repository.layout)

    @property
    def root(self) -> str:
        """Absolute path of the work tree."""
        return self.plain.root

    def same(self) -> bool:
        """Whether its configuration is still what was read."""
        now = identity.configuration(self.plain.layout)
        return now == self._configuration and identity.settled(now)

    def snapshot(self) -> WorkspaceSnapshot:
        """Branch, HEAD, upstream, what is staged, what git is in the middle of."""
        layout = self.plain.layout
        files = identity.index(layout)
        commit, branch = head(layout)
        seen: WorkspaceSnapshot | None = self._get("staged", (commit, files))
        follows = upstream(layout, branch)
        counted = self._get("apart", (commit, follows))
        if seen is not None and counted is not None:
            return self._composed(replace(seen, branch=branch), follows, counted)
        with opened(layout) as shadow:
            return self._through(shadow, files)

    def look(self) -> tuple[WorkspaceSnapshot, WorkTree]:
        """All git knows, the work tree included, at one moment. Raises GitRefused."""
        files = identity.index(self.plain.layout)
        with opened(self.plain.layout) as shadow:
            seen = self._through(shadow, files)
            tree = work_tree(shadow)
        return replace(seen, local=tree.changes), tree

    def part(self, paths: Collection[bytes]) -> WorkTree:
        """The work tree at and beneath a few paths only. Raises GitRefused."""
        with opened(self.plain.layout) as shadow:
            return work_tree(shadow, paths)

    def head(self) -> tuple[str | None, str | None]:
        """(commit, branch) of HEAD, read from its files. Runs no git."""
        return head(self.plain.layout)

    def change(
        self, cap: int, *, amend: bool = False, ahead: bool = False
    ) -> tuple[WorkspaceSnapshot, StagedDiff]:
        """What is staged, without sizes and upstream, and its patch, of one moment.

        The patch has at most `cap` bytes and is cut at a whole file. `ahead` marks a look that
        nobody asked for.
        """
        seen, diff, branch = self._change(cap, amend=amend, ahead=ahead)
        return replace(seen, branch=branch, operation=self.plain.operation()), diff

    def _change(
        self, cap: int, *, amend: bool, ahead: bool = False
    ) -> tuple[WorkspaceSnapshot, StagedDiff, str | None]:
        """The same with the branch apart: what is kept may be of another on the same commit."""
        layout = self.plain.layout
        if not ahead and not amend:
            self._changes.asked(self.root, cap)
        commit, branch = head(layout)
        files = identity.index(layout)
        key = (cap, amend, commit, files, self._configuration)
        kept = self._changes.get(self.root, key)
        if kept is not None and kept.attributes == identity.identities(kept.places):
            return kept.snapshot, kept.diff, branch
        began = time.time_ns()
        with opened(layout) as shadow:
            seen, diff = self.plain.change(shadow, cap, amend=amend)
        still = seen.head == commit and identity.index(layout) == files
        found = None
        if still and identity.settled(files, began):
            found = kept_change(layout, key, began, seen, diff)
        self._changes.keep(self.root, found)
        return seen, diff, seen.branch

    def staged_diff(self, cap: int, *, amend: bool = False) -> StagedDiff:
        """The staged change as a patch, as in `change`."""
        return self._change(cap, amend=amend)[1]

    def staged(self) -> WorkspaceSnapshot:
        """Branch, HEAD and what is staged, with or without sizes; no upstream."""
        layout = self.plain.layout
        commit, branch = head(layout)
        files = identity.index(layout)
        seen: WorkspaceSnapshot | None = self._get("staged", (commit, files))
        cap = self._changes.wanted(self.root)
        key = (cap, False, commit, files, self._configuration)
        if seen is None and (kept := self._changes.get(self.root, key)):
            seen = kept.snapshot
        if seen is None:
            return self.snapshot()
        return replace(seen, branch=branch, operation=self.plain.operation())

    def history(self, count: int) -> tuple[PastCommit, ...]:
        """The last commits that are no merges, newest first, with the paths they touched."""
        # The most that anybody asks for is read, and serves the others.
        most = self._changes.most_commits(self.root, count)
        layout = self.plain.layout
        commit, _ = head(layout)
        _, shallow, _, *replaced = identity.index(layout)
        rules = (most, shallow, *replaced)
        found: tuple[str | None, tuple[PastCommit, ...]] | None = self._get("history", rules)
        if found is None or found[0] != commit:
            tip, past = found or (None, ())
            with opened(layout) as shadow:
                # HEAD may have moved since: it is the shadow's commit that these lead up to.
                found = (shadow.commit, history.history(shadow, most, past, tip))
            self._keep("history", rules, found)
        return found[1][:count]

    def hints(self) -> RepositoryHints:
        """What the repository itself says about its messages."""
        return self.plain.hints()

    def read(self, relative: str, cap: int) -> str | None:
        """A text file of the work tree; None when there is none.

        Raises InvalidConfig for one that leads outside or cannot be read: what it says may narrow
        what is allowed, so it must not count as absent.
        """
        text = read_beneath(self.root, relative, cap)
        if text is None and os.path.lexists(os.path.join(self.root, relative)):
            raise InvalidConfig(
                f"{relative} in {self.root} is no plain file inside it that can be read; "
                "put a file there, or remove it."
            )
        return text

    def incoming(self) -> str | None:
        """The subject git has prepared for what it is in the middle of."""
        return self.plain.incoming()

    def _through(self, shadow: Shadow, files: Hashable) -> WorkspaceSnapshot:
        """What is staged; `files` are the identities from before the shadow was made."""
        layout = self.plain.layout
        seen: WorkspaceSnapshot | None = self._get("staged", (shadow.commit, files))
        if seen is None:
            seen = self.plain.staged(shadow)
            now = identity.index(layout)
            if now == files and identity.settled(now):
                self._keep("staged", (shadow.commit, files), seen)
        follows = upstream(layout, shadow.branch)
        counted = self._get("apart", (shadow.commit, follows))
        if counted is None:
            counted = apart(shadow, follows)
            self._keep("apart", (shadow.commit, follows), counted)
        return self._composed(replace(seen, branch=shadow.branch), follows, counted)

    def _composed(
        self,
        seen: WorkspaceSnapshot,
        follows: Upstream | None,
        counted: tuple[int | None, int | None],
    ) -> WorkspaceSnapshot:
        return replace(
            seen,
            operation=self.plain.operation(),
            upstream=follows.name if follows else None,
            ahead=counted[0],
            behind=counted[1],
            taken_at=datetime.now(UTC),
        )

    def _get(self, name: str, key: Hashable) -> Any:
        kept = self._kept.get(name)
        return kept[1] if kept is not None and kept[0] == key else None

    def _keep(self, name: str, key: Hashable | None, value: Any) -> None:
        if key is None or value is None:
            self._kept.pop(name, None)
        else:
            self._kept[name] = (key, value)


class Repositories:
    """The repositories that were asked for last. May be used from any thread."""

    def __init__(self) -> None:
        self.changes = KeptChanges()
        """What is staged in them."""
        self._known: OrderedDict[str, KnownRepository] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, path: str) -> KnownRepository:
        """The repository around a path. Raises NotARepository, GitRefused."""
        folder = with_marker(path)
        with self._lock:
            known = self._known.get(folder)
            if known is not None:
                self._known.move_to_end(folder)
        if known is not None and known.same():
            return known
        known = KnownRepository(Repository(find(path)), self.changes)
        with self._lock:
            self._known[folder] = known
            while len(self._known) > _MOST_REPOSITORIES:
                self._known.popitem(last=False)
        return known


def own(known: KnownRepository, root: str) -> KnownRepository:
    """The repository, when `root` is its work tree and not a folder somewhere in a larger one."""
    if known.root != root:
        raise NotARepository(f"{root} is no git work tree any more; run `git init` or go to one.")
    return known
