"""Turns phrases into text, in as much detail as there is room for."""

from __future__ import annotations

from collections.abc import Iterator

from aircherd.commits.drafting.phrases import Phrase
from aircherd.commits.drafting.sentences import imperative, past
from aircherd.commits.drafting.translations import VOCABULARIES
from aircherd.commits.drafting.vocabulary import ENGLISH, Vocabulary
from aircherd.commits.drafting.word_set import word_set
from aircherd.commits.inert import cut, one_line, width

_IDENTIFIER_LIMIT = 48


def vocabulary(language: str) -> Vocabulary:
    """The words of a language by its ISO 639-1 code; English where there are none."""
    return VOCABULARIES.get(language.lower()[:2], ENGLISH)


def fitted(phrase: Phrase, words: Vocabulary, room: int, wanted: int) -> str:
    """The most detailed text of at most `wanted` units, else of at most `room`, else cut to it."""
    variants = list(dict.fromkeys(_variants(phrase, words)))
    for limit in (min(wanted, room), room):
        for text in variants:
            if width(text) <= limit:
                return text
    return shortened(variants[-1], room)


def shortened(text: str, room: int) -> str:
    """The text cut to a length, between words where that keeps most of it."""
    if width(text) <= room:
        return text
    piece = cut(text, max(room, 0))
    space = piece.rfind(" ")
    if space > room * 0.6:
        piece = piece[:space]
        while piece.rpartition(" ")[2].lower() in _LOOSE and " " in piece:
            piece = piece.rpartition(" ")[0]
    return piece.rstrip(" ,;:-–(\"'`")


_LOOSE = word_set(
    """
    a an the and or of to in for from with by on at as is when if that into not und de la
    """
)


def in_the_past(text: str) -> str:
    """The text with its first verb in the past tense, for repositories that write that way."""
    first, space, rest = text.partition(" ")
    return f"{past(first.lower())}{space}{rest}" if imperative(first) == first.lower() else text


def _variants(phrase: Phrase, words: Vocabulary) -> Iterator[str]:
    if phrase.verb == "say":
        yield from _said(phrase.items[0] if phrase.items else "")
        return
    items = [_item(i) for i in phrase.items]
    place = _item(phrase.where)
    versions = [(_item(phrase.old), _item(phrase.new)), ("", _item(phrase.new)), ("", "")]
    if phrase.verb in ("rename", "replace"):
        versions = versions[:1]
    counts = [n for n in (3, 2, 1) if n <= len(items)] or [0]
    for where in dict.fromkeys((place, "")):
        for old, new in dict.fromkeys(versions):
            for count in counts:
                yield words.sentence(phrase.verb, phrase.noun, items, count, where, old, new)


def _said(text: str) -> Iterator[str]:
    text = one_line(text)
    yield text
    for mark in (" so that ", " because ", " (", ", ", " when ", " if ", " for "):
        head, found, _ = text.partition(mark)
        if found and len(head) > 18:
            yield head


def _item(name: str) -> str:
    """A name fit for a subject: one line, not endless."""
    name = one_line(name)
    if width(name) <= _IDENTIFIER_LIMIT:
        return name
    tail = name.rpartition("/")[2]
    return shortened(tail or name, _IDENTIFIER_LIMIT)
