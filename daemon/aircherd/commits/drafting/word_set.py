"""Word lists written as text, which reads better than a thousand quotation marks."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """The words of a text, parted by blanks and line ends."""
    return frozenset(text.split())
