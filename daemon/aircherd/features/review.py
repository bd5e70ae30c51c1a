"""The faults of a change, on the lines it changed; or of a selection, or a file as it is.

What the model says is held to the lines it quotes, shown to the model once more for it to defend,
and followed to where those lines stand now. What does not survive is told with why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from aircherd.commits.inert import inert, one_line
from aircherd.core.chat import FinishReason, Message
from aircherd.core.document import Document, Encoding, Span
from aircherd.core.errors import AircherError, InvalidRequest
from aircherd.core.sink import Sink
from aircherd.core.tasks import TaskKind
from aircherd.features import changes, prompting, rounds
from aircherd.features.desk import Asked, Desk, Preview, Told
from aircherd.features.places import Place
from aircherd.features.prompting import Part, Prompt
from aircherd.features.sources import Source, Sources, Wanted
from aircherd.features.standing import Standing, standing
from aircherd.features.views import selected, views
from aircherd.findings.anchor import anchored
from aircherd.findings.ground import of_hunks, of_lines
from aircherd.findings.model import UNREAD, Dropped, Found, Ground
from aircherd.findings.parse import claims, says_nothing_found
from aircherd.findings.verdicts import defended, verdicts

Shown = tuple[Part, tuple[tuple[str, str], ...]]
Opened = Callable[[str | None], Callable[[], Mapping[str, Document]]]
"""For a work tree: the documents an editor has open in it, by their path there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be reviewed."""

    workspace: str
    scope: Literal["staged", "branch", "selection", "file"] = "staged"
    wanted: Wanted | None = None
    span: Span | None = None
    encoding: Encoding = Encoding.UTF16
    base: str | None = None
    instruction: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """Findings where they stand now, what was dropped, and whether the answer was read whole."""

    told: Told
    findings: tuple[Standing, ...]
    complete: bool
    dropped: tuple[Dropped, ...]
    left_out: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What a review is made of."""

    place: Place
    title: str
    grounds: tuple[Ground, ...]
    show: Callable[[int], Shown]
    work: rounds.Work
    source: Source | None = None
    """The file, where the review is of one as it is."""


async def review(
    desk: Desk,
    sources: Sources,
    wish: Wish,
    sink: Sink,
    asked: Asked,
    opened: Opened,
    dismissed: Callable[[str], bool] = lambda _: False,
) -> Reviewed:
    """Raises AircherError. `opened` gives what the editor has open when it is called."""
    found = await asyncio.to_thread(gather, sources, wish, asked)
    answered = await rounds.first(desk, found.work, _Reading(sink))
    masked = answered.reply.masked
    said = [
        # Lines are looked for as they stand here, and a fix is made here.
        replace(one, quote=masked.restored(one.quote), fix=one.fix and masked.restored(one.fix))
        for one in await asyncio.to_thread(claims, answered.reply.text)
    ]
    notices: list[str] = []
    if unread := not said and not says_nothing_found(answered.reply.text):
        notices.append("The model's answer holds no findings that can be read; ask again.")
        await desk.gateway.sharing.useless(answered.operation)
    if cut := answered.reply.finish is FinishReason.LENGTH:
        notices.append("The review was cut at its limit, so findings may be missing.")
    kept, dropped = await asyncio.to_thread(anchored, said, found.grounds)
    waved = tuple(one for one in kept if dismissed(one.id))
    kept = tuple(one for one in kept if one not in waved)
    dropped = (*dropped, *(Dropped(title=one.title, why="dismissed before") for one in waved))
    if kept:
        answered, kept, more, notice = await _defended(desk, answered, found, kept)
        dropped = (*dropped, *more)
        notices += [notice] if notice else []
    current = opened(found.place.root)
    stand, gone = await asyncio.to_thread(
        lambda: standing(sources, found.place, found.source, kept, current())
    )
    text = prompting.plain(as_text(stand, not unread and not cut))
    sink.replace(text)
    return Reviewed(
        told=answered.told(desk, text, notices),
        findings=stand,
        complete=not unread and not cut,
        dropped=(*dropped, *gone),
        left_out=answered.left_out,
    )


async def preview(desk: Desk, sources: Sources, wish: Wish, asked: Asked) -> Preview:
    """What `review` would send first, to whom. Nothing is sent."""
    found = await asyncio.to_thread(gather, sources, wish, asked)
    return await rounds.preview(desk, found.work)


