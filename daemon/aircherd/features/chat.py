"""A conversation given in full, for scripts that write their own prompts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from operator import is_

from aircherd.core.catalog import Capability, Effort, ModelSpec
from aircherd.core.chat import ChatRequest, ImagePart, Message, ResponseFormat, Tool
from aircherd.core.plan import Candidate, Plan
from aircherd.core.sink import Sink
from aircherd.core.snapshot import WorkspaceSnapshot
from aircherd.core.tasks import Detection, TaskKind
from aircherd.features.desk import Asked, Desk, Preview, Told, new_operation, told
from aircherd.features.wanted import as_set
from aircherd.features.warmth import given
from aircherd.roots import root_of
from aircherd.routing.estimate import PACKING_BYTES_PER_TOKEN, prompt_bound, size
from aircherd.tasks.detector import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How an answer is to be made, as far as the caller says; the fields are a request's own."""

    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    stop: tuple[str, ...] = ()
    effort: Effort | None = None
    """None leaves it to the task."""
    tools: tuple[Tool, ...] = ()
    tool_choice: str | None = None
    parallel_tool_calls: bool = True
    response_format: ResponseFormat | None = None

    def request(
        self,
        messages: Sequence[Message],
        model: str,
        most: int,
        *,
        spec: ModelSpec | None = None,
        effort: Effort | None = None,
    ) -> ChatRequest:
        """A request of these messages, made so; `effort` is the task's own."""
        return ChatRequest(
            model=model,
            messages=tuple(messages),
            max_output=most,
            temperature=self.temperature,
            top_p=self.top_p,
            seed=self.seed,
            presence_penalty=self.presence_penalty,
            frequency_penalty=self.frequency_penalty,
            stop=self.stop,
            effort=effort if self.effort is None else self.effort,
            tools=self.tools,
            tool_choice=self.tool_choice,
            parallel_tool_calls=self.parallel_tool_calls,
            response_format=self.response_format,
            spec=spec,
        )


PLAIN = Manner()


async def chat(
    desk: Desk,
    messages: Sequence[Message],
    sink: Sink,
    asked: Asked,
    *,
    task: TaskKind | None = None,
    max_output: int | None = None,
    manner: Manner = PLAIN,
    snapshot: WorkspaceSnapshot | None = None,
) -> Told:
    """The answer to the last message. Raises AircherError."""
    began = desk.clock.monotonic()
    operation = new_operation()
    detection = _detection(desk, messages, task, snapshot)
    plan = await _plan(desk, messages, detection, max_output, manner, asked)

    def build(candidate: Candidate, ratio: float) -> ChatRequest:
        return _request(desk, messages, candidate, detection, ratio, max_output, manner)

    reply = await desk.ask(plan, build, sink, asked, operation)
    now = desk.clock.monotonic()
    answer = Message.of("assistant", reply.text)
    desk.warmth.note(given((*messages, answer)), reply, now)
    took = round((now - began) * 1000)
    return told(reply, plan, operation, took)


async def preview(
    desk: Desk,
    messages: Sequence[Message],
    asked: Asked,
    *,
    task: TaskKind | None = None,
    max_output: int | None = None,
    manner: Manner = PLAIN,
    snapshot: WorkspaceSnapshot | None = None,
) -> Preview:
    """What `chat` would send, to whom. Nothing is sent."""
    detection = _detection(desk, messages, task, snapshot)
    plan = await _plan(desk, messages, detection, max_output, manner, asked)
    if not plan.candidates:
        return Preview(plan=plan, candidate=None, request=None, origin=None)
    first = plan.candidates[0]
    request = _request(desk, messages, first, detection, 2.0, max_output, manner)
    request = as_set(request, first, desk.settings())
    return Preview(
        plan=plan,
        candidate=first,
        request=request,
        origin=desk.market().origin(first.spec.ref.provider),
        notices=plan.notices,
    )


def situation(snapshot: WorkspaceSnapshot | None, command: str | None = None) -> Situation:
    """What the detector goes by besides the message."""
    shown = snapshot.diagnostics if snapshot is not None else None
    return Situation(
        command=command,
        snapshot=snapshot,
        diagnostics=shown.errors + shown.warnings if shown is not None else 0,
    )


def _detection(
    desk: Desk,
    messages: Sequence[Message],
    task: TaskKind | None,
    snapshot: WorkspaceSnapshot | None,
) -> Detection:
    if task is not None:
        return Detection(task=task, confidence=1.0)
    last = next((m for m in reversed(messages) if m.role == "user"), None)
    return desk.detector().detect(last.text if last else "", situation(snapshot))


async def _plan(
    desk: Desk,
    messages: Sequence[Message],
    detection: Detection,
    max_output: int | None,
    manner: Manner,
    asked: Asked,
) -> Plan:
    whole, workspace = manner.request(messages, "", 1), asked.workspace
    caps = desk.settings().costs.caps
    if workspace is not None and any(cap.scope.startswith("workspace:") for cap in caps):
        # Its limit is kept under its true path, whichever way and folder of it was named.
        workspace = await asyncio.to_thread(root_of, workspace)
    plan = await desk.plan(
        detection,
        prompt_bytes=size(whole),
        shrinkable=False,
        max_output=max_output,
        model=asked.model,
        workspace=workspace,
        conversation=given(messages[:-1]),
        # Who names a model knows what it can, or will be told by it.
        features=_needed(messages, manner) if asked.model is None else _CHAT,
    )
    most = prompt_bound(whole)

    def reckoned(candidate: Candidate) -> Candidate:
        """With what is held for it: pictures, tools and turns are more than the bytes of them."""
        price = candidate.spec.price
        if price is None or candidate.worst is None:
            return candidate
        _, output, _ = desk.fit(candidate, detection, PACKING_BYTES_PER_TOKEN, max_output)
        worst = max(candidate.worst, price.upper_bound(most, output))
        return candidate if worst == candidate.worst else candidate.dearer(worst)

    candidates = tuple([reckoned(one) for one in plan.candidates])
    # Mostly it is no more than was reckoned with before.
    same = all(map(is_, candidates, plan.candidates))
    return plan if same else plan.among(candidates)


_CHAT = frozenset({Capability.CHAT})


def _needed(messages: Sequence[Message], manner: Manner) -> frozenset[Capability]:
    """What a model that is chosen must be able to do."""
    needed = {Capability.CHAT}
    if manner.tools and manner.tool_choice != "none":
        needed.add(Capability.TOOLS)
    if any(isinstance(part, ImagePart) for message in messages for part in message.parts):
        needed.add(Capability.VISION)
    return frozenset(needed)


def _request(
    desk: Desk,
    messages: Sequence[Message],
    candidate: Candidate,
    detection: Detection,
    ratio: float,
    max_output: int | None,
    manner: Manner,
) -> ChatRequest:
    _, output, effort = desk.fit(candidate, detection, ratio, max_output)
    spec = candidate.spec
    return manner.request(messages, spec.ref.model, output, spec=spec, effort=effort)
