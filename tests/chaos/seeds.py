"""One seed from beginning to end, and many: `python -m chaos.seeds COUNT [FIRST]`."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from chaos.load import load
from chaos.oracles import answers, books, leaks
from chaos.world import world


@dataclass(frozen=True)
class Outcome:
    """What came of one seed."""

    seed: int
    wrong: tuple[str, ...]
    requests: int
    answered: int
    errors: int
    lost: int
    asked_far: int
    misfortunes: tuple[str, ...]

    def __str__(self) -> str:
        verdict = "ok" if not self.wrong else "WRONG"
        return (
            f"seed {self.seed}: {verdict}; {self.requests} requests, {self.answered} answered, "
            f"{self.errors} typed errors, {self.lost} lost with their connection; "
            f"{self.asked_far} calls out; {', '.join(self.misfortunes)}"
        )


async def run(seed: int, *, keep: bool = False) -> Outcome:
    """Runs a seed in a folder of its own and asks the oracles."""
    root = Path(tempfile.mkdtemp(prefix="ch-"))
    wrong: list[str] = []
    try:
        async with world(root, seed) as made:
            await made.start()
            peers = await load(made)
            for peer in peers:
                await peer.close()
            # One more start settles what a crash left; one orderly end settles the rest.
            await made.stop()
            await made.start()
            await made.stop()
            wrong += answers(made, peers) + books(made, peers) + leaks(made, peers)
        everything = [one for peer in peers for one in peer.asked.values()]
        return Outcome(
            seed=seed,
            wrong=tuple(wrong),
            requests=len(everything),
            answered=sum(bool(one.answers and "result" in one.answers[0]) for one in everything),
            errors=sum(bool(one.answers and "error" in one.answers[0]) for one in everything),
            lost=sum(one.lost and not one.answers for one in everything),
            asked_far=sum(bill.requests for bill in made.bills.values()),
            misfortunes=tuple(made.done),
        )
    except BaseException:
        wrong.append("broken off")
        raise
    finally:
        if keep and wrong:
            print(f"left {root}", flush=True)
        else:
            shutil.rmtree(root, ignore_errors=True)


def main(arguments: list[str]) -> int:
    """Runs so many seeds; 1 when any was wrong."""
    count = int(arguments[0]) if arguments else 20
    first = int(arguments[1]) if len(arguments) > 1 else 1
    bad: list[Outcome] = []
    began = time.monotonic()
    totals = [0, 0, 0, 0, 0]
    for seed in range(first, first + count):
        outcome = asyncio.run(run(seed, keep=True))
        figures = (outcome.requests, outcome.answered, outcome.errors, outcome.lost)
        totals = [a + b for a, b in zip(totals, (*figures, outcome.asked_far), strict=True)]
        print(outcome, flush=True)
        for what in outcome.wrong:
            print(f"   {what}", flush=True)
        if outcome.wrong:
            bad.append(outcome)
    names = ("requests", "answered", "typed errors", "lost", "calls out")
    print(", ".join(f"{value} {name}" for name, value in zip(names, totals, strict=True)))
    took = time.monotonic() - began
    print(f"{count - len(bad)} of {count} seeds right, {took:.0f} s")
    if bad:
        print("again: " + " ".join(str(one.seed) for one in bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
