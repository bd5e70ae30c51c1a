"""aircher/models"""

from __future__ import annotations

import asyncio
from datetime import date

import attrs

from aircher_protocol.types import ModelLine, ModelList, ModelsParams
from aircher_protocol.types import TaskKind as WireTask
from aircherd.core.books import Latency
from aircherd.core.catalog import Capability, ModelSpec, ProviderState
from aircherd.core.errors import LedgerUnavailable
from aircherd.core.settings import Settings
from aircherd.core.tasks import Detection, TaskKind
from aircherd.server import convert
from aircherd.server.dispatch import Call
from aircherd.server.house import House


async def handle(house: House, call: Call[ModelsParams]) -> ModelList:
    """Which models can be used, and what is wrong with the rest."""
    market = house.desk.market()
    if call.params.refresh:
        await asyncio.gather(*(market.look(host, again=True) for host in market.hosts))
    chosen: dict[str, list[TaskKind]] = {}
    for task in TaskKind:
        plan = await house.desk.plan(_certain(task), prompt_bytes=4_000, shrinkable=True)
        if plan.candidates:
            chosen.setdefault(str(plan.candidates[0].spec.ref), []).append(task)
    try:
        seen = {latency.name: latency for latency in await house.books.latencies()}
    except LedgerUnavailable:
        seen = {}
    today = house.desk.clock.now().date()
    lines: list[ModelLine] = []
    for host in market.hosts:
        state = market.state_of(host)
        for spec in market.models_of(host):
            name = str(spec.ref)
            line = _line(spec, state, chosen.get(name, []), seen.get(name), today)
            lines.append(_refused(line, house.settings))
    lines.sort(key=lambda line: (not line.usable, line.provider, line.model))
    return ModelList(models=tuple(lines), price_table=house.price_table)


def _certain(task: TaskKind) -> Detection:
    return Detection(task=task, confidence=1.0)


def _line(
    spec: ModelSpec,
    state: ProviderState,
    chosen: list[TaskKind],
    seen: Latency | None,
    today: date,
) -> ModelLine:
    words = ", ".join(task.replace("_", " ") for task in chosen)
    why = state.why_not or (f"for {words}" if chosen else "")
    usable = state.usable
    if usable and spec.price is None:
        usable, why = False, "its price is unknown; set input_per_million and output_per_million"
    elif usable and spec.retires is not None and spec.retires <= today:
        usable, why = False, f"was switched off on {spec.retires}; name another one"
    elif usable and Capability.CHAT not in spec.capabilities:
        why = "holds no conversations: " + ", ".join(sorted(spec.capabilities))
    price = spec.price
    return ModelLine(
        provider=spec.ref.provider,
        model=spec.ref.model,
        local=spec.local,
        usable=usable,
        why=why,
        context=spec.context,
        max_output=spec.max_output,
        input_per_million=None if price is None else convert.per_million_text(price.input),
        output_per_million=None if price is None else convert.per_million_text(price.output),
        quality=spec.quality,
        capabilities=tuple(sorted(spec.capabilities)),
        tasks=tuple(WireTask(task.value) for task in chosen),
        first_token_ms=None if seen is None else seen.first_median,
        answer_ms=None if seen is None else seen.median,
        answers=0 if seen is None else seen.answers,
        retires=None if spec.retires is None else spec.retires.isoformat(),
    )


def _refused(line: ModelLine, settings: Settings) -> ModelLine:
    """The same line, unless the user's own settings keep this model from being asked."""
    why = None
    if settings.allow is not None and line.provider not in settings.allow:
        why = "its provider is not in providers.allow"
    elif settings.egress == "local" and not line.local:
        why = "only this machine may be used (egress = local)"
    elif settings.hold is not None and not line.local:
        why = settings.hold
    return line if why is None or not line.usable else attrs.evolve(line, usable=False, why=why)
