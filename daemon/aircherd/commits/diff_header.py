"""Reads what `git diff` prints of one file before its first hunk: names, modes, renames.

Names with quotes, control characters or (by default) bytes beyond ASCII stand in double quotes
with C escapes; see `core.quotePath` in git-config(1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from aircherd.commits.model import FileDiff, Hunk
from aircherd.core.snapshot import ChangeKind

SUBMODULE_MODE = 0o160000

_ESCAPE = re.compile(rb'\\([0-7]{1,3}|[abtnvfr"\\])')
_ESCAPED = {
    b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r",
    b'"': b'"', b"\\": b"\\",
}  # fmt: skip


@dataclass(slots=True)
class DiffHeader:
    """What the extended header lines of one file say, as they are read."""

    path: bytes | None
    kind: ChangeKind = ChangeKind.MODIFIED
    old_path: bytes | None = None
    similarity: int | None = None
    old_mode: int | None = None
    new_mode: int | None = None
    binary: bool = False
    hunks: list[Hunk] = field(default_factory=list)

    def read(self, line: bytes) -> None:
        """Takes in one line between `diff --git` and the first hunk."""
        word, _, rest = line.partition(b" ")
        if word == b"index":
            _, _, mode = rest.partition(b" ")
            if mode and self.old_mode is None and self.new_mode is None:
                self.old_mode = self.new_mode = _octal(mode)
        elif word == b"old" and rest.startswith(b"mode "):
            self.old_mode = _octal(rest[5:])
        elif word == b"new" and rest.startswith(b"mode "):
            self.new_mode = _octal(rest[5:])
        elif word == b"new" and rest.startswith(b"file mode "):
            self.kind, self.new_mode = ChangeKind.ADDED, _octal(rest[10:])
        elif word == b"deleted" and rest.startswith(b"file mode "):
            # A combined diff names one mode per parent.
            self.kind, self.old_mode = ChangeKind.DELETED, _octal(rest[10:].partition(b",")[0])
        elif word == b"mode" and b".." in rest:
            before, _, after = rest.partition(b"..")
            self.old_mode, self.new_mode = _octal(before.partition(b",")[0]), _octal(after)
        elif word in (b"rename", b"copy"):
            self.kind = ChangeKind.RENAMED if word == b"rename" else ChangeKind.COPIED
            if rest.startswith(b"from "):
                self.old_path = unquote(rest[5:])
            elif rest.startswith(b"to "):
                self.path = unquote(rest[3:])
        elif word == b"similarity" and rest.startswith(b"index "):
            digits = rest[6:].rstrip(b"%")
            self.similarity = int(digits) if digits.isdigit() and len(digits) < 4 else None
        elif word in (b"---", b"+++") and self.path is None:
            name = unquote(rest.removesuffix(b"\t"))
            if name != b"/dev/null":
                self.path = _without_prefix(name)
        elif line.startswith((b"Binary files ", b"GIT binary patch")):
            self.binary = True

    def file(self) -> FileDiff | None:
        """The entry, or None when no name could be read."""
        if not self.path:
            return None
        return FileDiff(
            path=self.path,
            kind=self.kind,
            old_path=self.old_path,
            similarity=self.similarity,
            old_mode=self.old_mode,
            new_mode=self.new_mode,
            binary=self.binary,
            submodule=SUBMODULE_MODE in (self.old_mode, self.new_mode),
            hunks=tuple(self.hunks),
        )


def same_name(rest: bytes) -> bytes | None:
    """The name in `a/NAME b/NAME`, which may hold spaces; None where the two differ."""
    middle = len(rest) // 2
    if len(rest) < 3 or rest[middle : middle + 1] != b" ":
        return None
    left, right = unquote(rest[:middle]), unquote(rest[middle + 1 :])
    if left == right:  # diff.noprefix
        return left
    left, right = _without_prefix(left), _without_prefix(right)
    return left if left == right else None


def _without_prefix(name: bytes) -> bytes:
    return name[2:] if name[1:2] == b"/" else name


def unquote(name: bytes) -> bytes:
    """The name without git's quotes and escapes, if it has any."""
    if len(name) < 2 or not (name.startswith(b'"') and name.endswith(b'"')):
        return name
    return _ESCAPE.sub(_unescape, name[1:-1])


def _unescape(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return _ESCAPED[code] if code in _ESCAPED else bytes([int(code, 8) & 0xFF])


def _octal(digits: bytes) -> int | None:
    return int(digits, 8) if re.fullmatch(rb"[0-7]{5,7}", digits) else None
