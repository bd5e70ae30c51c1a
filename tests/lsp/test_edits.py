"""Edits in the form a client can take, and only for what stands open as it was."""

from __future__ import annotations

from typing import Any

import pytest

from aircherd.server.dispatch import Client
from aircherd.server.lsp.documents import Documents
from aircherd.server.lsp.edits import fitted, stale
from lsp.making import Told

URI, NEW = "file:///w/a.py", "file:///w/b.py"
SPAN = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}
EDIT: dict[str, Any] = {
    "documentChanges": [
        {"kind": "create", "uri": NEW, "options": {"overwrite": False}, "annotationId": "a"},
        {
            "textDocument": {"uri": NEW, "version": None},
            "edits": [{"range": SPAN, "newText": "n", "annotationId": "a"}],
        },
        {
            "textDocument": {"uri": URI, "version": 3},
            "edits": [{"range": SPAN, "newText": "x", "annotationId": "a"}],
        },
    ],
    "changeAnnotations": {"a": {"label": "L", "needsConfirmation": True}},
}
PLAIN = {"range": SPAN, "newText": "x"}


def client(**edits: Any) -> Client:
    return Client(capabilities={"workspace": {"workspaceEdit": edits}})


def test_a_client_that_knows_all_gets_all() -> None:
    able = client(documentChanges=True, resourceOperations=["create"], changeAnnotationSupport={})
    assert fitted(able, EDIT) == EDIT


def test_annotations_are_left_out_where_they_are_not_known() -> None:
    able = client(documentChanges=True, resourceOperations=["create"])
    made = fitted(able, EDIT)
    assert "changeAnnotations" not in made
    assert "annotationId" not in str(made)
    assert made["documentChanges"][2]["textDocument"] == {"uri": URI, "version": 3}


@pytest.mark.parametrize("able", [client(), client(documentChanges=True)])
def test_a_client_that_makes_no_files_gets_plain_changes(able: Client) -> None:
    assert fitted(able, EDIT) == {"changes": {NEW: [{"range": SPAN, "newText": "n"}], URI: [PLAIN]}}


@pytest.mark.parametrize(
    ("version", "unsaved", "said"),
    [(3, True, None), (4, True, "changed while"), (None, True, "closed while")],
)
def test_only_the_version_that_was_seen_is_edited(
    version: int | None, unsaved: bool, said: str | None
) -> None:
    told = Told()
    if version is not None:
        told.editor.documents.open(URI, "python", version, "x")
    found = stale(told, EDIT)
    assert found is None if said is None else found is not None and said in found


def test_a_file_that_was_read_from_disk_is_not_edited_over_unsaved_work() -> None:
    told = Told()
    told.editor.documents.open(URI, "python", 3, "x")
    told.editor.documents.open(NEW, "python", 1, "")
    assert stale(told, EDIT) is None
    told.editor.documents.change(NEW, 2, [(None, "mine")])
    assert "not saved" in (stale(told, EDIT) or "")
    assert isinstance(told.editor.documents, Documents)
