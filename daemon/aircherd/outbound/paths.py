"""Which files' contents are held back: by name, by `.gitignore`, `.aircherignore` and the user.

They are asked apart and any of them is enough, so a `!` in one can never re-admit what another
holds back; the built-in list has none. Patterns are those of gitignore(5).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from aircherd.outbound.globs import tame

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

SECONDS = 20.0
"""Processor time all questions of one request may take: files asked about later are held back."""
IGNORE_FILE = ".aircherignore"
_ANYWHERE = "^(?:.+/)?"
"""How the patterns' library begins one that may lie in any folder. Should it come to begin it in
another way, or none be left, every name is asked of all patterns."""


class PathRules:
    """What is held back in one workspace."""

    def __init__(
        self,
        root: str | None,
        *,
        read: Callable[[str], str | None] = lambda _: None,
        withhold: Sequence[str] = (),
        local_only: Sequence[str] = (),
    ) -> None:
        """`read` gives a text file by its path below `root`; None when there is none. `withhold`
        and `local_only` are patterns or, beginning with `/` or `~`, absolute paths."""
        self._root = root
        self._spent = 0.0
        self._read = read
        self._ignored = _spec(tuple((read(IGNORE_FILE) or "").splitlines()))
        self._gitignores: dict[str, GitIgnoreSpec] = {}
        self._withheld = _spec(_patterns(withhold, root))
        self._local = _spec(_patterns(local_only, root))
        self.whole_local = any(_covers(entry, root) for entry in local_only)
        """Whether everything in this workspace may only be seen by models on this machine."""
        self.whole_withheld = any(_covers(entry, root) for entry in withhold)

    def why_withheld(self, path: bytes) -> str | None:
        """Why no model sees a file's content, in words; None when it may be seen."""
        name = os.fsdecode(path).lstrip("/")
        if holds_secrets(name):
            return "withheld: a file of this name holds secrets"
        if self._spent > SECONDS:
            return f"withheld: the patterns in .gitignore or {IGNORE_FILE} take too long"
        began = time.thread_time()
        try:
            return self._why_withheld(name)
        finally:
            self._spent += time.thread_time() - began

    def _why_withheld(self, name: str) -> str | None:
        if self._ignored and self._ignored.match_file(name):
            return f"withheld by {IGNORE_FILE}"
        if self.whole_withheld or (self._withheld and self._withheld.match_file(name)):
            return "withheld by your outbound.withhold"
        if self._git_ignores(name):
            return "withheld: git ignores files of this name"
        return None

    def _git_ignores(self, name: str) -> bool:
        """What the `.gitignore` files say, the nearest one last; as git, were it not tracked."""
        ignored = False
        parts = name.split("/")
        for depth in range(len(parts)):
            folder = "/".join(parts[:depth])
            spec = self._gitignores.get(folder)
            if spec is None:
                text = self._read(f"{folder}/.gitignore" if folder else ".gitignore")
                spec = self._gitignores[folder] = _spec(tuple((text or "").splitlines()))
            if spec:
                said = spec.check_file("/".join(parts[depth:])).include
                ignored = ignored if said is None else said
        return ignored

    def is_local_only(self, path: bytes) -> bool:
        """Whether only models on this machine may see a file's content."""
        if not self._local:
            return self.whole_local
        return self.whole_local or self._local.match_file(os.fsdecode(path).lstrip("/"))


def holds_secrets(name: str) -> bool:
    """Whether files of this name, in any case, are made to hold secrets."""
    name = name.lower().removeprefix("./")  # as the patterns' own library does
    return _any_built_in().search(name) is not None and _built_in().match_file(name)


@cache
def _any_built_in() -> re.Pattern[str]:
    """What all of them begin with: one search for the many names that none of them means."""
    found = (p.regex for p in _built_in().patterns if p.include and p.regex is not None)
    known = [re.sub(r"\(\?P<\w+>", "(?:", one.pattern) for one in found]
    # Nearly all begin alike; asked once, a name is gone through once and not 80 times.
    alike = "|".join(one.removeprefix(_ANYWHERE) for one in known if one.startswith(_ANYWHERE))
    others = [one for one in known if not one.startswith(_ANYWHERE)]
    return re.compile("|".join([*others, f"{_ANYWHERE}(?:{alike})"]) if alike else "")


@cache
def _built_in() -> GitIgnoreSpec:
    rules = Path(__file__).with_name("rules") / "secret_files.txt"
    return _lines(rules.read_text("utf-8").splitlines())


def _spec(lines: tuple[str, ...]) -> GitIgnoreSpec:
    good: list[str] = []
    for line in tame(lines):
        try:
            _lines([line])
        except (ValueError, re.error):
            # A line that cannot be read as a pattern is taken as the name it spells.
            line = "".join(f"\\{char}" if char in "*?[]!#\\" else char for char in line)
        good.append(line)
    return _lines(good)


def _lines(lines: Sequence[str]) -> GitIgnoreSpec:
    # Loaded with the first repository that is looked at: it is 6 MB.
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(lines)


def _covers(entry: str, root: str | None) -> bool:
    """Whether an absolute entry names the workspace or a folder above it."""
    if root is None or not entry.startswith(("/", "~")):
        return False
    place = os.path.realpath(os.path.expanduser(entry))
    return root == place or root.startswith(place.rstrip("/") + "/")


def _patterns(entries: Sequence[str], root: str | None) -> tuple[str, ...]:
    """The entries as patterns below the root; absolute ones elsewhere say nothing here."""
    found: list[str] = []
    for entry in entries:
        if not entry.startswith(("/", "~")):
            found.append(entry.removeprefix("!"))
            continue
        place = os.path.realpath(os.path.expanduser(entry))
        if root is not None and place.startswith(root.rstrip("/") + "/"):
            inner = os.path.relpath(place, root)
            found.append("/" + "".join(f"\\{c}" if c in "*?[]!#\\" else c for c in inner))
    return tuple(found)
