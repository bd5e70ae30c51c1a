"""aircher/generate"""

from __future__ import annotations

from aircher_protocol.commands import EditProposal, GenerateParams
from aircherd.features.generate import Wish, generate
from aircherd.server import convert_commands as commands
from aircherd.server.dispatch import Call, Client
from aircherd.server.house import House


async def handle(house: House, call: Call[GenerateParams]) -> EditProposal:
    """Proposes new code."""
    found = wish(call.params, call.session)
    proposed = await generate(
        house.desk,
        house.sources,
        found,
        call.sink,
        commands.asked(call),
        commands.now(call, found.wanted),
    )
    return commands.proposal(proposed, await house.today(), call.session.encoding)


def wish(params: GenerateParams, client: Client) -> Wish:
    """What is to be written, and where."""
    return Wish(
        wanted=commands.wanted(params.document, client),
        instruction=params.instruction,
        kind=params.kind.value,
        position=commands.place(params.position),
        span=commands.span(params.range),
        encoding=client.encoding,
        workspace=commands.workspace(params),
    )
