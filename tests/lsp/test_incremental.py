"""Incremental changes against the plainest way to apply them: on the whole text, by offsets."""

from __future__ import annotations

import random

import pytest

from aircherd.core.document import Document, Encoding, Place, Span, index
from aircherd.server.lsp.incremental import MOST, edited, split

ALPHABET = ["a", "bc", "é", "🛒", "\n", "\r\n", "\r", "\u2028", "\x0c", "\x85", "", "\ud83d"]


def plainly(text: str, span: Span, new: str, encoding: Encoding) -> str:
    document = Document(uri="u", text=text)
    start, end = document.offset(span.start, encoding), document.offset(span.end, encoding)
    return text[:start] + new + text[end:]


@pytest.mark.parametrize("encoding", list(Encoding))
@pytest.mark.parametrize("seed", range(20))
def test_batches_equal_single_edits_on_the_whole_text(encoding: Encoding, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(40):
        text = "".join(chance.choices(ALPHABET, k=chance.randrange(30)))
        expected, changes = text, []
        for _ in range(chance.randrange(1, 6)):
            document = Document(uri="u", text=expected)
            a, b = sorted(chance.randrange(len(expected) + 1) for _ in range(2))
            span = Span(document.place(a, encoding), document.place(b, encoding))
            new = "".join(chance.choices(ALPHABET, k=chance.randrange(4)))
            expected = plainly(expected, span, new, encoding)
            changes.append((span, new))
        assert edited(text, changes, encoding) == expected


def slowly(line: str, units: int, encoding: Encoding) -> int:
    """Characters that fit in so many units, one by one."""
    seen = 0
    for at, char in enumerate(line):
        width = {Encoding.UTF8: "utf-8", Encoding.UTF16: "utf-16-le"}.get(encoding, "utf-32-le")
        size = {Encoding.UTF8: 1, Encoding.UTF16: 2}.get(encoding, 4)
        seen += len(char.encode(width, "surrogatepass")) // size
        if seen > units:
            return at
    return len(line)


@pytest.mark.parametrize("encoding", list(Encoding))
def test_an_index_is_the_number_of_whole_characters_before_it(encoding: Encoding) -> None:
    for line in ("", "abc", "aé🛒b", "🛒🛒", "\ud83d\ud83dx", "x\udc00y", "é" * 5, "日本語"):
        for units in range(-1, 20):
            assert index(line, units, encoding) == slowly(line, units, encoding), (line, units)


def test_a_line_ends_where_lsp_says_and_nowhere_else() -> None:
    assert split("a\x0cb\u2028c\x85d") == ["a\x0cb\u2028c\x85d"]
    assert split("a\r\nb\rc\n") == ["a\r\n", "b\r", "c\n", ""]
    assert split("") == [""]


def test_beyond_the_end_means_the_end() -> None:
    span = Span(Place(0, 99), Place(0, 99))
    assert edited("ab\ncd", [(span, "!")], Encoding.UTF16) == "ab!\ncd"
    span = Span(Place(9, 0), Place(9, 9))
    assert edited("ab\ncd", [(span, "!")], Encoding.UTF16) == "ab\ncd!"


@pytest.mark.parametrize("span", [Span(Place(1, 0), Place(0, 0)), Span(Place(-1, 0), Place(0, 0))])
def test_a_range_that_is_none_is_refused(span: Span) -> None:
    with pytest.raises(ValueError, match=r"range ends|below zero"):
        edited("ab\ncd", [(span, "")], Encoding.UTF16)


def test_a_flood_of_changes_is_refused() -> None:
    nothing = Span(Place(0, 0), Place(0, 0))
    with pytest.raises(ValueError, match="more than"):
        edited("a", [(nothing, "")] * (MOST + 1), Encoding.UTF16)


def test_a_text_that_is_not_known_stays_so_until_it_comes_whole() -> None:
    start = Span(Place(0, 0), Place(0, 0))
    assert edited(None, [(start, "x")], Encoding.UTF16) is None
    assert edited(None, [(None, "x"), (start, "y")], Encoding.UTF16) == "yx"
