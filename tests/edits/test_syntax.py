"""An edit that breaks what parsed before is found; what nothing here parses is said to be so."""

from __future__ import annotations

import sys

import pytest

from aircherd.edits import syntax
from aircherd.edits.comments import only_comments
from aircherd.edits.syntax import breaks, parse

GOOD = "def f():\n    return 1\n"


def test_python_is_parsed_by_python() -> None:
    assert parse(GOOD, "python").parser == "python"
    said, broken = breaks(GOOD, "def f(:\n", "python")
    assert broken
    assert said.detail.startswith("line 1: ")


def test_what_was_broken_before_is_not_held_against_an_edit() -> None:
    assert not breaks("print 'old'\n", "print 'older'\n", "python")[1]


def test_hostile_text_is_no_crash() -> None:
    for text in ("(" * 100_000, "\0", "x = 1\\", "\ud800"):
        parse(text, "python")


def test_no_parser_is_said_and_is_no_error() -> None:
    said, broken = breaks("a", "((", "cobol")
    assert (said.parser, broken) == (None, False)
    assert "cobol" in said.detail


@pytest.mark.parametrize(
    ("language", "good", "bad"),
    [
        ("javascript", "function f() { return 1 }", "function f( { return 1 }"),
        ("typescript", "const x: number = 1;", "const x: = 1;"),
        ("go", "package a\nfunc f() {}\n", "package a\nfunc f( {}\n"),
        ("rust", "fn f() -> i32 { 1 }", "fn f( -> { 1 }"),
        ("java", "class A { int x; }", "class A { int ; "),
        ("c", "int f(void) { return 1; }", "int f(void { return 1; "),
        ("json", '{"a": 1}', '{"a": }'),
        ("shellscript", "if true; then echo; fi\n", "if true; then echo;\n"),
        ("sh", "if true; then echo; fi\n", "if true; then echo;\n"),
        ("tsx", "const x = <b>y</b>;", "const x = <b>y</b"),
    ],
)
def test_other_languages_are_parsed_where_their_grammar_is_at_hand(
    language: str, good: str, bad: str
) -> None:
    pytest.importorskip("tree_sitter")
    assert (parse(good, language).parser, parse(good, language).errors) == ("tree-sitter", 0)
    said, broken = breaks(good, bad, language)
    assert broken
    assert said.detail.endswith("syntax error")


def test_without_the_extra_nothing_is_loaded_and_nothing_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter", None)
    syntax._parser.cache_clear()
    try:
        assert parse("fn f(", "rust").parser is None
    finally:
        syntax._parser.cache_clear()


@pytest.mark.parametrize(
    ("before", "after", "language", "same"),
    [
        (GOOD, 'def f():\n    """One."""\n    return 1\n', "python", True),
        (GOOD, '"""A file."""\n\n\ndef f():\n    # one\n    return 1\n', "python", True),
        (GOOD, 'def f():\n    """One."""\n    return 2\n', "python", False),
        (GOOD, 'def g():\n    """One."""\n    return 1\n', "python", False),
        ("def f(): ...\n", 'def f():\n    """One."""\n', "python", False),
        ("class A:\n    pass\n", 'class A:\n    """One."""\n\n    pass\n', "python", True),
        ("func f() {\n}\n", "// f does.\nfunc f() {\n}\n", "go", True),
        ("func f() {\n}\n", "// f does.\nfunc g() {\n}\n", "go", False),
        ("int f();\n", "/**\n * Does: int g();\n */\nint f();\n", "c", True),
        ("int f();\n", "int f(); int g();\n", "c", False),
    ],
)
def test_documentation_changes_comments_and_nothing_else(
    before: str, after: str, language: str, same: bool
) -> None:
    assert only_comments(before, after, language) is same
