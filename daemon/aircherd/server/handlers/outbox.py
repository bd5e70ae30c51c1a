"""aircher/outbox"""

from __future__ import annotations

import asyncio

from aircher_protocol.types import Departed, OutboxParams, OutboxResult
from aircherd.core.errors import InvalidRequest
from aircherd.server import convert_preview
from aircherd.server.dispatch import Call
from aircherd.server.house import House

_MOST = 1_000


async def handle(house: House, call: Call[OutboxParams]) -> OutboxResult:
    """What has left for models on other machines."""
    params = call.params
    if not 0 < params.limit <= _MOST:
        raise InvalidRequest(f"`limit` is a number from 1 to {_MOST}.")
    try:
        rows = await asyncio.to_thread(
            house.departures.listed, params.limit, operation=params.operation
        )
    except OSError as error:
        raise InvalidRequest(
            f"The list of what was sent cannot be read ({error.strerror}); check the state folder."
        ) from None
    return OutboxResult(
        sent=tuple(
            Departed(
                at=row.at,
                operation=row.operation,
                client=row.client,
                workspace=row.workspace,
                provider=row.provider,
                model=row.model,
                origin=row.origin,
                bytes=row.size,
                sha256=row.sha256,
                masked=convert_preview.masked(row.masked),
                unmasked=convert_preview.masked(row.let),
                body=row.body,
            )
            for row in rows
        ),
        keeps_text=house.settings.outbound.keep_text,
    )
