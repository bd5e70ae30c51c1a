"""What a model said reaches an editor's screen without anything that acts there."""

from __future__ import annotations

from typing import Any

from aircherd.commits.inert import UNSAFE
from aircherd.server.dispatch import Client
from aircherd.server.lsp import diagnostics, edits, pages
from aircherd.server.lsp.findings import of_wire
from lsp.making import Told
from lsp.test_actions import FOUND, TEXT, URI, menu

HOSTILE = "Zero\x1b]52;c;eA==\x07 \u202egnp\x00.exe\x9b31m\r\nand on"


async def test_findings_messages_and_labels_are_inert() -> None:
    told = Told(Client(capabilities={"workspace": {"applyEdit": True}}))
    told.editor.documents.open(URI, "python", 1, TEXT)
    found = {**FOUND, "title": HOSTILE, "why": HOSTILE}
    diagnostics.show(told, told.editor.findings.replace([of_wire(found, "op")]))
    pages.message(told, pages.INFO, HOSTILE)
    await edits.apply(told, {"documentChanges": []}, HOSTILE)
    actions = await menu(told, only=["quickfix"])
    said = [*_texts(told.told), *_texts(told.asked), *_texts(actions)]
    assert sum("and on" in text for text in said) >= 4
    for text in said:
        assert not UNSAFE.search(text), repr(text)


def _texts(value: Any) -> list[str]:
    """Every text in a value, but for the code itself."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in _texts(item)]
    return []
