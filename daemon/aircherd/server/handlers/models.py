"""aircher/models"""

from __future__ import annotations

import asyncio

from aircher_protocol.types import ModelLine, ModelList, ModelsParams
from aircherd.core.catalog import ModelSpec, ProviderState
from aircherd.core.tasks import Detection, TaskKind
from aircherd.server import convert
from aircherd.server.dispatch import Call
from aircherd.server.house import House


async def handle(house: House, call: Call[ModelsParams]) -> ModelList:
    """Which models can be used, and what is wrong with the rest."""
    market = house.desk.market()
    if call.params.refresh:
        await asyncio.gather(*(market.look(host, again=True) for host in market.hosts))
    chosen: dict[str, list[str]] = {}
    for task in TaskKind:
        plan = await house.desk.plan(_certain(task), prompt_bytes=4_000, shrinkable=True)
        if plan.candidates:
            first = str(plan.candidates[0].spec.ref)
            chosen.setdefault(first, []).append(task.replace("_", " "))
    lines: list[ModelLine] = []
    for host in market.hosts:
        state = market.state_of(host)
        specs = market.models_of(host)
        lines.extend(_line(spec, state, chosen.get(str(spec.ref), [])) for spec in specs)
    lines.sort(key=lambda line: (not line.usable, line.provider, line.model))
    return ModelList(models=tuple(lines), price_table=house.price_table)


def _certain(task: TaskKind) -> Detection:
    return Detection(task=task, confidence=1.0)


def _line(spec: ModelSpec, state: ProviderState, chosen: list[str]) -> ModelLine:
    why = state.why_not or ("for " + ", ".join(chosen) if chosen else "")
    usable = state.usable
    if usable and spec.price is None:
        usable, why = False, "its price is unknown; set input_per_million and output_per_million"
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
    )
