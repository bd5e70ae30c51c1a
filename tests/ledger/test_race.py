"""Two processes, one database, three limits that all bind: nothing is ever overspent."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import IO

import pytest

from aircherd.core.clock import SystemClock
from aircherd.ledger.store import Ledger
from aircherd.ledger.turn import Turn
from figures import Figure
from ledger.making import request, settled

PROGRAM = Path(__file__).parent / "programs" / "racer.py"
CAPS = {"all": 137, "task:a": 60, "provider:p": 70}
UNIT = 100_000_000
SEEN = """
    SELECT sum(n), sum(n * (task = 'a')), sum(n * (provider = 'p')) FROM (
        SELECT task, provider, CASE state WHEN 'held' THEN amount ELSE cost END AS n
        FROM entries WHERE day = ? AND state <> 'released')
"""


@contextmanager
def racers(path: Path, callers: int) -> Iterator[list[tuple[IO[str], IO[str]]]]:
    started = [
        subprocess.Popen(
            [sys.executable, str(PROGRAM), name, str(path), str(callers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        for name in ("one", "two")
    ]
    doors = []
    try:
        for racer in started:
            assert racer.stdin is not None
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
            doors.append((racer.stdin, racer.stdout))
        yield doors
    finally:
        for racer in started:
            racer.communicate(timeout=60)


def race(path: Path, rounds: int, callers: int) -> int:
    """Runs the rounds and checks each; how many instants were looked at from outside."""
    looks = 0
    with racers(path, callers) as doors:
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        for number in range(rounds):
            when = (date(2026, 1, 1) + timedelta(days=number)).isoformat()
            for stdin, _ in doors:
                stdin.write(f"{number} {when} {number}\n")
                stdin.flush()
            until = time.monotonic() + 0.03
            while time.monotonic() < until:
                looks += 1
                within(db.execute(SEEN, (when,)).fetchone(), number)
            got = [json.loads(stdout.readline()) for _, stdout in doors]
            sums = [value or 0 for value in db.execute(SEEN, (when,)).fetchone()]
            within(sums, number)
            admitted = [kind for one in got for kind in one["admitted"]]
            refused = {kind for one in got for kind in one["refused"]}
            assert refused, "the limits must bind"
            if number % 2 == 0:
                counts = (
                    len(admitted),
                    sum(kind in (0, 1) for kind in admitted),
                    sum(kind in (0, 2) for kind in admitted),
                )
                assert [count * UNIT for count in counts] == sums
                for kind in refused:  # nothing ended, so what was refused does not fit now either
                    bound = [sums[0] + UNIT > CAPS["all"] * UNIT]
                    bound += [kind in (0, 1) and sums[1] + UNIT > CAPS["task:a"] * UNIT]
                    bound += [kind in (0, 2) and sums[2] + UNIT > CAPS["provider:p"] * UNIT]
                    assert any(bound), f"round {number}: kind {kind} was refused though it fits"
            else:
                assert sum(paid for one in got for paid in one["paid"]) == sums[0]
        db.close()
    return looks


def within(sums: list[int | None] | tuple[int | None, ...], number: int) -> None:
    for spent, (scope, cap) in zip(sums, CAPS.items(), strict=True):
        over = (spent or 0) - cap * UNIT
        assert over <= 0, f"round {number}: {scope} is overspent by {over} nano-dollars"


@pytest.mark.parametrize(
    "rounds", [pytest.param(4, id="4 rounds"), pytest.param(200, marks=pytest.mark.slow)]
)
@pytest.mark.timeout(600)
def test_two_processes_never_overspend(tmp_path: Path, rounds: int, figure: Figure) -> None:
    looks = race(tmp_path / "usage.sqlite3", rounds, callers=200)
    print(f"{rounds} rounds, 2 processes x 200 callers, {looks} looks: overspent by 0")
    assert looks >= rounds
    figure(f"{rounds} rounds of 2 processes with 200 callers each, {looks:,} looks, overspent by 0")


async def test_only_one_process_writes_at_any_instant(tmp_path: Path) -> None:
    """Two connections that write at once can damage a WAL before SQLite 3.51.3: there are turns."""
    path = tmp_path / "usage.sqlite3"
    ledger = await Ledger.open(path, clock=SystemClock())
    other = Turn(path, 5.0)
    with other.taken():
        held = asyncio.create_task(ledger.reserve(request("op", 100, now=SystemClock().now())))
        for _ in range(20):
            await asyncio.sleep(0.01)
            assert not held.done(), "another process is writing"
    hold = await held
    await ledger.settle(hold, settled(40))
    other.close()
    await ledger.aclose()
