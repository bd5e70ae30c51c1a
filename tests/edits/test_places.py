"""Places are counted as LSP counts them, in every encoding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aircherd.core.document import Document, Encoding, Place

TEXT = st.text(alphabet="ab\n\ré😀\u2028\x0c\t", max_size=60)


@given(TEXT, st.sampled_from(Encoding), st.data())
def test_an_offset_comes_back(text: str, encoding: Encoding, data: st.DataObject) -> None:
    document = Document(uri="file:///x", text=text)
    offset = data.draw(st.integers(0, len(text)))
    back = document.offset(document.place(offset, encoding), encoding)
    # Between \r and \n is no place; the end of the line is.
    inside = text[offset - 1 : offset + 1] == "\r\n"
    assert back == (offset - 1 if inside else offset)


@given(TEXT)
def test_lines_are_those_of_lsp(text: str) -> None:
    document = Document(uri="file:///x", text=text)
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    assert document.lines() == plain.split("\n")


@pytest.mark.parametrize(
    ("encoding", "character"), [(Encoding.UTF8, 6), (Encoding.UTF16, 3), (Encoding.UTF32, 2)]
)
def test_what_lies_before_a_letter_is_counted_in_units(encoding: Encoding, character: int) -> None:
    document = Document(uri="file:///x", text="é😀x\n")
    assert document.place(2, encoding) == Place(0, character)
    assert document.offset(Place(0, character), encoding) == 2


def test_a_place_beyond_is_the_end() -> None:
    document = Document(uri="file:///x", text="ab\r\ncd")
    assert document.offset(Place(0, 99)) == 2
    assert document.offset(Place(9, 0)) == 6
    assert document.offset(Place(-1, 0)) == 0
