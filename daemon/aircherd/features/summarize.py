"""A short account of a file, a change, a branch or its commits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aircherd.core.document import Encoding, Span
from aircherd.core.errors import InvalidRequest
from aircherd.core.sink import Sink
from aircherd.core.tasks import TaskKind
from aircherd.features import changes, prompting, rounds
from aircherd.features.desk import Asked, Desk, Preview, Told
from aircherd.features.places import Place
from aircherd.features.prompting import Part, Prompt
from aircherd.features.prose import ProseSink
from aircherd.features.sources import Sources, Wanted
from aircherd.features.views import selected, views

Shown = tuple[tuple[Part, ...], tuple[tuple[str, str], ...]]
Gathered = tuple[Place, str, Callable[[int], Shown]]
"""Where, what it is of, and what of it is shown within so many bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be summarized."""

    workspace: str
    scope: Literal["file", "diff", "branch", "log"]
    wanted: Wanted | None = None
    span: Span | None = None
    encoding: Encoding = Encoding.UTF16
    base: str | None = None
    instruction: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summarized:
    """The text, and what the model did not see."""

    told: Told
    left_out: tuple[tuple[str, str], ...]


async def summarize(
    desk: Desk, sources: Sources, wish: Wish, sink: Sink, asked: Asked
) -> Summarized:
    """Raises AircherError."""
    work = await asyncio.to_thread(gather, sources, wish, asked)
    shown = ProseSink(sink, whole=True)
    answered = await rounds.first(desk, work, shown)
    text = prompting.plain(answered.reply.text)
    shown.finish(text)
    return Summarized(told=answered.told(desk, text), left_out=answered.left_out)


async def preview(desk: Desk, sources: Sources, wish: Wish, asked: Asked) -> Preview:
    """What `summarize` would send, to whom. Nothing is sent."""
    return await rounds.preview(desk, await asyncio.to_thread(gather, sources, wish, asked))


def gather(sources: Sources, wish: Wish, asked: Asked) -> rounds.Work:
    """Reads files and runs git: call it in a thread."""
    text = prompting.template("summarize")
    if wish.scope == "file":
        place, what, show = _file(sources, wish)
    elif wish.scope == "log":
        place, what, show = _log(sources, wish)
    else:
        place, what, show = _change(sources, wish)

    def compose(budget: int) -> Prompt:
        parts, left_out = show(budget - prompting.overhead(text, wish.instruction))
        messages = prompting.compose(
            text, parts=parts, wish=wish.instruction, values={"what": what}
        )
        return Prompt(messages=messages, left_out=left_out)

    return rounds.Work(
        detection=rounds.detection(TaskKind.SUMMARIES, "summarize"),
        compose=compose,
        size=compose(1 << 20).size,
        asked=place.of(asked),
        settings=place.settings,
    )


def _file(sources: Sources, wish: Wish) -> Gathered:
    if wish.wanted is None:
        raise InvalidRequest("Name the file that is to be summarized.")
    source = sources.source(wish.wanted, wish.workspace)
    if not source.document.text.strip():
        raise InvalidRequest(f"{source.name} is empty, so there is nothing to summarize.")
    lines = selected(source.document, wish.span, wish.encoding)
    what = "a file" if lines is None else "the selected part of a file"
    return source.place, what, lambda budget: views(source, lines, budget)


def _change(sources: Sources, wish: Wish) -> Gathered:
    if wish.scope == "diff":
        change = changes.unsettled(sources, wish.workspace)
    else:
        change = changes.against_base(sources, wish.workspace, wish.base)

    def show(budget: int) -> Shown:
        part, left_out = change.part(budget)
        return (part,), left_out

    return change.place, change.title, show


def _log(sources: Sources, wish: Wish) -> Gathered:
    place, what, commits = changes.log_of(sources, wish.workspace, wish.base)

    def show(budget: int) -> Shown:
        kept: list[str] = []
        used = 0
        for commit in commits:
            used += len(commit.encode("utf-8", "surrogatepass")) + 2
            if used > budget:
                break
            kept.append(commit)
        missing = len(commits) - len(kept)
        left = (("commits", f"the {missing} oldest of {len(commits)}"),) if missing else ()
        return (Part(title=what[:1].upper() + what[1:], text="\n\n".join(kept)),), left

    return place, what, show
