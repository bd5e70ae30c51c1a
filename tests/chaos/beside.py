"""What a quiet client feels of each neighbour that holds it wrong.

`python -m chaos.beside` prints a table: the quiet client's waits alone and beside each of them, and
the processor time of the daemon's loop from its question to its answer, which a busy machine
changes less.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from chaos.fuzz import CONFIGURATION, Line, opened
from chaos.house import House, house
from chaos.neighbours import NEIGHBOURS, Neighbour

ROUNDS = 3
"""How often the quiet client is alone and then beside a neighbour."""
_HEAD = (
    "neighbour",
    *(f"{what} {part} ms (x)" for what in ("wait", "loop's time") for part in ("p50", "p99")),
    "memory MB",
    "descriptors left",
)


@dataclass(frozen=True)
class Waits:
    """What small questions took, twenty a second, in seconds."""

    wall: tuple[float, ...] = ()
    loop: tuple[float, ...] = ()
    """Processor time of the daemon's loop from the question to its answer."""

    def __add__(self, more: Waits) -> Waits:
        return Waits(self.wall + more.wall, self.loop + more.loop)

    def at(self, part: float, *, loop: bool = False) -> float:
        """A percentile in milliseconds."""
        found = sorted(self.loop if loop else self.wall)
        return found[min(len(found) - 1, int(len(found) * part))] * 1000


@dataclass(frozen=True)
class Felt:
    """What a quiet client felt of a neighbour, and what stayed of that one."""

    alone: Waits
    beside: Waits
    grown: int
    """Bytes resident that were not before."""
    left: int
    """Descriptors that stayed open."""

    def row(self, name: str) -> str:
        """A line of the table: alone → beside, and how many times as long."""
        cells = [name]
        for loop in (False, True):
            for part in (0.5, 0.99):
                one, other = self.alone.at(part, loop=loop), self.beside.at(part, loop=loop)
                cells.append(f"{one:.1f} → {other:.1f} (x{other / one:.1f})")
        return _line(*cells, f"{self.grown / 2**20:+.0f}", f"{self.left:+d}")


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


async def _waits(made: House, quiet: Line, seconds: float) -> Waits:
    wall: list[float] = []
    loop: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(wall) < 20:
        before = made.loop()
        wait = await quiet.probe()
        assert wait is not None, "the quiet client lost its connection"
        wall.append(wait)
        loop.append(made.loop() - before)
        await asyncio.sleep(0.05)
    return Waits(tuple(wall), tuple(loop))


async def felt(root: Path, neighbour: Neighbour, rounds: int = ROUNDS) -> Felt:
    """Asks a daemon small questions, alone and beside a neighbour, in turn: a machine that becomes
    busy meanwhile is busy for both."""
    async with house(root, CONFIGURATION) as made:
        quiet = await opened(made)
        await _waits(made, quiet, 1.0)
        memory, descriptors = made.memory(), made.descriptors()
        alone, beside, grown = Waits(), Waits(), 0
        for _ in range(rounds):
            alone += await _waits(made, quiet, 2.0)
            over = asyncio.Event()
            bad = asyncio.create_task(neighbour(made, over))
            beside += await _waits(made, quiet, 2.0)
            grown = max(grown, made.memory() - memory)
            over.set()
            await bad
            for _ in range(500):
                if made.descriptors() <= descriptors + 2:
                    break
                await asyncio.sleep(0.04)
        left = made.descriptors() - descriptors
        assert await quiet.settled() == []
        await quiet.close()
    return Felt(alone, beside, grown, left)


def main(arguments: list[str]) -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="chaos.beside", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *NEIGHBOURS], help="neighbours; else all")
    wanted = parser.parse_args(arguments).names or list(NEIGHBOURS)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print(_line(*_HEAD))
    print("|---|" + "---:|" * (len(_HEAD) - 1))
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="nb-", dir="/tmp") as folder:
            found = asyncio.run(felt(Path(folder), NEIGHBOURS[name]))
            print(found.row(name), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
