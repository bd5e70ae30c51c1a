"""Another structure with the same behaviour, as the user asks for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aircherd.core.document import Encoding, Span
from aircherd.core.errors import InvalidRequest
from aircherd.core.sink import Sink
from aircherd.core.tasks import TaskKind
from aircherd.features import editing, prompting, rounds
from aircherd.features.desk import Asked, Desk, Preview
from aircherd.features.editing import Now, Proposed
from aircherd.features.prompting import Prompt
from aircherd.features.sources import Source, Sources, Wanted
from aircherd.features.views import selected, views


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be changed, and how."""

    wanted: Wanted
    span: Span
    instruction: str
    encoding: Encoding = Encoding.UTF16
    workspace: str | None = None


async def refactor(
    desk: Desk, sources: Sources, wish: Wish, sink: Sink, asked: Asked, now: Now = lambda: None
) -> Proposed:
    """Raises AircherError."""
    source, lines, work = await asyncio.to_thread(gather, sources, wish, asked)
    return await editing.propose(
        desk,
        work,
        source.document,
        editing.blocks(lines),
        sink,
        label=editing.labelled("Refactor", wish.instruction),
        now=sources.later(wish.wanted, wish.workspace, now),
    )


async def preview(desk: Desk, sources: Sources, wish: Wish, asked: Asked) -> Preview:
    """What `refactor` would send, to whom. Nothing is sent."""
    _, _, work = await asyncio.to_thread(gather, sources, wish, asked)
    return await rounds.preview(desk, work)


def gather(
    sources: Sources, wish: Wish, asked: Asked
) -> tuple[Source, tuple[int, int] | None, rounds.Work]:
    """Reads files: call it in a thread."""
    if not wish.instruction.strip():
        raise InvalidRequest("There is nothing asked for; say what the code should become.")
    text = f"{prompting.template('refactor').strip()}\n\n{editing.FORM}"
    source = sources.source(wish.wanted, wish.workspace)
    lines = selected(source.document, wish.span, wish.encoding)

    def compose(budget: int) -> Prompt:
        parts, left_out = views(source, lines, budget - prompting.overhead(text, wish.instruction))
        messages = prompting.compose(text, parts=parts, wish=wish.instruction)
        return Prompt(messages=messages, left_out=left_out)

    work = rounds.Work(
        detection=rounds.detection(TaskKind.REFACTORING, "refactor"),
        compose=compose,
        size=compose(1 << 20).size,
        asked=source.place.of(asked),
        settings=source.place.settings,
    )
    return source, lines, work
