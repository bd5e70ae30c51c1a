"""New code stands at the depth of its place."""

from __future__ import annotations

import pytest

from aircherd.core.document import Document
from aircherd.edits.insert import appended, inserted
from aircherd.edits.model import applied

CODE = "class A:\n    def run(self):\n        go()\n\n"
NEW = "def stop(self):\n    halt()\n"


def put(text: str, mark: str, code: str) -> str:
    """Inserts where the mark stands, or instead of what stands between two of them."""
    start = text.index(mark)
    rest = text[start + 1 :]
    end = start + (rest.index(mark) if mark in rest else 0)
    document = Document(uri="file:///x", text=text.replace(mark, ""))
    return applied(document.text, (inserted(document, start, end, code),))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("class A:\n    |\n", "class A:\n    def stop(self):\n        halt()\n"),
        ("class A:\n|    go()\n", "class A:\ndef stop(self):\n    halt()\n    go()\n"),
        ("class A:\n    |go()\n", "class A:\n    def stop(self):\n        halt()\n    go()\n"),
        ("|", "def stop(self):\n    halt()"),
        ("x = 1\n|", "x = 1\ndef stop(self):\n    halt()"),
        ("class A:\r\n\t|\r\n", "class A:\r\n\tdef stop(self):\r\n\t\thalt()\r\n"),
    ],
)
def test_it_takes_the_depth_of_the_line(text: str, expected: str) -> None:
    assert put(text, "|", NEW) == expected


def test_behind_text_only_further_lines_are_indented() -> None:
    assert put("    x = |\n", "|", "[\n    1,\n]") == "    x = [\n        1,\n    ]\n"


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ("# prices|\n", "LIMIT = 3\n", "# prices\nLIMIT = 3\n"),
        ("    // prices|\r\n}\r\n", "x = 3;\n", "    // prices\r\n    x = 3;\r\n}\r\n"),
        ("import a|\n", NEW, "import a\ndef stop(self):\n    halt()\n"),
        ("x = 1|\n", "\ny = 2\n", "x = 1\ny = 2\n"),
        ("x = |\n", "sum(a)\n", "x = sum(a)\n"),
        ("x = a|\n", ".strip()\n", "x = a.strip()\n"),
        ("f(a|)\n", ", b", "f(a, b)\n"),
        ("return |\n", "[\n    1,\n]", "return [\n    1,\n]\n"),
    ],
)
def test_behind_a_line_that_is_done_it_has_lines_of_its_own(
    text: str, code: str, expected: str
) -> None:
    assert put(text, "|", code) == expected


def test_a_selection_is_replaced_at_its_own_depth() -> None:
    text = "class A:\n|    def run(self):\n        go()|\n"
    assert put(text, "|", NEW) == "class A:\n    def stop(self):\n        halt()\n"
    whole = "class A:\n|    def run(self):\n        go()\n|x = 1\n"
    assert put(whole, "|", NEW) == "class A:\n    def stop(self):\n        halt()\nx = 1\n"


def test_at_the_end_a_blank_line_comes_between() -> None:
    for text, expected in (
        ("", "x\n"),
        ("a\n", "a\n\nx\n"),
        ("a", "a\n\nx\n"),
        ("a\r\n", "a\r\n\r\nx\r\n"),
    ):
        document = Document(uri="file:///x", text=text)
        assert applied(text, (appended(document, "x\n"),)) == expected
