"""Books that are broken between two daemons: what may be lost of them, and what may not.

A daemon goes on from the higher of its second memory and what can still be read. What must not be
lost is therefore what that memory says when the books are spoiled; the rest is allowed to be
missing, by provider, and no more than it.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import random
import signal
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chaos.world import World

_PAGE = 4_096
KINDS = ("header", "pages", "cut", "text", "gone")


class Losses:
    """What was spoiled, and what of it need not come back."""

    def __init__(self) -> None:
        self.allowed: Counter[str] = Counter()
        """Nano-dollars by provider that may be missing."""
        self.operations: set[str] = set()
        """Operations that stood in books that were spoiled."""
        self.aside: list[str] = []
        """Kinds of spoiling after which the broken books have to lie beside the new ones."""


async def broken_books(world: World, roll: random.Random) -> None:
    """Ends the daemon, as a crash does or in good order, and spoils its books."""
    kind = roll.choice(KINDS)
    orderly = roll.random() < 0.5
    world.done[-1] = f"broken books ({kind}, after {'an end' if orderly else 'a crash'})"
    lock = os.open(world.state / "daemon.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not await _alone(world, lock, signal.SIGTERM if orderly else signal.SIGKILL):
            return
        spoiled = _spoil(world, kind, roll)
        # Before the lock is let go: a daemon may be waiting to start, and be quick.
        before = set(_broken(world.state))
    finally:
        os.close(lock)
    for _ in range(1_500):
        # Again and again: the one that is up may still be the one that was ended, or one a client
        # started while the lock was held, which leaves; it is not waited for, since it may stay.
        await world.start()
        if kind == "gone" or not spoiled or set(_broken(world.state)) - before:
            return
        await asyncio.sleep(0.02)
    world.wrong.append(f"books that are broken ({kind}) were not set aside")


async def _alone(world: World, lock: int, number: int) -> bool:
    """Ends every daemon until this process holds their lock. Whoever is being started meanwhile is
    told that there is one, and comes again."""
    told: set[int] = set()
    for _ in range(5_000):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = world.pid()
            if pid is not None and pid not in told:
                told.add(pid)
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            await asyncio.sleep(0.004)
        else:
            return True
    return False


def _broken(state: Path) -> list[str]:
    return [path.name for path in state.glob("usage.sqlite3.broken-*")]


def _spoil(world: World, kind: str, roll: random.Random) -> bool:
    """Whether there was anything to spoil: a daemon is found before its books are open."""
    path = world.state / "usage.sqlite3"
    if not path.exists():
        return False
    if path.stat().st_size < 4 * _PAGE:
        # Nothing is in it but in its log, which a crash left: let it be written back.
        with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if path.stat().st_size < 4 * _PAGE:
        return False
    _note(world, path)
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    if kind == "gone":
        path.unlink(missing_ok=True)
        return True
    size = path.stat().st_size
    with path.open("r+b") as file:
        if kind == "header":
            file.write(roll.randbytes(_PAGE))
        elif kind == "pages":
            for page in range(1, size // _PAGE):
                file.seek(page * _PAGE)
                file.write(roll.choice((b"\xff", b"\xa5")) * _PAGE)
        elif kind == "cut":
            file.truncate(_PAGE)
        else:
            file.truncate(0)
            file.write(b"this is no database, " * 500)
    return True


def _note(world: World, path: Path) -> None:
    """Writes down what stood in the books and is in no second memory."""
    booked: Counter[str] = Counter()
    with closing(sqlite3.connect(path)) as db, suppress(sqlite3.Error):
        for provider, cost in db.execute(
            "SELECT provider, sum(coalesce(cost, amount)) FROM entries GROUP BY provider"
        ):
            booked[provider] = int(cost)
        world.losses.operations |= {row[0] for row in db.execute("SELECT operation FROM entries")}
    kept: Counter[str] = Counter()
    with suppress(OSError, ValueError, KeyError):
        found = json.loads(path.with_name(f"{path.name}.sums").read_text("utf-8"))
        for row in found["spent"]:
            kept[row[2]] += int(row[-1])
        for row in found["held"]:
            kept[row[3]] += int(row[-1])
    world.losses.allowed += booked - kept
