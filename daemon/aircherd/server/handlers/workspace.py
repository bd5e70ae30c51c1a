"""aircher/workspace, and aircher/workspaceChanged for those who subscribe"""

from __future__ import annotations

from aircher_protocol.codec import camel
from aircher_protocol.types import Workspace, WorkspaceChangedParams, WorkspaceParams
from aircherd.server import convert
from aircherd.server.convert_workspace import workspace
from aircherd.server.dispatch import Call, Connection
from aircherd.server.house import House
from aircherd.server.lsp import intent
from aircherd.workspace.view import Change


async def handle(house: House, call: Call[WorkspaceParams]) -> Workspace:
    """What a repository looks like."""
    params, views = call.params, house.views
    path = convert.path_of(params.workspace)
    if params.subscribe:
        await _subscribe(house, call.connection, path)
    seen = await views.snapshot(path, sync=params.sync)
    if params.subscribe is False:
        views.release(call.connection, seen.root)
    return workspace(seen, watched=seen.root in views.roots)


async def _subscribe(house: House, connection: Connection, path: str) -> None:
    def changed(root: str, change: Change) -> None:
        seen = change.snapshot
        intent.changed(house, connection, root, change)
        connection.notify(
            "aircher/workspaceChanged",
            WorkspaceChangedParams(
                root=root,
                serial=change.serial,
                changed=tuple(sorted(camel(name) for name in change.parts)),
                workspace=None if seen is None else workspace(seen, watched=True),
                problem=None if change.problem is None else str(change.problem),
            ),
        )

    if await house.views.subscribe(path, connection, changed):
        connection.at_end(lambda: house.views.release(connection))
