"""An editor's own settings: what is offered can be turned off, and nothing else changes."""

from __future__ import annotations

from typing import Any

import pytest

from aircherd.server import rpc
from aircherd.server.dispatch import Client
from aircherd.server.lsp import configuration
from aircherd.server.lsp.editor import Switches
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
