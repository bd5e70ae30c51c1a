"""From a model's answer to an edit the user is asked about, or a refusal that says why.

The edit is made for the text the model saw, parsed, mended by the model once when it does not fit
or does not parse, and then moved to the text as it is now. Nothing is ever overwritten blindly:
what cannot be placed line by line is refused, and the answer still says what was meant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from aircherd.core.chat import FinishReason, Message
from aircherd.core.document import Document
from aircherd.core.errors import AircherError
from aircherd.core.sink import Sink
from aircherd.edits.answer import take_apart
from aircherd.edits.match import fit
from aircherd.edits.model import Answered, DoesNotFit, Replacement, applied
from aircherd.edits.moved import moved
from aircherd.edits.syntax import Parsed, breaks
from aircherd.features import prompting, rounds
from aircherd.features.desk import Desk, Told
from aircherd.features.prose import ProseSink
from aircherd.features.rounds import Round, Work

FORM = """\
Write each change as a block of this form, as many blocks as it takes:

<<<<<<< SEARCH
lines of the file, copied exactly, that are to be replaced
=======
what stands there instead
>>>>>>> REPLACE

The lines under SEARCH must stand in the file once; take a few unchanged ones along where it needs
them to be unique. Copy indentation as it is. No line numbers, no `…` for lines left out."""
_LONGEST_LABEL = 60
_UNCHANGED = Parsed(None, detail="nothing is changed")

_WHOLE = (FinishReason.STOP, FinishReason.UNKNOWN)

Placing = Callable[[Document, Answered], tuple[Replacement, ...]]
"""Puts an answer into the text it was given for. Raises DoesNotFit."""
Now = Callable[[], Document | None]
"""The text as it is now; None when nothing newer is known. May read a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Whether the result was parsed."""

    parser: str | None
    repaired: bool = False
    detail: str = "nothing is changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Replacements in one document, to be made together."""

    document: Document
    replacements: tuple[Replacement, ...]
    creates: bool = False
    """Whether the file is not there yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """An edit to be looked at; no change when there is none that fits."""

    told: Told
    changes: tuple[Change, ...]
    label: str
    checked: Checked
    left_out: tuple[tuple[str, str], ...]


async def propose(
    desk: Desk,
    work: Work,
    document: Document,
    place: Placing,
    sink: Sink,
    *,
    label: str,
    now: Now = lambda: None,
    creates: bool = False,
    whole: bool = False,
) -> Proposed:
    """Asks for an edit of one document. Raises AircherError when nothing was answered.

    What is shown is what the model says besides its edit; with `whole` all of its answer.
    """
    shown = ProseSink(sink, whole=whole)
    answered = await rounds.first(desk, work, shown)
    attempt = await asyncio.to_thread(_attempt, answered, document, place)
    if attempt.why is not None and attempt.repairable:
        answered, attempt = await _repaired(desk, answered, attempt, document, place)
    notices: list[str] = list(attempt.notices)
    changes: tuple[Change, ...] = ()
    text = answered.reply.text if whole else attempt.parts.prose or label
    if attempt.why is None and attempt.replacements:
        try:
            current = await asyncio.to_thread(now) or document
            current = replace(current, language=current.language or document.language)
            replacements = await asyncio.to_thread(moved, attempt.replacements, document, current)
            changes = (Change(document=current, replacements=replacements, creates=creates),)
            after = applied(current.text, replacements)
            desk.proposed(answered.operation, current.uri, current.text, after)
        except DoesNotFit as error:
            attempt = replace(attempt, why=str(error))
    if attempt.why is not None:
        await desk.gateway.sharing.useless(answered.operation)
        notices.append(f"No edit is proposed: {attempt.why}. Ask again, or select less.")
        text = answered.reply.text
    text = prompting.plain(text)
    shown.finish(text)
    return Proposed(
        told=answered.told(desk, text, notices),
        changes=changes,
        label=label,
        checked=Checked(
            parser=attempt.parsed.parser,
            repaired=bool(answered.earlier) and bool(changes),
            detail=attempt.parsed.detail,
        ),
        left_out=answered.left_out,
    )


def blocks(within: tuple[int, int] | None) -> Placing:
    """Places search/replace blocks, or a fence that holds the selection anew."""

    def place(document: Document, parts: Answered) -> tuple[Replacement, ...]:
        if parts.blocks:
            seen = [prompting.plain(line) for line in document.lines()]
            return fit(document, parts.blocks, within, seen)
        if parts.fences:
            raise DoesNotFit("it does not say which lines it replaces")
        return ()

    return place


def labelled(verb: str, what: str) -> str:
    """A label such as `Fix: undefined name`, on one line and short."""
    text = " ".join(what.split())
    if len(text) > _LONGEST_LABEL:
        text = f"{text[:_LONGEST_LABEL].rsplit(' ', 1)[0]} …"
    return f"{verb}: {text}" if text else verb


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """What came of one answer."""

    parts: Answered
    replacements: tuple[Replacement, ...] = ()
    parsed: Parsed = _UNCHANGED
    why: str | None = None
    """Why it cannot be made; None when it can, or there is nothing to make."""
    repairable: bool = True
    notices: tuple[str, ...] = ()


def _attempt(answered: Round, document: Document, place: Placing) -> _Attempt:
    # What is edited stays here, so secrets go back into it; what is only said stays as it was said.
    said = take_apart(prompting.plain(answered.reply.text))
    restored = answered.reply.masked.restored(answered.reply.text)
    parts = replace(take_apart(prompting.plain(restored)), prose=said.prose)
    if answered.reply.finish not in _WHOLE:
        return _Attempt(parts=parts, why="the answer broke off before its end", repairable=False)
    try:
        replacements = place(document, parts)
    except DoesNotFit as error:
        return _Attempt(parts=parts, why=str(error))
    if not replacements:
        return _Attempt(parts=parts)
    after = applied(document.text, replacements)
    parsed, broken = breaks(document.text, after, document.language)
    why = f"the result does not parse ({parsed.detail})" if broken else None
    return _Attempt(parts=parts, replacements=replacements, parsed=parsed, why=why)


async def _repaired(
    desk: Desk, answered: Round, attempt: _Attempt, document: Document, place: Placing
) -> tuple[Round, _Attempt]:
    """Has the model mend its edit once. A second failure is a refusal."""
    text = await asyncio.to_thread(prompting.template, "edit_repair")
    asked = answered.reply.request.messages
    said = Message.of("assistant", answered.reply.text or "(nothing)")
    complaint = prompting.filled(text, {"why": attempt.why or "it does not fit"})
    try:
        again = await rounds.again(
            desk, answered, lambda _: (*asked, said, Message.of("user", complaint)), "r"
        )
    except AircherError as error:
        return answered.without(error, "r"), replace(
            attempt, why=f"{attempt.why}, and mending it failed: {error}"
        )
    second = await asyncio.to_thread(_attempt, again, document, place)
    if second.why is None and not second.replacements:
        second = replace(second, why=attempt.why)
    if not second.parts.prose:
        parts = replace(second.parts, prose=attempt.parts.prose)
        second = replace(second, parts=parts)
    return again, second
