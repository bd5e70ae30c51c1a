"""aircher/note"""

from __future__ import annotations

import asyncio

from aircher_protocol.types import Noted, NoteParams
from aircherd.server import convert, convert_workspace
from aircherd.server.dispatch import Call
from aircherd.server.house import House


async def handle(house: House, call: Call[NoteParams]) -> Noted:
    """Takes what an editor or a shell tells."""
    params, connection = call.params, call.connection
    path = convert.path_of(params.workspace)
    known = await asyncio.to_thread(house.views.repositories.at, path)
    view = house.views.at(known.root)
    if view is None:
        return Noted(root=known.root, kept=False)
    if view.tell(connection, convert_workspace.told(params)):
        connection.at_end(lambda: view.forget(connection))
    if params.command is not None:
        view.ran(params.command.text, params.command.exit_code)
    return Noted(root=known.root, kept=True)
