"""The views that are open: one per work tree, from its first holder to its last."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Hashable
from functools import partial
from urllib.parse import unquote, urlsplit

from aircherd.core.snapshot import WorkspaceSnapshot
from aircherd.workspace.repositories import Repositories
from aircherd.workspace.staging import Staging
from aircherd.workspace.view import Change, View

Opened = Callable[[str, Repositories], View]


class Views:
    """Opens views when somebody needs one, and closes them when nobody does any more."""

    def __init__(self, repositories: Repositories, opened: Opened | None = None) -> None:
        """`opened` makes a view of a root; by default a watched one."""
        self.repositories = repositories
        self._opened = opened or watched
        self.staging = Staging()
        """Who is told of an index that was written, viewed or not."""
        self._views: dict[str, View] = {}
        self._holders: dict[str, dict[Hashable, Callable[[], None]]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def roots(self) -> tuple[str, ...]:
        """Work trees that are viewed now."""
        return tuple(self._views)

    async def subscribe(
        self, path: str, holder: Hashable, told: Callable[[str, Change], None]
    ) -> bool:
        """Watches the work tree around a path until the holder releases it.

        Calls `told` with the root and each change. Whether the holder held nothing before. Raises
        NotARepository, GitRefused.
        """
        known = await asyncio.to_thread(self.repositories.at, path)
        root = known.root
        view = self._views.get(root)
        if view is None:
            view = self._views[root] = self._opened(root, self.repositories)
            view.start()
        first = not any(holder in holders for holders in self._holders.values())
        holders = self._holders.setdefault(root, {})
        if holder not in holders:
            holders[holder] = view.subscribe(partial(told, root))
        return first

    def release(self, holder: Hashable, root: str | None = None) -> None:
        """The holder needs this root no longer, or, without one, none at all."""
        for name in (root,) if root is not None else tuple(self._holders):
            holders = self._holders.get(name, {})
            unsubscribe = holders.pop(holder, None)
            if unsubscribe is None:
                continue
            unsubscribe()
            self._views[name].forget(holder)
            if not holders:
                del self._holders[name]
                self._end(self._views.pop(name))

    def at(self, path: str) -> View | None:
        """The view a path lies in, if there is one; costs a lookup and nothing else.

        A path in a repository inside a viewed one is answered by `None` only if that one's `.git`
        is between them.
        """
        folder = os.path.realpath(path)
        while True:
            if folder in self._views:
                return self._views[folder]
            parent = os.path.dirname(folder)
            if parent == folder or os.path.lexists(os.path.join(folder, ".git")):
                return None
            folder = parent

    def known(self, workspace: str | None) -> WorkspaceSnapshot | None:
        """What a view shows now, for a path or file URI; None when nobody watches it."""
        if workspace is None or not self._views:
            return None
        view = self.at(unquote(urlsplit(workspace).path) if "file:" in workspace[:5] else workspace)
        return None if view is None else view.known()

    async def snapshot(self, path: str, *, sync: bool = False) -> WorkspaceSnapshot:
        """A workspace: from its view, or, when there is none, by one look at it.

        Raises NotARepository, GitRefused.
        """
        view = self.at(path)
        if view is not None:
            return await (view.synced() if sync else view.ready())
        return await asyncio.to_thread(_once, self.repositories, path)

    async def aclose(self) -> None:
        """Closes everything."""
        self.staging.close()
        for view in self._views.values():
            self._end(view)
        self._views.clear()
        self._holders.clear()
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _end(self, view: View) -> None:
        task = asyncio.get_running_loop().create_task(view.aclose())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


def watched(root: str, repositories: Repositories) -> View:
    """A view with the kernel's notices, or another system's through watchfiles."""
    from aircherd.workspace.lookout import Lookout

    return View(Lookout(root, repositories))


def _once(repositories: Repositories, path: str) -> WorkspaceSnapshot:
    snapshot, _ = repositories.at(path).look()
    return snapshot
