"""Suggested messages whose commit is awaited, by marks of their words and files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aircherd.core.catalog import ModelRef
from aircherd.core.snapshot import PastCommit
from aircherd.features.acceptance_pending import monotonic, ref_of, wall
from aircherd.routing.acceptance import nearness_of

WORD = 2
"""Bytes of a word's mark."""
MOST_PATHS = 2_000
"""Files of a suggestion that is kept over a restart."""
MOST_DRAFTS = 8
"""Messages for one and the same change whose fate is open."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One suggested message."""

    ref: ModelRef
    words: tuple[str, ...]
    """Marks of its words (`acceptance_pending`)."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """What was suggested for one change, oldest first: any of it may be what is committed."""

    drafts: tuple[Draft, ...]
    head: str | None
    paths: frozenset[str]
    """Marks of the files."""
    at: float
    """Monotonic, of the newest."""

    def row(self) -> list[Any]:
        """As plain values, its instant in wall time."""
        drafts = [[str(draft.ref), "".join(draft.words)] for draft in self.drafts]
        return [drafts, self.head, sorted(self.paths), wall(self.at)]

    def after(self, earlier: Awaited | None) -> Awaited:
        """The same with what was suggested for the same change before, in other words."""
        if earlier is None or (earlier.head, earlier.paths) != (self.head, self.paths):
            return self
        newest = self.drafts[-1]
        others = (draft for draft in earlier.drafts if draft.words != newest.words)
        return Awaited((*others, newest)[-MOST_DRAFTS:], self.head, self.paths, self.at)

    def left_out(self, later: Awaited | None) -> tuple[Draft, ...]:
        """What nobody will commit now: asked for anew, and not in what is awaited after it."""
        there = () if later is None else tuple(draft.words for draft in later.drafts)
        return tuple(draft for draft in self.drafts[:-1] if draft.words not in there)

    def fates(self, committed: Sequence[str]) -> list[tuple[ModelRef, float]]:
        """How near each came to the marks of a message that was committed: of several the nearest
        is what was kept, the newest of equals, and the others were thrown away."""
        near = [nearness_of(draft.words, committed) for draft in self.drafts]
        kept = max(range(len(near)), key=lambda n: (near[n], n))
        return [(one.ref, near[n] if n == kept else 0.0) for n, one in enumerate(self.drafts)]


def of_row(row: Sequence[Any]) -> Awaited:
    """The same back. Raises ValueError, TypeError or KeyError for values of another form."""
    if len(row) == 5:  # as it was kept before there could be several drafts
        row = [[row[:2]], *row[2:]]
    drafts, head, paths, at = row
    found = tuple(
        Draft(ref_of(ref), tuple(said[n : n + 2 * WORD] for n in range(0, len(said), 2 * WORD)))
        for ref, said in drafts
    )
    if not found:
        raise ValueError("it suggests nothing")
    return Awaited(found, head, frozenset(paths), monotonic(float(at)))


def landed(
    commits: Sequence[PastCommit], awaited: Awaited, mark: Callable[[bytes], str]
) -> PastCommit | None:
    """The first commit since the suggestion that is of the same files: a pull brings others."""
    new: list[PastCommit] = []
    for commit in commits:
        if commit.oid == awaited.head:
            break
        new.append(commit)
    for commit in reversed(new):
        paths = frozenset(map(mark, commit.paths))
        if paths and 2 * len(paths & awaited.paths) >= len(paths | awaited.paths):
            return commit
    return None
