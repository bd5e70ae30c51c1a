"""Which dependencies a change adds, removes or moves to another version.

Read from the changed lines of manifests, lock files, workflows and image files; a lock file only
speaks where no manifest does, because it repeats the manifest and adds what it drew in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aircherd.commits.drafting.package_lines import LINE, Pairs, Source, reader_of
from aircherd.commits.drafting.word_set import word_set
from aircherd.commits.model import FileDiff
from aircherd.commits.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Bump:
    """One dependency that is another one now."""

    name: str
    old: str | None
    """None: it was not there before, or the diff does not say."""
    new: str | None
    """None: it is gone."""
    source: Source

    @property
    def added(self) -> bool:
        """Whether it is new."""
        return self.old is None


_OWN = re.compile(
    r"""\s*(?:"version"|version|__version__|VERSION|<[vV]ersion>|(?:app|project)_?[vV]ersion|const Version|(?:export )?const version)\s{0,4}[:=]?\s{0,4}["']?v?(\d+\.\d+(?:\.\d+)?[\w.+-]{0,30})"""
)
_VERSIONED = word_set(
    """
    __init__.py __about__.py _version.py cmakelists.txt meson.build build.gradle
    build.gradle.kts gradle.properties manifest.json lerna.json setup.py configure.ac
    dune-project
    """
)


def read_bumps(files: Sequence[tuple[FileDiff, Role]]) -> list[Bump]:
    """What changed among the dependencies, each once, the project's own version first."""
    found: dict[tuple[str, Source], Bump] = {}
    locked: dict[tuple[str, Source], Bump] = {}
    for file, role in files:
        if not file.hunks:
            continue
        name = file.name.rpartition("/")[2].lower()
        into = locked if role is Role.LOCK else found
        for bump in _of_file(file, name, role):
            into.setdefault((bump.name, bump.source), bump)
    if not any(b.source is Source.LIBRARY for b in found.values()):
        found |= locked
    return sorted(found.values(), key=lambda b: b.source is not Source.OWN)


def _of_file(file: FileDiff, name: str, role: Role) -> Iterator[Bump]:
    reader, source = reader_of(name, role)
    if reader is not None:
        old: Pairs = {}
        new: Pairs = {}
        for hunk in file.hunks:
            reader(hunk.lines, old, new)
        for package in dict.fromkeys((*old, *new)):
            before, after = old.get(package), new.get(package)
            if before != after:
                yield Bump(name=package, old=_clean(before), new=_clean(after), source=source)
    if role in (Role.MANIFEST, Role.SOURCE, Role.CONFIG, Role.BUILD, Role.OTHER):
        yield from _own_version(file, name, role)


def _own_version(file: FileDiff, name: str, role: Role) -> Iterator[Bump]:
    """The project's own version, where the same line carried one before and after."""
    if role is not Role.MANIFEST and "version" not in name and name not in _VERSIONED:
        return
    if name in ("go.mod", "pom.xml") or name.startswith("requirements"):
        return
    for hunk in file.hunks[:40]:
        old = _first(_OWN, hunk.removed)
        new = _first(_OWN, hunk.added)
        if old and new and old != new:
            yield Bump(name="", old=old, new=new, source=Source.OWN)
            return


def _first(pattern: re.Pattern[str], lines: Iterable[str]) -> str | None:
    return next((m[1] for line in lines if (m := pattern.match(line[:LINE]))), None)


def _clean(version: str | None) -> str | None:
    """`1.2.3` from `^1.2.3`, `>=1.2.3` and the like; ranges of several parts stay as they are."""
    if version is None or "," in version or "|" in version:
        return version
    return version.lstrip("^~=<>! ") or version
