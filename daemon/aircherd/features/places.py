"""Where something is asked, and by whose rules: a work tree, or a plain folder."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from aircherd.config.load import LARGEST_FILE, read
from aircherd.config.resolve import narrowed
from aircherd.core.settings import Settings
from aircherd.features.desk import Asked
from aircherd.features.inner import NOTHING, Inner, within
from aircherd.outbound.paths import PathRules
from aircherd.roots import FILE, root_of, top_of
from aircherd.workspace.hints import read_beneath
from aircherd.workspace.repositories import KnownRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something was asked: a work tree, or a plain folder."""

    root: str | None
    branch: str | None
    repository: KnownRepository | None
    settings: Settings
    rules: PathRules
    """Which files no model sees, and which only those on this machine."""
    folder: str | None = None
    """The plain folder its rules are about, where there is no work tree."""
    speaks: bool = False
    """Whether that folder has settings of its own, which the user must have accepted."""
    inner: Inner = NOTHING
    """The folders in it that what is asked about lies in."""

    def of(self, asked: Asked) -> Asked:
        """Who asks, with where, by its true path."""
        named = self.folder if self.speaks else asked.workspace and root_of(asked.workspace)
        return replace(
            asked,
            workspace=self.root or named,
            branch=self.branch,
            within=tuple(dict.fromkeys((*asked.within, *self.inner.folders))),
        )


def plain(path: str, settings: Settings) -> Place:
    """A folder in no work tree, with what the user and settings files in it say about a path."""
    folder = top_of(path)

    def text_of(path: str) -> str | None:
        return read_beneath(folder, path, LARGEST_FILE + 1)

    said = text_of(FILE)
    if said is not None:
        values, _ = read(Path(folder) / FILE, workspace=True, text=said)
        settings = narrowed(settings, values)
    inner, settings = within(folder, (path,), settings)
    held = settings.outbound
    rules = PathRules(folder, read=text_of, withhold=held.withhold, local_only=held.local_only)
    return Place(
        root=None,
        branch=None,
        repository=None,
        settings=settings,
        rules=rules,
        folder=folder,
        speaks=os.path.lexists(os.path.join(folder, FILE)),
        inner=inner,
    )
