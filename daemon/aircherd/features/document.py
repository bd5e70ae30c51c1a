"""Documentation: the comment of what is selected, or a section of the front page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aircherd.core.document import Document, Encoding, Span
from aircherd.core.errors import InvalidRequest
from aircherd.core.sink import Sink
from aircherd.core.tasks import TaskKind
from aircherd.edits.comments import only_comments
from aircherd.edits.insert import appended
from aircherd.edits.model import Answered, DoesNotFit, Replacement, applied
from aircherd.excerpts.excerpt import Reading, whole
from aircherd.features import editing, prompting, rounds
from aircherd.features.desk import Asked, Desk, Preview
from aircherd.features.editing import Now, Placing, Proposed
from aircherd.features.homes import file_uri, vacant
from aircherd.features.prompting import Part, Prompt
from aircherd.features.sources import Source, Sources, Wanted
from aircherd.features.views import selected, views

_FRONT_PAGES = ("README.md", "readme.md", "Readme.md")
_STYLE = 6_000
"""Bytes of the front page that are shown for its language and style."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be documented, and where."""

    wanted: Wanted
    kind: Literal["docstring", "readme"] = "docstring"
    span: Span | None = None
    encoding: Encoding = Encoding.UTF16
    instruction: str | None = None
    workspace: str | None = None


async def document(
    desk: Desk, sources: Sources, wish: Wish, sink: Sink, asked: Asked, now: Now = lambda: None
) -> Proposed:
    """Raises AircherError. The edit of a section is one of the front page, not of the file."""
    target, place, label, work = await asyncio.to_thread(gather, sources, wish, asked)
    creates = target.version is None and not target.text
    return await editing.propose(
        desk,
        work,
        target,
        place,
        sink,
        label=label,
        now=sources.later(
            wish.wanted if target.uri == wish.wanted.uri else None, wish.workspace, now
        ),
        creates=creates,
        whole=wish.kind == "readme",
    )


async def preview(desk: Desk, sources: Sources, wish: Wish, asked: Asked) -> Preview:
    """What `document` would send, to whom. Nothing is sent."""
    *_, work = await asyncio.to_thread(gather, sources, wish, asked)
    return await rounds.preview(desk, work)


def gather(
    sources: Sources, wish: Wish, asked: Asked
) -> tuple[Document, Placing, str, rounds.Work]:
    """Reads files: call it in a thread."""
    source = sources.source(wish.wanted, wish.workspace)
    if wish.kind == "readme":
        return _section(sources, source, wish, asked)
    lines = selected(source.document, wish.span, wish.encoding)
    text = f"{prompting.template('document').strip()}\n\n{editing.FORM}"
    values = {"language": source.document.language or "the language of the file"}

    def compose(budget: int) -> Prompt:
        parts, left_out = views(source, lines, budget - prompting.overhead(text, wish.instruction))
        messages = prompting.compose(text, parts=parts, wish=wish.instruction, values=values)
        return Prompt(messages=messages, left_out=left_out)

    label = editing.labelled("Document", source.name.rpartition("/")[2])
    return source.document, _comments(lines), label, _work(source, compose, asked)


def _comments(lines: tuple[int, int] | None) -> Placing:
    """Places blocks that change nothing but comments."""
    placing = editing.blocks(lines)

    def place(document: Document, parts: Answered) -> tuple[Replacement, ...]:
        found = placing(document, parts)
        after = applied(document.text, found)
        if not only_comments(document.text, after, document.language):
            raise DoesNotFit("it changes code, not only comments")
        return found

    return place


def _section(
    sources: Sources, source: Source, wish: Wish, asked: Asked
) -> tuple[Document, Placing, str, rounds.Work]:
    lines = selected(source.document, wish.span, wish.encoding)
    text = prompting.template("document_readme")
    page = _front_page(sources, source)

    style = whole(Reading(page), _STYLE)

    def compose(budget: int) -> Prompt:
        room = budget - prompting.overhead(text, wish.instruction) - len(style.text.encode())
        parts, left_out = views(source, lines, room)
        if style.text.strip():
            parts = (*parts, Part(title="The front page so far", text=style.text))
        messages = prompting.compose(text, parts=parts, wish=wish.instruction)
        return Prompt(messages=messages, left_out=left_out)

    label = editing.labelled("Section", source.name)
    return page, _at_the_end, label, _work(source, compose, asked)


def _front_page(sources: Sources, source: Source) -> Document:
    """The project's README, or an empty one beside the file."""
    place = source.place
    for name in _FRONT_PAGES:
        text = sources.text(place, name)
        if text is not None:
            assert place.root is not None
            return Document(uri=file_uri(place.root, name), text=text, language="markdown")
    if place.root is not None:
        if not vacant(place.root, "README.md"):
            raise InvalidRequest("README.md is withheld or leads elsewhere; name another file.")
        return Document(uri=file_uri(place.root, "README.md"), text="", language="markdown")
    return Document(uri=source.document.uri.rpartition("/")[0] + "/README.md", text="")


def _at_the_end(page: Document, parts: Answered) -> tuple[Replacement, ...]:
    section = parts.whole.strip()
    if not section.lstrip().startswith("#"):
        raise DoesNotFit("it does not begin with a heading")
    return (appended(page, section),)


def _work(source: Source, compose: Callable[[int], Prompt], asked: Asked) -> rounds.Work:
    return rounds.Work(
        detection=rounds.detection(TaskKind.DOCUMENTATION, "document"),
        compose=compose,
        size=compose(1 << 20).size,
        asked=source.place.of(asked),
        settings=source.place.settings,
    )
