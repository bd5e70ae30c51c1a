"""aircher/explain"""

from __future__ import annotations

from aircher_protocol.commands import ExplainParams, Prose
from aircherd.features.explain import Wish, explain
from aircherd.server import convert
from aircherd.server import convert_commands as commands
from aircherd.server.dispatch import Call, Client
from aircherd.server.house import House


async def handle(house: House, call: Call[ExplainParams]) -> Prose:
    """Says what code does."""
    found = await explain(
        house.desk, house.sources, wish(call.params, call.session), call.sink, commands.asked(call)
    )
    return Prose(
        answer=convert.answer(found.told, await house.today()),
        left_out=commands.left_out(found.left_out),
    )


def wish(params: ExplainParams, client: Client) -> Wish:
    """What is to be explained."""
    return Wish(
        wanted=commands.wanted(params.document, client),
        span=commands.span(params.range),
        encoding=client.encoding,
        workspace=commands.workspace(params),
        instruction=params.instruction,
    )
