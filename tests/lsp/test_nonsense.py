"""Nonsense for parameters: every request is answered once, and the session goes on."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sessions.bare import Bare
from sessions.editor import Failed, in_process

REQUESTS = (
    "workspace/executeCommand",
    "textDocument/codeAction",
    "codeAction/resolve",
    "textDocument/codeLens",
    "textDocument/completion",
    "textDocument/diagnostic",
)
NOTICES = (
    "textDocument/didOpen",
    "textDocument/didChange",
    "textDocument/didSave",
    "textDocument/didClose",
    "workspace/didChangeConfiguration",
    "workspace/didChangeWorkspaceFolders",
    "window/workDoneProgress/cancel",
    "$/setTrace",
    "no/such",
)
URI = "file:///w/a.py"
SPAN = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 9}}
WHOLE: dict[str, Any] = {
    "textDocument": {"uri": URI, "languageId": "x", "version": 1, "text": "a"},
    "contentChanges": [{"range": SPAN, "text": "b"}],
    "position": {"line": 0, "character": 0},
    "range": SPAN,
    "context": {"diagnostics": [{"range": SPAN, "message": "m"}], "triggerKind": 1},
    "command": "aircher.fix",
    "arguments": [{"document": {"uri": URI}, "range": SPAN}],
    "title": "t",
    "data": {"fix": "x"},
    "settings": {"aircher": {"codeLens": True}},
    "event": {"added": [{"uri": URI, "name": "n"}], "removed": []},
    "token": 1,
}
ODD: tuple[Any, ...] = (None, True, -1, 2**40, "x", "", [], {}, [None], {"uri": 3}, 1.5, "\ud800")


def spoiled(chance: random.Random, value: Any) -> Any:
    """The value with some of its parts replaced or lost."""
    if chance.random() < 0.12:
        return chance.choice(ODD)
    if isinstance(value, dict):
        return {k: spoiled(chance, v) for k, v in value.items() if chance.random() > 0.06}
    if isinstance(value, list):
        return [spoiled(chance, v) for v in value]
    return value


@pytest.mark.parametrize("seed", range(4))
async def test_nonsense_is_answered_and_forgotten(seed: int) -> None:
    chance = random.Random(seed)
    async with in_process(Bare) as opened:
        editor = await opened()
        await editor.begin_session()
        codes: list[int] = []
        for _ in range(150):
            editor.notify(chance.choice(NOTICES), spoiled(chance, WHOLE))
            params = spoiled(chance, WHOLE)
            method = chance.choice(REQUESTS)
            try:
                await editor.ask(method, **(params if isinstance(params, dict) else {}))
                codes.append(0)
            except Failed as error:
                codes.append(error.code)
        assert len(codes) == 150
        assert set(codes) == {0, -32602, -32803}, "nothing of it crashes"
        assert (await editor.ask("aircher/status"))["inFlight"] == 0
        editor.messages.clear()
        await editor.leave()
