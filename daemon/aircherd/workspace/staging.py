"""Notices of git having written its index, for folders an editor has open. Linux only.

No view: no work tree is watched, git is not run and nothing is read, so that it can be had for
every folder. Of a git dir one directory is watched; git puts a new index there by renaming its
lock file. While nobody writes one, nothing is woken. A linked work tree's `.git` is a file that
leads elsewhere: that is not followed here.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Hashable

from aircherd.workspace.inotify import MOVED_TO, OVERFLOW, Inotify, notices

log = logging.getLogger(__name__)

Told = Callable[[str], None]
"""Called with the root of a work tree whose index was just written."""


class Staging:
    """The git dirs that are listened to, each for as long as somebody holds it."""

    def __init__(self) -> None:
        self._queue: Inotify | None = None
        self._roots: dict[int, str] = {}
        """Number of a watch → root of the work tree."""
        self._holders: dict[str, dict[Hashable, Told]] = {}

    @property
    def roots(self) -> tuple[str, ...]:
        """Work trees that are listened to."""
        return tuple(self._holders)

    async def hold(
        self, path: str, holder: Hashable, told: Told, wanted: Callable[[], bool] | None = None
    ) -> None:
        """Listens to the work tree around a path until the holder releases it. What is none, or
        cannot be watched, is left alone: nothing depends on these notices. `wanted` is whether it
        still is, asked once the work tree was found: a release may have come before that."""
        root = await asyncio.to_thread(_root, path)
        if root is None or not (wanted is None or wanted()):
            return
        if root not in self._holders:
            try:
                number = self._opened().add(os.fsencode(os.path.join(root, ".git")), MOVED_TO)
            except OSError as error:
                log.info("%s is not listened to: %s", root, error.strerror)
                self._close_if_idle()
                return
            self._roots[number] = root
        self._holders.setdefault(root, {})[holder] = told

    def release(self, holder: Hashable) -> None:
        """The holder is gone."""
        for number, root in tuple(self._roots.items()):
            holders = self._holders[root]
            holders.pop(holder, None)
            if not holders:
                del self._holders[root], self._roots[number]
                if self._queue is not None:
                    self._queue.remove(number)
        self._close_if_idle()

    def close(self) -> None:
        """Gives everything back."""
        self._roots.clear()
        self._holders.clear()
        self._close_if_idle()

    def _opened(self) -> Inotify:
        if self._queue is None:
            self._queue = Inotify()
            asyncio.get_running_loop().add_reader(self._queue.fd, self._readable)
        return self._queue

    def _close_if_idle(self) -> None:
        if self._queue is not None and not self._roots:
            asyncio.get_running_loop().remove_reader(self._queue.fd)
            self._queue.close()
            self._queue = None

    def _readable(self) -> None:
        assert self._queue is not None
        written: dict[str, None] = {}
        for number, mask, name in notices(self._queue.read()):
            if mask & OVERFLOW:
                written.update(dict.fromkeys(self._holders))
            elif name == b"index" and number in self._roots:
                written[self._roots[number]] = None
        for root in written:
            for told in tuple(self._holders.get(root, {}).values()):
                told(root)


def _root(path: str) -> str | None:
    """The nearest folder, going up, with a `.git` that is a directory; None where there is none, or
    a `.git` of another kind comes first."""
    folder = os.path.realpath(path)
    while True:
        marker = os.path.join(folder, ".git")
        if os.path.lexists(marker):
            return folder if os.path.isdir(marker) and not os.path.islink(marker) else None
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
