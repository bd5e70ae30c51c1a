"""What code does, in words; or what a project is, by its front page and layout."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aircherd.core.document import Encoding, Span
from aircherd.core.errors import InvalidRequest
from aircherd.core.sink import Sink
from aircherd.core.tasks import TaskKind
from aircherd.features import prompting, rounds
from aircherd.features.desk import Asked, Desk, Preview, Told
from aircherd.features.homes import file_uri
from aircherd.features.prompting import Prompt
from aircherd.features.prose import ProseSink
from aircherd.features.sources import Source, Sources, Wanted
from aircherd.features.views import selected, views


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be explained."""

    wanted: Wanted | None
    span: Span | None = None
    encoding: Encoding = Encoding.UTF16
    workspace: str | None = None
    instruction: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The text, and what the model did not see."""

    told: Told
    left_out: tuple[tuple[str, str], ...]


async def explain(desk: Desk, sources: Sources, wish: Wish, sink: Sink, asked: Asked) -> Explained:
    """Raises AircherError."""
    work = await asyncio.to_thread(gather, sources, wish, asked)
    shown = ProseSink(sink, whole=True)
    answered = await rounds.first(desk, work, shown)
    text = prompting.plain(answered.reply.text)
    shown.finish(text)
    return Explained(told=answered.told(desk, text), left_out=answered.left_out)


async def preview(desk: Desk, sources: Sources, wish: Wish, asked: Asked) -> Preview:
    """What `explain` would send, to whom. Nothing is sent."""
    return await rounds.preview(desk, await asyncio.to_thread(gather, sources, wish, asked))


def gather(sources: Sources, wish: Wish, asked: Asked) -> rounds.Work:
    """Reads files: call it in a thread."""
    text = prompting.template("explain")
    if wish.wanted is None:
        source = _front_page(sources, wish)
    else:
        source = sources.source(wish.wanted, wish.workspace)
    lines = selected(source.document, wish.span, wish.encoding)
    if not source.document.text.strip():
        raise InvalidRequest(f"{source.name} is empty, so there is nothing to explain.")

    def compose(budget: int) -> Prompt:
        room = budget - prompting.overhead(text, wish.instruction)
        parts, left_out = views(source, lines, room)
        messages = prompting.compose(text, parts=parts, wish=wish.instruction)
        return Prompt(messages=messages, left_out=left_out)

    return rounds.Work(
        detection=rounds.detection(TaskKind.SUMMARIES, "explain"),
        compose=compose,
        size=compose(1 << 20).size,
        asked=source.place.of(asked),
        settings=source.place.settings,
    )


def _front_page(sources: Sources, wish: Wish) -> Source:
    if wish.workspace is None:
        raise InvalidRequest("There is nothing to explain; name a file or a workspace.")
    place = sources.repository(wish.workspace)
    for name in ("README.md", "README.rst", "README.txt", "README", "readme.md"):
        if sources.text(place, name) is not None:
            path = f"{place.root}/{name}"
            return sources.source(
                Wanted(uri=file_uri(place.root or "", name), path=path, document=None)
            )
    raise InvalidRequest("This project has no front page to go by; name a file to explain.")
