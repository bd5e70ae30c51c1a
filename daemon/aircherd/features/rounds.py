"""One request to a model, from what was gathered to an answer, and what may follow on it.

Every command is a first round; some go on with a second one at the same model: to have an edit
mended, or findings defended. What they cost is added up in one answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from aircherd.attempt import Reply
from aircherd.core.chat import ChatRequest, Message
from aircherd.core.errors import AircherError
from aircherd.core.money import ZERO, NanoUsd
from aircherd.core.plan import Attempt, Candidate, Plan
from aircherd.core.settings import Settings
from aircherd.core.sink import Sink
from aircherd.core.tasks import Detection, Evidence, TaskKind
from aircherd.features.desk import (
    Asked,
    Desk,
    Preview,
    Told,
    new_operation,
    no_model,
    told,
)
from aircherd.features.prompting import Prompt
from aircherd.features.wanted import as_set


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A request that is gathered and not yet sent."""

    detection: Detection
    compose: Callable[[int], Prompt]
    """Makes the messages, at most so many bytes together."""
    size: int
    """Bytes of all that was gathered."""
    asked: Asked
    settings: Settings | None = None
    max_output: int | None = None
    shrinkable: bool = True
    """Whether the prompt may be fitted to a smaller window."""
    conversation: str | None = None
    """The conversation it goes on with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A request that was answered."""

    work: Work
    operation: str
    began: float
    plan: Plan
    reply: Reply
    left_out: tuple[tuple[str, str], ...]
    earlier: tuple[Reply, ...] = ()
    """Replies before this one, of the same operation."""
    lost: tuple[Attempt, ...] = ()
    """What a round that failed had asked; it may have cost something."""

    def without(self, error: AircherError, mark: str) -> Round:
        """This one, after a further round failed, the one of that mark."""
        return replace(self, lost=(*self.lost, *error.attempts_of(f"{self.operation}{mark}")))

    def told(self, desk: Desk, text: str, notices: Sequence[str] = ()) -> Told:
        """The answer, with the text that is to be shown; attempts and costs of all rounds."""
        took = round((desk.clock.monotonic() - self.began) * 1000)
        replies = (*self.earlier, self.reply)
        attempts: tuple[Attempt, ...] = tuple(a for r in replies for a in r.attempts)
        attempts += self.lost
        joined = replace(self.reply, attempts=attempts, first_token_ms=replies[0].first_token_ms)
        found = told(joined, self.plan, self.operation, took, tuple(notices))
        cost = found.cost
        if cost is not None:
            cost = NanoUsd(sum((a.cost or ZERO) for a in attempts))
        estimated = any(r.usage.estimated for r in replies) or any(a.cost for a in self.lost)
        return replace(found, text=text, cost=cost, estimated=estimated)


async def first(desk: Desk, work: Work, sink: Sink) -> Round:
    """Plans and asks. Raises AircherError."""
    began = desk.clock.monotonic()
    operation = new_operation()
    plan = await _plan(desk, work)
    left_out: tuple[tuple[str, str], ...] = ()

    def build(candidate: Candidate, ratio: float) -> ChatRequest:
        nonlocal left_out
        request, left_out = _request(desk, work, candidate, ratio)
        return request

    reply = await desk.ask(plan, build, sink, work.asked, operation)
    task = plan.detection.task
    desk.ladder.answered(operation, work.asked.mark, task, reply.candidate.spec.ref)
    return Round(
        work=work,
        operation=operation,
        began=began,
        plan=plan,
        reply=reply,
        left_out=left_out,
    )


async def again(
    desk: Desk, before: Round, compose: Callable[[int], Sequence[Message]], mark: str
) -> Round:
    """Asks the same model once more, silently. `mark` tells this round's booking from the first.

    `compose` makes the messages, at most so many bytes together. Raises AircherError; what the
    rounds before brought is then still there.
    """
    candidate = before.reply.candidate
    only = before.plan.turn(f"again {candidate.spec.ref}", (candidate,))
    # A quoted piece may hold a secret without what told that it was one.
    hidden = before.reply.masked.hidden

    def build(candidate: Candidate, ratio: float) -> ChatRequest:
        work = before.work
        room, output, effort = desk.fit(candidate, work.detection, ratio, work.max_output)
        return ChatRequest(
            spec=candidate.spec,
            model=candidate.spec.ref.model,
            messages=tuple(Message.of(m.role, hidden(m.text)) for m in compose(room)),
            max_output=output,
            effort=effort,
        )

    reply = await desk.ask(only, build, Silent(), before.work.asked, f"{before.operation}{mark}")
    # Placeholders of the first round stand in this one's texts as well.
    reply = replace(reply, masked=reply.masked.after(before.reply.masked))
    return replace(before, reply=reply, earlier=(*before.earlier, before.reply))


async def preview(desk: Desk, work: Work) -> Preview:
    """What `first` would send, to whom. Nothing is sent."""
    plan = await _plan(desk, work)
    if not plan.candidates:
        why = no_model(plan, desk.gateway.fleet.last_error)
        return Preview(plan=plan, candidate=None, request=None, origin=None, notices=(why,))
    candidate = plan.candidates[0]
    request, left_out = _request(desk, work, candidate, 2.0)
    request = as_set(request, candidate, desk.settings())
    return Preview(
        plan=plan,
        candidate=candidate,
        request=request,
        origin=desk.market().origin(candidate.spec.ref.provider),
        left_out=left_out,
        notices=plan.notices,
        within=work.asked.within,
    )


def detection(task: TaskKind, command: str) -> Detection:
    """What is certain because a command was given."""
    return Detection(
        task=task,
        confidence=1.0,
        evidence=(Evidence(task=task, weight=6.0, text=f"the command is {command}"),),
    )


async def _plan(desk: Desk, work: Work) -> Plan:
    plan = await desk.plan(
        work.detection,
        prompt_bytes=work.size,
        shrinkable=work.shrinkable,
        max_output=work.max_output,
        model=work.asked.model,
        settings=work.settings,
        workspace=work.asked.workspace,
        conversation=work.conversation,
    )
    return desk.ladder.turned(plan, work.asked.mark)


def _request(
    desk: Desk, work: Work, candidate: Candidate, ratio: float
) -> tuple[ChatRequest, tuple[tuple[str, str], ...]]:
    room, output, effort = desk.fit(candidate, work.detection, ratio, work.max_output)
    prompt = work.compose(room)
    request = ChatRequest(
        spec=candidate.spec,
        model=candidate.spec.ref.model,
        messages=prompt.messages,
        max_output=output,
        effort=effort,
    )
    return request, prompt.left_out


class Silent:
    """Shows nothing: a repair is only worth seeing whole."""

    def append(self, text: str) -> None:
        """Swallows it."""

    def replace(self, text: str) -> None:
        """Swallows it."""

    def thinking(self, text: str) -> None:
        """Swallows it."""
