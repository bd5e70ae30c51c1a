"""Vectors, pictures and token counts: what models do besides talk.

One model makes them, which is named or a usual one, and nobody stands in for it: vectors of two
models cannot be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aircherd.attempt import Job, Reply
from aircherd.config.catalogue import bundled
from aircherd.core.catalog import Capability, ModelRef
from aircherd.core.chat import ChatRequest, Message
from aircherd.core.errors import InvalidRequest, UnknownModel, Unsupported
from aircherd.core.operations import Embeddings, Pictures, TokenCount
from aircherd.core.plan import Candidate, Plan
from aircherd.core.sink import Sink
from aircherd.core.tasks import Detection, TaskKind
from aircherd.features.desk import Asked, Desk, Told, new_operation, nobody, reason_json, told
from aircherd.market import WRITTEN
from aircherd.providers.atonce import MOST_PICTURE_TOKENS, Painted, Vectors
from aircherd.providers.base import Provider, Streams

MOST_TEXTS = 2_048
MOST_PICTURES = 10
_SURE = Detection(task=TaskKind.DEFAULT, confidence=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was made, and everything the user may want to know about how."""

    told: Told
    embeddings: Embeddings | None = None
    pictures: Pictures | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many tokens a prompt has at one model, and who counted."""

    count: TokenCount
    ref: ModelRef
    why: str | None
    """Why it is not the provider's own count; None when it is."""


async def embed(
    desk: Desk, texts: Sequence[str], vectors: Vectors, asked: Asked, sink: Sink
) -> Made:
    """A vector a text, in order. Raises AircherError."""
    if not 0 < len(texts) <= MOST_TEXTS:
        raise InvalidRequest(f"Give 1 to {MOST_TEXTS} texts at once.")
    if not all(text.strip() for text in texts):
        raise InvalidRequest("One of the texts is empty, and nothing has no vector; leave it out.")
    longest = max(len(text.encode()) for text in texts)
    plan = await _plan(desk, asked, longest, 0, Capability.EMBEDDINGS)

    def build(candidate: Candidate, _: float) -> ChatRequest:
        request = vectors.request(candidate.spec.ref.model, tuple(texts))
        return replace(request, spec=candidate.spec)

    joint = desk.gateway.joint
    made = await _bought(
        desk, plan, build, lambda p: vectors.through(joint.at(p, asked.workspace)), asked, sink
    )
    assert vectors.made is not None
    return replace(made, embeddings=vectors.made)


async def paint(
    desk: Desk,
    prompt: str,
    painted: Painted,
    count: int,
    asked: Asked,
    sink: Sink,
) -> Made:
    """Pictures of what the words say. Raises AircherError."""
    if not prompt.strip():
        raise InvalidRequest("There are no words to make a picture of; write some.")
    if not 0 < count <= MOST_PICTURES:
        raise InvalidRequest(f"Ask for 1 to {MOST_PICTURES} pictures at once.")
    plan = await _plan(desk, asked, len(prompt.encode()), 0, Capability.IMAGES)
    # Picture tokens cost many times what the same model's words do.
    dear = tuple(_priced(c, desk.clock.now(), count) for c in plan.candidates)
    plan = replace(plan, candidates=dear)

    def build(candidate: Candidate, _: float) -> ChatRequest:
        return replace(painted.request(candidate.spec.ref.model, prompt), spec=candidate.spec)

    made = await _bought(desk, plan, build, painted.through, asked, sink)
    assert painted.made is not None
    return replace(made, pictures=painted.made)


async def count(desk: Desk, messages: Sequence[Message], asked: Asked) -> Counted:
    """Tokens of a conversation at the model named. Raises AircherError."""
    if not asked.model:
        raise InvalidRequest("Name the model; `aircher models --all` lists what there is.")
    size = sum(len(message.text.encode()) for message in messages)
    # A prompt that is too long is what one counts for: no window refuses it here.
    plan = await _plan(desk, asked, min(size, 1), 1, Capability.CHAT)

    def build(candidate: Candidate, _: float) -> ChatRequest:
        model = candidate.spec.ref.model
        return ChatRequest(model=model, messages=tuple(messages), max_output=1, spec=candidate.spec)

    job = _job(plan, build, asked, new_operation())
    found, why = await desk.gateway.count(job)
    return Counted(count=found, ref=plan.candidates[0].spec.ref, why=why)


