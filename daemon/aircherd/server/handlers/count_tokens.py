"""aircher/countTokens"""

from __future__ import annotations

from aircher_protocol.types import CountedTokens, CountTokensParams
from aircherd.features.desk import Asked
from aircherd.features.making import count
from aircherd.server import convert, convert_chat, convert_made
from aircherd.server.dispatch import Call
from aircherd.server.house import House


async def handle(house: House, call: Call[CountTokensParams]) -> CountedTokens:
    """Counts a conversation's tokens."""
    params = call.params
    found = await count(
        house.desk,
        convert_chat.turns(params.messages),
        Asked(
            client=params.client or call.session.client_name,
            workspace=convert.path_of(params.workspace) if params.workspace else None,
            model=params.model,
        ),
    )
    return convert_made.counted(found)
