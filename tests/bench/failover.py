"""What a person notices of an outage: `python -m bench.failover [--seconds 60] [--page FILE]`.

Ten requests a second are asked for while the primary is out for a while: it refuses (503), hangs,
or breaks off in the middle, by chance. Once with everything there is, then with each mechanism
taken away alone, each against far sides of its own, one after the other in real time. Nothing
here is simulated but the two far sides.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from aircherd.core.errors import AircherError, ProviderError
from aircherd.routing.circuit import Circuit
from aircherd.routing.retry import RetryBudget
from fakes.scripted import Answering, Exchange
from gateway.parts import PRICE, SETTINGS, Fleetyard, Heard, job, yard

RATE = 10
"""Requests a second."""
BEFORE, AFTER = 5.0, 10.0
"""Seconds in which the primary is well."""
CONNECT, FIRST_BYTE, DEADLINE = 1.0, 2.0, 20.0
REPEATED = 0.2
"""Share of requests that ask what was asked before."""
_TOKENS = 20, 5
_TWICE = "SELECT operation FROM entries WHERE cost > 0 GROUP BY operation HAVING count(*) > 1"


@dataclass
class Score:
    """One way of doing it, and what came of it."""

    name: str
    waits: list[float] = field(default_factory=list)
    """Seconds until an answer or a refusal, for requests made while the primary was out."""
    answered: int = 0
    half: int = 0
    """Requests that ended in the middle of an answer, and said so."""
    refused: int = 0
    primary: int = 0
    """Calls to the primary while it was out."""
    standby: int = 0
    billed: int = 0
    """Nano-dollars the far sides billed, all in all."""
    booked: int = 0
    twice: int = 0
    """Requests that were charged for more than one call."""

    @property
    def attempts(self) -> float:
        """Calls out per request that was made while the primary was out."""
        return (self.primary + self.standby) / max(1, len(self.waits))


class Far:
    """Both far sides of one way, and the outage."""

    def __init__(self, score: Score, seed: int) -> None:
        self._score = score
        self._roll = random.Random(seed)
        self.out = False

    async def primary(self, exchange: Exchange) -> None:
        """Well, or out."""
        if not self.out:
            await self._well(exchange)
            return
        self._score.primary += 1
        how = self._roll.random()
        if how < 0.5:
            await exchange.start("503 Busy", "application/json")
            await exchange.send(b'{"error":{"message":"overloaded"}}')
        elif how < 0.9:
            with suppress(TimeoutError):
                async with asyncio.timeout(DEADLINE):
                    await exchange.closed.wait()
        else:
            self._bill(20, 1)
            await exchange.start()
            await exchange.text("It ")

    async def standby(self, exchange: Exchange) -> None:
        """Always well."""
        self._score.standby += self.out
        await self._well(exchange)

    async def _well(self, exchange: Exchange) -> None:
        self._bill(*_TOKENS)
        await asyncio.sleep(0.15 + self._roll.random() * 0.1)
        await exchange.start()
        await exchange.text("It is a test.")
        await exchange.finish(*_TOKENS)

    def _bill(self, given: int, made: int) -> None:
        self._score.billed += (given * PRICE.input + made * PRICE.output) // 1_000


def _nothing(_: Fleetyard) -> None:
    """Takes nothing away."""


def _no_retry(made: Fleetyard) -> None:
    class Never(RetryBudget):
        """One that is always spent."""

        def take(self, now: float) -> bool:
            return False

    made.gateway.retries = Never()


def _no_circuit(made: Fleetyard) -> None:
    class Closed(Circuit):
        """One that never opens."""

        def failed(self, *args: object, **more: object) -> None:
            return None

    endpoint = made.gateway.fleet._endpoint

    def plain(*args: object) -> object:
        found = endpoint(*args)  # type: ignore[arg-type]
        if type(found.circuit) is Circuit:
            found.circuit = Closed()
            found.lane("m").circuit = Closed()
        return found

    made.gateway.fleet._endpoint = plain  # type: ignore[assignment, method-assign]


PATIENT = "without a limit to the first byte"
WAYS: dict[str, tuple[tuple[str, ...], bool, Callable[[Fleetyard], None]]] = {
    "everything": (("primary", "standby"), True, _nothing),
    "without retries": (("primary", "standby"), True, _no_retry),
    "without circuits": (("primary", "standby"), True, _no_circuit),
    PATIENT: (("primary", "standby"), True, _nothing),
    "without fallback": (("primary",), True, _nothing),
    "without cache and joining": (("primary", "standby"), False, _nothing),
    "without all of them": (("primary",), False, lambda m: (_no_retry(m), _no_circuit(m))),  # type: ignore[func-returns-value]
}
"""Candidates, whether answers are shared, and what is taken away."""


async def measured(folder: Path, name: str, seconds: float, seed: int = 1) -> Score:
    """One way through the outage."""
    score = Score(name)
    far = Far(score, seed)
    candidates, shares, take_away = WAYS[name]
    scripts: dict[str, Answering] = {"primary": far.primary, "standby": far.standby}
    settings = replace(
        SETTINGS,
        cache=shares,
        connect_timeout=CONNECT,
        first_byte_timeout=DEADLINE if name == PATIENT else FIRST_BYTE,
        deadline=DEADLINE,
    )
    async with yard(folder, scripts, settings=settings, local=False) as made:
        take_away(made)
        await _offered(made, far, score, candidates, seconds, random.Random(seed))
        score.booked, held = await made.books()
        assert not held, "a hold was left"
    with closing(sqlite3.connect(folder / "usage.sqlite3")) as db:
        score.twice = len(db.execute(_TWICE).fetchall())
    return score


async def _offered(
    made: Fleetyard,
    far: Far,
    score: Score,
    candidates: tuple[str, ...],
    seconds: float,
    roll: random.Random,
) -> None:
    loop, running = asyncio.get_running_loop(), set[asyncio.Task[None]]()
    began, number = loop.time(), 0
    while (at := number / RATE) < BEFORE + seconds + AFTER:
        await asyncio.sleep(max(0.0, began + at - loop.time()))
        far.out = BEFORE <= at < BEFORE + seconds
        again = number > 20 and roll.random() < REPEATED
        prompt = f"Question {roll.randrange(max(0, number - 20), number) if again else number}"
        task = loop.create_task(_one(made, score, candidates, prompt, far.out))
        running.add(task)
        task.add_done_callback(running.discard)
        number += 1
    await asyncio.gather(*running)


async def _one(
    made: Fleetyard, score: Score, candidates: tuple[str, ...], prompt: str, out: bool
) -> None:
    began = time.perf_counter()
    try:
        await made.gateway.run(job(*candidates, prompt=prompt), Heard())
        score.answered += out
    except ProviderError as error:
        score.half += out and bool(error.partial)
        score.refused += out and not error.partial
    except AircherError:
        score.refused += out
    if out:
        score.waits.append(time.perf_counter() - began)


async def compare(seconds: float) -> list[Score]:
    """Every way, one after the other, so that none is in another's way."""
    with tempfile.TemporaryDirectory(prefix="fo-") as folder:
        scores = []
        for number, name in enumerate(WAYS):
            place = Path(folder, str(number))
            place.mkdir()
            scores.append(await measured(place, name, seconds))
        return scores


