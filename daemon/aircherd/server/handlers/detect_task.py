"""aircher/detectTask"""

from __future__ import annotations

import asyncio

from aircher_protocol.types import DetectedTask, DetectTaskParams, TaskKind
from aircherd.features.chat import situation
from aircherd.server import convert
from aircherd.server.dispatch import Call
from aircherd.server.house import House


async def handle(house: House, call: Call[DetectTaskParams]) -> DetectedTask:
    """What a message would be taken for."""
    params = call.params
    snapshot = None
    if params.workspace:
        path = convert.path_of(params.workspace)
        view = house.views.at(path)
        snapshot = (
            await view.ready()
            if view is not None
            else await asyncio.to_thread(house.commits.snapshot, path)
        )
    found = house.desk.detector().detect(params.message, situation(snapshot, params.command))
    return DetectedTask(
        task=TaskKind(found.task),
        confidence=found.confidence,
        evidence=convert.evidence(found.evidence),
    )
