"""What every feature works at: the rooms below, the plan for one request, and its answer."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field

from aircherd.attempt import Job, Reply
from aircherd.core.catalog import Capability, Effort, ModelRef
from aircherd.core.chat import (
    ChatRequest,
    FinishReason,
    Message,
    OpaquePart,
    TextPart,
    ToolCallPart,
    Usage,
)
from aircherd.core.clock import Clock
from aircherd.core.money import ZERO, NanoUsd
from aircherd.core.plan import Attempt, Candidate, Plan
from aircherd.core.settings import Settings
from aircherd.core.sink import Sink
from aircherd.core.tasks import Detection, TaskKind
from aircherd.features.feedback_ladder import Ladder
from aircherd.features.no_model import no_model as no_model
from aircherd.features.no_model import nobody as nobody
from aircherd.features.notices import notices_of
from aircherd.features.reasoned import reason_json as reason_json
from aircherd.features.wanted import Meanings, built_as_set
from aircherd.features.warmth import Warmth
from aircherd.gateway import Gateway
from aircherd.market import Market
from aircherd.routing.estimate import room
from aircherd.routing.expecting import Known
from aircherd.routing.needs import NEEDS
from aircherd.routing.replay import packed
from aircherd.routing.selector import Need, Offer, select, summary
from aircherd.tasks.detector import Detector


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An answer with everything the user may want to know about it."""

    operation: str
    text: str
    finish: FinishReason
    ref: ModelRef
    local: bool
    plan: Plan
    attempts: tuple[Attempt, ...]
    usage: Usage | None
    cost: NanoUsd | None
    estimated: bool
    duration_ms: int
    first_token_ms: int | None
    notices: tuple[str, ...] = ()
    calls: tuple[ToolCallPart, ...] = ()
    """Functions the model asks for."""
    state: tuple[OpaquePart, ...] = ()
    """What goes back to the model with this turn."""

    @property
    def reason(self) -> str:
        """Why this model, in one line."""
        return summary(self.plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a request would send, to whom. Nothing was sent."""

    plan: Plan
    candidate: Candidate | None
    request: ChatRequest | None
    origin: str | None
    left_out: tuple[tuple[str, str], ...] = ()
    """(path, why) of what would not be sent."""
    notices: tuple[str, ...] = ()
    body: bytes | None = None
    """Byte for byte, once it has been through the gate (`previewing`)."""
    masked: Mapping[str, int] = field(default_factory=dict)
    """Kind of secret → how many were taken out."""
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks, where, and for which model."""

    client: str
    workspace: str | None = None
    """Root of the repository, once it is known."""
    model: str | None = None
    branch: str | None = None
    """What is checked out there."""
    within: tuple[str, ...] = ()
    """Folders in it that what is asked about lies in: what they say of themselves counts too."""
    mark: str | None = None
    """Stands for what is asked and about what: the same request again has the same."""


async def _nothing(_: TaskKind) -> Known:
    return Known()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The rooms a feature may use."""

    gateway: Gateway
    market: Callable[[], Market]
    settings: Callable[[], Settings]
    clock: Clock
    detector: Callable[[], Detector] = Detector
    """What tells the task of a message; without weights the patterns answer."""
    judged: Callable[[TaskKind, tuple[Offer, ...]], tuple[Offer, ...]] = lambda _, offers: offers
    """The offers as this user's own record has them."""
    known: Callable[[TaskKind], Awaitable[Known]] = _nothing
    """What the books say of a task's answers and of limits."""
    proposed: Callable[[str, str, str, str], None] = lambda *_: None
    """Told (operation, file URI, text before, text after) of each edit that is proposed."""
    ladder: Ladder = field(default_factory=Ladder)
    """Which answers were rejected."""
    warmth: Warmth = field(default_factory=Warmth)
    """Which prompts a provider's cache holds."""
    meanings: Meanings = field(default_factory=Meanings)
    """What callers' words for models mean."""
    expect: Callable[[str, bool], None] = lambda *_: None
    """Told of a work tree for which a commit message is probably asked for soon, and whether that
    is sure."""

    async def plan(
        self,
        detection: Detection,
        *,
        prompt_bytes: int,
        shrinkable: bool,
        max_output: int | None = None,
        model: str | None = None,
        settings: Settings | None = None,
        features: frozenset[Capability] = frozenset({Capability.CHAT}),
        workspace: str | None = None,
        conversation: str | None = None,
    ) -> Plan:
        """Which models may answer, in order. Raises InvalidRequest for a name nobody has.

        `conversation` names the prompt this one goes on with, as `warmth` knows it.
        """
        market = self.market()
        offers, states = await market.offers(detection.task)
        offers = self.judged(detection.task, offers)
        today = self.clock.now().date()
        wanted = self.meanings.named(model, market, offers, settings or self.settings(), today)
        need = Need(
            detection=detection,
            prompt_bytes=prompt_bytes,
            shrinkable=shrinkable,
            max_output=max_output or NEEDS[detection.task].max_output,
            features=features,
            requested=wanted.name,
            warm=self.warmth.of(conversation, self.clock.monotonic()),
            workspace=workspace,
        )
        known, rules = await self.known(detection.task), settings or self.settings()
        plan = select(need, wanted.offers, states, rules, known)
        inputs = packed(plan, need, wanted.offers, states, rules, known)
        return market.balanced(plan.asked(model, wanted.notices, inputs))

    def fit(
        self, candidate: Candidate, detection: Detection, ratio: float, max_output: int | None
    ) -> tuple[int, int, Effort | None]:
        """(bytes of prompt, tokens of answer, effort) for one candidate."""
        wants = NEEDS[detection.task]
        effort: Effort | None = None
        if Capability.THINKING in candidate.spec.capabilities:
            effort = wants.effort
            if effort is Effort.OFF and not candidate.spec.effort_off:
                effort = Effort.LOW
        silent = effort in (None, Effort.OFF)
        output = max_output or (wants.spoken if silent else None) or wants.max_output
        written = self.settings().providers.get(candidate.spec.ref.provider)
        if written is not None and written.max_tokens is not None:
            output = min(output, written.max_tokens)
        space = room(candidate.spec, output, bytes_per_token=ratio)
        return space.prompt_bytes, space.output_tokens, effort

    async def ask(
        self,
        plan: Plan,
        build: Callable[[Candidate, float], ChatRequest],
        sink: Sink,
        asked: Asked,
        operation: str,
    ) -> Reply:
        """Asks the plan's candidates. Raises NoModel with the next step when there is none."""
        if not plan.candidates:
            raise nobody(plan, self.gateway.fleet.last_error)
        return await self.gateway.run(
            Job(
                operation=operation,
                task=plan.detection.task,
                plan=plan,
                build=built_as_set(build, self.settings()),
                reason=reason_json(plan),
                client=asked.client,
                workspace=asked.workspace,
                branch=asked.branch,
                within=asked.within,
            ),
            sink,
        )


named_operation: ContextVar[str | None] = ContextVar("named_operation", default=None)
"""The id the request's idempotency key stands for; None for a request without one."""


def new_operation() -> str:
    """An id for one operation: short, unique, safe in logs and file names."""
    return named_operation.get() or secrets.token_hex(6)


def told(
    reply: Reply, plan: Plan, operation: str, duration_ms: int, notices: tuple[str, ...] = ()
) -> Told:
    """An answer out of what the gateway brought."""
    costs = [a.cost for a in reply.attempts]
    total = None
    if all(cost is not None for cost in costs) and reply.candidate.spec.price is not None:
        total = NanoUsd(sum(cost or ZERO for cost in costs))
    return Told(
        operation=operation,
        text=reply.text,
        finish=reply.finish,
        ref=reply.candidate.spec.ref,
        local=reply.candidate.spec.local,
        plan=plan,
        attempts=reply.attempts,
        usage=reply.usage,
        cost=total,
        estimated=reply.usage.estimated,
        duration_ms=duration_ms,
        first_token_ms=reply.first_token_ms,
        notices=notices_of(plan, notices, reply),
        calls=tuple(reply.transcript.calls),
        state=tuple(reply.transcript.opaque),
    )


def conversation(*messages: Message) -> tuple[Message, ...]:
    """Messages without the empty ones, which some providers refuse."""
    return tuple(m for m in messages if m.text or not all(isinstance(p, TextPart) for p in m.parts))
