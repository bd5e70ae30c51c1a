"""What is known of a word whatever stands around it: worked out once, then looked up."""

from __future__ import annotations

SKIPPED, ENDS, PAUSES, PLAIN, DENIES, ASIDE, ABOUT, MAY, ASKS, ORDERS, TELLS = range(11)
"""What a word does to a sentence: nothing, ends or parts it, has content, negates it, speaks of
something in passing or of something else, is a `can` or `should`, asks, orders what is to be done,
or tells what is wanted otherwise."""
GRAM = 4
"""Letters that are looked at together."""
HANGUL = "\uac00"
"""From here on a syllable is a character, and stems are short."""
STEM = 6
STEM_HANGUL = 2
_ENDS = frozenset(".!\n?。！;；…")
_PAUSES = frozenset(",，、:：(")
_DOING = "EXPLAIN FIX MAKE CHANGE RESTRUCT SUM REVIEW DOCV COMMITV TRANSLATE O_COMMIT O_DOC O_TEST"
_KINDS = {
    **dict.fromkeys(("POLITE", "VAGUE"), SKIPPED),
    "NEG": DENIES,
    **dict.fromkeys(("INSTEAD", "SUB"), ASIDE),
    "PREP": ABOUT,
    "AUX": MAY,
    **dict.fromkeys(("WHY", "HOW", "WHAT", "WHERE"), ASKS),
    **dict.fromkeys(_DOING.split(), ORDERS),
}
_SMALL = frozenset({"POLITE", "VAGUE", "PREP", "SUB", "NEG", "INSTEAD", "AUX"})

Entry = tuple[str, str, int, str, str | None, tuple[str, ...], tuple[str, ...], bool]
"""A word; its idea or nothing; what it does to a sentence; what stands for it beside others (its
idea or itself); its feature by itself (None for a word that tells something); its features by
meaning and by letters; and whether it counts as spelled."""


def entry(word: str, idea: str | None) -> Entry:
    """What is known of a word or a phrase with this idea."""
    telling = idea is not None and idea not in _SMALL
    senses: tuple[str, ...] = ()
    if (len(word) > 1 and word.isalpha()) or word[0] > "\u2fff":
        stem = beginning(word)
        senses = (f"v:{word}",) if stem is None else (f"v:{word}", f"v:{stem}")
    letters: tuple[str, ...] = ()
    spelled = False
    if telling:
        pass
    elif len(word) >= GRAM and word[0] != "<" and word[0] < "\u2fff":
        spelled = True
        framed = f"^{word[:14]}$"
        letters = tuple([framed[i : i + GRAM] for i in range(len(framed) - GRAM + 1)])
    elif word[0] > "\u2fff":
        letters = tuple(word)
    beside = idea if telling and idea is not None else word
    alone = None if telling else f"w:{word}"
    return word, idea or "", _kind(word, idea), beside, alone, senses, letters, spelled


def _kind(word: str, idea: str | None) -> int:
    if idea is not None:
        return _KINDS.get(idea, TELLS)
    if word in _ENDS:
        return ENDS
    if word in _PAUSES:
        return PAUSES
    return PLAIN if word[0].isalnum() or word[0] == "<" else SKIPPED


def beginning(word: str) -> str | None:
    """What a longer word begins with, under which its likes are summed up: endings differ."""
    size = STEM if word[0] < "\u2fff" else STEM_HANGUL
    return f"{word[:size]}~" if len(word) > size and not "\u2fff" < word[0] < HANGUL else None
