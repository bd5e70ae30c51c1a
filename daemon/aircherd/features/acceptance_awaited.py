"""A suggested message whose commit is awaited, by marks of its words and files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aircherd.core.catalog import ModelRef
from aircherd.core.snapshot import PastCommit
from aircherd.features.acceptance_pending import monotonic, ref_of, wall

WORD = 2
"""Bytes of a word's mark."""
MOST_PATHS = 2_000
"""Files of a suggestion that is kept over a restart."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """One suggestion."""

    ref: ModelRef
    words: tuple[str, ...]
    """Marks of its words (`acceptance_pending`)."""
    head: str | None
    paths: frozenset[str]
    """Marks of the files."""
    at: float
    """Monotonic."""

    def row(self) -> list[Any]:
        """As plain values, its instant in wall time."""
        return [str(self.ref), "".join(self.words), self.head, sorted(self.paths), wall(self.at)]


def of_row(row: Sequence[Any]) -> Awaited:
    """The same back. Raises ValueError, TypeError or KeyError for values of another form."""
    ref, said, head, paths, at = row
    words = tuple(said[n : n + 2 * WORD] for n in range(0, len(said), 2 * WORD))
    return Awaited(ref_of(ref), words, head, frozenset(paths), monotonic(float(at)))


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
