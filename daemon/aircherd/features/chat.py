"""A conversation given in full, for scripts that write their own prompts."""

from __future__ import annotations

from collections.abc import Sequence

from aircherd.core.chat import ChatRequest, Message
from aircherd.core.plan import Candidate
from aircherd.core.sink import Sink
from aircherd.core.snapshot import WorkspaceSnapshot
from aircherd.core.tasks import Detection, TaskKind
from aircherd.features.desk import Asked, Desk, Preview, Told, new_operation, told
from aircherd.features.wanted import as_set
from aircherd.features.warmth import given
from aircherd.tasks.detector import Situation


async def chat(
    desk: Desk,
    messages: Sequence[Message],
    sink: Sink,
    asked: Asked,
    *,
    task: TaskKind | None = None,
    max_output: int | None = None,
    temperature: float | None = None,
    snapshot: WorkspaceSnapshot | None = None,
) -> Told:
    """The answer to the last message. Raises AircherError."""
    began = desk.clock.monotonic()
    operation = new_operation()
    detection = _detection(desk, messages, task, snapshot)
    plan = await desk.plan(
        detection,
        prompt_bytes=_size(messages),
        shrinkable=False,
        max_output=max_output,
        model=asked.model,
        workspace=asked.workspace,
        conversation=given(messages[:-1]),
    )

    def build(candidate: Candidate, ratio: float) -> ChatRequest:
        return _request(desk, messages, candidate, detection, ratio, max_output, temperature)

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
    snapshot: WorkspaceSnapshot | None = None,
) -> Preview:
    """What `chat` would send, to whom. Nothing is sent."""
    detection = _detection(desk, messages, task, snapshot)
    plan = await desk.plan(
        detection,
        prompt_bytes=_size(messages),
        shrinkable=False,
        max_output=max_output,
        model=asked.model,
        workspace=asked.workspace,
        conversation=given(messages[:-1]),
    )
    if not plan.candidates:
        return Preview(plan=plan, candidate=None, request=None, origin=None)
    first = plan.candidates[0]
    request = _request(desk, messages, first, detection, 2.0, max_output, None)
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


def _size(messages: Sequence[Message]) -> int:
    return sum(len(message.text.encode()) for message in messages)


def _request(
    desk: Desk,
    messages: Sequence[Message],
    candidate: Candidate,
    detection: Detection,
    ratio: float,
    max_output: int | None,
    temperature: float | None,
) -> ChatRequest:
    _, output, effort = desk.fit(candidate, detection, ratio, max_output)
    return ChatRequest(
        spec=candidate.spec,
        model=candidate.spec.ref.model,
        messages=tuple(messages),
        max_output=output,
        temperature=temperature,
        effort=effort,
    )
