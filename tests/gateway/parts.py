"""A gateway over scripted far sides, each a real server on a loopback port."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from aircherd.attempt import Job
from aircherd.core.catalog import ModelRef, ModelSpec
from aircherd.core.chat import ChatRequest, Message
from aircherd.core.clock import SystemClock
from aircherd.core.money import Price, per_million, usd
from aircherd.core.plan import Candidate, Plan
from aircherd.core.settings import CostSettings, ProviderSettings, Settings
from aircherd.core.tasks import Detection, TaskKind
from aircherd.egress import Egress
from aircherd.gateway import Gateway
from aircherd.ledger.store import Ledger
from aircherd.outbound.departures import Departures
from aircherd.providers import registry
from aircherd.providers.base import Provider
from aircherd.routing.budget import every_limit
from aircherd.trust.store import Trust
from fakes.scripted import Answering, Exchange, FarSide, far_side

PRICE = Price(version="t", input=per_million("1"), output=per_million("2"))
SETTINGS = Settings(cache=False, costs=CostSettings(daily_limit=usd("1"), zone="UTC"))
_numbers = count(1)


class Heard:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.text = ""

    def append(self, text: str) -> None:
        self.text += text

    def replace(self, text: str) -> None:
        self.text = text

    def thinking(self, text: str) -> None:
        pass


class Stepped(SystemClock):
    """The machine's clock, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


def candidate(name: str, *, local: bool = False) -> Candidate:
    spec = ModelSpec(ref=ModelRef(name, "m"), local=local, price=PRICE, context=8192)
    return Candidate(spec=spec, why="test", expected=None, worst=None)


def job(
    *names: str,
    prompt: str = "What is this?",
    client: str = "test",
    task: TaskKind = TaskKind.QUICK_QUESTIONS,
) -> Job:
    request = ChatRequest(model="m", messages=(Message.of("user", prompt),), max_output=100)
    return Job(
        operation=f"op{next(_numbers)}",
        task=task,
        plan=Plan(
            detection=Detection(task=task, confidence=1.0),
            candidates=tuple(candidate(name) for name in names),
            refused=(),
        ),
        build=lambda *_: request,
        reason="{}",
        client=client,
        workspace=None,
    )


@dataclass
class Fleetyard:
    gateway: Gateway
    ledger: Ledger
    fars: dict[str, FarSide]
    clock: Stepped
    tasks: set[asyncio.Task[Any]]
    settings: Settings
    providers: dict[str, Provider]

    def asked(self, *names: str) -> list[int]:
        return [len(self.fars[name].seen) for name in names]

    async def books(self) -> tuple[int, int]:
        await asyncio.gather(*self.tasks)
        now = SystemClock().now()
        (spending,) = await self.ledger.spending(every_limit(SETTINGS.costs, now=now))
        return spending.spent, spending.held


@asynccontextmanager
async def yard(
    path: Path,
    scripts: dict[str, Answering],
    *,
    pools: dict[str, Sequence[str]] | None = None,
    settings: Settings = SETTINGS,
    **more: Any,
) -> AsyncIterator[Fleetyard]:
    """One provider per script; `pools` makes one of several. `more` goes to every provider."""
    clock, tasks = Stepped(), set[asyncio.Task[Any]]()
    ledger = await Ledger.open(path / "usage.sqlite3", clock=clock)

    def keep(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        tasks.add(task)
        return task

    async def settled(*_: object) -> None:
        pass

    async with AsyncExitStack() as stack:
        fars = {
            name: await stack.enter_async_context(far_side(script))
            for name, script in scripts.items()
        }
        members = {one for pool in (pools or {}).values() for one in pool}
        written = {
            name: ProviderSettings(name=name, base_url=far.base, models=("m",), **more)
            for name, far in fars.items()
            if name not in members
        }
        for name, pool in (pools or {}).items():
            hosts = tuple(fars[one].base for one in pool)
            written[name] = ProviderSettings(name=name, hosts=hosts, models=("m",), **more)
        settings = replace(settings, providers=written)
        hosts_known = [h for h in registry.hosts(settings, {}) if h.name in written]
        providers = {h.name: registry.connect(h, settings, clock) for h in hosts_known}
        gateway = Gateway(
            books=ledger,
            egress=Egress(
                lambda: settings,
                Trust(str(path / "trust.json")),
                Departures(str(path / "sent.jsonl")),
            ),
            providers=lambda: providers,
            settings=lambda: settings,
            clock=clock,
            keep=keep,
            settled=settled,
            folder=path / "answers",
        )
        yield Fleetyard(gateway, ledger, fars, clock, tasks, settings, providers)
        await asyncio.gather(*tasks, return_exceptions=True)
        for provider in providers.values():
            await provider.aclose()
    await ledger.aclose()


async def answers(exchange: Exchange) -> None:
    await exchange.start()
    await exchange.text("It is a test.")
    await exchange.finish(prompt=20, answer=5)


def refuses(status: str, body: dict[str, Any] | None = None, more: str = "") -> Answering:
    async def refuse(exchange: Exchange) -> None:
        await exchange.start(status, "application/json", more)
        await exchange.send(json.dumps(body or {"error": {"message": "no"}}).encode())

    return refuse
