"""aircher/document"""

from __future__ import annotations

from aircher_protocol.commands import DocumentParams, EditProposal
from aircherd.features.document import Wish, document
from aircherd.server import convert_commands as commands
from aircherd.server.dispatch import Call, Client
from aircherd.server.house import House


async def handle(house: House, call: Call[DocumentParams]) -> EditProposal:
    """Proposes documentation."""
    found = wish(call.params, call.session)
    proposed = await document(
        house.desk,
        house.sources,
        found,
        call.sink,
        commands.asked(call),
        commands.now(call, found.wanted),
    )
    return commands.proposal(proposed, await house.today(), call.session.encoding)


def wish(params: DocumentParams, client: Client) -> Wish:
    """What is to be documented, and where."""
    return Wish(
        wanted=commands.required(params.document, client),
        kind=params.kind.value,
        span=commands.span(params.range),
        encoding=client.encoding,
        instruction=params.instruction,
        workspace=commands.workspace(params),
    )
