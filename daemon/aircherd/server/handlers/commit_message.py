"""aircher/commitMessage"""

from __future__ import annotations

from aircher_protocol.types import Check, CommitMessage, CommitMessageParams, LeftOut
from aircherd.features.commit_message import commit_message
from aircherd.features.commit_room import Wish
from aircherd.server import convert
from aircherd.server.convert_commands import asked
from aircherd.server.dispatch import Call
from aircherd.server.house import House


async def handle(house: House, call: Call[CommitMessageParams]) -> CommitMessage:
    """Writes a message for what is staged."""
    params = call.params
    written = await commit_message(
        house.desk,
        house.commits,
        convert.path_of(params.workspace),
        call.sink,
        asked(call),
        Wish(hint=params.hint, previous=params.previous, amend=params.amend),
    )
    if not params.amend:
        path = convert.path_of(params.workspace)
        await house.commits.acceptance.suggested(written.told.ref, written.draft.text, path)
    return CommitMessage(
        answer=convert.answer(written.told, await house.today()),
        subject=written.draft.subject,
        body=written.draft.body,
        convention=written.convention,
        checks=tuple(
            Check(rule=c.rule, ok=c.ok, detail=c.detail, repaired=c.repaired)
            for c in written.checks
        ),
        files=written.files,
        left_out=tuple(LeftOut(path=path, why=why) for path, why in written.left_out),
    )
