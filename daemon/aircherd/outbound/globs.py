"""Patterns of ignore files, held to what can be matched in time.

A pattern becomes a regular expression that tries every way to share a path among its stars: with
ten of them on a long name that takes years, and nothing else of the process runs meanwhile. A
repository brings both the pattern and the name. So patterns with many stars are widened to ones
with few that match everything they match: more is held back, never less.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

MOST_LINES = 5_000
_MOST_STARS = 2
"""In one part of a path."""
_MOST_STARRED = 2
"""Parts of a pattern with a star in them."""
_LONGEST = 1_000


def tame(lines: Iterable[str]) -> Iterator[str]:
    """The lines, each no more work than the square of a path's length.

    A line that lets files in again (`!`) is left out where it would have to be widened.
    """
    for number, line in enumerate(lines):
        if number == MOST_LINES:
            # What the rest would hold back is not known.
            yield "*"
            return
        text = line.strip("\r\n")
        if text.startswith("#") or not _is_wild(text):
            yield text
        elif not text.startswith("!"):
            yield _widened(text)


def _is_wild(text: str) -> bool:
    parts = text.split("/")
    starred = sum("*" in part for part in parts)
    most = max(part.count("*") for part in parts)
    return len(text) > _LONGEST or most > _MOST_STARS or starred > _MOST_STARRED


def _widened(text: str) -> str:
    """A pattern that matches whatever this one does."""
    parts = text[:_LONGEST].split("/")
    if len(text) > _LONGEST:
        return "*"
    starred = [number for number, part in enumerate(parts) if "*" in part]
    if len(starred) > _MOST_STARRED:
        # Between the first and the last star anything may stand, at any depth.
        parts = [*parts[: starred[0]], "**", *parts[starred[-1] + 1 :]]
        if len(parts) == 1:
            return "*"
    return "/".join(_simple(part) for part in parts)


def _simple(part: str) -> str:
    if part == "**" or part.count("*") <= _MOST_STARS:
        return part
    if "[" in part or "\\" in part:
        return "*"
    first, last = part.split("*", 1)[0], part.rsplit("*", 1)[1]
    return f"{first}*{last}"
