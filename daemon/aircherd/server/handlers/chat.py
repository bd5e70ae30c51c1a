"""aircher/chat"""

from __future__ import annotations

from aircher_protocol.chat import ChatParams
from aircher_protocol.types import Answer
from aircherd.core.errors import InvalidRequest
from aircherd.core.tasks import TaskKind
from aircherd.features.chat import chat
from aircherd.features.desk import Asked, conversation
from aircherd.server import convert, convert_chat
from aircherd.server.dispatch import Call
from aircherd.server.house import House


async def handle(house: House, call: Call[ChatParams]) -> Answer:
    """Continues a conversation given in full."""
    params = call.params
    messages = conversation(*convert_chat.turns(params.messages))
    if not messages or messages[-1].role not in ("user", "tool"):
        raise InvalidRequest("The last message must be the user's, or a tool's, and say something.")
    told = await chat(
        house.desk,
        messages,
        call.sink,
        Asked(
            client=params.client or call.session.client_name,
            workspace=convert.path_of(params.workspace) if params.workspace else None,
            model=params.model,
        ),
        task=TaskKind(params.task) if params.task else None,
        max_output=params.max_output_tokens,
        manner=convert_chat.manner(params),
        snapshot=house.views.known(params.workspace),
    )
    return convert.answer(told, await house.today())
