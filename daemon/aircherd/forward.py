"""`aircherd connect`: an editor's stdin and stdout, joined to the user's one daemon.

Standard library only, and little of it, because the editor waits for it at every start. Bytes
pass through unread, but for a glance at what goes out: LSP wants exit code 0 after `shutdown`
then `exit`, and 1 otherwise.

What it holds at most: one block of 64 KiB each way, and until the daemon's first byte the
editor's first words (up to 1 MiB), so that a daemon which was just leaving when we came in can
be replaced without the editor noticing. Nothing is ever said twice to a daemon that answered.
"""

from __future__ import annotations

import _socket
import os
import select
import sys
import time

from aircherd import autostart
from aircherd.ending import Ending
from aircherd.runtime import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BLOCK = 1 << 16
_FIRST_WORDS = 1 << 20
_REDIALS = 3
_GRACE = 2.0
"""Seconds the daemon has to hang up after `exit`."""
_ATOMIC = 4096
"""Bytes a blocking pipe takes without blocking once poll(2) says it is writable: PIPE_BUF.
Our stdout stays blocking because its file description may be shared with others."""
_GONE = select.POLLERR | select.POLLHUP | select.POLLNVAL
_TOLERATED = ("--stdio", "--clientProcessId=")
"""Arguments vscode-languageclient adds by itself."""


def main(arguments: Sequence[str], serve: Sequence[str] = autostart.SERVE) -> int:
    """Forward until either side ends, and return the process's exit code.

    `serve` is the argument list that starts a daemon when none answers.
    """
    for argument in arguments:
        if not argument.startswith(_TOLERATED):
            sys.stderr.write(f"aircherd connect takes no argument {argument!r}. Leave it out.\n")
            return 2
    _fill_standard_descriptors()
    try:
        return Forwarder(lambda: autostart.reach(serve)).run()
    except (Refused, autostart.Unreachable) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


class Forwarder:
    """Two byte streams side by side, each with at most one block in flight."""

    def __init__(
        self, dial: Callable[[], _socket.socket], stdin: int = 0, stdout: int = 1, stderr: int = 2
    ) -> None:
        self._dial = dial
        self._stdin, self._stdout, self._stderr = stdin, stdout, stderr
        self._socket = dial()
        self._ending = Ending()
        self._out = memoryview(b"")  # on its way to the daemon
        self._back = memoryview(b"")  # on its way to the editor
        self._first_words: bytearray | None = bytearray()
        self._redials = _REDIALS
        self._silent = False  # the editor will say no more
        self._told = False  # and the daemon knows
        self._deaf = False  # the daemon takes no more
        self._hung_up = False  # the daemon will say no more
        self._left = False  # the editor reads no more
        self._leave_at: float | None = None

    def run(self) -> int:
        """Forward until either side ends. Returns 0 after an orderly `shutdown`, else 1."""
        try:
            while not self._left and not (self._hung_up and not self._back):
                if self._silent and not self._out and not self._told:
                    self._tell()
                ready = self._wait()
                if ready is None:
                    break
                self._act(ready)
        finally:
            self._socket.close()
        if not (self._ending.exit or self._silent or self._left):
            _say(self._stderr, "aircherd has left. Start the language server again in the editor.")
            return 1
        return 0 if self._ending.shutdown else 1

    def _wait(self) -> dict[int, int] | None:
        """Sleep until something can be done; which descriptors, and how. None: leave now.

        A descriptor nothing is wanted from is not watched, since poll(2) would report its
        hang-up over and over; only the editor's end always is, to learn of its death.
        """
        poller = select.poll()
        poller.register(self._stdout, select.POLLOUT if self._back else 0)
        if not (self._silent or self._deaf or self._out):
            poller.register(self._stdin, select.POLLIN)
        wanted = (select.POLLOUT if self._out else 0) | (0 if self._back else select.POLLIN)
        if wanted and not self._hung_up:
            poller.register(self._socket, wanted)
        if self._leave_at is None:
            return dict(poller.poll())
        left = self._leave_at - time.monotonic()
        return dict(poller.poll(left * 1000)) if left > 0 else None

    def _act(self, ready: dict[int, int]) -> None:
        towards_editor = ready.get(self._stdout, 0)
        towards_daemon = ready.get(self._socket.fileno(), 0)
        if towards_editor & _GONE:
            self._left = True
            return
        if towards_editor & select.POLLOUT:
            self._answer()
        if self._stdin in ready:
            self._listen()
        if self._out and towards_daemon & (select.POLLOUT | _GONE):
            self._speak()
        if not self._back and towards_daemon & (select.POLLIN | _GONE):
            self._hear()

    def _listen(self) -> None:
        """Take a block from the editor."""
        try:
            block = os.read(self._stdin, BLOCK)
        except BlockingIOError:
            return
        except OSError:
            block = b""
        if not block:
            self._silent = True
            return
        self._ending.feed(block)
        if self._ending.exit and self._leave_at is None:
            self._leave_at = time.monotonic() + _GRACE
        if self._first_words is not None:
            self._first_words += block
            if len(self._first_words) > _FIRST_WORDS:
                self._first_words = None
        self._out = memoryview(block)

    def _speak(self) -> None:
        """Pass on to the daemon what it takes now."""
        try:
            self._out = self._out[self._socket.send(self._out) :]
        except BlockingIOError:
            return
        except OSError:
            # It may have answered before it hung up: go on reading, stop writing.
            self._deaf, self._out = True, memoryview(b"")

    def _tell(self) -> None:
        """Half close: the daemon may still be answering what it was asked."""
        self._told = True
        try:
            self._socket.shutdown(_socket.SHUT_WR)
        except OSError:
            return  # it hung up first

    def _hear(self) -> None:
        """Take a block from the daemon."""
        try:
            block = self._socket.recv(BLOCK)
        except BlockingIOError:
            return
        except OSError:
            block = b""
        unheard = self._first_words
        if block:
            self._first_words = None
            self._back = memoryview(block)
        elif unheard is not None and self._may_redial():
            self._redial(bytes(unheard))
        else:
            self._hung_up = True

    def _answer(self) -> None:
        """Pass on to the editor what it takes now."""
        try:
            self._back = self._back[os.write(self._stdout, self._back[:_ATOMIC]) :]
        except BlockingIOError:
            return
        except OSError:
            self._left = True

    def _may_redial(self) -> bool:
        """Whether the daemon may have hung up for its own reasons, not at our word."""
        return self._redials > 0 and not self._told and not self._ending.exit

    def _redial(self, words: bytes) -> None:
        """Say again to another daemon what this one left without hearing."""
        self._redials -= 1
        self._socket.close()
        self._socket = self._dial()
        self._out = memoryview(words)
        self._deaf = False


def _fill_standard_descriptors() -> None:
    """Open /dev/null where the caller left 0, 1 or 2 closed, lest a socket or lock land there."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= 2:
        continue
    os.close(fd)


def _say(stderr: int, sentence: str) -> None:
    """One line for the editor's log. Whoever reads it may be gone already."""
    try:
        os.write(stderr, f"{sentence}\n".encode())
    except OSError:
        return
