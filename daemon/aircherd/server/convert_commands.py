"""The commands on code: what the wire says to what features take, and edits back."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from aircher_protocol import commands as c
from aircher_protocol import types as t
from aircherd.commits.inert import inert, one_line
from aircherd.core.document import Document, Encoding, Place, Span
from aircherd.core.errors import InvalidRequest
from aircherd.edits.model import Replacement
from aircherd.features import review
from aircherd.features.desk import Asked
from aircherd.features.editing import Change, Proposed
from aircherd.features.neighbours import MOST, Near
from aircherd.features.sources import Wanted
from aircherd.features.standing import Standing
from aircherd.server import convert
from aircherd.server.dispatch import Call, Client
from aircherd.server.marks import mark

ANNOTATION = "aircher"
"""The one annotation of an edit: everything in it is confirmed together."""


def asked(call: Call[Any]) -> Asked:
    """Who asks, where, for which model."""
    params = call.params
    workspace = getattr(params, "workspace", None)
    return Asked(
        client=params.client or call.session.client_name,
        workspace=convert.path_of(workspace) if workspace else None,
        model=params.model,
        mark=mark(params),
    )


def workspace(params: Any) -> str | None:
    """The path of the workspace a request names."""
    return convert.path_of(params.workspace) if params.workspace else None


def wanted(ref: t.DocumentRef | None, client: Client) -> Wanted | None:
    """The document a request names: as it is sent, or as the editor keeps it in step."""
    if ref is None:
        return None
    path = _path(ref.uri)
    uri = ref.uri if path is None or ref.uri.startswith("file:") else uri_of(path)
    if ref.text is None:
        document = client.documents.get(ref.uri)
    else:
        document = Document(uri=uri, text=ref.text, version=ref.version, language=ref.language_id)
    near = tuple(_near(one, client) for one in ref.neighbours[:MOST])
    return Wanted(uri=uri, path=path, document=document, language=ref.language_id, near=near)


def _path(uri: str) -> str | None:
    """A file's path; None for other URIs. Raises InvalidRequest for what is no URI."""
    if uri.startswith(("file:", "/")):
        return os.path.normpath(convert.path_of(uri))
    if ":" not in uri:
        raise InvalidRequest(f"{uri!r} is neither a URI nor an absolute path.")
    return None


def _near(one: t.Neighbour, client: Client) -> Near:
    """A place an editor names; the text the editor has open there, where it is in step."""
    where = span(one.range)
    assert where is not None
    try:
        kept = client.documents.get(one.uri)
    except InvalidRequest:
        kept = None
    path = _path(one.uri)
    return Near(kind=one.kind.value, uri=one.uri, path=path, span=where, document=kept)


def required(ref: t.DocumentRef, client: Client) -> Wanted:
    """The same of a document that must be there."""
    found = wanted(ref, client)
    assert found is not None
    return found


def span(of: t.Range | None) -> Span | None:
    """A range. Raises InvalidRequest for one that ends before it begins."""
    if of is None:
        return None
    start, end = place(of.start), place(of.end)
    assert start is not None
    assert end is not None
    if end < start:
        raise InvalidRequest("The range ends before it begins; give it the other way round.")
    return Span(start, end)


def place(of: t.Position | None) -> Place | None:
    """A position. Raises InvalidRequest for negative numbers."""
    if of is None:
        return None
    if of.line < 0 or of.character < 0:
        raise InvalidRequest("A position has no negative numbers; lines are counted from 0.")
    return Place(of.line, of.character)


def range_of(document: Document, start: int, end: int, encoding: Encoding) -> t.Range:
    """What lies between two offsets."""
    found = document.span(start, end, encoding)
    return t.Range(
        start=t.Position(line=found.start.line, character=found.start.character),
        end=t.Position(line=found.end.line, character=found.end.character),
    )


