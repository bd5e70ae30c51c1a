"""Keeps the watches of one root where they are needed, and says why when it cannot.

Synchronous; one thread at a time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from aircherd.workspace import mounts
from aircherd.workspace.coverage import Coverage
from aircherd.workspace.identity import folder
from aircherd.workspace.layout import Layout
from aircherd.workspace.watches import Told, Watches

_RETRY_SECONDS = 15.0
"""Between attempts to set watches that were refused."""


class Watching(Protocol):
    """The notices of one root: `Watches`, or `elsewhere.RecursiveWatch`."""

    @property
    def fd(self) -> int:
        """Descriptor that becomes readable with the next notice."""
        ...

    @property
    def directories(self) -> int:
        """How many directories of the work tree are watched."""
        ...

    @property
    def lacking(self) -> str | None:
        """Why not everything is watched, in words; None when everything is."""
        ...

    def __contains__(self, folder: object) -> bool: ...

    def lack(self, why: str) -> None:
        """Something cannot be watched; the first reason stays."""
        ...

    def cover(self, folders: Iterable[bytes]) -> bool:
        """See `Watches.cover`."""
        ...

    def cover_git(self, places: Iterable[bytes]) -> bool:
        """See `Watches.cover_git`."""
        ...

    def drain(self, told: Told) -> None:
        """Adds what all waiting notices mean."""
        ...

    def close(self) -> None:
        """Gives everything back."""
        ...


Set = Callable[[Layout], Watching]


class Guard:
    """The watches of one root, from one loss of them to the next."""

    def __init__(self, root: str, layout: Callable[[], Layout], watching: Set) -> None:
        """`watching` sets watches anew; it may raise OSError."""
        self.root = root
        self.told = Told(lost=True)
        """What was told and not yet answered by a look."""
        self.watches: Watching | None = None
        self.coverage = Coverage(root, layout)
        self._layout = layout
        self._watching = watching
        self._place: tuple[int, int] | None = None
        self._far: str | None = None
        self._reason = "nothing is watched yet"
        self._retry_at = 0.0

    @property
    def fd(self) -> int | None:
        """Descriptor that becomes readable with the next notice; None when there is none."""
        return None if self.watches is None else self.watches.fd

    def listen(self) -> None:
        """Takes in all that was told."""
        if self.watches is not None:
            self.watches.drain(self.told)

    def follow(self) -> None:
        """Brings watches to where what was told calls for them. Raises AircherError."""
        place = folder(self.root)
        if place != self._place:
            self.told.gone = True
        lacking = self.watches is None or self.watches.lacking is not None
        retry = lacking and time.monotonic() >= self._retry_at
        if self.told.gone or self.told.lost or retry:
            self._anew(place)
        if self.told.rules:
            self.coverage.forget()
        if self.watches is not None and self.told.folders:
            folders, self.told.folders = self.told.folders, set()
            self.coverage.more(self.watches, folders)

    def close(self) -> None:
        """Gives the watches back."""
        watches, self.watches = self.watches, None
        if watches is not None:
            watches.close()

    def degraded(self) -> str | None:
        """Why changes may be noticed late, in words; None when they are told."""
        if self._far is not None:
            why = f"it lies on {self._far}, where other machines' changes are not told"
        elif self.watches is None:
            why = self._reason
        elif self.watches.lacking is not None:
            why = self.watches.lacking
        else:
            return None
        return f"Changes are looked for every second or two instead of being told: {why}."

    def _anew(self, place: tuple[int, int] | None) -> None:
        self.close()
        self.told = Told(lost=True)
        self.coverage.forget()
        self._retry_at = time.monotonic() + _RETRY_SECONDS
        self._place = place
        layout = self._layout()
        self._far = mounts.far(self.root)
        try:
            self.watches = self._watching(layout)
        except OSError as error:
            self._reason = (
                f"no watch could be set ({error.strerror or error}); "
                "raise fs.inotify.max_user_instances or close other programs that watch"
            )
            return
        self.coverage.whole(self.watches)


def for_this_system(layout: Layout, most: int | None = None) -> Watching:
    """The kernel's own notices on Linux, watchfiles elsewhere. Raises OSError."""
    if os.uname().sysname == "Linux":
        return Watches(layout.root, most)
    from aircherd.workspace.elsewhere import RecursiveWatch

    return RecursiveWatch(layout)
