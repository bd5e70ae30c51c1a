"""A real Neovim with a person before it: keys go in, the screen comes out.

It runs embedded and speaks msgpack over its standard streams, with this process as its screen.
Calls block, as a person does; asynchronous tests put them into a thread.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgpack

from editors.nvim.screen import Screen

PATIENCE = 60.0
"""Seconds a screen is waited for; what comes ends the wait, so only a failure takes so long."""
PLUGIN = Path(__file__).parents[3] / "editors" / "nvim"


def search_path() -> str:
    """PATH with the `aircherd` under test first."""
    return f"{Path(sys.executable).parent}:{os.environ['PATH']}"


class NeovimError(AssertionError):
    """Neovim answered a call with an error."""


class Neovim:
    """One instance in a window of its own."""

    def __init__(
        self,
        binary: Path,
        cwd: Path,
        words: Sequence[str] = (),
        *,
        columns: int = 100,
        lines: int = 30,
        **env: str,
    ) -> None:
        self.screen = Screen(columns, lines)
        self.process = subprocess.Popen(
            [binary, "--embed", "--clean", "-n", "--cmd", f"set rtp^={PLUGIN}", *words],
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PATH": search_path(), "NVIM_APPNAME": "none", **env},
        )
        assert self.process.stdin
        assert self.process.stdout
        self._stdin, self._stdout = self.process.stdin, self.process.stdout
        self._packer = msgpack.Packer(unicode_errors="surrogateescape")
        self._unpacker = msgpack.Unpacker(unicode_errors="surrogateescape", strict_map_key=False)
        self._count = 0
        self._answers: dict[int, tuple[Any, Any]] = {}
        self.request("nvim_ui_attach", columns, lines, {"ext_linegrid": True, "rgb": True})

    def request(self, method: str, *params: Any, seconds: float = PATIENCE) -> Any:
        """Calls the API; raises NeovimError with what Neovim said."""
        self._count += 1
        number = self._count
        self._stdin.write(self._packer.pack([0, number, method, list(params)]))
        self._stdin.flush()
        end = time.monotonic() + seconds
        while number not in self._answers:
            assert time.monotonic() < end, f"{method} got no answer:\n{self.screen.text}"
            self._read(0.1)
        error, result = self._answers.pop(number)
        if error is not None:
            raise NeovimError(f"{method}: {error[1]}")
        return result

    def lua(self, code: str, *values: Any) -> Any:
        """Runs Lua; `...` holds the values, `return` gives one back."""
        return self.request("nvim_exec_lua", code, list(values))

    def keys(self, keys: str) -> None:
        """Typed as a person types them, `<CR>` and the like included."""
        self.request("nvim_input", keys)

    def ex(self, command: str) -> None:
        """A command after the colon, and Enter."""
        self.keys(":" + command.replace("<", "<lt>") + "<CR>")

    def sees(self, wanted: str, seconds: float = PATIENCE) -> str:
        """Waits until this stands on the screen; the whole screen."""
        return self._until(lambda: wanted in self.screen.text, f"{wanted!r} never came", seconds)

    def sees_no(self, unwanted: str, seconds: float = PATIENCE) -> str:
        """Waits until this has gone from the screen."""
        return self._until(lambda: unwanted not in self.screen.text, f"{unwanted!r} stays", seconds)

    def waits(self, condition: str, seconds: float = PATIENCE) -> Any:
        """Waits until a Lua expression is true; its value."""
        end = time.monotonic() + seconds
        while not (value := self.lua(f"return {condition}")):
            assert time.monotonic() < end, f"{condition} never held:\n{self.screen.text}"
            self._read(0.05)
        return value

    def lines(self, buffer: int = 0) -> list[str]:
        """A buffer's lines."""
        lines: list[str] = self.request("nvim_buf_get_lines", buffer, 0, -1, False)
        return lines

    def quits(self) -> None:
        """As `:qa!` does it; waits for the end."""
        if self.process.poll() is None:
            with contextlib.suppress(OSError):
                # A message that waits for Enter, a prompt, a half-typed command: all left first.
                for call in (["nvim_input", ["<C-c><C-\\><C-n>"]], ["nvim_command", ["qa!"]]):
                    self._count += 1
                    self._stdin.write(self._packer.pack([0, self._count, *call]))
                self._stdin.flush()
            end = time.monotonic() + 10
            while self.process.poll() is None and time.monotonic() < end:
                self._read(0.02)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._stdin.close()
        self._stdout.close()

    def _until(self, condition: Any, what: str, seconds: float) -> str:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"{what}:\n{self.screen.text}"
            self._read(0.1)
        return self.screen.text

    def _read(self, seconds: float) -> None:
        ready, _, _ = select.select([self._stdout], [], [], seconds)
        if not ready:
            return
        data = os.read(self._stdout.fileno(), 65536)
        if not data:
            time.sleep(seconds / 10)
            return
        self._unpacker.feed(data)
        for message in self._unpacker:
            if message[0] == 1:
                self._answers[message[1]] = (message[2], message[3])
            elif message[0] == 2 and message[1] == "redraw":
                self.screen.take(message[2])


@contextlib.contextmanager
def neovim(binary: Path, cwd: Path, *words: str, **options: Any) -> Iterator[Neovim]:
    """Runs one until the block ends."""
    window = Neovim(binary, cwd, words, **options)
    try:
        yield window
    finally:
        window.quits()
