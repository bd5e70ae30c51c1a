"""aircher/plan"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aircher_protocol import commands as c
from aircher_protocol.chat import ChatParams
from aircher_protocol.codec import structure
from aircher_protocol.types import (
    AskParams,
    CommitMessageParams,
    PlanParams,
    PlanResult,
)
from aircherd.core.errors import InvalidRequest
from aircherd.core.tasks import TaskKind
from aircherd.features import (
    ask,
    chat,
    commit_message,
    document,
    explain,
    fix,
    generate,
    refactor,
    review,
    summarize,
)
from aircherd.features.commit_room import Wish
from aircherd.features.desk import Asked, Preview, conversation
from aircherd.features.previewing import through_the_gate
from aircherd.outbound.letting import send_secrets
from aircherd.server import convert, convert_chat, convert_preview
from aircherd.server.dispatch import Call
from aircherd.server.handlers import ask as ask_handler
from aircherd.server.handlers import document as document_handler
from aircherd.server.handlers import explain as explain_handler
from aircherd.server.handlers import fix as fix_handler
from aircherd.server.handlers import generate as generate_handler
from aircherd.server.handlers import refactor as refactor_handler
from aircherd.server.handlers import review as review_handler
from aircherd.server.handlers import summarize as summarize_handler
from aircherd.server.house import House


async def handle(house: House, call: Call[PlanParams]) -> PlanResult:
    """A dry run: nothing is sent."""
    client = call.session.client_name
    workspace: str | None = None
    inner = call.params.params
    kinds = inner.get("sendSecrets", ()) if isinstance(inner, dict) else ()
    send_secrets.set(frozenset(kind for kind in kinds or () if isinstance(kind, str)))
    match call.params.method:
        case "aircher/commitMessage":
            commit = structure(CommitMessageParams, call.params.params)
            workspace = convert.path_of(commit.workspace)
            seen = await commit_message.preview(
                house.desk,
                house.commits,
                convert.path_of(commit.workspace),
                Asked(client=client, model=commit.model),
                Wish(hint=commit.hint, previous=commit.previous, amend=commit.amend),
            )
        case "aircher/ask":
            asks = structure(AskParams, call.params.params)
            workspace = convert.path_of(asks.workspace) if asks.workspace else None
            seen = await ask.preview(
                house.desk,
                house.sources,
                house.talks,
                ask_handler.wish(asks, call.session),
                _asked(asks, client),
                house.views.known(asks.workspace),
            )
        case "aircher/chat":
            chats = structure(ChatParams, call.params.params)
            workspace = convert.path_of(chats.workspace) if chats.workspace else None
            seen = await chat.preview(
                house.desk,
                conversation(*convert_chat.turns(chats.messages)),
                Asked(client=client, workspace=workspace, model=chats.model),
                task=TaskKind(chats.task) if chats.task else None,
                max_output=chats.max_output_tokens,
                manner=convert_chat.manner(chats),
                snapshot=house.views.known(chats.workspace),
            )
        case other if other in _COMMANDS:
            params_type, wish, preview = _COMMANDS[other]
            params = structure(params_type, call.params.params)
            workspace = _asked(params, client).workspace
            seen = await preview(
                house.desk, house.sources, wish(params, call.session), _asked(params, client)
            )
        case other:
            raise InvalidRequest(
                f"{other} asks no model, so there is nothing to plan; "
                "plan aircher/commitMessage, aircher/ask or aircher/review."
            )
    return convert_preview.preview(await through_the_gate(house.desk, seen, workspace))


_COMMANDS: dict[str, tuple[type[Any], Callable[..., Any], Callable[..., Awaitable[Preview]]]] = {
    "aircher/review": (c.ReviewParams, review_handler.wish, review.preview),
    "aircher/explain": (c.ExplainParams, explain_handler.wish, explain.preview),
    "aircher/summarize": (c.SummarizeParams, summarize_handler.wish, summarize.preview),
    "aircher/fix": (c.FixParams, fix_handler.wish, fix.preview),
    "aircher/document": (c.DocumentParams, document_handler.wish, document.preview),
    "aircher/refactor": (c.RefactorParams, refactor_handler.wish, refactor.preview),
    "aircher/generate": (c.GenerateParams, generate_handler.wish, generate.preview),
}


def _asked(params: Any, client: str) -> Asked:
    where = convert.path_of(params.workspace) if params.workspace else None
    return Asked(client=params.client or client, workspace=where, model=params.model)
