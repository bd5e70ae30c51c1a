"""The remedy of a problem: one an editor shows, or an error that was pasted."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from aircherd.core.document import Encoding, Span
from aircherd.core.errors import InvalidRequest
from aircherd.core.sink import Sink
from aircherd.core.tasks import TaskKind
from aircherd.features import editing, prompting, rounds
from aircherd.features.desk import Asked, Desk, Preview
from aircherd.features.editing import Now, Proposed
from aircherd.features.prompting import Part, Prompt
from aircherd.features.sources import Source, Sources, Wanted
from aircherd.features.views import selected, views

_LONGEST_ERROR = 24_000
_AT = re.compile(r'(?:File "([^"]+)", line (\d+)|([\w./\\-]+\.\w+)[:(](\d+))')


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The problem."""

    wanted: Wanted
    span: Span | None = None
    encoding: Encoding = Encoding.UTF16
    diagnostic: str | None = None
    """What an editor says of it, with its source and rule."""
    error: str | None = None
    """What was pasted."""
    instruction: str | None = None
    workspace: str | None = None


async def fix(
    desk: Desk, sources: Sources, wish: Wish, sink: Sink, asked: Asked, now: Now = lambda: None
) -> Proposed:
    """Raises AircherError."""
    source, lines, work = await asyncio.to_thread(gather, sources, wish, asked)
    problem = wish.diagnostic or (wish.error or "").strip().split("\n")[-1]
    return await editing.propose(
        desk,
        work,
        source.document,
        editing.blocks(lines),
        sink,
        label=editing.labelled("Fix", problem),
        now=sources.later(wish.wanted, wish.workspace, now),
    )


async def preview(desk: Desk, sources: Sources, wish: Wish, asked: Asked) -> Preview:
    """What `fix` would send, to whom. Nothing is sent."""
    _, _, work = await asyncio.to_thread(gather, sources, wish, asked)
    return await rounds.preview(desk, work)


def gather(
    sources: Sources, wish: Wish, asked: Asked
) -> tuple[Source, tuple[int, int] | None, rounds.Work]:
    """Reads files: call it in a thread."""
    if not (wish.diagnostic or (wish.error or "").strip() or (wish.instruction or "").strip()):
        raise InvalidRequest("There is no problem to mend; name a diagnostic or paste the error.")
    text = f"{prompting.template('fix').strip()}\n\n{editing.FORM}"
    source = sources.source(wish.wanted, wish.workspace)
    lines = selected(source.document, wish.span, wish.encoding)
    if lines is None and wish.error:
        lines = _told_by(wish.error, source)
    said: list[Part] = []
    if wish.diagnostic:
        where = f", reported at line {lines[0] + 1}" if lines else ""
        said.append(Part(title=f"The problem{where}", text=wish.diagnostic))
    if wish.error and wish.error.strip():
        said.append(Part(title="The error", text=_shortened(wish.error)))
    taken = sum(len(part.text.encode("utf-8", "replace")) for part in said)

    def compose(budget: int) -> Prompt:
        room = budget - prompting.overhead(text, wish.instruction) - taken
        parts, left_out = views(source, lines, room)
        messages = prompting.compose(text, parts=(*parts, *said), wish=wish.instruction)
        return Prompt(messages=messages, left_out=left_out)

    work = rounds.Work(
        detection=rounds.detection(TaskKind.DEBUGGING, "fix"),
        compose=compose,
        size=compose(1 << 20).size,
        asked=source.place.of(asked),
        settings=source.place.settings,
    )
    return source, lines, work


def _told_by(error: str, source: Source) -> tuple[int, int] | None:
    """The last line of this file that an error names: the deepest frame that is ours."""
    best: int | None = None
    tail = source.name.rpartition("/")[2]
    for found in _AT.finditer(error):
        path, number = (found[1] or found[3]), int((found[2] or found[4])[:7])
        same = path.replace("\\", "/").rpartition("/")[2] == tail
        if same and 0 < number <= source.document.line_count:
            best = number - 1
    return None if best is None else (best, best)


def _shortened(error: str) -> str:
    """The beginning and, mostly, the end, where errors say what they are."""
    text = error.strip()
    if len(text) <= _LONGEST_ERROR:
        return text
    head, tail = text[: _LONGEST_ERROR // 4], text[-_LONGEST_ERROR * 3 // 4 :]
    return f"{head}\n… {len(text) - _LONGEST_ERROR} characters left out …\n{tail}"
