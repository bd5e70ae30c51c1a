"""What a quiet client feels of each neighbour that holds it wrong.

`python -m chaos.beside` prints a table of the quiet client's waits alone and beside each of them,
in turn; each neighbour is a process of its own. On two processors the two of them, the daemon and
what else runs share what there is: the first row is a process that only keeps a processor busy.
`--page FILE` keeps the table with the load it was made under.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from chaos.fuzz import CONFIGURATION, Line, opened
from chaos.house import House, house
from chaos.neighbours import NEIGHBOURS

ROUNDS = 8
"""How often the quiet client is alone and then beside a neighbour."""
_HEAD = ("neighbour", "wait p50 ms (x)", "wait p99 ms (x)", "memory MB", "descriptors left")


@dataclass(frozen=True)
class Felt:
    """What a quiet client felt of a neighbour, and what stayed of that one."""

    alone: list[float]
    """What small questions took, twenty a second, in seconds."""
    beside: list[float]
    grown: int
    """Bytes resident that were not before."""
    left: int
    """Descriptors that stayed open."""

    def row(self, name: str) -> str:
        """A line of the table: alone → beside, and how many times as long."""
        cells = [name]
        for part in (0.5, 0.99):
            one, other = _at(self.alone, part), _at(self.beside, part)
            cells.append(f"{one:.1f} → {other:.1f} (x{other / one:.1f})")
        return _line(*cells, f"{self.grown / 2**20:+.0f}", f"{self.left:+d}")


def _at(waits: list[float], part: float) -> float:
    """A percentile in milliseconds."""
    found = sorted(waits)
    return found[min(len(found) - 1, int(len(found) * part))] * 1000


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


async def _waits(quiet: Line, seconds: float) -> list[float]:
    waits: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(waits) < 20:
        wait = await quiet.probe()
        assert wait is not None, "the quiet client lost its connection"
        waits.append(wait)
        await asyncio.sleep(0.05)
    return waits


@asynccontextmanager
async def _neighbour(name: str, made: House) -> AsyncIterator[None]:
    argv = ("-m", "chaos.neighbours", name, str(made.socket))
    pipe = asyncio.subprocess.PIPE
    bad = await asyncio.create_subprocess_exec(
        sys.executable, *argv, stdin=pipe, stdout=pipe, cwd=Path(__file__).parents[1]
    )
    assert bad.stdin is not None
    assert bad.stdout is not None
    try:
        # That Python loads what it is made of is no fault of his.
        assert await bad.stdout.readline() == b"ready\n"
        bad.stdin.write(b"\n")
        yield
        await bad.communicate(b"")
        assert bad.returncode == 0, f"{name} left with {bad.returncode}"
    finally:
        if bad.returncode is None:
            bad.kill()
            await bad.wait()


async def felt(root: Path, name: str, rounds: int = ROUNDS) -> Felt:
    """Asks a daemon small questions, alone and beside a neighbour, in turn: a machine that becomes
    busy meanwhile is busy for both."""
    async with house(root, CONFIGURATION) as made:
        quiet = await opened(made)
        await _waits(quiet, 1.0)
        memory, descriptors = made.memory(), made.descriptors()
        alone, beside, grown = list[float](), list[float](), 0
        for _ in range(rounds):
            alone += await _waits(quiet, 2.0)
            async with _neighbour(name, made):
                beside += await _waits(quiet, 2.0)
                grown = max(grown, made.memory() - memory)
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
    parser.add_argument("--page", type=Path, help="keep the table in this file")
    wanted = parser.parse_args(arguments)
    lines = []
    for line in _table(wanted.names or list(NEIGHBOURS)):
        print(line, flush=True)
        lines.append(line)
    if wanted.page:
        title = "# What a quiet client feels of a neighbour that holds it wrong"
        made = f"`make bench-neighbours`, {date.today():%Y-%m-%d}; waits alone → beside it."
        wanted.page.write_text("\n\n".join((title, made, "\n".join(lines))) + "\n", "utf-8")
    return 0


def _table(names: list[str]) -> Iterator[str]:
    yield f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores before it began\n"
    yield _line(*_HEAD)
    yield "|---|" + "---:|" * (len(_HEAD) - 1)
    for name in names:
        with tempfile.TemporaryDirectory(prefix="nb-", dir="/tmp") as folder:
            found = asyncio.run(felt(Path(folder), name))
        yield found.row(name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
