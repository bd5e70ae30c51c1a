"""A repository, looked at: what is staged, how it differs, how messages are written here.

All methods are synchronous and may run in any thread. An error is never an empty answer.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from aircherd.core.errors import GitRefused
from aircherd.core.snapshot import (
    ChangeKind,
    Operation,
    PastCommit,
    RepositoryHints,
    StagedChange,
    StagedDiff,
    WorkspaceSnapshot,
)
from aircherd.workspace.hints import hints, read_beneath
from aircherd.workspace.layout import Layout, find
from aircherd.workspace.shadow import Shadow, opened

_RAW_CAP = 256 << 20
_HISTORY_CAP = 8 << 20
_MOST_SIZED = 20_000
_MARKERS = (
    ("rebase-merge", Operation.REBASE),
    ("rebase-apply", Operation.REBASE),
    ("MERGE_HEAD", Operation.MERGE),
    ("CHERRY_PICK_HEAD", Operation.CHERRY_PICK),
    ("REVERT_HEAD", Operation.REVERT),
    ("BISECT_LOG", Operation.BISECT),
)


@dataclass(frozen=True, slots=True)
class Repository:
    """One work tree."""

    layout: Layout

    @classmethod
    def locate(cls, path: str) -> Repository:
        """The repository around a path. Raises NotARepository, GitRefused."""
        return cls(find(path))

    @property
    def root(self) -> str:
        """Absolute path of the work tree."""
        return self.layout.root

    def snapshot(self) -> WorkspaceSnapshot:
        """Branch, HEAD, what is staged and what git is in the middle of. Raises GitRefused."""
        with opened(self.layout) as shadow:
            return self.staged(shadow)

    def staged(self, shadow: Shadow) -> WorkspaceSnapshot:
        """The same through a shadow that is open already."""
        raw = shadow.git(
            "diff-index", "--cached", "--ita-invisible-in-index",
            "--raw", "-z", "-M", "--no-ext-diff", "--no-textconv",
            "--full-index", "--ignore-submodules=none", "--end-of-options", self._base(shadow),
            cap=_RAW_CAP,
        )  # fmt: skip
        if not raw.complete:
            raise GitRefused("More is staged than can be listed; commit it in parts.")
        changes = parse_raw(raw.data)
        conflicted: tuple[bytes, ...] = ()
        if any(change.kind is ChangeKind.UNMERGED for change in changes):
            conflicted = _unmerged(shadow.git("ls-files", "--unmerged", "-z", cap=_RAW_CAP).data)
        return WorkspaceSnapshot(
            root=self.root,
            branch=shadow.branch,
            head=shadow.commit,
            operation=self.operation(),
            staged=_sized(shadow, changes),
            conflicted=conflicted,
        )

    def staged_diff(self, cap: int, *, amend: bool = False) -> StagedDiff:
        """The staged change as a patch of at most `cap` bytes, cut at a whole file."""
        with opened(self.layout) as shadow:
            base = self._base(shadow, amend=amend)
            patch = shadow.git(
                "diff-index", "--cached", "--ita-invisible-in-index",
                "--patch", "-M", "--no-color", "--no-ext-diff",
                "--no-textconv", "--submodule=short", "--src-prefix=a/", "--dst-prefix=b/",
                "--end-of-options", base, cap=cap,
            )  # fmt: skip
            if patch.complete:
                return StagedDiff(patch=patch.data, complete=True)
            whole = patch.data.rfind(b"\ndiff --git ")
            kept = patch.data[: whole + 1] if whole >= 0 else b""
            names = shadow.git(
                "diff-index", "--cached", "--ita-invisible-in-index",
                "--name-only", "-z", "-M", "--end-of-options", base,
                cap=_RAW_CAP,
            )  # fmt: skip
            listed = [name for name in names.data.split(b"\0") if name]
            read = kept.count(b"\ndiff --git ") + (1 if kept.startswith(b"diff --git ") else 0)
            return StagedDiff(patch=kept, complete=False, unread=tuple(listed[read:]))

    def history(self, count: int) -> tuple[PastCommit, ...]:
        """The last commits that are no merges, newest first, with the paths they touched.

        Shorter where the history is shallow or its objects are not here.
        """
        with opened(self.layout) as shadow:
            if shadow.commit is None or count <= 0:
                return ()
            log = shadow.git(
                "log", "-z", f"--max-count={count}", "--no-merges", "--no-show-signature",
                "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames", "--name-only",
                "--encoding=UTF-8", "--format=%x01%H%x02%P%x02%an <%ae>%x02%B%x03",
                "--end-of-options", shadow.commit, cap=_HISTORY_CAP, allowed=(0, 128),
            )  # fmt: skip
            return parse_log(log.data, complete=log.complete)

    def hints(self) -> RepositoryHints:
        """What the repository itself says about its messages."""
        return hints(self.layout)

    def incoming(self) -> str | None:
        """The subject git has prepared for what it is in the middle of (MERGE_MSG).

        Of a revert, the subject of the commit that is taken back. None when nothing is prepared.
        """
        text = read_beneath(self.layout.git_dir, "MERGE_MSG", 4096)
        subject = (text or "").partition("\n")[0].strip()
        if subject.startswith('Revert "') and subject.endswith('"'):
            subject = subject[len('Revert "') : -1]
        return subject or None

    def _base(self, shadow: Shadow, *, amend: bool = False) -> str:
        if shadow.commit is None:
            return shadow.empty_tree
        if not amend:
            return shadow.commit
        found = shadow.git("cat-file", "commit", shadow.commit, cap=1 << 20)
        for line in found.data.split(b"\n"):
            if line.startswith(b"parent "):
                return line.removeprefix(b"parent ").decode("ascii")
            if not line:
                break
        return shadow.empty_tree

    def operation(self) -> Operation:
        """What git is in the middle of."""
        for name, operation in _MARKERS:
            if os.path.exists(os.path.join(self.layout.git_dir, name)):
                return operation
        return Operation.NONE


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


def parse_log(data: bytes, *, complete: bool) -> tuple[PastCommit, ...]:
    """The records of `history`; a last one that was cut is left out."""
    records = data.split(b"\x01")[1:]
    if not complete:
        records = records[:-1]
    found: list[PastCommit] = []
    for record in records:
        head, mark, names = record.partition(b"\x03")
        parts = head.split(b"\x02", 3)
        if not mark or len(parts) != 4:
            continue
        oid, parents, author, message = (part.decode("utf-8", "replace") for part in parts)
        found.append(
            PastCommit(
                oid=oid,
                parents=len(parents.split()),
                author=author,
                message=message.strip("\n"),
                paths=tuple(name for name in names.strip(b"\n\0").split(b"\0") if name),
            )
        )
    return tuple(found)


def _sized(shadow: Shadow, changes: tuple[StagedChange, ...]) -> tuple[StagedChange, ...]:
    """The same with the size of each new content, where its object is here."""
    wanted = [c for c in changes if not c.is_submodule and c.new_mode and c.new_oid.strip("0")]
    if not wanted or len(wanted) > _MOST_SIZED:
        return changes
    found = shadow.git(
        "cat-file", "--batch-check=%(objectname) %(objectsize)",
        cap=_RAW_CAP, stdin="".join(f"{c.new_oid}\n" for c in wanted).encode("ascii"),
    )  # fmt: skip
    sizes: dict[str, int] = {}
    for line in found.data.decode("ascii", "replace").splitlines():
        oid, _, size = line.partition(" ")
        if size.isdecimal():
            sizes[oid] = int(size)
    return tuple(replace(change, size=sizes.get(change.new_oid)) for change in changes)


def _unmerged(data: bytes) -> tuple[bytes, ...]:
    paths = (entry.partition(b"\t")[2] for entry in data.split(b"\0") if entry)
    return tuple(dict.fromkeys(paths))
