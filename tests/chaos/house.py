"""A real daemon in a home of its own, for runs that need nothing else of a world."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from chaos.surroundings import home


@dataclass(frozen=True)
class House:
    """A running daemon."""

    root: Path
    socket: Path
    process: subprocess.Popen[bytes]
    env: dict[str, str]

    def memory(self) -> int:
        """Bytes that are resident now."""
        for line in self._proc("status").read_text("utf-8").splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) * 1024
        raise AssertionError("the daemon is gone")

    def descriptors(self) -> int:
        """Descriptors that are open now; counted by looking, which root and owner may."""
        return len(list(self._proc("fd").iterdir()))

    def threads(self) -> int:
        """Threads there are now."""
        return len(list(self._proc("task").iterdir()))

    def processor(self) -> float:
        """Processor seconds it has used."""
        fields = self._proc("stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def loop(self) -> float:
        """Processor seconds its first thread has used, which runs the loop: to the microsecond
        where the kernel tells, else of all threads and to a hundredth."""
        try:
            return int(self._proc("schedstat").read_text("utf-8").split()[0]) / 1e9
        except FileNotFoundError:
            return self.processor()

    def _proc(self, name: str) -> Path:
        return Path(f"/proc/{self.process.pid}/{name}")


@asynccontextmanager
async def house(root: Path, configuration: str) -> AsyncIterator[House]:
    """Starts it, and has it leave in an orderly way."""
    env = home(root)
    (root / "config" / "aircher" / "config.toml").write_text(configuration, "utf-8")
    with (root / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "aircherd", "serve"], env=env, stdout=log, stderr=log
        )
    try:
        yield House(root, await _found(root, process), process, env)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 60) == 0, "the daemon left with an error"
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


async def _found(root: Path, process: subprocess.Popen[bytes]) -> Path:
    for _ in range(1_500):
        if process.poll() is not None:
            break
        for place in (root / "run" / "aircher").glob("aircherd-*.sock"):
            with suppress(OSError):
                _, writer = await asyncio.open_unix_connection(str(place))
                writer.close()
                return place
        await asyncio.sleep(0.04)
    raise AssertionError("the daemon did not start")
