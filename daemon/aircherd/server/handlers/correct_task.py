"""aircher/correctTask"""

from __future__ import annotations

import asyncio

from aircher_protocol.types import CorrectTaskParams, TaskCorrection, TaskCorrections, TaskKind
from aircherd.core.errors import InvalidRequest
from aircherd.core.tasks import TaskKind as Task
from aircherd.server import convert
from aircherd.server.dispatch import Call
from aircherd.server.house import House
from aircherd.tasks.detector import Situation


async def handle(house: House, call: Call[CorrectTaskParams]) -> TaskCorrections:
    """Learns, forgets or lists."""
    params, teaching = call.params, house.teaching
    if params.reset:
        if params.message is not None or params.task is not None:
            raise InvalidRequest("reset forgets everything; send it without message and task.")
        await asyncio.to_thread(teaching.reset)
    elif params.task is not None:
        if params.message is None:
            raise InvalidRequest("task says what a message was; send the message with it.")
        snapshot = None
        if params.workspace:
            path = convert.path_of(params.workspace)
            snapshot = await asyncio.to_thread(house.commits.snapshot, path)
        task = Task(params.task)
        situation = Situation(snapshot=snapshot)
        await asyncio.to_thread(teaching.correct, params.message, situation, task)
    elif params.message is not None:
        raise InvalidRequest("Send the task the message was, such as debugging, with the message.")
    kept = await asyncio.to_thread(teaching.corrections)
    return TaskCorrections(
        corrections=tuple(
            TaskCorrection(task=TaskKind(one.task), day=one.at, hint=one.hint) for one in kept
        )
    )
