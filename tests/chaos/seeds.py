"""One seed from beginning to end, and many: `python -m chaos.seeds COUNT [FIRST]`."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Coroutine
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from chaos import page
from chaos.load import load
from chaos.misfortunes import MISFORTUNES
from chaos.oracles import answers, booked, books, leaks
from chaos.page import Outcome
from chaos.peer import Peer
from chaos.surroundings import DEADLINE, HOSTED, PRICE
from chaos.world import MOUNTS, world

HANGING = 600.0
"""Seconds after which a seed's load is not waited for any more."""


async def run(seed: int, *, keep: bool = False, only: tuple[str, ...] = ()) -> Outcome:
    """Runs a seed in a folder of its own and asks the oracles; `only` these misfortunes happen."""
    root = Path(tempfile.mkdtemp(prefix="ch-"))
    wrong: list[str] = []
    done: list[str] = []
    try:
        async with world(root, seed) as made:
            made.only, done = only, made.done
            await made.start()
            peers = await _watched(load(made))
            for peer in peers:
                await peer.close()
            # One more start settles what a crash left; one orderly end settles the rest.
            await made.stop()
            await made.start()
            await made.stop()
            total = booked(made)
            wrong += answers(made, peers) + books(made, peers) + leaks(made, peers)
            if wrong and made.disk is not None:
                shutil.copytree(made.disk, root / "disk")  # it goes with this process
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
            faults=dict(made.faults),
            billed=sum((made.bills[n].input + made.bills[n].output) * PRICE for n in HOSTED),
            booked=total,
            late=max(
                (
                    one.answered_at - one.at - DEADLINE
                    for one in everything
                    if one.answered_at is not None
                ),
                default=0.0,
            ),
        )
    except BaseException:
        wrong.append("broken off")
        print(f"seed {seed} broke off after {', '.join(done)}")
        raise
    finally:
        if keep and wrong:
            print(f"left {root}", flush=True)
        else:
            shutil.rmtree(root, ignore_errors=True)


async def _watched(work: Coroutine[Any, Any, list[Peer]]) -> list[Peer]:
    """What comes of a seed's load; one that hangs says where and does not hold up the others."""
    task = asyncio.create_task(work)
    await asyncio.wait({task}, timeout=HANGING)
    if not task.done():
        for one in asyncio.all_tasks():
            one.print_stack(limit=8)
        raise AssertionError(f"nothing more happened in {HANGING:.0f} s")
    return task.result()


def main(arguments: list[str]) -> int:
    """Runs so many seeds; 1 when any was wrong."""
    parser = argparse.ArgumentParser(prog="chaos.seeds", description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=20)
    parser.add_argument("first", nargs="?", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="seeds at the same time")
    parser.add_argument("--page", type=Path, help="where to write what came of it")
    parser.add_argument(
        "--only", action="append", choices=sorted(MISFORTUNES), help="misfortunes; all else"
    )
    wanted = parser.parse_args(arguments)
    _with_mounts()
    began = time.monotonic()
    outcomes: list[Outcome] = []
    seeds = range(wanted.first, wanted.first + wanted.count)
    with ProcessPoolExecutor(wanted.jobs, get_context("spawn")) as pool:
        for outcome in pool.map(partial(_kept, only=tuple(wanted.only or ())), seeds):
            outcomes.append(outcome)
            print(outcome, flush=True)
            for what in outcome.wrong:
                print(f"   {what}", flush=True)
            if wanted.page is not None:
                wanted.page.write_text(page.page(outcomes, wanted.first), "utf-8")
    print("\n".join(page.summary(outcomes)))
    print(f"{time.monotonic() - began:.0f} s")
    bad = [one.seed for one in outcomes if one.wrong]
    if bad:
        print("again: " + " ".join(str(seed) for seed in bad))
    return 1 if bad else 0


def _kept(seed: int, only: tuple[str, ...]) -> Outcome:
    """One seed in a process of its own; what is wrong stays on the disk."""
    try:
        return asyncio.run(run(seed, keep=True, only=only))
    except Exception as error:
        traceback.print_exc()
        wrong = (f"it broke off: {type(error).__name__}: {error}",)
        return Outcome(seed, wrong, 0, 0, 0, 0, 0, (), {}, 0.0, 0, 0)


def _with_mounts() -> None:
    """Goes on in a namespace of its own in which a disk may be mounted, where that is allowed."""
    allowed = ["unshare", "--user", "--map-root-user", "--mount"]
    if MOUNTS in os.environ or shutil.which(allowed[0]) is None:
        return
    if subprocess.run([*allowed, "true"], capture_output=True, check=False).returncode == 0:
        os.environ[MOUNTS] = "1"
        os.execvp(allowed[0], [*allowed, sys.executable, "-m", "chaos.seeds", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
