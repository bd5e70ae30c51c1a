"""A stand-in daemon and a forwarder, as the tests here handle them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).parent / "programs"


def until(condition: Callable[[], Any], what: str, patience: float = 15.0) -> Any:
    """Wait for `condition` to be true and return its value."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"never came about: {what}")


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


class Standin:
    """The stand-in daemon: how it is started, and what it noted."""

    def __init__(self, folder: Path) -> None:
        self.journal = folder / "journal"
        self.journal.touch()

    def argv(self, mode: str = "echo") -> tuple[str, ...]:
        return (sys.executable, str(PROGRAMS / "standin.py"), mode, str(self.journal))

    def noted(self, what: str) -> list[int]:
        """Pids of those that noted it, in order."""
        lines = self.journal.read_text(encoding="utf-8").split("\n")
        return [int(line.split()[1]) for line in lines if line.startswith(f"{what} ")]

    def begun(self) -> int:
        """Pid of the one daemon there was."""
        until(lambda: self.noted("begin"), "a daemon that begins")
        (pid,) = self.noted("begin")
        return pid

    def end(self, number: int = signal.SIGTERM) -> None:
        """End every daemon that began."""
        for pid in self.noted("begin"):
            if alive(pid):
                os.kill(pid, number)
            until(lambda pid=pid: not alive(pid), f"the end of daemon {pid}")


class Connect:
    """A forwarder as an editor sees it."""

    def __init__(self, serve: tuple[str, ...], **options: Any) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAMS / "connect.py"), *serve],
            **{
                "stdin": subprocess.PIPE,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                "bufsize": 0,
                **options,
            },
        )

    def say(self, data: bytes) -> None:
        assert self.process.stdin is not None
        view = memoryview(data)
        while view:
            view = view[self.process.stdin.write(view) :]

    def hear(self, count: int) -> bytes:
        """Exactly `count` bytes, or fewer at the end."""
        assert self.process.stdout is not None
        data = b""
        while len(data) < count and (block := self.process.stdout.read(count - len(data))):
            data += block
        return data

    def finish(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def ended(self) -> tuple[int, str]:
        """Exit code and what it said on stderr, once it has left."""
        code = self.process.wait(20)
        assert self.process.stderr is not None
        return code, self.process.stderr.read().decode()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
