"""aircher/refactor"""

from __future__ import annotations

from aircher_protocol.commands import EditProposal, RefactorParams
from aircherd.features.refactor import Wish, refactor
from aircherd.server import convert_commands as commands
from aircherd.server.dispatch import Call, Client
from aircherd.server.house import House


async def handle(house: House, call: Call[RefactorParams]) -> EditProposal:
    """Proposes another structure with the same behaviour."""
    found = wish(call.params, call.session)
    proposed = await refactor(
        house.desk,
        house.sources,
        found,
        call.sink,
        commands.asked(call),
        commands.now(call, found.wanted),
    )
    return commands.proposal(proposed, await house.today(), call.session.encoding)


def wish(params: RefactorParams, client: Client) -> Wish:
    """What is to be changed, and how."""
    span = commands.span(params.range)
    assert span is not None
    return Wish(
        wanted=commands.required(params.document, client),
        span=span,
        instruction=params.instruction,
        encoding=client.encoding,
        workspace=commands.workspace(params),
    )
