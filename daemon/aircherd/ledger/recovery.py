"""What a start does with the traces of an end: holds of processes that are gone."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from aircherd.ledger import holds
from aircherd.ledger.holds import Page


def owner() -> str:
    """What tells this process from any other, also from a later one with the same pid."""
    return f"{_boot()}:{os.getpid()}:{_started(os.getpid())}"


def _boot() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    return "-"


def _started(pid: int) -> str:
    """The process's start time in clock ticks since boot; field 22 of proc(5)'s stat.

    One that has ended and only waits for its parent (state Z or X) is gone all the same.
    """
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{pid}/stat").read_bytes().decode("utf-8", "replace")
        fields = text.rpartition(")")[2].split()
        return "-" if fields[0] in ("Z", "X") else fields[19]
    return "-"


def alive(found: str) -> bool:
    """Whether the process an owner names still runs. Raises nothing for a name of no known form."""
    boot, _, rest = found.partition(":")
    pid, _, started = rest.partition(":")
    if boot != _boot() or not pid.isdecimal():
        return False
    return _started(int(pid)) == started != "-"


def settle_abandoned(page: Page) -> int:
    """Settles the holds of processes that are gone, at their full amount. How many there were.

    Whether their calls were billed is unknown, so the books err to the safe side.
    """
    owners = [
        row[0] for row in page.db.execute("SELECT DISTINCT owner FROM entries WHERE state='held'")
    ]
    count = 0
    for name in owners:
        if alive(name):
            continue
        held = page.db.execute(
            "SELECT id, amount FROM entries WHERE owner = ? AND state = 'held'", (name,)
        ).fetchall()
        for entry, amount in held:
            holds.settle_in_full(page, entry, amount, "abandoned")
        count += len(held)
    return count
