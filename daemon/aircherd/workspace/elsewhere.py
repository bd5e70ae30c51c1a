"""Notices on systems other than Linux, through watchfiles.

There a whole tree costs one watch (FSEvents, ReadDirectoryChangesW), so that nothing has to be
chosen. watchfiles asks its queue at every step; at 25 ms that is 40 wake-ups a second and as many
milliseconds of delay. Its own filter, which leaves `.git` out, is not used.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from contextlib import suppress

from aircherd.workspace.layout import Layout
from aircherd.workspace.watches import Told, git_state, tree_rules

STEP_MS, GATHER_MS = 25, 50
_MOST = 20_000


class RecursiveWatch:
    """All of one root and its git dir. A thread of its own passes notices on."""

    def __init__(self, layout: Layout) -> None:
        """Raises OSError when the system gives no watch."""
        from watchfiles import watch

        self._root = os.fsencode(layout.root)
        self._git = {os.fsencode(layout.git_dir), os.fsencode(layout.common_dir)}
        self._paths: set[bytes] = set()
        self._lost = False
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.lacking: str | None = None
        self.fd, self._signal = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        roots = {layout.root, layout.git_dir, layout.common_dir}
        self._changes = watch(
            *sorted(roots),
            watch_filter=None,
            step=STEP_MS,
            debounce=GATHER_MS,
            rust_timeout=0,
            stop_event=self._stop,
            ignore_permission_denied=True,
            raise_interrupt=False,
        )
        self._thread = threading.Thread(target=self._pass_on, name="watchfiles", daemon=True)
        self._thread.start()

    @property
    def directories(self) -> int:
        """One watch stands for all."""
        return 1

    def __contains__(self, folder: object) -> bool:
        return True

    def lack(self, why: str) -> None:
        """Something cannot be watched; the first reason stays."""
        self.lacking = self.lacking or why

    def cover(self, folders: Iterable[bytes]) -> bool:
        """Everything is covered."""
        return False

    def cover_git(self, places: Iterable[bytes]) -> bool:
        """Everything is covered."""
        return False

    def drain(self, told: Told) -> None:
        """Adds what all waiting notices mean."""
        with suppress(BlockingIOError):
            while os.read(self.fd, 4096):
                pass
        with self._lock:
            paths, self._paths = self._paths, set()
            told.lost |= self._lost
            self._lost = False
        for path in paths:
            self._resolve(path, told)

    def close(self) -> None:
        """Ends the thread and gives everything back."""
        self._stop.set()
        self._thread.join(5)
        os.close(self._signal)
        os.close(self.fd)

    def _pass_on(self) -> None:
        try:
            for changes in self._changes:
                self._heard(os.fsencode(path) for _, path in changes)
        except OSError as error:
            self.lack(f"the system refused a watch ({error})")
            self._heard(())

    def _heard(self, paths: Iterable[bytes]) -> None:
        with self._lock:
            self._paths.update(paths)
            if len(self._paths) > _MOST:
                self._paths.clear()
                self._lost = True
        with suppress(BlockingIOError):
            os.write(self._signal, b"!")

    def _resolve(self, path: bytes, told: Told) -> None:
        for place in self._git:
            if path.startswith(place + b"/"):
                name = path.rpartition(b"/")[2]
                if git_state(path, name) and b"/objects/" not in path:
                    told.git = True
                    told.rules |= name in (b"exclude", b"config", b"index")
                return
        if path in (self._root, *self._git):
            return
        inner = path.removeprefix(self._root + b"/")
        told.paths.add(inner)
        told.rules |= tree_rules(inner)
