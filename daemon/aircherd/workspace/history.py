"""The last commits, with the paths they touched. Synchronous, through a shadow that is open."""

from __future__ import annotations

from collections.abc import Sequence

from aircherd.core.snapshot import PastCommit
from aircherd.workspace.shadow import Shadow

_CAP = 8 << 20
LOG = (
    "log", "-z", "--no-merges", "--no-show-signature", "--no-color", "--no-ext-diff",
    "--no-textconv", "--no-renames", "--name-only", "--encoding=UTF-8",
    "--format=%x01%H%x02%P%x02%an <%ae>%x02%B%x03",
)  # fmt: skip
"""What `parse_log` reads."""


def history(
    shadow: Shadow, count: int, before: tuple[PastCommit, ...] = (), tip: str | None = None
) -> tuple[PastCommit, ...]:
    """The last commits that are no merges, newest first.

    Shorter where the history is shallow or its objects are not here. `before` is what this gave
    when HEAD was at `tip`: only what has been committed on top of that is read.
    """
    if shadow.commit is None or count <= 0:
        return ()
    if tip is not None and tip != shadow.commit:
        new = _log(shadow, count, f"^{tip}")
        if new and _lead(new, shadow.commit, tip):
            return (*(commit for commit, _ in new), *before)[:count]
    return tuple(commit for commit, _ in _log(shadow, count))


def _log(shadow: Shadow, count: int, *outside: str) -> list[tuple[PastCommit, str]]:
    assert shadow.commit is not None
    log = shadow.git(
        *LOG, f"--max-count={count}", "--end-of-options", shadow.commit, *outside,
        cap=_CAP, allowed=(0, 128),
    )  # fmt: skip
    return records(log.data, complete=log.complete)


def _lead(new: Sequence[tuple[PastCommit, str]], tip: str, end: str) -> bool:
    """Whether commits are one after the other, from a tip down to the one before them all."""
    wanted = tip
    for commit, parents in new:
        if commit.oid != wanted:
            return False
        wanted = parents
    return wanted == end


def parse_log(data: bytes, *, complete: bool) -> tuple[PastCommit, ...]:
    """The records of `LOG`; a last one that was cut is left out."""
    return tuple(commit for commit, _ in records(data, complete=complete))


def records(data: bytes, *, complete: bool) -> list[tuple[PastCommit, str]]:
    """The same, each with the ids of its parents as git prints them."""
    parts_of = data.split(b"\x01")[1:]
    if not complete:
        parts_of = parts_of[:-1]
    found: list[tuple[PastCommit, str]] = []
    for record in parts_of:
        head, mark, names = record.partition(b"\x03")
        parts = head.split(b"\x02", 3)
        if not mark or len(parts) != 4:
            continue
        oid, parents, author, message = (part.decode("utf-8", "replace") for part in parts)
        commit = PastCommit(
            oid=oid,
            parents=len(parents.split()),
            author=author,
            message=message.strip("\n"),
            paths=tuple(name for name in names.strip(b"\n\0").split(b"\0") if name),
        )
        found.append((commit, parents))
    return found
