"""All nine commands by pytest-lsp, a client nobody here wrote.

It knows LSP 3.17 and nothing of aircher, introduces itself with what real editors say of
themselves, and warns (which fails the test) about what such an editor could not take.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from lsprotocol import types as lsp
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

from aircherd.core.document import Document, Encoding, Place
from editors.nvim.conftest import stop_daemon
from fakes.scripted import Exchange, FarSide, far_side
from sessions.conftest import Shop, configure, provider

pytestmark = pytest.mark.slow

EDITORS = [
    "emacs@v29.1",
    "neovim@v0.6.1",
    "neovim@v0.10.0",
    "neovim@v0.11.0",
    "visual_studio_code@v1.65.2",
]
ZERO = "    return total(prices) / 0"
GOOD = "    return total(prices) / len(prices)"
CODE = (
    "# 🛒 prices\n\n\ndef total(prices):\n    return sum(prices)\n\n\n"
    f"def mean(prices):\n    '🛒'\n{ZERO}\n"
)
FAULT = json.dumps(
    {
        "file": "shop.py",
        "quote": ZERO.strip(),
        "severity": "error",
        "title": "Division by zero",
        "why": "mean fails on every list.",
        "fix": GOOD,
    }
)
HOLDS = '{"number": 1, "holds": true, "why": "yes"}'


def block(old: str, new: str) -> str:
    return f"Done.\n\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"


def answering(*texts: str) -> Callable[[Exchange], Any]:
    left = list(texts)

    async def answer(exchange: Exchange) -> None:
        await exchange.start()
        for word in re.split("(?<= )", left.pop(0) if len(left) > 1 else left[0]):
            await exchange.text(word)
        await exchange.finish()

    return answer


class Window:
    """What an editor does with what it is sent: keeps one buffer, makes edits in it."""

    def __init__(self, client: LanguageClient, shop: Shop) -> None:
        self.client, self.shop = client, shop
        self.uri = (shop.root / "shop.py").as_uri()
        self.text, self.version = CODE, 1
        self.encoding = Encoding.UTF16
        self.made: list[lsp.WorkspaceEdit] = []

        @client.feature(lsp.WORKSPACE_APPLY_EDIT)
        def apply(params: lsp.ApplyWorkspaceEditParams) -> lsp.ApplyWorkspaceEditResult:
            return self._apply(params)

        @client.feature(lsp.CLIENT_REGISTER_CAPABILITY)
        def register(_: lsp.RegistrationParams) -> None:
            """Nothing to do: it is asked for by name."""

    async def begins(self, editor: str) -> lsp.ServerCapabilities:
        """Opens the session and the file."""
        found = await self.client.initialize_session(
            lsp.InitializeParams(
                capabilities=client_capabilities(editor),
                root_uri=self.shop.root.as_uri(),
                workspace_folders=[lsp.WorkspaceFolder(self.shop.root.as_uri(), "shop")],
            )
        )
        self.encoding = Encoding(found.capabilities.position_encoding or "utf-16")
        item = lsp.TextDocumentItem(self.uri, lsp.LanguageKind.Python, self.version, self.text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
        return found.capabilities

    async def runs(self, command: str, **params: Any) -> dict[str, Any]:
        """Runs a command as a key binding does; what the server answered."""
        asked = lsp.ExecuteCommandParams(command=f"aircher.{command}", arguments=[params])
        found = await self.client.workspace_execute_command_async(asked)
        return json.loads(json.dumps(found, default=vars))  # type: ignore[no-any-return]

    def about(self, text: str) -> dict[str, Any]:
        """The lines of a text in the buffer, as parameters."""
        document, at = Document(uri=self.uri, text=self.text), self.text.index(text)
        span = document.span(at, at + len(text), self.encoding)
        start, end = ({"line": p.line, "character": p.character} for p in (span.start, span.end))
        return {"document": {"uri": self.uri}, "range": {"start": start, "end": end}}

    def _apply(self, params: lsp.ApplyWorkspaceEditParams) -> lsp.ApplyWorkspaceEditResult:
        self.made.append(params.edit)
        changes: list[tuple[str, int | None, list[Any]]] = [
            (uri, None, list(edits)) for uri, edits in (params.edit.changes or {}).items()
        ]
        for change in params.edit.document_changes or ():
            assert isinstance(change, lsp.TextDocumentEdit), "no new file is asked for here"
            named = change.text_document
            changes.append((named.uri, named.version, list(change.edits)))
        for uri, version, edits in changes:
            assert uri == self.uri
            if version not in (None, self.version):
                return lsp.ApplyWorkspaceEditResult(applied=False, failure_reason="it moved on")
            document = Document(uri=uri, text=self.text)
            for one in sorted(edits, key=lambda e: e.range.start.line, reverse=True):
                start, end = (
                    document.offset(Place(p.line, p.character), self.encoding)
                    for p in (one.range.start, one.range.end)
                )
                self.text = self.text[:start] + one.new_text + self.text[end:]
        self.version += 1
        self.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(self.version, self.uri),
                [lsp.TextDocumentContentChangeWholeDocument(self.text)],
            )
        )
        return lsp.ApplyWorkspaceEditResult(applied=True)

    def told(self) -> str:
        """The text it was shown last: a document, or a message where it can open none."""
        if self.client.shown_documents:
            path = Path(unquote(urlsplit(self.client.shown_documents[-1].uri).path))
            return path.read_text("utf-8")
        return self.client.messages[-1].message


@pytest.fixture
async def far() -> AsyncIterator[FarSide]:
    async with far_side(answering("x")) as far:
        configure(provider("acme", far.base))
        yield far
        await asyncio.to_thread(stop_daemon)


@pytest.fixture
async def client(far: FarSide) -> AsyncIterator[LanguageClient]:
    """pytest-lsp's client at `aircherd connect`, as an editor starts it."""
    words = [sys.executable, "-m", "aircherd", "connect"]
    found = await ClientServerConfig(server_command=words).start()
    assert isinstance(found, LanguageClient)
    yield found
    server = found._server
    if found.capabilities is None and server is not None:
        server.kill()
    async with asyncio.timeout(60):
        await found.shutdown_session()
        await found.stop()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


