"""aircher/ask"""

from __future__ import annotations

from aircher_protocol.commands import AskResult
from aircher_protocol.types import AskParams
from aircherd.core.errors import InvalidRequest
from aircherd.features.ask import Wish, ask
from aircherd.server import convert
from aircherd.server import convert_commands as commands
from aircherd.server.dispatch import Call, Client
from aircherd.server.house import House


async def handle(house: House, call: Call[AskParams]) -> AskResult:
    """Answers one question, or the next of a conversation."""
    found = await ask(
        house.desk,
        house.sources,
        house.talks,
        wish(call.params, call.session),
        call.sink,
        commands.asked(call),
        house.views.known(call.params.workspace),
    )
    return AskResult(
        answer=convert.answer(found.told, await house.today()),
        conversation=found.conversation,
        left_out=commands.left_out(found.left_out),
    )


def wish(params: AskParams, client: Client) -> Wish:
    """What is asked, and about what."""
    if not params.prompt.strip():
        raise InvalidRequest("There is no question; write one behind `aircher ask`.")
    return Wish(
        question=params.prompt,
        conversation=params.conversation,
        wanted=commands.wanted(params.document, client),
        span=commands.span(params.range),
        encoding=client.encoding,
        workspace=commands.workspace(params),
        max_output=params.max_output_tokens,
    )
