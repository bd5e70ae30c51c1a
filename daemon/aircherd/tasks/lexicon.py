"""Words of many languages and the ideas they stand for.

The list itself is data (`daemon/generate/detector/lexicon.txt`), compiled into the model. A word is
looked up whole, then by its stem, then with a letter more or less or two swapped, so that a typing
mistake in a telling word costs nothing. Scripts without spaces are cut by the longest known word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import compress, count, pairwise
from sys import intern

from aircherd.tasks.entry import HANGUL, Entry, beginning, entry
from aircherd.tasks.memo import Memo

__all__ = ["HANGUL", "Lexicon", "beginning"]

LONGEST_STEM = 14
SHORTEST_STEM = 3
_MOST_ENTRIES = 2048
_MOST_PARTS = 512
LONGEST_RUN = 8
"""Characters of the longest word of a script without spaces."""


_Begun = dict[tuple[str, str], list[tuple[tuple[str, ...], str]]]
"""The first two words of phrases; to what may follow and the phrase, the longest first."""
_RUNS = "\u3000"
"""From here on are scripts without spaces."""


class Lexicon:
    """From a word to its idea, such as `REVIEW` or `O_DOC`."""

    def __init__(
        self,
        exact: Mapping[str, str],
        stems: Mapping[str, str],
        phrases: Mapping[str, str],
        plain: str = "",
    ) -> None:
        # Every idea once: a file of words names the same few again and again.
        self._exact = {word: intern(idea) for word, idea in exact.items()}
        self._stems = {stem: intern(idea) for stem, idea in stems.items()}
        self._said = plain
        self._phrases = {phrase: intern(idea) for phrase, idea in phrases.items()}
        self._begun = _begun(phrases)
        self._entries: Memo[Entry] = Memo(self._entry, _MOST_ENTRIES)
        """Of words met lately."""
        self._parts: Memo[Entry] = Memo(self._part, _MOST_PARTS)
        """Of phrases, and of words cut out of a run, which have no stems and no typing mistakes."""

    @cached_property
    def _plain(self) -> frozenset[str]:
        """Words of scripts without spaces that stand for no idea, to cut by."""
        return frozenset(self._said.split())

    @cached_property
    def _near(self) -> dict[str, str]:
        """Telling words of six letters and more with one letter left out, to the word."""
        near: dict[str, str] = {}
        for word, idea in self._exact.items():
            if len(word) >= 6 and word.isascii() and idea not in ("VAGUE", "POLITE", "PREP"):
                for at in range(1, len(word)):
                    near.setdefault(word[:at] + word[at + 1 :], idea)
        return near

    def _entry(self, word: str) -> Entry:
        return entry(word, self.idea(word))

    def _part(self, part: str) -> Entry:
        return entry(part, self._phrases.get(part) or self._exact.get(part))

    @cached_property
    def _stem_sizes(self) -> dict[str, tuple[int, ...]]:
        """By the first letters of stems: how long they are, the longest first."""
        sizes: dict[str, set[int]] = {}
        for stem in self._stems:
            sizes.setdefault(stem[:SHORTEST_STEM], set()).add(len(stem))
        return {begins: tuple(sorted(some, reverse=True)) for begins, some in sizes.items()}

    def idea(self, word: str) -> str | None:
        """The idea of one word; None for a word that tells nothing."""
        found = self._exact.get(word) or self._by_stem(word)
        if found is None and len(word) >= 5 and word[0] != "<" and word.isascii():
            return self._mistyped(word)
        return found

    def _by_stem(self, word: str) -> str | None:
        stems = self._stems
        if word[0] < HANGUL:
            for size in self._stem_sizes.get(word[:SHORTEST_STEM], ()):
                if size <= LONGEST_STEM and word[:size] in stems:
                    return stems[word[:size]]
            return None
        for size in range(min(len(word), LONGEST_STEM), 0, -1):
            found = stems.get(word[:size])
            if found is not None:
                return found
        return None

    def _mistyped(self, word: str) -> str | None:
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

    def pieces(self, words: tuple[str, ...]) -> list[Entry]:
        """What is known of each word; some words are one phrase, and some runs are many words."""
        pieces = list(map(self._entries.__getitem__, words))
        begun = self._begun
        special = list(compress(count(), map(begun.__contains__, pairwise(words))))
        if not "".join(words).isascii() and max(words) > _RUNS:
            runs = [at for at, word in enumerate(words) if word > _RUNS and len(word) > 1]
            special = sorted({*special, *runs})
        if not special:
            return pieces
        found: list[Entry] = []
        done = 0
        for at in special:
            word = words[at]
            if at < done:
                continue
            if word > _RUNS and len(word) > 1:
                found += pieces[done:at]
                found += [self._parts[part] for part, _ in self.cut(word)]
                done = at + 1
                continue
            for rest, phrase in begun[word, words[at + 1]]:
                end = at + 2 + len(rest)
                if words[at + 2 : end] == rest:
                    found += pieces[done:at]
                    found.append(self._parts[phrase])
                    done = end
                    break
        return found + pieces[done:] if done else pieces

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


def _begun(phrases: Iterable[str]) -> _Begun:
    begun: _Begun = {}
    for phrase in phrases:
        first, *rest = phrase.split(" ")
        if 1 <= len(rest) <= 3:
            found = begun.setdefault((first, rest[0]), [])
            found.append((tuple(rest[1:]), phrase))
            found.sort(key=lambda one: -len(one[0]))
    return begun
