"""textDocument/completion: the type and scope a commit message begins with."""

from __future__ import annotations

import asyncio
import re

from aircherd.core.document import Place
from aircherd.core.errors import AircherError
from aircherd.features.commit_words import CommitWords, commit_words
from aircherd.server.dispatch import Call
from aircherd.server.house import House
from aircherd.server.lsp import commit_buffer
from aircherd.server.lsp.documents import local_path
from aircherd.server.rpc import lsp

_TYPE = re.compile(r"\w*")
_SCOPE = re.compile(r"(\w[\w-]*)\([\w./,@ -]*")


async def completion(
    house: House, call: Call[lsp.CompletionParams]
) -> list[lsp.CompletionItem] | None:
    """Nothing outside the first line of a commit buffer."""
    editor, place = call.connection.editor, call.params.position
    document = editor.documents.kept(call.params.text_document.uri)
    if place.line != 0 or not editor.switches.completion:
        return None
    if document is None or not commit_buffer.is_commit_buffer(document.uri):
        return None
    here = document.offset(Place(0, max(0, place.character)), editor.documents.encoding)
    before = document.text[:here]
    scope, typing = _SCOPE.fullmatch(before), _TYPE.fullmatch(before)
    if not scope and not typing:
        return None
    try:
        words = await asyncio.to_thread(_words, house, local_path(document.uri) or "")
    except AircherError:
        # A completion that cannot be made is none; the command says what is wrong.
        return None
    if words is None:
        return None
    if scope:
        return [] if words.bare else _items(words.scopes, "scope", words)
    if words.bare:
        return _items(words.scopes, "area", words)
    return _items(words.types, "type", words)


def _words(house: House, path: str) -> CommitWords | None:
    root = commit_buffer.work_tree(path)
    if root is None:
        return None
    return commit_words(house.views.repositories, house.settings, root)


def _items(labels: tuple[str, ...], what: str, words: CommitWords) -> list[lsp.CompletionItem]:
    kind = lsp.CompletionItemKind.Keyword
    if what != "type":
        kind = lsp.CompletionItemKind.Module
    return [
        lsp.CompletionItem(
            label=label,
            kind=kind,
            detail=what,
            documentation=words.convention,
            # Editors sort by label unless told otherwise; this is the order of use.
            sort_text=f"{rank:03d}",
            preselect=rank == 0,
        )
        for rank, label in enumerate(labels)
    ]
