"""aircher/summarize"""

from __future__ import annotations

from aircher_protocol.commands import Prose, SummarizeParams
from aircherd.features.summarize import Wish, summarize
from aircherd.server import convert
from aircherd.server import convert_commands as commands
from aircherd.server.dispatch import Call, Client
from aircherd.server.house import House


async def handle(house: House, call: Call[SummarizeParams]) -> Prose:
    """Gives a short account."""
    found = await summarize(
        house.desk, house.sources, wish(call.params, call.session), call.sink, commands.asked(call)
    )
    return Prose(
        answer=convert.answer(found.told, await house.today()),
        left_out=commands.left_out(found.left_out),
    )


def wish(params: SummarizeParams, client: Client) -> Wish:
    """What is to be summarized."""
    return Wish(
        workspace=convert.path_of(params.workspace),
        scope=params.scope.value,
        wanted=commands.wanted(params.document, client),
        span=commands.span(params.range),
        encoding=client.encoding,
        base=params.base,
        instruction=params.instruction,
    )
