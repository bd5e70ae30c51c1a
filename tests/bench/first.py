"""What the first requests of a fresh daemon cost beside later ones: `python -m bench.first`.

An editor opens a repository, something is staged, and a moment later a message is asked for, as
people do; then something else is asked. What is loaded on the way is what the first one pays.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from aircherd import runtime
from bench.paced import HERE, Wire, cpu, daemon, framed, process, said
from bench.starting import resident

TIMES, ROUNDS = 10, 2
STAGED_BEFORE = 1.5
"""Seconds from staging to asking."""


class Window:
    """An editor's connection, with a folder open."""

    def __init__(self, wire: Wire, pid: int) -> None:
        self._reader, self.writer = wire
        self._pid, self._number = pid, 0

    async def ask(self, method: str, params: dict[str, Any]) -> tuple[float, float]:
        """Milliseconds until the result, and of the daemon's processor. Raises RuntimeError."""
        self._number += 1
        began, used = time.perf_counter(), cpu(self._pid)
        self.writer.write(framed({"id": self._number, "method": method, "params": params}))
        mark = b'"id":%d,' % self._number
        while mark not in (body := await said(self._reader))[:64]:
            continue
        if b'"error":{' in body[:64]:
            raise RuntimeError(body[:300].decode())
        return (time.perf_counter() - began) * 1000, (cpu(self._pid) - used) * 1000


def stage(repo: Path, number: int) -> None:
    """A file that was another one before."""
    (repo / "shop.py").write_text(f"def price_{number}():\n    return {number}\n", "utf-8")
    subprocess.run(["git", "add", "."], cwd=repo, check=True)


async def _once(far: int, took: dict[str, list[list[float]]], held: dict[str, float]) -> None:
    with tempfile.TemporaryDirectory(prefix="ab-") as folder:
        repo = Path(folder)
        subprocess.run(["git", "init", "-q", folder], check=True)
        async with daemon("asyncio", far) as pid:
            wire = await asyncio.open_unix_connection(runtime.socket_path(), limit=1 << 24)
            window = Window(wire, pid)
            folders = [{"uri": repo.as_uri(), "name": "repo"}]
            opened = {"processId": os.getpid(), "rootUri": repo.as_uri(), "capabilities": {}}
            await window.ask("initialize", {**opened, "workspaceFolders": folders})
            window.writer.write(framed({"method": "initialized", "params": {}}))
            await asyncio.sleep(STAGED_BEFORE)
            held["an editor is there"] = resident(pid)
            stage(repo, 0)
            await asyncio.sleep(STAGED_BEFORE)
            held["something is staged"] = resident(pid)
            for name in ("commit message", "question"):
                row = []
                for number in range(TIMES):
                    if name == "question":
                        asked = window.ask("aircher/ask", {"prompt": f"Why is it slow? {number}"})
                    else:
                        if number:
                            stage(repo, number)
                        asked = window.ask("aircher/commitMessage", {"workspace": folder})
                    row.append((await asked)[0])
                took[name].append(row)
            held["both were asked"] = resident(pid)
            window.writer.close()


async def _firsts() -> None:
    took: dict[str, list[list[float]]] = defaultdict(list)
    held: dict[str, float] = {}
    async with process(str(HERE / "upstream.py"), "20") as (far, _):
        for _ in range(ROUNDS):
            await _once(far, took, held)
    for name, rows in took.items():
        first = statistics.median(row[0] for row in rows)
        later = statistics.median(at for row in rows for at in row[TIMES // 2 :])
        print(
            f"first {name:<16} {first:6.1f} ms, later ones {later:6.1f} ms: {first - later:+.1f} ms"
        )
    print("resident: " + ", ".join(f"{what} {size:.1f} MB" for what, size in held.items()))


def firsts() -> None:
    """Prints the first beside the median of the later ones, of fresh daemons, and memory."""
    asyncio.run(_firsts())


if __name__ == "__main__":
    firsts()
