"""The diff, fitted to a model's window: what tells most first, what was left out by name."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from aircherd.commits.model import FileDiff, Hunk
from aircherd.commits.roles import Role, role_of
from aircherd.core.snapshot import ChangeKind

_LONGEST_LINE = 500
_NAMED = 40
_NOT_SENT = {Role.LOCK: "lock file", Role.GENERATED: "generated"}
_VENDORED = ("/vendor/", "/node_modules/", "/third_party/", "/dist/")
_ORDER = {Role.SOURCE: 0, Role.TEST: 3, Role.DOCS: 4}
_WORDS = {
    ChangeKind.ADDED: "new file",
    ChangeKind.DELETED: "deleted",
    ChangeKind.RENAMED: "renamed",
    ChangeKind.COPIED: "copied",
    ChangeKind.TYPE_CHANGED: "type changed",
    ChangeKind.UNMERGED: "in conflict",
    ChangeKind.MODIFIED: "modified",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """What a model is shown of a change."""

    text: str
    left_out: tuple[tuple[str, str], ...]
    """(path, why) of every file that is not shown whole."""
    fence: str
    """The line the data stands between; nothing inside it can be equal to it."""


def pack(files: Sequence[FileDiff], *, budget_bytes: int) -> Packed:
    """The change in at most `budget_bytes` bytes of UTF-8.

    Every file gets its first hunk before any gets its second; small files and source come before
    large files, tests and documents. The order of the files is kept.
    """
    shown: dict[int, list[str]] = {}
    left: dict[int, str] = {}
    chosen: list[int] = []
    for number, file in enumerate(files):
        why = _why_not(file)
        if why is not None:
            left[number] = why
        else:
            chosen.append(number)
    heads = {n: _head(files[n]) for n in range(len(files))}
    names = [f"{heads[n]} ({left[n]})" for n in left]
    used = 200 + sum(_size(line) for line in names[:_NAMED])
    if used > budget_bytes:
        names, used = [], 200
    ranked = sorted(chosen, key=lambda n: (_rank(files[n]), _weight(files[n]), n))
    rounds = max((len(files[n].hunks) for n in chosen), default=0)
    full: set[int] = set()
    for turn in range(max(1, rounds)):
        for n in ranked:
            if n in full or turn >= max(1, len(files[n].hunks)):
                continue
            piece = _hunk(files[n].hunks[turn]) if files[n].hunks else ""
            if turn == 0:
                piece = f"{heads[n]}\n{piece}"
            if used + _size(piece) > budget_bytes:
                full.add(n)
                continue
            shown.setdefault(n, []).append(piece)
            used += _size(piece)
    for n in chosen:
        got, all_of_it = len(shown.get(n, ())), max(1, len(files[n].hunks))
        if got == 0:
            left[n] = "no room"
        elif got < all_of_it:
            left[n] = f"{all_of_it - got} of {all_of_it} hunks left out for want of room"
    parts = ["".join(shown[n]) for n in sorted(shown)]
    if names:
        more = len(names) - _NAMED
        tail = [f"and {more} more"] if more > 0 else []
        parts.append("\n".join(["Also changed, not shown:", *names[:_NAMED], *tail]))
    text = _cut("\n".join(parts), budget_bytes)
    seal = hashlib.sha256(text.encode())
    while (fence := f"=====diff-{seal.hexdigest()[:12]}=====") in text:
        seal.update(b"another")
    return Packed(
        text=text,
        left_out=tuple((files[n].name, left[n]) for n in sorted(left)),
        fence=fence,
    )


def size_of(files: Sequence[FileDiff]) -> int:
    """Bytes the whole change would take, unpacked."""
    return sum(
        len(line) + 1 for file in files for hunk in file.hunks for line in hunk.lines
    ) + 80 * len(files)


def _why_not(file: FileDiff) -> str | None:
    if file.withheld is not None:
        return file.withheld
    if file.unread:
        return "too large to read"
    if file.binary:
        return "binary"
    if file.submodule:
        return None
    name = f"/{file.name}"
    if any(part in name for part in _VENDORED):
        return "vendored"
    why = _NOT_SENT.get(role_of(file.name))
    if why is not None:
        return why
    lines = [line for hunk in file.hunks for line in hunk.lines]
    if lines and any(len(line) > 5_000 for line in lines):
        return "minified"
    if any("@generated" in line or "DO NOT EDIT" in line for line in lines[:12]):
        return "generated"
    return None


def _rank(file: FileDiff) -> int:
    return _ORDER.get(role_of(file.name), 2)


def _weight(file: FileDiff) -> int:
    return sum(len(hunk.lines) for hunk in file.hunks)


def _head(file: FileDiff) -> str:
    word = _WORDS[file.kind]
    if file.old_path is not None and file.old_path != file.path:
        old = file.old_path.decode("utf-8", "backslashreplace")
        old = "".join(c if c.isprintable() else "?" for c in old)
        return f"--- {file.name} ({word} from {old})"
    return f"--- {file.name} ({word})"


def _hunk(hunk: Hunk) -> str:
    lines = [f"@@ {hunk.context}".rstrip()]
    for line in hunk.lines:
        over = len(line) - _LONGEST_LINE
        lines.append(f"{line[:_LONGEST_LINE]} … {over} characters more" if over > 0 else line)
    return "\n".join(lines) + "\n"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass")) + 1


def _cut(text: str, limit: int) -> str:
    raw = text.encode("utf-8", "replace")
    return raw[:limit].decode("utf-8", "ignore") if len(raw) > limit else raw.decode("utf-8")