def table(scores: list[Score], seconds: float) -> list[str]:
    """The figures as rows."""
    lines = [
        f"| {RATE} requests a second, primary out for {seconds:.0f} s | requests | answered | "
        "ended half way | refused | p50 | p99 | longest | calls to the primary | "
        "calls a request | charged twice | billed | booked |",
        "|---|" + "---:|" * 12,
    ]
    for one in scores:
        waits = sorted(one.waits)
        p50, p99 = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
        lines.append(
            f"| {one.name} | {len(waits)} | {one.answered} | {one.half} | {one.refused} | "
            f"{p50:.2f} s | {p99:.2f} s | {waits[-1]:.2f} s | {one.primary} | "
            f"{one.attempts:.2f} | {one.twice} | ${one.billed / 1e9:.6f} | "
            f"${one.booked / 1e9:.6f} |"
        )
    return lines


_PAGE = """\
# An outage, with and without each mechanism

Made by `make bench-failover PAGE=tests/bench/FAILOVER.md`; not written by hand.
Python {python} on {system}, {cores} cores, load {load:.1f} while it ran.

{table}

The primary refuses half of what it is asked (503), hangs in four of ten (given up after
{first:.0f} s; the deadline is {deadline:.0f} s) and breaks off after a word in one of ten. Good
answers take 0.15 to 0.25 s. {repeated:.0%} of requests ask what was asked before. What ended half
way was shown and is said to be half: nothing is glued to it. Nothing is hedged: no request is
sent to two at once. Calls count while the primary is out, bills over the whole run; the books may
only be above the bills, since a call that hung may have been billed and is charged at its bound.
"Charged twice" are requests that were charged for more than one call for that reason, or because
the first broke off.
"""


def page(scores: list[Score], seconds: float, load: float) -> str:
    """A page for people."""
    return _PAGE.format(
        python=platform.python_version(),
        system=platform.system(),
        cores=os.cpu_count(),
        load=load,
        table="\n".join(table(scores, seconds)),
        first=FIRST_BYTE,
        deadline=DEADLINE,
        repeated=REPEATED,
    )


def main(arguments: list[str]) -> int:
    """Prints the table, and writes the page when asked to."""
    parser = argparse.ArgumentParser(prog="bench.failover", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--page", type=Path)
    wanted = parser.parse_args(arguments)
    scores = asyncio.run(compare(wanted.seconds))
    print("\n".join(table(scores, wanted.seconds)))
    if wanted.page is not None:
        wanted.page.write_text(page(scores, wanted.seconds, os.getloadavg()[1]), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