def now(call: Call[Any], found: Wanted | None) -> Callable[[], Document | None]:
    """The document as the editor has it when it is asked; None when nothing newer is known."""
    if found is None:
        return lambda: None

    def look() -> Document | None:
        try:
            return call.session.documents.get(found.uri)
        except InvalidRequest:
            # Its text was lost meanwhile. What was answered is paid for and is given back; whoever
            # makes the edit sees that the version has moved on.
            return None

    return look


def opened(call: Call[Any], root: str | None) -> Callable[[], Mapping[str, Document]]:
    """The editor's open documents by their path in the work tree, when it is asked."""

    def look() -> Mapping[str, Document]:
        if root is None:
            return {}
        found: dict[str, Document] = {}
        for uri, document in list(call.session.documents.items()):
            if uri.startswith("file:"):
                relative = os.path.relpath(os.path.realpath(convert.path_of(uri)), root)
                if not relative.startswith(".."):
                    found[relative] = document
        return found

    return look


def edit(changes: Sequence[Change], label: str, encoding: Encoding) -> c.WorkspaceEdit | None:
    """Replacements as LSP has them; None for none."""
    if not changes:
        return None
    documents: list[c.TextDocumentEdit | c.CreateFile] = []
    for change in changes:
        if change.creates:
            documents.append(
                c.CreateFile(
                    uri=change.document.uri,
                    options=c.CreateFileOptions(),
                    annotation_id=ANNOTATION,
                )
            )
        documents.append(_document_edit(change.document, change.replacements, encoding))
    return c.WorkspaceEdit(
        document_changes=tuple(documents),
        change_annotations={ANNOTATION: c.ChangeAnnotation(label=label, description=label)},
    )


def proposal(found: Proposed, today: Any, encoding: Encoding) -> c.EditProposal:
    """An edit to be looked at."""
    return c.EditProposal(
        answer=convert.answer(found.told, today),
        edit=edit(found.changes, found.label, encoding),
        label=found.label,
        checked=c.SyntaxCheck(
            parser=found.checked.parser,
            repaired=found.checked.repaired,
            detail=found.checked.detail,
        ),
        left_out=left_out(found.left_out),
    )


def reviewed(found: review.Reviewed, today: Any, encoding: Encoding) -> c.Review:
    """Findings."""
    return c.Review(
        answer=convert.answer(found.told, today),
        findings=tuple(_finding(one, encoding) for one in found.findings),
        complete=found.complete,
        dropped=tuple(c.DroppedFinding(why=one.why, title=one.title) for one in found.dropped),
        left_out=left_out(found.left_out),
    )


def left_out(found: Sequence[tuple[str, str]]) -> tuple[t.LeftOut, ...]:
    """What a model did not see."""
    return tuple(t.LeftOut(path=path, why=why) for path, why in found)


def uri_of(path: str) -> str:
    """A path as a file URI."""
    return f"file://{quote(path)}"


def _finding(one: Standing, encoding: Encoding) -> c.Finding:
    document, found = one.document, one.found
    start = document.starts[one.first]
    indent = len(document.line(one.first)) - len(document.line(one.first).lstrip())
    end = document.starts[one.last] + len(document.line(one.last).rstrip())
    fix = None
    if one.remedy:
        change = Change(document=document, replacements=one.remedy)
        fix = edit((change,), f"Fix: {found.title}", encoding)
    return c.Finding(
        id=found.id,
        uri=document.uri,
        range=range_of(document, min(start + indent, end), end, encoding),
        severity=c.Severity(found.severity),
        title=one_line(found.title),
        why=inert(found.why).strip(),
        quote=found.quote,
        fix=fix,
    )


def _document_edit(
    document: Document, replacements: Sequence[Replacement], encoding: Encoding
) -> c.TextDocumentEdit:
    return c.TextDocumentEdit(
        text_document=c.VersionedDocument(uri=document.uri, version=document.version),
        edits=tuple(
            c.AnnotatedTextEdit(
                range=range_of(document, one.start, one.end, encoding),
                new_text=one.text,
                annotation_id=ANNOTATION,
            )
            for one in replacements
        ),
    )
