"""aircher/models"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs

from aircher_protocol.codec import unstructure
from aircher_protocol.types import ModelLine, ModelList, ModelsParams
from aircher_protocol.types import TaskKind as WireTask
from aircherd.core.books import Latency
from aircherd.core.catalog import Capability, ModelSpec, ProviderState
from aircherd.core.errors import LedgerUnavailable
from aircherd.core.settings import Settings
from aircherd.core.tasks import Detection, TaskKind
from aircherd.market import Market
from aircherd.providers.base import Host
from aircherd.server import convert
from aircherd.server.dispatch import Call
from aircherd.server.house import House


class Models:
    """The list of one daemon. What did not change since it was asked for is not made again: it
    stands in every terminal's view, and there may be hundreds of lines."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._lines: dict[str, tuple[tuple[Any, ...], tuple[ModelLine, ...]]] = {}
        """By host: what its lines follow from, and the lines."""
        self._list: tuple[tuple[Any, ...], Any] = ((), None)
        """All of them, and the list as plain values."""

    async def handle(self, call: Call[ModelsParams]) -> Any:
        """Which models can be used, and what is wrong with the rest."""
        house = self._house
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
        lines = tuple(self._of(host, market, chosen, seen) for host in market.hosts)
        known, plain = self._list
        now = (*lines, house.price_table)
        if len(known) != len(now) or any(a is not b for a, b in zip(known, now, strict=True)):
            every = sorted(
                (line for some in lines for line in some),
                key=lambda line: (not line.usable, line.provider, line.model),
            )
            plain = unstructure(ModelList(models=tuple(every), price_table=house.price_table))
            self._list = (now, plain)
        return plain

    def _of(
        self,
        host: Host,
        market: Market,
        chosen: Mapping[str, list[TaskKind]],
        seen: Mapping[str, Latency],
    ) -> tuple[ModelLine, ...]:
        """One host's lines, the very same ones while they would say the same."""
        specs, state = market.models_of(host), market.state_of(host)
        settings, today = self._house.settings, self._house.desk.clock.now().date()
        mine = f"{host.name}/"
        tasks = {name: tasks for name, tasks in chosen.items() if name.startswith(mine)}
        quick = {name: latency for name, latency in seen.items() if name.startswith(mine)}
        follows_from = (specs, state.usable, state.why_not, settings, today, tasks, quick)
        known = self._lines.get(host.name)
        # The models and the settings are long to compare and the very same while nothing changes.
        if known is None or known[0] != follows_from:
            names = [str(spec.ref) for spec in specs]
            lines = tuple(
                _refused(_line(spec, state, tasks.get(name, []), quick.get(name), today), settings)
                for name, spec in zip(names, specs, strict=True)
            )
            known = self._lines[host.name] = (follows_from, lines)
        return known[1]


_OTHER = "anything else"
"""The task nothing more is known of."""


def _spaced(task: TaskKind) -> str:
    return task.replace("_", " ")


def _certain(task: TaskKind) -> Detection:
    return Detection(task=task, confidence=1.0)


def _line(
    spec: ModelSpec,
    state: ProviderState,
    chosen: list[TaskKind],
    seen: Latency | None,
    today: date,
) -> ModelLine:
    words = ", ".join(_OTHER if task is TaskKind.DEFAULT else _spaced(task) for task in chosen)
    every = len(chosen) == len(TaskKind)
    why = state.why_not or (f"for {'every task' if every else words}" if chosen else "")
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
