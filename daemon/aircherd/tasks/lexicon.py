"""Words of many languages and the ideas they stand for.

The list itself is data (`daemon/generate/detector/lexicon.txt`), compiled into the model. A word is
looked up whole, then by its stem, then with a letter more or less or two swapped, so that a typing
mistake in a telling word costs nothing. Scripts without spaces are cut by the longest known word.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

LONGEST_STEM = 14
SHORTEST_STEM = 3
HANGUL = "\uac00"
"""From here on a syllable is a character, and stems are short."""
_MOST_IDEAS = 2048
LONGEST_RUN = 8
"""Characters of the longest word of a script without spaces."""


STEM = 6
STEM_HANGUL = 2


def beginning(word: str) -> str | None:
    """What a longer word begins with, under which its likes are summed up: endings differ."""
    size = STEM if word[0] < "\u2fff" else STEM_HANGUL
    return f"{word[:size]}~" if len(word) > size and not "\u2fff" < word[0] < HANGUL else None


class Lexicon:
    """From a word to its idea, such as `REVIEW` or `O_DOC`."""

    def __init__(
        self,
        exact: Mapping[str, str],
        stems: Mapping[str, str],
        phrases: Mapping[str, str],
        plain: str = "",
    ) -> None:
        self._exact = exact
        self._plain = frozenset(plain.split())
        """Words of scripts without spaces that stand for no idea, to cut by."""
        self._stems = stems
        self._phrases = phrases
        """Two or three words, joined by a space."""
        self._ideas: dict[str, str | None] = {}
        """Of words met lately."""
        self._starts = {phrase.partition(" ")[0] for phrase in phrases}

    @cached_property
    def _near(self) -> dict[str, str]:
        """Telling words of six letters and more with one letter left out, to the word."""
        near: dict[str, str] = {}
        for word, idea in self._exact.items():
            if len(word) >= 6 and word.isascii() and idea not in ("VAGUE", "POLITE", "PREP"):
                for at in range(1, len(word)):
                    near.setdefault(word[:at] + word[at + 1 :], idea)
        return near

    def idea(self, word: str) -> str | None:
        """The idea of one word; None for a word that tells nothing."""
        try:
            return self._ideas[word]
        except KeyError:
            if len(self._ideas) > _MOST_IDEAS:
                self._ideas = {}
            found = self._ideas[word] = self._idea(word)
            return found

    def _idea(self, word: str) -> str | None:
        found = self._exact.get(word)
        if found is not None:
            return found
        stems = self._stems
        shortest = SHORTEST_STEM if word[0] < HANGUL else 1
        for size in range(min(len(word), LONGEST_STEM), shortest - 1, -1):
            found = stems.get(word[:size])
            if found is not None:
                return found
        if len(word) >= 5 and word[0] != "<" and word.isascii():
            near = self._near
            found = near.get(word)
            if found is not None:
                return found
            for at in range(1, min(len(word), LONGEST_STEM)):
                shorter = word[:at] + word[at + 1 :]
                found = near.get(shorter) or (self._exact.get(shorter) if at > 1 else None)
                if found is not None and found not in ("VAGUE", "POLITE", "PREP"):
                    return found
        return None

    def phrase(self, words: tuple[str, ...], at: int) -> tuple[str, int] | None:
        """The idea of the words from `at` on and how many they are, for a known phrase."""
        if words[at] not in self._starts:
            return None
        for count in (4, 3, 2):
            found = self._phrases.get(" ".join(words[at : at + count]))
            if found is not None and at + count <= len(words):
                return found, count
        return None

    def cut(self, run: str) -> list[tuple[str, str | None]]:
        """A run without spaces in known words with their ideas, and single characters."""
        pieces: list[tuple[str, str | None]] = []
        at = 0
        exact, plain = self._exact, self._plain
        while at < len(run):
            for size in range(min(LONGEST_RUN, len(run) - at), 0, -1):
                piece = run[at : at + size]
                if piece in exact:
                    pieces.append((piece, exact[piece]))
                    at += size
                    break
                if piece in plain:
                    pieces.append((piece, None))
                    at += size
                    break
            else:
                pieces.append((run[at], None))
                at += 1
        return pieces
