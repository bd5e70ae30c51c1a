"""aircher/image"""

from __future__ import annotations

from aircher_protocol.types import ImageParams, Pictured
from aircherd.features.desk import Asked
from aircherd.features.making import paint
from aircherd.providers.atonce import Painted
from aircherd.server import convert, convert_made
from aircherd.server.dispatch import Call
from aircherd.server.house import House


async def handle(house: House, call: Call[ImageParams]) -> Pictured:
    """Makes pictures."""
    params = call.params
    made = await paint(
        house.desk,
        params.prompt,
        Painted(count=params.count, size=params.size, quality=params.quality),
        params.count,
        Asked(
            client=params.client or call.session.client_name,
            workspace=convert.path_of(params.workspace) if params.workspace else None,
            model=params.model,
        ),
        call.sink,
    )
    return convert_made.pictured(made)
