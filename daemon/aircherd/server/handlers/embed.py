"""aircher/embed"""

from __future__ import annotations

from aircher_protocol.types import Embedded, EmbedParams
from aircherd.features.desk import Asked
from aircherd.features.making import embed
from aircherd.providers.atonce import Vectors
from aircherd.server import convert, convert_made
from aircherd.server.dispatch import Call
from aircherd.server.house import House


async def handle(house: House, call: Call[EmbedParams]) -> Embedded:
    """Makes a vector for each text."""
    params = call.params
    made = await embed(
        house.desk,
        params.texts,
        Vectors(purpose=params.purpose.value, dimensions=params.dimensions),
        Asked(
            client=params.client or call.session.client_name,
            workspace=convert.path_of(params.workspace) if params.workspace else None,
            model=params.model,
        ),
        call.sink,
    )
    return convert_made.embedded(made)
