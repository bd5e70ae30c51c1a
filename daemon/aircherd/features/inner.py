"""What folders inside a workspace say of themselves, in settings files of their own.

Each narrows what is beneath it, on top of what the workspace and the folders around it say; the
gate asks for all of them to be accepted. Everything here blocks: call it in a thread.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from aircherd.config.load import LARGEST_FILE, read
from aircherd.config.resolve import narrowed
from aircherd.core.settings import Settings
from aircherd.outbound.paths import PathRules
from aircherd.roots import FILE, between
from aircherd.workspace.hints import read_beneath


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """The folders between a workspace's top and what is asked about."""

    root: str | None = None
    """The workspace's top."""
    folders: tuple[str, ...] = ()
    """All of them: one that says nothing now may have said something when it was accepted."""
    rules: tuple[tuple[str, PathRules], ...] = ()
    """What those with settings hold back, each by its path beneath the top."""

    def why_withheld(self, path: bytes) -> str | None:
        """Why no model sees a file, by its path beneath the top; None when it may be seen."""
        for rules, inside in self._about(path):
            why = rules.why_withheld(inside)
            if why is not None:
                return why
        return None

    def is_local_only(self, path: bytes) -> bool:
        """Whether only models on this machine may see it."""
        return any(rules.is_local_only(inside) for rules, inside in self._about(path))

    def knows(self, path: bytes) -> bool:
        """Whether every folder around a file that has settings of its own is one of these."""
        root = self.root or "/"
        beneath = between(root, (os.path.join(root, os.fsdecode(path)),))
        spoken = {one for one in beneath if os.path.lexists(os.path.join(one, FILE))}
        return spoken.issubset(self.folders)

    def _about(self, path: bytes) -> Iterable[tuple[PathRules, bytes]]:
        for name, rules in self.rules:
            start = os.fsencode(name) + b"/"
            if path.startswith(start):
                yield rules, path.removeprefix(start)


NOTHING = Inner()


def within(root: str, paths: Iterable[str], settings: Settings) -> tuple[Inner, Settings]:
    """The folders around these absolute paths, and the settings with what all of them say."""
    rules: list[tuple[str, PathRules]] = []
    folders = between(root, paths)
    for folder in folders:
        text = read_beneath(folder, FILE, LARGEST_FILE + 1)
        if text is None:
            # None of it, or an odd one, which the gate refuses.
            continue
        values, _ = read(Path(folder) / FILE, workspace=True, text=text)
        held = {key: values.get(f"outbound.{key}", ()) for key in ("withhold", "local_only")}
        rules.append((os.path.relpath(folder, root), PathRules(folder, **held)))
        # Its patterns are about what is beneath it, not about files of those names elsewhere.
        rest = {path: value for path, value in values.items() if not path.startswith("outbound.")}
        settings = narrowed(settings, rest)
    return Inner(root=root, folders=folders, rules=tuple(rules)), settings