def gather(sources: Sources, wish: Wish, asked: Asked) -> Gathered:
    """Reads files and runs git: call it in a thread."""
    source: Source | None = None
    if wish.scope in ("staged", "branch"):
        change = (
            changes.staged(sources, wish.workspace)
            if wish.scope == "staged"
            else changes.against_base(sources, wish.workspace, wish.base)
        )
        place, title = change.place, change.title
        show: Callable[[int], Shown] = change.part
        grounds = tuple(
            of_hunks(file.name, ((h.new_start, h.lines) for h in file.hunks))
            for file in change.files
        )
    else:
        if wish.wanted is None:
            raise InvalidRequest("Name the file that is to be reviewed.")
        source = sources.source(wish.wanted, wish.workspace)
        place, title, grounds, show = _of_source(source, wish)
    text = prompting.template("review")

    def compose(budget: int) -> Prompt:
        part, left_out = show(budget - prompting.overhead(text, wish.instruction))
        messages = prompting.compose(
            text, parts=(part,), wish=wish.instruction, values={"what": title}
        )
        return Prompt(messages=messages, left_out=left_out)

    work = rounds.Work(
        detection=rounds.detection(TaskKind.CODE_REVIEW, "review"),
        compose=compose,
        size=compose(1 << 20).size,
        asked=place.of(asked),
        settings=place.settings,
    )
    return Gathered(place=place, title=title, grounds=grounds, show=show, work=work, source=source)


def _of_source(
    source: Source, wish: Wish
) -> tuple[Place, str, tuple[Ground, ...], Callable[[int], Shown]]:
    document = source.document
    if not document.text.strip():
        raise InvalidRequest(f"{source.name} is empty, so there is nothing to review.")
    lines = selected(document, wish.span, wish.encoding) if wish.scope == "selection" else None
    if wish.scope == "selection" and lines is None:
        raise InvalidRequest("Select the lines that are to be reviewed.")
    first, last = lines or (0, document.line_count - 1)
    title = f"the selected lines of {source.name}" if lines else f"the file {source.name}"
    ground = of_lines(source.name, document.lines(), first, last)

    def show(budget: int) -> Shown:
        parts, left_out = views(source, lines, budget)
        if len(parts) == 1:
            return parts[0], left_out
        text = "\n\n".join(f"# {part.title}\n{part.text}" for part in parts)
        return Part(title=title[:1].upper() + title[1:], text=text, path=source.name), left_out

    return source.place, title, (ground,), show


async def _defended(
    desk: Desk, answered: rounds.Round, found: Gathered, kept: tuple[Found, ...]
) -> tuple[rounds.Round, tuple[Found, ...], tuple[Dropped, ...], str | None]:
    """Has the same model hold its findings against the code once more."""
    text = await asyncio.to_thread(prompting.template, "review_verify")
    listed = "\n\n".join(
        f"{n}. {one.path}, at `{one.quote.strip()}`\n{one.severity}: {one.title}\n{one.why}"
        for n, one in enumerate(kept, start=1)
    )
    findings = Part(title="The findings", text=listed)
    taken = prompting.overhead(text, None) + len(listed.encode("utf-8", "replace"))

    def compose(budget: int) -> tuple[Message, ...]:
        part, _ = found.show(max(0, budget - taken))
        return prompting.compose(text, parts=(part, findings))

    try:
        again = await rounds.again(desk, answered, compose, "v")
    except AircherError as error:
        return answered.without(error, "v"), kept, (), f"No finding was looked at twice: {error}"
    said = verdicts(again.reply.text, len(kept))
    if not said:
        return again, kept, (), "The second look at the findings could not be read; all are shown."
    stand, dropped = defended(kept, said)
    return again, stand, dropped, None


def as_text(findings: Sequence[Standing], complete: bool) -> str:
    """The findings for a person, in Markdown. None in an incomplete review is not a clean one."""
    if not findings:
        return "No faults were found." if complete else UNREAD
    return "\n".join(
        f"- **{one.found.severity}** {one.found.path}:{one.first + 1}: "
        f"{one_line(one.found.title)}\n  {inert(one.found.why).strip()}"
        for one in findings
    )


class _Reading:
    """Shows the title of each finding as it is read, until they are settled."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._line = ""

    def append(self, text: str) -> None:
        """More of what the model says."""
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            for one in claims(line) if line.lstrip().startswith("{") else ():
                self._sink.append(f"- {one.file}: {one_line(one.title)} (not checked yet)\n")

    def replace(self, text: str) -> None:
        """The whole text so far is this instead."""
        self._line = ""
        self._sink.replace("")
        self.append(text)

    def thinking(self, text: str) -> None:
        """What the model thinks aloud."""
        self._sink.thinking(text)
