"""Staged changes that were read lately, each for as long as it must still be the same.

Bounded in bytes over all repositories, and in time. May be used from any thread.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from aircherd.core.snapshot import StagedDiff, WorkspaceSnapshot
from aircherd.workspace import identity
from aircherd.workspace.identity import Identity
from aircherd.workspace.layout import Layout

MOST_BYTES = 8 << 20
"""Of all patches together; a larger one is read again each time."""
SECONDS = 600.0
"""What was not asked for so long is let go of."""
_MOST_ASKED = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptChange:
    """What is staged in one repository, with all that decides whether it still is."""

    key: Hashable
    """The question, HEAD, the index and the configuration."""
    places: tuple[str, ...]
    """Where attributes of these files can stand."""
    attributes: tuple[Identity, ...]
    """What stood there."""
    snapshot: WorkspaceSnapshot
    diff: StagedDiff


def kept_change(
    layout: Layout, key: Hashable, began_ns: int, snapshot: WorkspaceSnapshot, diff: StagedDiff
) -> KeptChange | None:
    """What was read since a moment; None when what shows it may have changed meanwhile."""
    paths = [p for c in snapshot.staged for p in (c.path, c.old_path) if p is not None]
    places = identity.attribute_places(layout, paths)
    if places is None:
        return None
    found = identity.identities(places)
    if not identity.undisturbed(places, began_ns):
        return None
    return KeptChange(key=key, places=places, attributes=found, snapshot=snapshot, diff=diff)


class KeptChanges:
    """The last change of each repository."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, KeptChange]] = OrderedDict()
        self._asked: OrderedDict[str, int] = OrderedDict()
        self._commits: OrderedDict[str, int] = OrderedDict()

    def get(self, root: str, key: Hashable) -> KeptChange | None:
        """The change of a repository, where it was kept under this key."""
        with self._lock:
            self._forget_old()
            found = self._kept.get(root)
            if found is None or found[1].key != key:
                return None
            self._kept[root] = (self._clock(), found[1])
            self._kept.move_to_end(root)
            return found[1]

    def keep(self, root: str, change: KeptChange | None) -> None:
        """Keeps it in the place of the one before; None lets go of that one."""
        with self._lock:
            self._kept.pop(root, None)
            self._forget_old()
            if change is None or len(change.diff.patch) > MOST_BYTES:
                return
            self._kept[root] = (self._clock(), change)
            while sum(len(kept.diff.patch) for _, kept in self._kept.values()) > MOST_BYTES:
                self._kept.popitem(last=False)

    @property
    def held(self) -> int:
        """Bytes of patches that are kept now, old ones included until they are let go of."""
        with self._lock:
            return sum(len(kept.diff.patch) for _, kept in self._kept.values())

    def asked(self, root: str, cap: int) -> None:
        """Somebody asked for a repository's staged change of at most so many bytes."""
        with self._lock:
            self._noted(self._asked, root, cap)

    def wanted(self, root: str) -> int | None:
        """The bytes it was last asked for with; None when nobody ever did."""
        with self._lock:
            return self._asked.get(root)

    def most_commits(self, root: str, count: int = 0) -> int:
        """The most commits of a repository that anybody asked for, this question included."""
        with self._lock:
            most = max(count, self._commits.get(root, 0))
            if most:
                self._noted(self._commits, root, most)
            return most

    def _noted(self, table: OrderedDict[str, int], root: str, value: int) -> None:
        table[root] = value
        table.move_to_end(root)
        if len(table) > _MOST_ASKED:
            table.popitem(last=False)

    def let_go(self) -> bool:
        """Lets go of what is old; whether anything is still kept."""
        with self._lock:
            self._forget_old()
            return bool(self._kept)

    def _forget_old(self) -> None:
        limit = self._clock() - SECONDS
        while self._kept and next(iter(self._kept.values()))[0] < limit:
            self._kept.popitem(last=False)
