"""A language server for Python files that knows what is defined where: `python symbols_server.py`.

Small, but a real one: it speaks LSP on its standard streams, by pygls. Given `--slow`, it answers
what is asked about definitions only after a long time.
"""

from __future__ import annotations

import ast
import asyncio
import sys
from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

server = LanguageServer("symbols", "1")
SLOW = "--slow" in sys.argv


def _files(uri: str) -> list[Path]:
    folder = Path(uri.removeprefix("file://")).parent
    return sorted([*folder.glob("*.py"), *folder.parent.glob("library/*.py")])


def _range(first: int, last: int) -> lsp.Range:
    return lsp.Range(lsp.Position(first, 0), lsp.Position(last, 0))


def _functions(path: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(path.read_text("utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


@server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
def symbols(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
    """Functions of a file."""
    path = Path(params.text_document.uri.removeprefix("file://"))
    return [
        lsp.DocumentSymbol(
            name=node.name,
            kind=lsp.SymbolKind.Function,
            range=_range(node.lineno - 1, node.end_lineno or node.lineno),
            selection_range=lsp.Range(
                lsp.Position(node.lineno - 1, 4), lsp.Position(node.lineno - 1, 5)
            ),
        )
        for node in _functions(path)
    ]


def _word(uri: str, place: lsp.Position) -> str:
    line = server.workspace.get_text_document(uri)
    return line.word_at_position(place)


@server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
async def definition(params: lsp.DefinitionParams) -> list[lsp.Location]:
    """Where a function is defined, beside the file or in the library."""
    if SLOW:
        await asyncio.sleep(60)
    uri = params.text_document.uri
    name = _word(uri, params.position)
    return [
        lsp.Location(uri=path.as_uri(), range=_range(node.lineno - 1, node.lineno - 1))
        for path in _files(uri)
        for node in _functions(path)
        if node.name == name
    ]


@server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
def references(params: lsp.ReferenceParams) -> list[lsp.Location]:
    """Where a function is called."""
    uri = params.text_document.uri
    name = _word(uri, params.position)
    found = []
    for path in _files(uri):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name) and called.id == name:
                at = _range(called.lineno - 1, called.lineno - 1)
                found.append(lsp.Location(uri=path.as_uri(), range=at))
    return found


if __name__ == "__main__":
    server.start_io()
