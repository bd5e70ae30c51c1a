"""What is staged, as git lists it and as a patch: both from one run where both are wanted.

Synchronous, through a shadow that is open. An error is never an empty answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aircherd.core.errors import GitRefused
from aircherd.core.snapshot import ChangeKind, StagedChange, StagedDiff
from aircherd.workspace.shadow import Shadow

LIST_CAP = 256 << 20
_MOST_SIZED = 20_000
_ENTRIES = (
    "diff-index", "--cached", "--ita-invisible-in-index", "--raw", "-z", "-M",
    "--no-ext-diff", "--no-textconv", "--full-index", "--ignore-submodules=none",
)  # fmt: skip
_PATCH = ("--patch", "--no-color", "--submodule=short", "--src-prefix=a/", "--dst-prefix=b/")
# git-diff-index(1): with `--raw -z --patch` the list comes first and ends with an empty field.
_END_OF_LIST = b"\0\0"
_FILE = b"diff --git "
_PRINTED = {ChangeKind.UNMERGED: 0, ChangeKind.TYPE_CHANGED: 2}
"""How many times a patch names a file, where that is not once."""


def listed(shadow: Shadow, base: str) -> tuple[StagedChange, ...]:
    """The entries that differ from a commit or tree. Raises GitRefused."""
    raw = shadow.git(*_ENTRIES, "--end-of-options", base, cap=LIST_CAP)
    if not raw.complete:
        raise _too_many()
    return parse_raw(raw.data)


def listed_with_patch(
    shadow: Shadow, base: str, cap: int
) -> tuple[tuple[StagedChange, ...], StagedDiff]:
    """The entries and their patch of at most `cap` bytes, cut at a whole file. Raises GitRefused.

    One run takes no longer than the patch alone: git makes the list on its way to it.
    """
    reading = _Reading(cap)
    found = shadow.git(*_ENTRIES, *_PATCH, "--end-of-options", base, cap=cap, take=reading.take)
    return reading.ended(complete=found.complete)


class _Reading:
    """The two parts of what git prints, as it comes."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._list = bytearray()
        self._listing = True
        self._patch: list[bytes] = []
        self._size = 0

    def take(self, chunk: bytes) -> bool:
        """Takes in what came; False when that is enough."""
        if self._listing:
            seen = max(0, len(self._list) - 1)
            self._list += chunk
            at = self._list.find(_END_OF_LIST, seen)
            if at < 0:
                return len(self._list) <= LIST_CAP
            self._listing = False
            chunk = bytes(self._list[at + 2 :])
            del self._list[at + 1 :]
        self._patch.append(chunk)
        self._size += len(chunk)
        return self._size <= self._cap

    def ended(self, *, complete: bool) -> tuple[tuple[StagedChange, ...], StagedDiff]:
        """What was read; `complete` when git came to its end."""
        if self._listing and not complete:
            raise _too_many()
        changes = parse_raw(bytes(self._list))
        patch = b"".join(self._patch)
        if complete:
            return changes, StagedDiff(patch=patch, complete=True)
        patch = patch[: self._cap]
        kept = _without_last(patch)
        left = kept.count(b"\n" + _FILE) + kept.startswith(_FILE)
        for number, change in enumerate(changes):
            printed = _PRINTED.get(change.kind, 1)
            if left < printed:
                # Half of a change of type would read as a deletion.
                kept = _without_last(kept) if left else kept
                unread = tuple(later.path for later in changes[number:])
                return changes, StagedDiff(patch=kept, complete=False, unread=unread)
            left -= printed
        return changes, StagedDiff(patch=kept, complete=False)


def _without_last(patch: bytes) -> bytes:
    """The patch without its last file, which was not read whole."""
    whole = patch.rfind(b"\n" + _FILE)
    return patch[: whole + 1] if whole >= 0 else b""


def _too_many() -> GitRefused:
    return GitRefused("More is staged than can be listed; commit it in parts.")


def parse_raw(data: bytes) -> tuple[StagedChange, ...]:
    """`git diff --cached --raw -z`, entry by entry. Raises GitRefused for anything else."""
    fields = data.split(b"\0")
    found: list[StagedChange] = []
    at = 0
    while at < len(fields) - 1:
        head = fields[at]
        try:
            old_mode, new_mode, old_oid, new_oid, status = head.removeprefix(b":").split(b" ")
            letter, score = chr(status[0]), status[1:]
            kind = ChangeKind(letter)
            moved = kind in (ChangeKind.RENAMED, ChangeKind.COPIED)
            first = fields[at + 1]
            path = fields[at + 2] if moved else first
            found.append(
                StagedChange(
                    kind=kind,
                    path=path,
                    old_path=first if moved else None,
                    old_mode=int(old_mode, 8),
                    new_mode=int(new_mode, 8),
                    old_oid=old_oid.decode("ascii"),
                    new_oid=new_oid.decode("ascii"),
                    score=int(score) if score else None,
                )
            )
        except (ValueError, IndexError):
            raise GitRefused("git listed the staged files in a form not known here.") from None
        at += 3 if moved else 2
    return tuple(found)


def conflicts(shadow: Shadow, changes: Sequence[StagedChange]) -> tuple[bytes, ...]:
    """The paths that are in conflict."""
    if not any(change.kind is ChangeKind.UNMERGED for change in changes):
        return ()
    data = shadow.git("ls-files", "--unmerged", "-z", cap=LIST_CAP).data
    paths = (entry.partition(b"\t")[2] for entry in data.split(b"\0") if entry)
    return tuple(dict.fromkeys(paths))


def sized(shadow: Shadow, changes: tuple[StagedChange, ...]) -> tuple[StagedChange, ...]:
    """The same with the size of each new content, where its object is here."""
    wanted = [c for c in changes if not c.is_submodule and c.new_mode and c.new_oid.strip("0")]
    if not wanted or len(wanted) > _MOST_SIZED:
        return changes
    found = shadow.git(
        "cat-file", "--batch-check=%(objectname) %(objectsize)",
        cap=LIST_CAP, stdin="".join(f"{c.new_oid}\n" for c in wanted).encode("ascii"),
    )  # fmt: skip
    sizes: dict[str, int] = {}
    for line in found.data.decode("ascii", "replace").splitlines():
        oid, _, size = line.partition(" ")
        if size.isdecimal():
            sizes[oid] = int(size)
    return tuple(replace(change, size=sizes.get(change.new_oid)) for change in changes)
