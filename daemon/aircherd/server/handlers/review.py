"""aircher/review"""

from __future__ import annotations

from aircher_protocol.commands import Review, ReviewParams
from aircherd.features.review import Wish, review
from aircherd.server import convert
from aircherd.server import convert_commands as commands
from aircherd.server.dispatch import Call, Client
from aircherd.server.house import House


async def handle(house: House, call: Call[ReviewParams]) -> Review:
    """Finds the faults of a change, or of code."""
    found = await review(
        house.desk,
        house.sources,
        wish(call.params, call.session),
        call.sink,
        commands.asked(call),
        lambda root: commands.opened(call, root),
        house.feedback.dismissed,
    )
    return commands.reviewed(found, await house.today(), call.session.encoding)


def wish(params: ReviewParams, client: Client) -> Wish:
    """What is to be reviewed."""
    return Wish(
        workspace=convert.path_of(params.workspace),
        scope=params.scope.value,
        wanted=commands.wanted(params.document, client),
        span=commands.span(params.range),
        encoding=client.encoding,
        base=params.base,
        instruction=params.instruction,
    )
