"""Learns from git how much of an edit that was taken is still there when it is committed.

Marks of the lines an edit brings are kept until a commit of its file lands, or a day has passed;
what is learned is the part of them that the file then still has.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from aircherd.core.catalog import ModelRef
from aircherd.core.errors import AircherError
from aircherd.core.tasks import TaskKind
from aircherd.features.acceptance_pending import Pending, monotonic, ref_of, wall
from aircherd.workspace.repositories import Repositories

log = logging.getLogger(__name__)

Learn = Callable[[ModelRef, TaskKind, float], None]

MOST = 64
"""Edits that are remembered: proposed ones and, apart from them, those that were taken."""
PATIENCE = 24 * 3_600.0
"""Seconds after which an edit that was taken and never committed counts as kept."""
_LOOKED_AT = 20
_LARGEST = 4 * 1024 * 1024
_LINE = 4
"""Bytes of a line's mark."""
_MOST_LINES = 5_000
"""Lines of an edit that is kept over a restart."""


@dataclass(frozen=True, slots=True)
class _Taken:
    ref: ModelRef
    task: TaskKind
    root: str
    path: str
    """From the root on."""
    head: str | None
    lines: Counter[str]
    """Marks of them (`acceptance_pending`)."""
    at: float


class EditsKept:
    """Edits that were proposed lately, and those whose commit is awaited."""

    def __init__(
        self,
        repositories: Repositories,
        learn: Learn,
        now: Callable[[], float] = time.monotonic,
        *,
        pending: Pending | None = None,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """`learn` is told how near what was committed is to what was taken, 0 to 1; while nothing
        is `wanted`, no mark of an edit is kept."""
        self._repositories = repositories
        self._learn = learn
        self._now = now
        self._proposed: OrderedDict[str, tuple[str, Counter[str], float]] = OrderedDict()
        self._taken: OrderedDict[str, _Taken] = OrderedDict()
        self._wanted = wanted
        self._pending = pending or Pending()
        self._pending.part("proposed", self._proposed_kept, self._proposed_again)
        self._pending.part("taken", self._taken_kept, self._taken_again)

    @property
    def latest(self) -> float | None:
        """When the newest edit was taken whose commit is awaited."""
        return max((taken.at for taken in self._taken.values()), default=None)

    def proposed(self, operation: str, uri: str, before: str, after: str) -> None:
        """An edit was proposed: what it brings to a file that was not in its place before."""
        if not self._wanted():
            return
        brings = self._lines(after) - self._lines(before)
        parts = urlsplit(uri)
        if not brings or parts.scheme != "file":
            return
        self._proposed[operation] = (unquote(parts.path), brings, self._now())
        while len(self._proposed) > MOST:
            self._proposed.popitem(last=False)
        self._pending.changed(soon=True)

    async def taken(self, operation: str, ref: ModelRef, task: TaskKind) -> bool:
        """The user took an edit. Whether a commit is awaited for it; otherwise nothing more will
        be known."""
        found = self._proposed.pop(operation, None)
        if found is None:
            return False
        self._pending.changed(soon=True)
        path, lines, _ = found
        try:
            root, relative, head = await asyncio.to_thread(self._place, path)
        except AircherError as error:
            log.info("nothing more is learned of %s: %s", path, error)
            return False
        self._taken[operation] = _Taken(ref, task, root, relative, head, lines, self._now())
        while len(self._taken) > MOST:
            _, oldest = self._taken.popitem(last=False)
            self._learn(oldest.ref, oldest.task, 1.0)
        self._pending.changed(soon=True)
        return True

    def forget(self, workspace: str | None, before: float | None = None) -> None:
        """Drops what is held of edits in a workspace, those from before an instant (monotonic), or
        those that are both; nothing more is learned of them."""
        for operation, (path, _, at) in tuple(self._proposed.items()):
            if _within(path, workspace) and (before is None or at < before):
                del self._proposed[operation]
        for operation, taken in tuple(self._taken.items()):
            if _within(taken.root, workspace) and (before is None or taken.at < before):
                del self._taken[operation]

    async def look(self) -> None:
        """Compares what was taken with the files whose commit has landed since."""
        for operation, taken in tuple(self._taken.items()):
            try:
                near = await asyncio.to_thread(self._kept, taken)
            except AircherError as error:
                log.info("no look at %s: %s", taken.root, error)
                near = None
            if near is None and self._now() - taken.at > PATIENCE:
                near = 1.0
            if near is not None and self._taken.pop(operation, None) is not None:
                self._pending.changed(soon=True)
                self._learn(taken.ref, taken.task, near)

    def _place(self, path: str) -> tuple[str, str, str | None]:
        """(root, path from there on, HEAD) of a file."""
        repository = self._repositories.at(str(Path(path).parent))
        relative = os.path.relpath(os.path.realpath(path), os.path.realpath(repository.root))
        return repository.root, relative, repository.head()[0]

    def _kept(self, taken: _Taken) -> float | None:
        """The part of an edit that its file has; None while no commit of the file has landed."""
        repository = self._repositories.at(taken.root)
        wanted = os.fsencode(taken.path)
        for commit in repository.history(_LOOKED_AT):
            if commit.oid == taken.head:
                return None
            if wanted in commit.paths:
                break
        else:
            return None
        text = repository.read(taken.path, _LARGEST) or ""
        return (taken.lines & self._lines(text)).total() / taken.lines.total()

    def _lines(self, text: str) -> Counter[str]:
        """Marks of the lines that say something, by how often; where they are indented does not
        count."""
        mark = self._pending.mark
        return Counter([mark(line, _LINE) for line in map(str.strip, text.splitlines()) if line])

    def _proposed_kept(self) -> Any:
        return [
            [operation, path, lines, wall(at)]
            for operation, (path, lines, at) in self._proposed.items()
            if len(lines) <= _MOST_LINES
        ]

    def _proposed_again(self, rows: Any) -> None:
        for operation, path, lines, at in rows:
            self._proposed[str(operation)] = (str(path), Counter(lines), monotonic(float(at)))

    def _taken_kept(self) -> Any:
        return [
            [key, str(one.ref), one.task, one.root, one.path, one.head, one.lines, wall(one.at)]
            for key, one in self._taken.items()
            if len(one.lines) <= _MOST_LINES
        ]

    def _taken_again(self, rows: Any) -> None:
        for key, ref, task, root, path, head, lines, at in rows:
            brought, then = Counter(lines), monotonic(float(at))
            kind = TaskKind(task)
            self._taken[str(key)] = _Taken(ref_of(ref), kind, root, path, head, brought, then)


def _within(path: str, workspace: str | None) -> bool:
    """Whether a path is a workspace or lies in it, by either name."""
    if workspace is None:
        return True
    beneath = f"{workspace.rstrip('/')}/"
    return any(f"{one}/".startswith(beneath) for one in (path, os.path.realpath(path)))
