"""A commit message for what is staged: by a model where there is one, by rules where there is none.

The diff is packed to the model's window; the answer is cleaned, checked against the repository's
convention, repaired by the model once if it breaks it, then trimmed by rule. What a model failed
at, the rule-based drafter does instead, and says so; unless the caller named the model.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace

from aircherd.attempt import Reply
from aircherd.commits.check import Finding, check, complaint, trim
from aircherd.commits.clean import clean
from aircherd.commits.convention import describe
from aircherd.commits.drafter import draft as draft_by_rule
from aircherd.commits.header import ticket_for, with_ticket
from aircherd.commits.model import Draft, FileDiff
from aircherd.commits.pack import size_of
from aircherd.core.catalog import RULES, ModelRef
from aircherd.core.chat import ChatRequest, FinishReason
from aircherd.core.errors import (
    AircherError,
    BudgetExceeded,
    ProviderError,
    Untrusted,
    Withheld,
)
from aircherd.core.money import ZERO, NanoUsd
from aircherd.core.plan import Attempt, Candidate, Plan
from aircherd.core.settings import Settings
from aircherd.core.sink import Sink
from aircherd.core.tasks import Detection, Evidence, TaskKind
from aircherd.features.cleaning import CleaningSink
from aircherd.features.commit_prompt import Material, prompt_for, repair_for
from aircherd.features.commit_room import CommitRoom, Wish
from aircherd.features.desk import Asked, Desk, Preview, Told, new_operation, no_model, told
from aircherd.routing.escalation import escalated

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One rule, and whether the message keeps it."""

    rule: str
    ok: bool
    detail: str
    repaired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The message with everything that is known about it."""

    draft: Draft
    told: Told
    convention: str
    checks: tuple[Checked, ...]
    files: int
    left_out: tuple[tuple[str, str], ...]


async def commit_message(
    desk: Desk, room: CommitRoom, path: str, sink: Sink, asked: Asked, wish: Wish
) -> Written:
    """The message. Raises AircherError."""
    began = desk.clock.monotonic()
    operation = new_operation()
    material, settings = await asyncio.to_thread(room.gather, path, wish)
    room.ahead.follow(material.root)
    asked = replace(asked, workspace=material.root, branch=material.branch, within=material.within)
    if asked.model == str(RULES):
        return _by_rule(desk, material, sink, operation, began, _no_plan(material, asked), ())
    plan = await _plan(desk, material, settings, asked)
    if wish.previous is not None:
        plan = escalated(plan, room.acceptance.last(material.root))
    if not plan.candidates and asked.model is None:
        notice = f"Drafted by rule. {no_model(plan, desk.gateway.fleet.last_error)}"
        return _by_rule(desk, material, sink, operation, began, plan, (notice,))
    try:
        return await _by_model(desk, material, sink, asked, operation, began, plan)
    except (ProviderError, BudgetExceeded, Untrusted, Withheld) as error:
        if asked.model is not None:
            raise
        notice, lost = f"{error} Drafted by rule instead.", error.attempts_of(operation)
        return _by_rule(desk, material, sink, operation, began, plan, (notice,), lost)


async def preview(desk: Desk, room: CommitRoom, path: str, asked: Asked, wish: Wish) -> Preview:
    """What `commit_message` would send, to whom. Nothing is sent."""
    material, settings = await asyncio.to_thread(room.gather, path, wish)
    plan = await _plan(desk, material, settings, asked)
    if not plan.candidates or asked.model == str(RULES):
        why = no_model(plan, desk.gateway.fleet.last_error)
        return Preview(plan=plan, candidate=None, request=None, origin=None, notices=(why,))
    first = plan.candidates[0]
    packed, request = _request(desk, material, first, plan.detection, 2.0)
    return Preview(
        plan=plan,
        candidate=first,
        request=request,
        origin=desk.market().origin(first.spec.ref.provider),
        left_out=packed,
        within=material.within,
    )


async def _plan(desk: Desk, material: Material, settings: Settings, asked: Asked) -> Plan:
    plan = await desk.plan(
        _detection(material.files),
        prompt_bytes=size_of(material.files) + 2_000,
        shrinkable=True,
        model=asked.model,
        settings=settings,
        workspace=material.root,
    )
    return desk.ladder.turned(plan, asked.mark)


def _detection(files: tuple[FileDiff, ...]) -> Detection:
    task = TaskKind.COMMIT_MESSAGES
    count = f"{len(files)} file is staged" if len(files) == 1 else f"{len(files)} files are staged"
    return Detection(
        task=task,
        confidence=1.0,
        evidence=(
            Evidence(task=task, weight=6.0, text="the command is commit"),
            Evidence(task=task, weight=1.0, text=count),
        ),
    )


def _no_plan(material: Material, asked: Asked) -> Plan:
    return Plan(
        detection=_detection(material.files), candidates=(), refused=(), requested=asked.model
    )


async def _by_model(
    desk: Desk,
    material: Material,
    sink: Sink,
    asked: Asked,
    operation: str,
    began: float,
    plan: Plan,
) -> Written:
    left_out: tuple[tuple[str, str], ...] = ()
    made: tuple[tuple[ModelRef, float], ChatRequest] | None = None

    def build(candidate: Candidate, ratio: float) -> ChatRequest:
        nonlocal left_out, made  # packed once: to look for a kept answer, and to send
        if made is None or made[0] != (candidate.spec.ref, ratio):
            left_out, request = _request(desk, material, candidate, plan.detection, ratio)
            made = ((candidate.spec.ref, ratio), request)
        return made[1]

    cleaning = CleaningSink(sink)
    reply = await desk.ask(plan, build, cleaning, asked, operation)
    desk.ladder.answered(operation, asked.mark, plan.detection.task, reply.candidate.spec.ref)
    first = clean(reply.text)
    findings = _findings(first, material)
    notices: list[str] = []
    draft = first
    if not all(f.ok for f in findings):
        draft, reply, said = await _repaired(
            desk, material, asked, plan, reply, first, findings, operation
        )
        notices += said
    if not draft.subject:
        notices.append("The model gave no message; drafted by rule instead.")
        draft = _drafted(material)
    # Where the model gave a type that is allowed, nothing is drafted: 100 ms for 1,000 files.
    final = trim(
        draft,
        material.convention,
        kind=lambda: _drafted(material).subject.partition(":")[0].partition("(")[0],
    )
    ticket = ticket_for(material.branch, material.hint, material.convention)
    final = replace(final, subject=with_ticket(final.subject, ticket, material.convention))
    cleaning.finish(final.text)
    took = round((desk.clock.monotonic() - began) * 1000)
    answer = told(reply, plan, operation, took, tuple(notices))
    return _written(material, final, first, replace(answer, text=final.text), left_out)


async def _repaired(
    desk: Desk,
    material: Material,
    asked: Asked,
    plan: Plan,
    reply: Reply,
    draft: Draft,
    findings: tuple[Finding, ...],
    operation: str,
) -> tuple[Draft, Reply, list[str]]:
    """Asks the same model once to mend its message. What it cost is added up.

    A repair that fails leaves the first draft to be trimmed by rule.
    """
    only = plan.turn(f"again {reply.candidate.spec.ref}", (reply.candidate,))

    def build(candidate: Candidate, ratio: float) -> ChatRequest:
        return repair_for(reply.request, reply.text, complaint(findings))

    try:
        again = await desk.ask(only, build, _Silent(), asked, f"{operation}r")
    except AircherError as error:
        reply = replace(reply, attempts=(*reply.attempts, *error.attempts_of(f"{operation}r")))
        return draft, reply, [f"The message was mended by rule: {error}"]
    mended = clean(again.text)
    better = sum(f.ok for f in _findings(mended, material)) > sum(f.ok for f in findings)
    joined = replace(
        again,
        cost=type(ZERO)(reply.cost + again.cost),
        attempts=(*reply.attempts, *again.attempts),
        first_token_ms=reply.first_token_ms,
    )
    return (mended if better else draft), joined, []


def _drafted(material: Material) -> Draft:
    return draft_by_rule(
        material.files,
        material.convention,
        branch=material.branch,
        operation=material.operation,
        incoming=material.incoming,
        hint=material.hint,
    )


def _by_rule(
    desk: Desk,
    material: Material,
    sink: Sink,
    operation: str,
    began: float,
    plan: Plan,
    notices: tuple[str, ...],
    attempts: tuple[Attempt, ...] = (),
) -> Written:
    """Without a model; `attempts` are what was asked in vain, and may have cost something."""
    draft = _drafted(material)
    final = trim(draft, material.convention)
    sink.replace(final.text)
    log.info(
        "request operation=%s task=%s provider=aircher model=rules files=%s cost=$0.00"
        " outcome=done",
        operation,
        plan.detection.task,
        len(material.files),
    )
    answer = Told(
        operation=operation,
        text=final.text,
        finish=FinishReason.STOP,
        ref=RULES,
        local=True,
        plan=plan,
        attempts=attempts,
        usage=None,
        cost=NanoUsd(sum(one.cost or ZERO for one in attempts)),
        estimated=any(one.cost for one in attempts),
        duration_ms=round((desk.clock.monotonic() - began) * 1000),
        first_token_ms=None,
        notices=notices,
    )
    return _written(material, final, draft, answer, ())


def _written(
    material: Material,
    final: Draft,
    first: Draft,
    answer: Told,
    left_out: tuple[tuple[str, str], ...],
) -> Written:
    before = {f.rule: f.ok for f in _findings(first, material)}
    return Written(
        draft=final,
        told=answer,
        convention=describe(material.convention),
        checks=tuple(
            Checked(rule=f.rule, ok=f.ok, detail=f.detail, repaired=f.ok and not before[f.rule])
            for f in _findings(final, material)
        ),
        files=len(material.files),
        left_out=left_out,
    )


def _findings(draft: Draft, material: Material) -> tuple[Finding, ...]:
    return check(draft, material.convention, previous_subjects=material.past)


def _request(
    desk: Desk, material: Material, candidate: Candidate, detection: Detection, ratio: float
) -> tuple[tuple[tuple[str, str], ...], ChatRequest]:
    prompt_bytes, output, effort = desk.fit(candidate, detection, ratio, None)
    messages, left_out = prompt_for(material, prompt_bytes)
    return left_out, ChatRequest(
        spec=candidate.spec,
        model=candidate.spec.ref.model,
        messages=messages,
        max_output=output,
        effort=effort,
    )


class _Silent:
    """Shows nothing: a repair is only worth seeing whole."""

    def append(self, text: str) -> None:
        """Swallows it."""

    def replace(self, text: str) -> None:
        """Swallows it."""

    def thinking(self, text: str) -> None:
        """Swallows it."""
