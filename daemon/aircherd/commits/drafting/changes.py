"""One file's change, measured: its role, its size, its shape and what happened to its symbols."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log2

from aircherd.commits.drafting.languages import Language, comment_of, language_of
from aircherd.commits.drafting.word_set import word_set
from aircherd.commits.model import FileDiff
from aircherd.commits.roles import Role, role_of
from aircherd.commits.symbols import SymbolEdits, read_edits
from aircherd.core.snapshot import ChangeKind

FILE_LINES = 400
"""Most lines of one file that are read for symbols and clues."""
TOTAL_LINES = 3_000
"""The same for all files together, shared out evenly; what lies beyond is only counted."""
_FEWEST_LINES = 12

_LIMIT = 400
_LAYOUT = str.maketrans("", "", " \t\r\n\f,;'\"`()\\")
_SPACE = str.maketrans("", "", " \t\r\n\f")
_BLANK_OK = word_set(
    """
    { } ) ( ] }); }), }; ], ),
    """
) | {""}


class Shape(StrEnum):
    """What kind of edit a whole file underwent."""

    EDIT = "edit"
    MOVE = "move"
    """Renamed or copied without a changed line."""
    SPACE = "space"
    """Only blanks and line ends differ."""
    LAYOUT = "layout"
    """Only blanks, quotes, commas, semicolons and brackets differ."""
    ORDER = "order"
    """The same lines in another order."""
    COMMENT = "comment"
    IMPORTS = "imports"
    MODE = "mode"
    """Only the permissions differ."""
    EMPTY = "empty"
    """Nothing to read: binary, unread, or an empty file."""


_WEIGHTS = {
    Role.SOURCE: 10.0,
    Role.MIGRATION: 9.0,
    Role.STYLESHEET: 7.0,
    Role.MARKUP: 7.0,
    Role.BUILD: 5.0,
    Role.CONFIG: 5.0,
    Role.CI: 5.0,
    Role.OTHER: 4.0,
    Role.MANIFEST: 3.5,
    Role.EXAMPLE: 3.0,
    Role.TEST: 2.5,
    Role.DOCS: 2.5,
    Role.TRANSLATION: 2.0,
    Role.ASSET: 1.5,
    Role.CHANGELOG: 1.0,
    Role.GENERATED: 0.3,
    Role.LOCK: 0.2,
}


@dataclass(slots=True, kw_only=True)
class FileChange:
    """What is known of one file's change."""

    file: FileDiff
    path: str
    role: Role
    language: Language | None
    added: Sequence[str]
    """Added lines without their sign, as many as are read."""
    removed: Sequence[str]
    added_count: int
    removed_count: int
    shape: Shape
    edits: SymbolEdits

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def stem(self) -> str:
        """The name without its endings; an `index` or the like goes by its folder."""
        stem = self.name.lstrip(".").split(".")[0] or self.name
        if stem.lower() in _ANONYMOUS:
            folders = self.path.split("/")[:-1]
            return next((f for f in reversed(folders) if f.lower() not in DULL_FOLDERS), stem)
        return stem

    @property
    def new(self) -> bool:
        """Whether the file was not there before."""
        return self.file.kind is ChangeKind.ADDED

    @property
    def gone(self) -> bool:
        """Whether the file is deleted."""
        return self.file.kind is ChangeKind.DELETED

    @property
    def weight(self) -> float:
        """How much of the message this file deserves."""
        lines = self.added_count + self.removed_count
        weight = _WEIGHTS[self.role] * (1 + log2(1 + lines))
        return weight * (0.15 if self.shape in _TRIVIAL else 1.0)


DULL_FOLDERS = word_set(
    """
    src lib libs main app internal pkg packages crates source java kotlin com org io net
    python include core modules cmd javascript js ts go rust components test tests spec specs
    __tests__ apps projects dist unit integration
    """
) | {""}
"""Folders whose names say nothing about what is in them."""

_ANONYMOUS = frozenset(
    {"index", "mod", "lib", "main", "__init__", "init", "page", "default", "readme"}
)
_TRIVIAL = frozenset({Shape.SPACE, Shape.LAYOUT, Shape.ORDER, Shape.IMPORTS, Shape.MODE})


def read_changes(files: Sequence[FileDiff]) -> list[FileChange]:
    """The changes in the order of the files, each read as far as its share of lines goes."""
    share = max(_FEWEST_LINES, TOTAL_LINES // max(1, len(files)))
    spare = 0
    changes = []
    for file in files:
        change, used = _read(file, min(FILE_LINES, share + spare))
        spare = max(0, spare + share - used)
        changes.append(change)
    return changes


def _read(file: FileDiff, budget: int) -> tuple[FileChange, int]:
    path = file.name
    role = Role.OTHER if file.submodule else role_of(path)
    language = language_of(path)
    hunks, used = [], 0
    added: list[str] = []
    removed: list[str] = []
    added_count = removed_count = 0
    for hunk in file.hunks:
        if used < budget:
            hunks.append(hunk)
            for line in hunk.lines[: budget - used]:
                if line.startswith("+"):
                    added.append(line[1:_LIMIT])
                elif line.startswith("-"):
                    removed.append(line[1:_LIMIT])
            used += len(hunk.lines)
        # Counted from the header: a line of a hunk is context, added or removed.
        changed = [line[0] for line in hunk.lines if line[0:1] in ("+", "-")]
        plus = changed.count("+")
        added_count += plus
        removed_count += len(changed) - plus
    whole = len(added) == added_count and len(removed) == removed_count
    shape = _shape(file, path, language, added, removed) if whole else Shape.EDIT
    edits = SymbolEdits()
    if (
        language is not None
        and role not in (Role.LOCK, Role.GENERATED)
        and shape in (Shape.EDIT, Shape.COMMENT)
    ):
        edits = read_edits(language, hunks)
    change = FileChange(
        file=file,
        path=path,
        role=role,
        language=language,
        added=added,
        removed=removed,
        added_count=added_count,
        removed_count=removed_count,
        shape=shape,
        edits=edits,
    )
    return change, used


def _shape(
    file: FileDiff, path: str, language: Language | None, added: list[str], removed: list[str]
) -> Shape:
    if not added and not removed:
        if file.kind in (ChangeKind.RENAMED, ChangeKind.COPIED):
            return Shape.MOVE
        if file.old_mode != file.new_mode and None not in (file.old_mode, file.new_mode):
            return Shape.MODE
        return Shape.EMPTY
    if file.kind in (ChangeKind.ADDED, ChangeKind.DELETED):
        return Shape.EDIT
    before, after = "".join(removed), "".join(added)
    if before.translate(_SPACE) == after.translate(_SPACE):
        return Shape.SPACE
    if before.translate(_LAYOUT) == after.translate(_LAYOUT):
        return Shape.LAYOUT
    old, new = _bare(removed), _bare(added)
    if len(old) > 1 and sorted(old) == sorted(new):
        return Shape.ORDER
    if language is not None and language.imports is not None and _all(language.imports, old + new):
        return Shape.IMPORTS
    comment = comment_of(path)
    if comment is not None and _all(comment, old + new):
        return Shape.COMMENT
    return Shape.EDIT


def _bare(lines: list[str]) -> list[str]:
    return [s for line in lines if (s := line.strip().rstrip(",")) not in _BLANK_OK]


def _all(pattern: re.Pattern[str], lines: list[str]) -> bool:
    return bool(lines) and all(pattern.match(line) for line in lines)
