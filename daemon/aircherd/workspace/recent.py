"""Files that were changed in the last minutes, and logs among them that end in a failure."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from aircherd.core.snapshot import FailingLog, RecentFile
from aircherd.workspace.languages import language
from aircherd.workspace.logs import failure, is_log

SECONDS = 600.0
"""What counts as recent."""
_MOST = 200
_MOST_SEEN = 2_000
_MOST_LOGS = 8


class Recent:
    """Times of files in one work tree, and what the logs among them say."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._times: dict[bytes, float] = {}
        self._logs: dict[bytes, float] = {}
        self._said: dict[bytes, tuple[float, str | None]] = {}

    def saw(self, paths: Iterable[bytes], ignored: Callable[[Iterable[bytes]], set[bytes]]) -> None:
        """Paths that were told to have changed; git is asked which of them are ignored."""
        told = list(paths)[:_MOST_SEEN]
        mine = set(told) - ignored(told)
        self.logs(set(told) - mine)
        for path in mine:
            self._note(self._times, path)

    def uncommitted(self, times: Mapping[bytes, float], staged: Iterable[bytes]) -> None:
        """What a look found: it is true whatever was told before."""
        self._times.update(times)
        for path in list(staged)[:_MOST_SEEN]:
            if path not in times:
                self._note(self._times, path)
        # A file that is gone was told as deleted; its time would stay for ever.
        for path in [p for p in self._times if p not in times]:
            self._note(self._times, path)

    def logs(self, paths: Iterable[bytes]) -> None:
        """Ignored paths that changed: of these only logs are of interest."""
        for path in paths:
            if is_log(path):
                self._note(self._logs, path)

    def files(self) -> tuple[RecentFile, ...]:
        """Newest first, at most 200."""
        oldest = time.time() - SECONDS
        self._times = {p: t for p, t in self._times.items() if t >= oldest}
        newest = sorted(self._times.items(), key=lambda item: (-item[1], item[0]))[:_MOST]
        return tuple(
            RecentFile(path=path, language=language(path), changed_at=_when(changed))
            for path, changed in newest
        )

    def failing(self) -> tuple[FailingLog, ...]:
        """Logs written in the last minutes whose end tells of a failure, newest first."""
        oldest = time.time() - SECONDS
        logs = {p: t for p, t in self._times.items() if is_log(p)} | self._logs
        newest = sorted(logs.items(), key=lambda item: -item[1])[:_MOST_LOGS]
        self._logs = {p: t for p, t in newest if p in self._logs and t >= oldest}
        found: list[FailingLog] = []
        said: dict[bytes, tuple[float, str | None]] = {}
        for path, changed in newest:
            if changed < oldest:
                continue
            before = self._said.get(path)
            same = before is not None and before[0] == changed
            line = before[1] if same and before else failure(self._root, path)
            said[path] = (changed, line)
            if line is not None:
                found.append(FailingLog(path=path, line=line, changed_at=_when(changed)))
        self._said = said
        return tuple(found)

    def _note(self, table: dict[bytes, float], path: bytes) -> None:
        try:
            found = os.lstat(os.path.join(os.fsencode(self._root), path))
        except OSError:
            table.pop(path, None)
            return
        if stat.S_ISREG(found.st_mode):
            table[path] = found.st_mtime
        else:
            table.pop(path, None)


def _when(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
