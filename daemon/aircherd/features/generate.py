"""New code at the cursor, instead of the selection, or tests in the file where they belong."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Literal

from aircherd.core.document import Document, Encoding, Place, Span
from aircherd.core.errors import InvalidRequest
from aircherd.core.sink import Sink
from aircherd.core.tasks import TaskKind
from aircherd.edits.insert import appended, inserted
from aircherd.edits.model import Answered, DoesNotFit, Replacement
from aircherd.excerpts.excerpt import Reading, whole
from aircherd.features import editing, prompting, rounds
from aircherd.features.desk import Asked, Desk, Preview
from aircherd.features.editing import Now, Proposed
from aircherd.features.homes import home_of_tests
from aircherd.features.prompting import Part, Prompt
from aircherd.features.sources import Source, Sources, Wanted
from aircherd.features.views import selected, view, views

_STYLE = 8_000
"""Bytes of tests that are there already, for their framework and style."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be written, and where."""

    wanted: Wanted | None
    instruction: str
    kind: Literal["code", "tests"] = "code"
    position: Place | None = None
    span: Span | None = None
    encoding: Encoding = Encoding.UTF16
    workspace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathered:
    target: Document
    place: editing.Placing
    label: str
    work: rounds.Work
    creates: bool = False


async def generate(
    desk: Desk, sources: Sources, wish: Wish, sink: Sink, asked: Asked, now: Now = lambda: None
) -> Proposed:
    """Raises AircherError. Without a document the answer's text is all there is."""
    found = await asyncio.to_thread(gather, sources, wish, asked)
    same = wish.wanted is not None and found.target.uri == wish.wanted.uri
    return await editing.propose(
        desk,
        found.work,
        found.target,
        found.place,
        sink,
        label=found.label,
        # What the editor says of the document it asked about says nothing of another file.
        now=sources.later(wish.wanted, wish.workspace, now) if same else lambda: None,
        creates=found.creates,
        whole=True,
    )


async def preview(desk: Desk, sources: Sources, wish: Wish, asked: Asked) -> Preview:
    """What `generate` would send, to whom. Nothing is sent."""
    found = await asyncio.to_thread(gather, sources, wish, asked)
    return await rounds.preview(desk, found.work)


def gather(sources: Sources, wish: Wish, asked: Asked) -> _Gathered:
    """Reads files: call it in a thread."""
    if wish.kind == "tests":
        return _tests(sources, wish, asked)
    if not wish.instruction.strip():
        raise InvalidRequest("There is nothing asked for; say what is to be written.")
    text = prompting.template("generate")
    label = editing.labelled("Generate", wish.instruction)
    if wish.wanted is None:
        source = None
        target = Document(uri="untitled:", text="")
        lines = None
        start = end = 0
    else:
        source = sources.source(wish.wanted, wish.workspace)
        target = source.document
        start, end = _offsets(target, wish)
        first, last = target.place(start).line, target.place(end).line
        lines = (first, last)
    language = target.language or "that fits"

    def compose(budget: int) -> Prompt:
        room = budget - prompting.overhead(text, wish.instruction)
        parts: tuple[Part, ...] = ()
        left_out: tuple[tuple[str, str], ...] = ()
        if source is not None and lines is not None and target.text.strip():
            parts, left_out = _surroundings(source, lines, start, end, room)
        messages = prompting.compose(
            text, parts=parts, wish=wish.instruction, values={"language": language}
        )
        return Prompt(messages=messages, left_out=left_out)

    def place(document: Document, parts: Answered) -> tuple[Replacement, ...]:
        code = _code(parts)
        if source is None:
            return ()
        return (inserted(document, start, end, code),)

    place_of = sources.place(wish.workspace) if source is None else source.place
    work = rounds.Work(
        detection=rounds.detection(TaskKind.CODE_GENERATION, "generate"),
        compose=compose,
        size=compose(1 << 20).size,
        asked=place_of.of(asked),
        settings=place_of.settings,
    )
    return _Gathered(target=target, place=place, label=label, work=work)


def _surroundings(
    source: Source, lines: tuple[int, int], start: int, end: int, room: int
) -> tuple[tuple[Part, ...], tuple[tuple[str, str], ...]]:
    """The file around the place, and the place itself told by the lines before and behind it."""
    document = source.document
    found = view(source, lines, room - 800)
    shown = (found.file, *found.near)
    at = document.place(start).line
    before = "\n".join(document.lines(max(0, at - 3), at)[:-1])
    tail = document.text[document.starts[at] : start]
    if start != end:
        chosen = Part(title="To be replaced by what you write", text=document.text[start:end])
        return (*shown, chosen), found.left_out
    here = f"{before}\n{tail}".strip("\n")
    chosen = Part(title="What you write goes right behind these lines", text=here)
    return (*shown, chosen), found.left_out


def _tests(sources: Sources, wish: Wish, asked: Asked) -> _Gathered:
    if wish.wanted is None:
        raise InvalidRequest("Name the file that is to be tested.")
    source = sources.source(wish.wanted, wish.workspace)
    lines = selected(source.document, wish.span, wish.encoding)
    text = prompting.template("generate_tests")
    target, creates = home_of_tests(sources, source)
    what = "the whole new test file" if creates else "the tests that are added to the file"
    values = {"language": source.document.language or "of the file", "what": what}

    style = whole(Reading(target), _STYLE)

    def compose(budget: int) -> Prompt:
        room = budget - prompting.overhead(text, wish.instruction) - len(style.text.encode())
        parts, left_out = views(source, lines, room)
        where = target.uri.rpartition("/")[2]
        if style.text.strip():
            title = f"The tests that are there already, {where}"
            parts = (*parts, Part(title=title, text=style.text))
        messages = prompting.compose(text, parts=parts, wish=wish.instruction, values=values)
        return Prompt(messages=messages, left_out=left_out)

    def place(document: Document, parts: Answered) -> tuple[Replacement, ...]:
        return (appended(document, _code(parts)),)

    work = rounds.Work(
        detection=rounds.detection(TaskKind.CODE_GENERATION, "generate tests"),
        compose=compose,
        size=compose(1 << 20).size,
        asked=source.place.of(asked),
        settings=source.place.settings,
    )
    label = editing.labelled("Tests", source.name)
    target = replace(target, language=target.language or source.document.language)
    return _Gathered(target=target, place=place, label=label, work=work, creates=creates)


def _code(parts: Answered) -> str:
    """The one fence; the longest where there are several; all of it where there is none."""
    if parts.fences:
        return max(parts.fences, key=len)
    if parts.blocks:
        return "\n".join(line for block in parts.blocks for line in block.replace)
    if not parts.prose:
        raise DoesNotFit("it holds no code")
    raise DoesNotFit("its code does not stand in a code fence")


def _offsets(document: Document, wish: Wish) -> tuple[int, int]:
    if wish.span is not None:
        start = document.offset(wish.span.start, wish.encoding)
        return start, max(start, document.offset(wish.span.end, wish.encoding))
    if wish.position is None:
        raise InvalidRequest("Say where the code goes: a position, or a range to be replaced.")
    at = document.offset(wish.position, wish.encoding)
    return at, at
