"""What an editor has open: kept within bounds, and given up rather than kept wrong."""

from __future__ import annotations

import pytest

from aircherd.core.document import Encoding, Place, Span
from aircherd.core.errors import InvalidRequest
from aircherd.server.lsp import documents as module
from aircherd.server.lsp.documents import Documents, local_path, name_of
from aircherd.server.lsp.editor import Editor

URI = "file:///w/a.py"
TOP = Span(Place(0, 0), Place(0, 0))


def test_a_document_is_kept_as_it_changes() -> None:
    open_ = Documents()
    open_.encoding = Encoding.UTF8
    assert open_.open(URI, "python", 1, "é = 1\n")
    assert not open_.standing(URI).unsaved  # type: ignore[union-attr]
    open_.change(URI, 2, [(Span(Place(0, 2), Place(0, 2)), "e")])
    document = open_[URI]
    assert (document.text, document.version, document.language) == ("ée = 1\n", 2, "python")
    assert open_.standing(URI).unsaved  # type: ignore[union-attr]
    open_.saved(URI)
    assert not open_.standing(URI).unsaved  # type: ignore[union-attr]
    open_.close(URI)
    assert URI not in open_
    assert open_._size == 0
    open_.change(URI, 3, [(None, "x")])
    assert len(open_) == 0, "what is not open cannot change"


def test_what_is_too_large_is_open_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 10)
    open_ = Documents()
    open_.open(URI, "", 1, "x" * 11)
    assert list(open_) == []
    with pytest.raises(InvalidRequest, match="ask about a part"):
        open_.get(URI)
    assert open_.kept(URI) is None
    assert "ask about a part" in open_.standing(URI).missing  # type: ignore[union-attr]
    open_.change(URI, 2, [(TOP, "y")])
    assert open_.kept(URI) is None, "a part of it says nothing about the rest"
    open_.change(URI, 3, [(None, "short")])
    assert open_[URI].text == "short"


def test_documents_are_bounded_together_and_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_TOGETHER", 10)
    monkeypatch.setattr(module, "MOST", 2)
    open_ = Documents()
    assert open_.open("file:///a", "", 1, "x" * 8)
    assert open_.open("file:///b", "", 1, "x" * 8)
    assert not open_.open("file:///c", "", 1, "x")
    assert list(open_) == ["file:///a"]
    open_.close("file:///a")
    assert open_.open("file:///c", "", 1, "x" * 8)
    assert list(open_) == ["file:///c"]


def test_a_change_that_cannot_be_followed_costs_the_text() -> None:
    open_ = Documents()
    open_.open(URI, "", 1, "a\nb\n")
    open_.change(URI, 2, [(Span(Place(1, 0), Place(0, 0)), "")])
    assert open_.kept(URI) is None
    assert "open it again" in open_.standing(URI).missing  # type: ignore[union-attr]
    open_.open(URI, "", 1, "a\n")
    assert open_[URI].text == "a\n"


def test_a_change_that_cannot_be_read_puts_its_document_in_doubt() -> None:
    editor = Editor()
    editor.documents.open(URI, "", 1, "a")
    for nonsense in (None, [], {"textDocument": 3}, {"textDocument": {"uri": ["x"]}}):
        editor.misread(nonsense)
    assert editor.documents.kept(URI) is not None
    editor.misread({"textDocument": {"uri": URI, "version": "two"}})
    assert editor.documents.kept(URI) is None


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a%20b/%C3%A9.py", "/a b/é.py"),
        ("file://localhost/a", "/a"),
        ("file://elsewhere/a", None),
        ("untitled:Untitled-1", None),
        ("file:///a%00b", None),
        ("http://[bad", None),
    ],
)
def test_only_files_here_have_a_path(uri: str, path: str | None) -> None:
    assert local_path(uri) == path
    assert name_of("file:///a%20b/c%20d.py") == "c d.py"
