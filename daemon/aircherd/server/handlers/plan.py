"""aircher/plan"""

from __future__ import annotations

from aircher_protocol.codec import structure
from aircher_protocol.types import (
    AskParams,
    ChatParams,
    CommitMessageParams,
    PlanParams,
    PlanResult,
)
from aircherd.core.chat import Message
from aircherd.core.errors import InvalidRequest
from aircherd.core.tasks import TaskKind
from aircherd.features import ask, commit_message
from aircherd.features.desk import Asked, conversation
from aircherd.server import convert
from aircherd.server.dispatch import Call
from aircherd.server.house import House


async def handle(house: House, call: Call[PlanParams]) -> PlanResult:
    """A dry run: nothing is sent."""
    client = call.session.client_name
    match call.params.method:
        case "aircher/commitMessage":
            commit = structure(CommitMessageParams, call.params.params)
            seen = await commit_message.preview(
                house.desk,
                house.commits,
                convert.path_of(commit.workspace),
                Asked(client=client, model=commit.model),
                commit_message.Wish(hint=commit.hint, previous=commit.previous, amend=commit.amend),
            )
        case "aircher/ask":
            asks = structure(AskParams, call.params.params)
            seen = await ask.preview(
                house.desk,
                ask.question(asks.prompt),
                Asked(client=client, model=asks.model),
                max_output=asks.max_output_tokens,
                snapshot=house.views.known(asks.workspace),
            )
        case "aircher/chat":
            chat = structure(ChatParams, call.params.params)
            seen = await ask.preview(
                house.desk,
                conversation(*(Message.of(m.role.value, m.content) for m in chat.messages)),
                Asked(client=client, model=chat.model),
                task=TaskKind(chat.task) if chat.task else None,
                max_output=chat.max_output_tokens,
                snapshot=house.views.known(chat.workspace),
            )
        case other:
            raise InvalidRequest(
                f"{other} asks no model, so there is nothing to plan; "
                "plan aircher/commitMessage, aircher/ask or aircher/chat."
            )
    return convert.preview(seen)
