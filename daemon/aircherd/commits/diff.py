"""Reads the output of `git diff` into values.

Lines of a hunk are counted by its header, never guessed from their looks: a removed SQL comment
is `--- text`, an added C increment `+++ i`. What cannot be read is passed over; nothing raises.
Formats: the sections "Generating patch text with -p" and "Combined diff format" of git-diff(1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from aircherd.commits.diff_header import DiffHeader, same_name, unquote
from aircherd.commits.model import FileDiff, Hunk
from aircherd.core.snapshot import ChangeKind

_HUNK = re.compile(rb"@@ -(\d{1,18})(?:,(\d{1,18}))? \+(\d{1,18})(?:,(\d{1,18}))? @@ ?(.*)", re.S)
_COMBINED = re.compile(
    rb"(@{3,64})((?: -\d{1,18}(?:,\d{1,18})?)+) \+(\d{1,18})(?:,(\d{1,18}))? \1 ?(.*)", re.S
)
_RANGE = re.compile(rb"-(\d+)(?:,(\d+))?")


def parse(patch: bytes, unread: Sequence[bytes] = ()) -> tuple[FileDiff, ...]:
    """The files of a patch in their order, then those whose patch was not read.

    A change of type (file to symbolic link), which git prints as a deletion and an addition,
    becomes one entry. Entries of `unread` have the kind MODIFIED because nothing else is known.
    Takes time linear in the size of the patch.
    """
    lines = patch.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    files: list[FileDiff] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.startswith(b"diff --"):
            entry, at = _file(lines, at)
            if entry is not None:
                _append(files, entry)
            continue
        if line.startswith(b"* Unmerged path "):
            path = unquote(line[len(b"* Unmerged path ") :])
            if path:
                files.append(FileDiff(path=path, kind=ChangeKind.UNMERGED))
        at += 1
    known = {f.path for f in files}
    files += [
        FileDiff(path=p, kind=ChangeKind.MODIFIED, unread=True) for p in unread if p not in known
    ]
    return tuple(files)


def _file(lines: list[bytes], at: int) -> tuple[FileDiff | None, int]:
    """Reads one file from its `diff --` line; returns the entry and the index behind it."""
    first = lines[at]
    if first.startswith(b"diff --git "):
        header = DiffHeader(path=same_name(first[len(b"diff --git ") :]))
    else:  # `diff --cc NAME`, `diff --combined NAME`
        header = DiffHeader(path=unquote(first.partition(b" ")[2].partition(b" ")[2]) or None)
    at += 1
    while at < len(lines):
        line = lines[at]
        if line.startswith(b"@@"):
            hunk, at = _hunk(lines, at)
            if hunk is not None:
                header.hunks.append(hunk)
        elif line.startswith((b"diff --", b"* Unmerged path ")):
            break
        else:
            if not header.hunks:
                header.read(line)
            at += 1
    return header.file(), at


def _hunk(lines: list[bytes], at: int) -> tuple[Hunk | None, int]:
    """Reads one hunk from its `@@` line; returns it and the index behind it."""
    found = _HUNK.fullmatch(lines[at])
    if found is None:
        return _combined_hunk(lines, at)
    old = old_lines = int(found[2] or 1)
    new = new_lines = int(found[4] or 1)
    at += 1
    begin, end = at, len(lines)
    while at < end and (old > 0 or new > 0):
        sign = lines[at][:1]
        if sign == b"+":
            new -= 1
        elif sign == b"-":
            old -= 1
        elif sign in (b" ", b""):
            old -= 1
            new -= 1
        elif sign != b"\\":
            break
        at += 1
    if at < end and lines[at].startswith(b"\\"):
        at += 1
    hunk = Hunk(
        old_start=int(found[1]),
        old_lines=old_lines,
        new_start=int(found[3]),
        new_lines=new_lines,
        context=_text(found[5]),
        lines=_decoded(lines[begin:at]),
    )
    return hunk, at


def _combined_hunk(lines: list[bytes], at: int) -> tuple[Hunk | None, int]:
    """Reads a hunk with one column of signs per parent and folds them into one."""
    found = _COMBINED.fullmatch(lines[at])
    if found is None:
        return None, at + 1
    parents = len(found[1]) - 1
    ranges = _RANGE.findall(found[2])
    if len(ranges) != parents:
        return None, at + 1
    left = [int(count or 1) for _, count in ranges]
    new = new_lines = int(found[4] or 1)
    at += 1
    folded: list[bytes] = []
    while at < len(lines) and (new > 0 or any(n > 0 for n in left)):
        line = lines[at]
        signs, text = line[:parents].ljust(parents), line[parents:]
        if line.startswith(b"\\"):
            folded.append(line)
        elif signs.strip(b" +-"):
            break
        elif b"-" in signs:
            left = [n - (sign == 45) for n, sign in zip(left, signs, strict=True)]
            folded.append(b"-" + text)
        else:
            left = [n - (sign == 32) for n, sign in zip(left, signs, strict=True)]
            new -= 1
            folded.append((b"+" if b"+" in signs else b" ") + text)
        at += 1
    hunk = Hunk(
        old_start=int(ranges[0][0]),
        old_lines=int(ranges[0][1] or 1),
        new_start=int(found[3]),
        new_lines=new_lines,
        context=_text(found[5]),
        lines=_decoded(folded),
    )
    return hunk, at


def _append(files: list[FileDiff], entry: FileDiff) -> None:
    last = files[-1] if files else None
    if (
        last is not None
        and last.path == entry.path
        and (last.kind, entry.kind) == (ChangeKind.DELETED, ChangeKind.ADDED)
    ):
        files[-1] = replace(
            entry,
            kind=ChangeKind.TYPE_CHANGED,
            old_mode=last.old_mode,
            submodule=last.submodule or entry.submodule,
            binary=last.binary or entry.binary,
            hunks=last.hunks + entry.hunks,
        )
    else:
        files.append(entry)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _decoded(lines: list[bytes]) -> tuple[str, ...]:
    # One call for the whole hunk is several times faster than one per line.
    return tuple(_text(b"\n".join(lines)).split("\n")) if lines else ()
