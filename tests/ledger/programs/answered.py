"""Answers a request and dies before anything is booked that nobody waits for.

`answered.py FOLDER WHAT` prints what the answer said it cost. WHAT is `covered` or `dear`: a bill
within what was held, or above it; or `keyed`: an answer that is kept under a key.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from aircherd.core.clock import SystemClock
from aircherd.ledger import jobs
from aircherd.ledger.store import Ledger
from fakes.scripted import Exchange
from gateway.parts import Heard, answers, job, yard
from ledger.making import request, settled


async def dear(exchange: Exchange) -> None:
    await exchange.start()
    await exchange.text("It is a test.")
    await exchange.finish(prompt=1_000_000, answer=5)


async def main() -> None:
    folder, what = Path(sys.argv[1]), sys.argv[2]
    jobs.LINGER = 3600.0
    if what == "keyed":
        ledger = await Ledger.open(folder / "usage.sqlite3", clock=SystemClock())
        await ledger.claim("k", "f", "op1")
        hold = await ledger.reserve(request("op1", 100))
        ledger.settling(hold, settled(7), lambda _: None, waits=False)
        await ledger.answered("k", "{}")
        print(7, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    async with yard(folder, {"a": dear if what == "dear" else answers}, local=False) as house:
        reply = await house.gateway.run(job("a"), Heard())
        print(reply.cost, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)


asyncio.run(main())
