"""aircher/ask"""

from __future__ import annotations

from aircher_protocol.types import Answer, AskParams
from aircherd.core.errors import InvalidRequest
from aircherd.features.ask import ask, question
from aircherd.features.desk import Asked
from aircherd.server import convert
from aircherd.server.dispatch import Call
from aircherd.server.house import House


async def handle(house: House, call: Call[AskParams]) -> Answer:
    """Answers one question."""
    params = call.params
    if not params.prompt.strip():
        raise InvalidRequest("There is no question; write one behind `aircher ask`.")
    told = await ask(
        house.desk,
        question(params.prompt),
        call.sink,
        Asked(
            client=params.client or call.session.client_name,
            workspace=convert.path_of(params.workspace) if params.workspace else None,
            model=params.model,
        ),
        max_output=params.max_output_tokens,
        snapshot=house.views.known(params.workspace),
    )
    return convert.answer(told, await house.today())