async def _plan(
    desk: Desk, asked: Asked, prompt_bytes: int, max_output: int, feature: Capability
) -> Plan:
    if not asked.model:
        return await _usual(desk, prompt_bytes, max_output, feature)
    plan = await _named(desk, asked.model, prompt_bytes, max_output)
    if not plan.candidates:
        raise nobody(plan, desk.gateway.fleet.last_error)
    able = tuple(c for c in plan.candidates if _may(c, feature))
    if not able:
        what = str(feature).replace("_", " ")
        raise Unsupported(
            f"{plan.candidates[0].spec.ref} offers no {what}; `aircher models --all` shows others."
        )
    return plan.turn("able", able)


async def _named(desk: Desk, model: str, prompt_bytes: int, max_output: int) -> Plan:
    return await desk.plan(
        _SURE,
        prompt_bytes=prompt_bytes,
        shrinkable=False,
        max_output=max_output,
        model=model,
        features=frozenset(),
    )


async def _usual(desk: Desk, prompt_bytes: int, max_output: int, feature: Capability) -> Plan:
    """One model, for no other's vectors fit with its own: the setting's, else a usual one.

    Providers are gone through in the user's order. Raises InvalidRequest where none has any.
    """
    what, settings = str(feature), desk.settings()
    mine = settings.makers.get(what)
    there = [str(offer.spec.ref) for offer in (await desk.market().offers(_SURE.task))[0]]
    usual = [f"{host.name}/{model}" for host in desk.market().hosts
             for model in bundled().makers(host.name, what)]  # fmt: skip
    # An engine here adds a tag to the name.
    names = [
        next((one for one in there if one == name or one.startswith(f"{name}:")), name)
        for name in usual
    ]
    for name in [mine] if mine else names:
        try:
            plan = await _named(desk, name, prompt_bytes, max_output)
        except UnknownModel:
            # An engine here has not got it; a name of the user's own is wrong.
            if mine:
                raise
            continue
        able = tuple(c for c in plan.candidates if _may(c, feature))
        if able:
            said = f"{able[0].spec.ref} was chosen, as no model was named; name it to keep to it."
            notices = (*plan.notices, said)
            return replace(plan, candidates=able[:1], requested=None, notices=notices)
        if mine:
            raise nobody(plan, desk.gateway.fleet.last_error)
    raise InvalidRequest(
        f"No provider in use has a usual model for {what}; name one, or set models.{what}."
    )


def _may(candidate: Candidate, feature: Capability) -> bool:
    """Whether a model can, or nobody has said what it can: then the user knows best."""
    spec = candidate.spec
    told = spec.said is not None or not (
        spec.local or spec.price is None or spec.price.version == WRITTEN
    )
    return feature in spec.capabilities or not told


async def _bought(
    desk: Desk,
    plan: Plan,
    build: Callable[[Candidate, float], ChatRequest],
    through: Callable[[Provider], Streams],
    asked: Asked,
    sink: Sink,
) -> Made:
    began, operation = desk.clock.monotonic(), new_operation()
    job = replace(_job(plan, build, asked, operation), through=through)
    reply: Reply = await desk.gateway.run(job, sink)
    took = round((desk.clock.monotonic() - began) * 1000)
    return Made(told=told(reply, plan, operation, took))


def _job(
    plan: Plan, build: Callable[[Candidate, float], ChatRequest], asked: Asked, operation: str
) -> Job:
    return Job(
        operation=operation,
        task=plan.detection.task,
        plan=plan,
        build=build,
        reason=reason_json(plan),
        client=asked.client,
        workspace=asked.workspace,
        branch=asked.branch,
        within=asked.within,
    )


def _priced(candidate: Candidate, now: datetime, count: int) -> Candidate:
    spec = candidate.spec
    if spec.local or (spec.price is not None and spec.price.version == WRITTEN):
        # The user's own word for what it costs stands.
        return candidate
    price = bundled().picture_price(spec.ref, now)
    worst = None if price is None else price.upper_bound(0, count * MOST_PICTURE_TOKENS)
    return replace(candidate, spec=replace(spec, price=price), expected=None, worst=worst)
