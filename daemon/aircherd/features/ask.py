"""A question, alone or in a conversation, about a file or about nothing in particular."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from aircherd.core.chat import Message
from aircherd.core.document import Encoding, Span
from aircherd.core.errors import InvalidRequest
from aircherd.core.sink import Sink
from aircherd.core.snapshot import WorkspaceSnapshot
from aircherd.features import prompting, rounds
from aircherd.features.chat import situation
from aircherd.features.conversations import Conversation, Conversations
from aircherd.features.desk import Asked, Desk, Preview, Told
from aircherd.features.prompting import Part, Prompt
from aircherd.features.prose import ProseSink
from aircherd.features.sources import Source, Sources, Wanted
from aircherd.features.views import selected, views


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked, and about what."""

    question: str
    conversation: str | None = None
    wanted: Wanted | None = None
    span: Span | None = None
    encoding: Encoding = Encoding.UTF16
    workspace: str | None = None
    max_output: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Talked:
    """The answer, the conversation to go on with, and what the model did not see."""

    told: Told
    conversation: str
    left_out: tuple[tuple[str, str], ...]


async def ask(
    desk: Desk,
    sources: Sources,
    talks: Conversations,
    wish: Wish,
    sink: Sink,
    asked: Asked,
    snapshot: WorkspaceSnapshot | None = None,
) -> Talked:
    """Raises AircherError; the conversation is then as it was before."""
    conversation = talks.at(wish.conversation, asked.client)
    work = await asyncio.to_thread(gather, desk, sources, conversation, wish, asked, snapshot)
    shown = ProseSink(sink, whole=True)
    answered = await rounds.first(desk, work, shown)
    text = prompting.plain(answered.reply.text)
    shown.finish(text)
    conversation.workspace = conversation.workspace or work.asked.workspace
    conversation.within = tuple(dict.fromkeys((*conversation.within, *work.asked.within)))
    if work.settings is not None and work.settings.egress == "local":
        conversation.local = True
    desk.warmth.note(conversation.id, answered.reply, desk.clock.monotonic())
    talks.add(conversation, answered.reply.request.messages[-1], Message.of("assistant", text))
    return Talked(
        told=answered.told(desk, text),
        conversation=conversation.id,
        left_out=answered.left_out,
    )


async def preview(
    desk: Desk,
    sources: Sources,
    talks: Conversations,
    wish: Wish,
    asked: Asked,
    snapshot: WorkspaceSnapshot | None = None,
) -> Preview:
    """What `ask` would send, to whom. Nothing is sent."""
    conversation = talks.at(wish.conversation, asked.client)
    work = await asyncio.to_thread(gather, desk, sources, conversation, wish, asked, snapshot)
    return await rounds.preview(desk, work)


def gather(
    desk: Desk,
    sources: Sources,
    conversation: Conversation,
    wish: Wish,
    asked: Asked,
    snapshot: WorkspaceSnapshot | None,
) -> rounds.Work:
    """Reads files: call it in a thread."""
    # As it is now: a turn that ends meanwhile may have shown what only this machine may see.
    conversation = replace(conversation, turns=list(conversation.turns))
    text = prompting.template("ask")
    asked = replace(asked, within=conversation.within)
    source: Source | None = None
    lines: tuple[int, int] | None = None
    settings = None
    if wish.wanted is not None:
        source = sources.source(wish.wanted, wish.workspace)
        lines = selected(source.document, wish.span, wish.encoding)
        asked, settings = source.place.of(asked), source.place.settings
    elif wish.workspace is not None or conversation.workspace is not None:
        place = sources.place(wish.workspace or conversation.workspace)
        where = wish.workspace or conversation.workspace
        asked, settings = place.of(replace(asked, workspace=where)), place.settings
    if conversation.workspace is not None and asked.workspace != conversation.workspace:
        # What was said there went by that workspace's rules, and must not leave by another's.
        raise InvalidRequest(
            f"This conversation is about {conversation.workspace}; begin another one here."
        )
    if conversation.local:
        settings = replace(settings or desk.settings(), egress="local")

    def compose(budget: int) -> Prompt:
        room = budget - prompting.overhead(text, wish.question)
        parts: tuple[Part, ...] = ()
        left_out: tuple[tuple[str, str], ...] = ()
        if source is not None and source.document.text.strip():
            parts, left_out = views(source, lines, room // 2 if conversation.turns else room)
            room -= sum(len(part.text.encode("utf-8", "surrogatepass")) for part in parts)
        earlier, missing = conversation.messages(max(0, room))
        if missing:
            turns = "turn" if missing == 1 else "turns"
            left_out = (*left_out, ("conversation", f"{missing} earlier {turns}"))
        head, user = prompting.compose(text, parts=parts, wish=wish.question, bare=True)
        return Prompt(messages=(head, *earlier, user), left_out=left_out)

    return rounds.Work(
        detection=desk.detector().detect(wish.question, situation(snapshot)),
        compose=compose,
        size=compose(1 << 20).size,
        asked=asked,
        settings=settings,
        max_output=wish.max_output,
        # Only what comes along can be made smaller, not the question.
        shrinkable=source is not None or bool(conversation.turns),
        conversation=conversation.id,
    )
