"""Which of the files a feature has gathered no model sees, and which keep the request here."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from aircherd.commits.model import FileDiff
from aircherd.core.settings import Settings
from aircherd.features.inner import NOTHING, Inner
from aircherd.outbound.paths import IGNORE_FILE, PathRules
from aircherd.workspace.hints import read_beneath
from aircherd.workspace.repositories import KnownRepository

_LARGEST = 256 * 1024


def rules_for(repository: KnownRepository, settings: Settings) -> PathRules:
    """The rules of one repository. Raises InvalidConfig for an ignore file that cannot be read."""

    def text_of(path: str) -> str | None:
        if path == IGNORE_FILE:
            return repository.read(path, _LARGEST)
        return read_beneath(repository.root, path, _LARGEST)

    return PathRules(
        repository.root,
        read=text_of,
        withhold=settings.outbound.withhold,
        local_only=settings.outbound.local_only,
    )


def held_back(
    files: Sequence[FileDiff], rules: PathRules, settings: Settings, inner: Inner = NOTHING
) -> tuple[tuple[FileDiff, ...], Settings]:
    """The files without what no model sees, and the settings to ask with: one shown file that may
    only be seen on this machine keeps the whole request on it."""
    kept: list[FileDiff] = []
    here = rules.whole_local
    for file in files:
        names = [name for name in (file.path, file.old_path) if name is not None]
        held = [why for name in names for one in (rules, inner) if (why := one.why_withheld(name))]
        why = held[0] if held else None
        local = any(one.is_local_only(name) for name in names for one in (rules, inner))
        here = here or (why is None and local)
        kept.append(file if why is None else replace(file, hunks=(), withheld=why))
    return tuple(kept), replace(settings, egress="local") if here else settings


def folders_of(files: Sequence[FileDiff], root: str) -> set[str]:
    """The absolute paths of the folders a change's files are in, or were."""
    names = {name for file in files for name in (file.path, file.old_path) if name is not None}
    return {os.path.join(root, os.fsdecode(os.path.dirname(name))) for name in names}
