"""An editor's own settings: what is offered can be turned off, and nothing else changes."""

from __future__ import annotations

from typing import Any

import pytest

from aircherd.server import rpc
from aircherd.server.dispatch import Client
from aircherd.server.lsp import configuration
from aircherd.server.lsp.editor import Editor, Switches
from aircherd.server.lsp.opening import initialize_result, read_initialize
from lsp.making import Told

PULLS = {
    "workspace": {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}}
}


def changed(told: Told, settings: Any) -> None:
    method = "workspace/didChangeConfiguration"
    configuration.changed(told, rpc.read(method, {"settings": settings}))


def test_settings_that_are_sent_along_count() -> None:
    told = Told()
    changed(told, {"aircher": {"codeLens": False, "diagnostics": False}, "other": {"x": 1}})
    assert told.editor.switches == Switches(code_lens=False, diagnostics=False)
    changed(told, {"aircher": {"codeActions": False}})
    assert told.editor.switches == Switches(code_actions=False), "what is not named is as ever"


@pytest.mark.parametrize(
    "settings", [None, [], "x", {"aircher": [1]}, {"aircher": {"codeLens": 0}}]
)
def test_nonsense_changes_nothing(settings: Any) -> None:
    told = Told()
    changed(told, settings)
    assert told.editor.switches == Switches()


def test_nothing_that_costs_or_sends_can_be_set_from_an_editor() -> None:
    """A workspace's own files may set it: no host, model, key or limit is among the switches."""
    assert set(Switches.__slots__) == {"code_actions", "code_lens", "completion", "diagnostics"}
    told = Told()
    changed(told, {"aircher": {"model": "x/y", "providers": {"a": {"base_url": "http://e"}}}})
    assert told.editor.switches == Switches()


async def test_a_client_that_is_asked_is_asked_and_registered_with() -> None:
    answers = {
        "client/registerCapability": None,
        "workspace/configuration": [{"completion": False}],
    }
    told = Told(Client(capabilities=PULLS), answers)
    configuration.initialized(told, None)
    await told.errands()
    assert told.editor.switches == Switches(completion=False)
    assert [method for method, _ in told.asked] == list(answers)
    answers["workspace/configuration"] = [None]
    changed(told, None)
    await told.errands()
    assert told.editor.switches == Switches()


async def test_a_client_that_refuses_keeps_what_was_set() -> None:
    told = Told(Client(capabilities=PULLS))
    told.editor.switches = Switches(completion=False)
    configuration.initialized(told, None)
    await told.errands()
    assert told.editor.switches == Switches(completion=False)


async def test_a_plug_in_turns_off_what_it_offers_itself() -> None:
    editor = Editor()
    params = {
        "processId": None,
        "rootUri": None,
        "capabilities": {},
        "initializationOptions": {"codeActions": False, "codeLens": False, "completion": "no"},
    }
    client = read_initialize(params, editor)
    handled = ("textDocument/codeAction", "textDocument/codeLens", "textDocument/completion")
    offered = initialize_result(client, editor, handled)["capabilities"]
    assert "codeActionProvider" not in offered
    assert "codeLensProvider" not in offered
    assert "completionProvider" in offered
    told = Told(client)
    told.editor = editor
    changed(told, {"aircher": {"codeActions": True, "completion": False}})
    assert told.editor.switches == Switches(
        code_actions=False, code_lens=False, completion=False
    ), "a setting does not bring back what the plug-in took upon itself"
    changed(told, {"aircher": {}})
    assert told.editor.switches == Switches(code_actions=False, code_lens=False)
