"""aircher/chat"""

from __future__ import annotations

from aircher_protocol.types import Answer, ChatParams
from aircherd.core.chat import Message
from aircherd.core.errors import InvalidRequest
from aircherd.core.tasks import TaskKind
from aircherd.features.chat import chat
from aircherd.features.desk import Asked, conversation
from aircherd.server import convert
from aircherd.server.dispatch import Call
from aircherd.server.house import House


async def handle(house: House, call: Call[ChatParams]) -> Answer:
    """Continues a conversation given in full."""
    params = call.params
    messages = conversation(*(Message.of(m.role.value, m.content) for m in params.messages))
    if not messages or messages[-1].role != "user":
        raise InvalidRequest("The last message must be the user's and say something.")
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
        snapshot=house.views.known(params.workspace),
        temperature=params.temperature,
    )
    return convert.answer(told, await house.today())
