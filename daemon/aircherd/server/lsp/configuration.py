"""An editor's own settings, as far as they count here: what it wants to be offered.

Both ways LSP knows are taken: settings sent along, and a sign to ask for them. What hosts, models,
keys and money are concerned stands in the user's file alone, since an editor may take its settings
from the workspace.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from aircher_protocol.codec import camel
from aircherd.server.dispatch import Connection
from aircherd.server.lsp.editor import Switches
from aircherd.server.outgoing import NoAnswer
from aircherd.server.rpc import lsp

log = logging.getLogger(__name__)

SECTION = "aircher"
_SECONDS = 10.0
_SWITCHES = {camel(name): name for name in Switches.__slots__}


def initialized(connection: Connection, _: Any) -> None:
    """initialized: asks for the settings, and to be told when they change."""
    connection.background(_begin(connection))


def changed(connection: Connection, params: lsp.DidChangeConfigurationParams) -> None:
    """workspace/didChangeConfiguration"""
    if connection.client.can("workspace.configuration") is True:
        connection.background(_fetch(connection))
    elif isinstance(params.settings, dict):
        take(connection, params.settings.get(SECTION))


def take(connection: Connection, settings: Any) -> None:
    """Turns off what the settings name; what they leave out is as it was in the beginning."""
    connection.editor.switches = switched(connection.editor.initially, settings)


def switched(before: Switches, settings: Any) -> Switches:
    """The switches after settings; what was off when the session was opened stays off."""
    wanted = replace(before)
    for wire, value in settings.items() if isinstance(settings, dict) else ():
        name = _SWITCHES.get(wire)
        if name is not None and isinstance(value, bool):
            setattr(wanted, name, value and getattr(before, name))
    return wanted


async def _begin(connection: Connection) -> None:
    client = connection.client
    if client.can("workspace.didChangeConfiguration.dynamicRegistration") is True:
        wish = {
            "id": "aircher-configuration",
            "method": "workspace/didChangeConfiguration",
            "registerOptions": {"section": SECTION},
        }
        try:
            await connection.request(
                "client/registerCapability", {"registrations": [wish]}, seconds=_SECONDS
            )
        except NoAnswer as error:
            log.info("settings will not be followed: %s", error)
    if client.can("workspace.configuration") is True:
        await _fetch(connection)


async def _fetch(connection: Connection) -> None:
    try:
        answer = await connection.request(
            "workspace/configuration", {"items": [{"section": SECTION}]}, seconds=_SECONDS
        )
    except NoAnswer as error:
        log.info("settings stay as they are: %s", error)
        return
    if isinstance(answer, list) and answer:
        take(connection, answer[0])