@pytest.mark.parametrize("editor", EDITORS)
async def test_all_nine(client: LanguageClient, far: FarSide, shop: Shop, editor: str) -> None:
    shop.stage("shop.py", CODE)
    window = Window(client, shop)
    offered = await window.begins(editor)
    assert offered.execute_command_provider
    assert len([c for c in offered.execute_command_provider.commands if "." in c]) >= 9

    far.answer = answering("Add the mean of prices")
    assert (await window.runs("commit"))["subject"] == "Add the mean of prices"
    assert "Add the mean of prices" in window.told()

    for command, more in {
        "explain": window.about(ZERO),
        "summarize": {"scope": "diff"},
        "ask": {"prompt": "What is it?"},
    }.items():
        far.answer = answering(f"What {command} says.")
        await window.runs(command, **more)
        assert f"What {command} says." in window.told(), command

    far.answer = answering(FAULT, HOLDS)
    assert (await window.runs("review"))["delivered"] == "diagnostics"
    async with asyncio.timeout(60):
        while not client.diagnostics.get(window.uri):
            await client.wait_for_notification(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    (shown,) = client.diagnostics[window.uri]
    assert shown.range.start.line == 9
    assert shown.source == "aircher"

    far.answer = answering(block(ZERO, GOOD))
    await window.runs("fix", **window.about(ZERO), error="ZeroDivisionError")
    assert window.text == CODE.replace(ZERO, GOOD)
    far.answer = answering(block("    '🛒'", "    '🛒 Means.'"))
    await window.runs("document", **window.about("    '🛒'"))
    assert "'🛒 Means.'" in window.text
    far.answer = answering(block(GOOD, f"    n = 1\n{GOOD}"))
    await window.runs("refactor", **window.about(GOOD), instruction="name it")
    assert f"    n = 1\n{GOOD}" in window.text
    far.answer = answering("```python\nLIMIT = 3\n```")
    after = window.about("# 🛒 prices")["range"]["end"]
    await window.runs(
        "generate", document={"uri": window.uri}, position=after, instruction="a limit"
    )
    assert window.text.startswith("# 🛒 prices\nLIMIT = 3\n")
    assert len(window.made) == 4

    for token, reports in client.progress_reports.items():
        assert isinstance(reports[0], lsp.WorkDoneProgressBegin), token
        assert isinstance(reports[-1], lsp.WorkDoneProgressEnd), token


async def test_a_follow_up_in_one_conversation(
    client: LanguageClient, far: FarSide, shop: Shop
) -> None:
    window = Window(client, shop)
    shop.stage("shop.py", CODE)
    await window.begins("emacs@v29.1")
    far.answer = answering("A shop.")
    first = await window.runs("ask", prompt="What is it?")
    far.answer = answering("Prices.")
    await window.runs("ask", prompt="Of what?", conversation=first["conversation"])
    messages = json.loads(far.seen[-1].body)["messages"]
    assert [m["content"] for m in messages[1:]] == ["What is it?", "A shop.", "Of what?"]


async def test_an_edit_for_a_buffer_that_moved_on_is_refused(
    client: LanguageClient, far: FarSide, shop: Shop
) -> None:
    """Typed over in the editor while the model wrote: nothing is made, and why is said."""
    window = Window(client, shop)
    shop.stage("shop.py", CODE)
    await window.begins("visual_studio_code@v1.65.2")

    async def typed_meanwhile(exchange: Exchange) -> None:
        window.text = window.text.replace(ZERO, "    return None")
        window.version += 1
        client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(window.version, window.uri),
                [lsp.TextDocumentContentChangeWholeDocument(window.text)],
            )
        )
        # Answered in turn, so the change was taken in when this is.
        await client.protocol.send_request_async("aircher/status", {})
        await answering(block(ZERO, GOOD))(exchange)

    far.answer = typed_meanwhile
    await window.runs("fix", **window.about(ZERO), error="ZeroDivisionError")
    assert window.made == []
    assert "    return None" in window.text
