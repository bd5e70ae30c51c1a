"""The menu where the cursor is: complete, filtered, and free to look at."""

from __future__ import annotations

from typing import Any

import pytest

from aircherd.core.sink import Sink
from aircherd.server import rpc
from aircherd.server.deltas import NoDeltas
from aircherd.server.dispatch import Call, Client
from aircherd.server.lsp import actions
from aircherd.server.lsp.commands import COMMANDS
from aircherd.server.lsp.findings import of_wire
from lsp.making import Told

URI = "file:///w/a.py"
TEXT = "def mean(a):\n    return sum(a) / 0\n"
LINE = {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 21}}
CURSOR = {"start": LINE["start"], "end": LINE["start"]}
PROBLEM = {
    "range": LINE,
    "message": "division by zero",
    "source": "ruff",
    "code": "PLW",
    "severity": 2,
}
FIX = {
    "documentChanges": [
        {
            "textDocument": {"uri": URI, "version": 1},
            "edits": [{"range": LINE, "newText": "return 0", "annotationId": "aircher"}],
        }
    ],
    "changeAnnotations": {"aircher": {"label": "Fix", "needsConfirmation": True}},
}
FOUND = {
    "id": "f1",
    "uri": URI,
    "range": LINE,
    "severity": "error",
    "title": "Zero",
    "why": "It breaks.",
    "quote": "    return sum(a) / 0",
    "fix": FIX,
}
RESOLVES = {"textDocument": {"codeAction": {"resolveSupport": {"properties": ["edit"]}}}}


def told(capabilities: dict[str, Any] | None = None) -> Told:
    made = Told(Client(capabilities=capabilities or {}))
    made.editor.documents.open(URI, "python", 1, TEXT)
    return made


def call(connection: Told, method: str, params: Any) -> Call[Any]:
    sink: Sink = NoDeltas()
    return Call(
        method=method,
        params=rpc.read(method, params),
        session=connection.client,
        sink=sink,
        connection=connection,
    )


async def menu(connection: Told, span: Any = LINE, **context: Any) -> list[dict[str, Any]]:
    params = {
        "textDocument": {"uri": URI},
        "range": span,
        "context": {"diagnostics": [], **context},
    }
    found = await actions.actions(call(connection, "textDocument/codeAction", params))
    return [rpc.write(action) for action in found]


KINDS = set(actions.KINDS) - {actions.COMMIT}
"""Those outside of commit buffers."""


async def test_a_selection_offers_everything_and_a_cursor_less() -> None:
    every = await menu(told())
    names = {action["command"]["command"] for action in every}
    assert names == {
        "aircher.explain",
        "aircher.document",
        "aircher.generate",
        "aircher.review",
        "aircher.refactor",
    }
    assert {action["kind"] for action in every} <= set(actions.KINDS)
    for action in every:
        assert action["command"]["command"] in COMMANDS
        (argument,) = action["command"]["arguments"]
        assert argument["document"] == {"uri": URI, "version": 1}
        assert argument["range"] == LINE
    at_cursor = await menu(told(), CURSOR)
    assert {a["command"]["command"] for a in at_cursor} == names - {
        "aircher.review",
        "aircher.refactor",
    }


async def test_a_lamp_is_lit_only_for_a_problem() -> None:
    """Editors ask at every movement of the cursor."""
    assert await menu(told(), CURSOR, triggerKind=2) == []
    (fix,) = await menu(told(), CURSOR, triggerKind=2, diagnostics=[PROBLEM])
    assert fix["title"] == "Aircher: Fix: division by zero"


async def test_somebody_else_s_problem_becomes_a_fix() -> None:
    (fix,) = await menu(told(), diagnostics=[PROBLEM], only=["quickfix"])
    assert fix["diagnostics"] == [PROBLEM]
    (argument,) = fix["command"]["arguments"]
    wanted = {key: PROBLEM[key] for key in ("message", "range", "source", "code")}
    assert argument["diagnostic"] == wanted
    own = {**PROBLEM, "source": "aircher"}
    assert await menu(told(), diagnostics=[own], only=["quickfix"]) == []


@pytest.mark.parametrize(
    ("only", "kinds"),
    [
        (["refactor"], {"refactor.rewrite", "refactor.extract"}),
        (["source.aircher"], {k for k in KINDS if k.startswith("source")}),
        (["source.organizeImports"], set()),
        ([""], KINDS - {"quickfix"}),
    ],
)
async def test_only_the_kinds_that_are_asked_for(only: list[str], kinds: set[str]) -> None:
    assert {action["kind"] for action in await menu(told(), only=only)} == kinds


async def test_an_editor_can_do_without() -> None:
    connection = told()
    connection.editor.switches.code_actions = False
    assert await menu(connection, diagnostics=[PROBLEM]) == []


async def test_a_finding_is_fixed_by_what_resolves_where_that_is_known() -> None:
    connection = told(RESOLVES)
    connection.editor.findings.replace([of_wire(FOUND, "op")])
    fix, dismiss = await menu(connection, only=["quickfix"])
    assert fix["data"] == {"fix": "f1"}
    assert dismiss["command"]["arguments"] == [{"finding": "f1"}]
    resolved = rpc.write(await actions.resolve(call(connection, "codeAction/resolve", fix)))
    # This client knows no documentChanges, so it is given plain ones.
    assert resolved["edit"] == {"changes": {URI: [{"range": LINE, "newText": "return 0"}]}}
    old = told()
    old.editor.findings.replace([of_wire(FOUND, "op")])
    fix, _ = await menu(old, only=["quickfix"])
    assert fix["command"]["command"] == "aircher.applyFix"
    assert "data" not in fix


async def test_a_fix_moves_with_its_line_and_is_disabled_without_it() -> None:
    connection = told(RESOLVES)
    connection.editor.findings.replace([of_wire(FOUND, "op")])
    (fix, _) = await menu(connection, only=["quickfix"])
    connection.editor.documents.change(URI, 2, [(None, f"# above\n\n{TEXT}")])
    resolved = rpc.write(await actions.resolve(call(connection, "codeAction/resolve", fix)))
    (edit,) = resolved["edit"]["changes"][URI]
    assert edit["range"]["start"] == {"line": 3, "character": 4}
    connection.editor.documents.change(URI, 3, [(None, TEXT.replace("/ 0", "/ 1"))])
    resolved = rpc.write(await actions.resolve(call(connection, "codeAction/resolve", fix)))
    assert "edit" not in resolved
    assert "have changed" in resolved["disabled"]["reason"]
    assert await menu(connection, only=["quickfix"]) == []


async def test_an_action_of_nobody_is_given_back() -> None:
    params = {"title": "x", "data": {"fix": "gone"}}
    found = await actions.resolve(call(told(), "codeAction/resolve", params))
    assert rpc.write(found) == params
