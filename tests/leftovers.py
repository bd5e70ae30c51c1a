"""Finds and ends processes that tests left behind, also those that left the process tree."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

_MARK = "AIRCHERTESTRUN"


def mark_children() -> None:
    """Give every process started from here on a mark in its environment."""
    os.environ[_MARK] = f"{os.getpid()}-{time.time_ns()}"


def end_leftovers(patience: float = 3.0) -> list[str]:
    """Wait up to `patience` seconds for marked processes to leave, then end and name the rest."""
    deadline = time.monotonic() + patience
    while (found := _marked()) and time.monotonic() < deadline:
        time.sleep(0.02)
    for pid in found:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return [f"{pid}: {what}" for pid, what in found.items()]


def _marked() -> dict[int, str]:
    mark = f"{_MARK}={os.environ[_MARK]}".encode()
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if int(entry.name) == os.getpid() or mark not in environment:
            continue
        if "resource_tracker" in command:
            continue  # multiprocessing's own; leaves with us
        by = next((e for e in environment if e.startswith(b"PYTEST_CURRENT_TEST=")), b"=?")
        test = by.partition(b"=")[2].decode(errors="replace")
        found[int(entry.name)] = f"{command.strip()[:200]} (started in {test})"
    return found
