"""One of several processes on one database: reserves as fast as it can, round by round.

Reads lines `round day seed` and answers each with what was admitted and refused, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from aircherd.core.books import Hold, HoldRequest, Limit, Period, Settlement
from aircherd.core.chat import Usage
from aircherd.core.clock import SystemClock
from aircherd.core.errors import BudgetExceeded
from aircherd.core.money import NanoUsd
from aircherd.ledger.store import Ledger
from aircherd.routing.periods import day

CAPS = {"all": 137, "task:a": 60, "provider:p": 70}
UNIT = 100_000_000


async def one(ledger: Ledger, name: str, today: Period, chance: random.Random) -> tuple[str, int]:
    task, provider = chance.choice("ab"), chance.choice("pq")
    kind = "ab".index(task) * 2 + "pq".index(provider)
    scopes = ("all", f"task:{task}", f"provider:{provider}")
    limits = tuple(
        Limit(scope=scope, period=today, amount=NanoUsd(CAPS[scope] * UNIT), label=scope)
        for scope in scopes
        if scope in CAPS
    )
    wish = HoldRequest(
        operation=name,
        attempt=1,
        task=task,
        provider=provider,
        model="m",
        client="racer",
        workspace=None,
        amount=NanoUsd(UNIT),
        price_version="1",
        limits=limits,
        periods=(today,),
        reason="{}",
    )
    try:
        hold: Hold = await ledger.reserve(wish)
    except BudgetExceeded:
        return "refused", kind
    if int(name.split("-")[1]) % 2:  # every other round some end while others still come
        paid = chance.randrange(UNIT + 1)
        usage = Usage(input=1, output=1)
        await ledger.settle(
            hold, Settlement(outcome="done", usage=usage, cost=NanoUsd(paid), duration_ms=1)
        )
        return "paid", paid
    return "admitted", kind


async def main() -> None:
    name, path, callers = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    ledger = await Ledger.open(path, clock=SystemClock())
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        number, when, seed = line.split()
        chance = random.Random(f"{name}{seed}")
        today = day(datetime.combine(date.fromisoformat(when), time(12), ZoneInfo("UTC")), "UTC")
        got: list[tuple[str, int]] = []

        async def caller(
            first: int,
            number: str = number,
            chance: random.Random = chance,
            today: Period = today,
            got: list[tuple[str, int]] = got,
        ) -> None:
            # Ten a caller, one after the other: many transactions, in turn with the other process.
            for index in range(first, callers, callers // 10):
                got.append(await one(ledger, f"{name}-{number}-{index}", today, chance))

        await asyncio.gather(*(caller(first) for first in range(callers // 10)))
        told: dict[str, list[int]] = {"admitted": [], "refused": [], "paid": []}
        for what, value in got:
            told[what].append(value)
        print(json.dumps(told), flush=True)
    await ledger.aclose()


asyncio.run(main())
