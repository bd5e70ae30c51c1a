"""A terminal with a person before it: a pseudo-terminal, keys, and what the screen shows."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

_STYLES = re.compile(r"\x1b\[[0-9;]*m")


class Terminal:
    """A program in a window of its own."""

    def __init__(self, words: list[str], cwd: Path, columns: int = 80, **env: str) -> None:
        self.master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.raw = ""
        self._read_so_far = 0
        self.process = subprocess.Popen(
            words if words[0] == "git" else [sys.executable, "-m", *words],
            cwd=cwd,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm", **env},
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self.before = termios.tcgetattr(slave)
        self.slave = slave

    @property
    def text(self) -> str:
        """Everything shown so far, without styles."""
        return _STYLES.sub("", self.raw).replace("\r\n", "\n")

    def sees(self, wanted: str, seconds: float = 60) -> None:
        """Waits until this was shown, after what was waited for before."""
        end = time.monotonic() + seconds
        while (place := self.text.find(wanted, self._read_so_far)) < 0:
            assert time.monotonic() < end, f"{wanted!r} never came:\n{self.text}"
            self._read(0.1)
        self._read_so_far = place + len(wanted)

    @property
    def echoes(self) -> bool:
        """Whether keys are shown as they are typed."""
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def types(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def presses_ctrl_c(self) -> None:
        os.write(self.master, b"\x03")

    def ends(self, seconds: float = 60) -> int:
        """Waits for the end; the exit code."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, f"it never ended:\n{self.text}"
            self._read(0.05)
        while self._read(0.05):
            pass
        return self.process.returncode

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return False
        self.raw += data.decode("utf-8", "replace")
        return bool(data)


@contextlib.contextmanager
def terminal(words: list[str], cwd: Path, columns: int = 80, **env: str) -> Iterator[Terminal]:
    """Runs a program of ours in a terminal until the block ends."""
    window = Terminal(words, cwd, columns, **env)
    try:
        yield window
        assert termios.tcgetattr(window.slave) == window.before, "the terminal was left as it was"
    finally:
        if window.process.poll() is None:
            os.killpg(window.process.pid, signal.SIGKILL)
            window.process.wait()
        os.close(window.master)
        os.close(window.slave)
