"""`aircherd connect`: an editor's stdin and stdout, joined to the user's one daemon.

Standard library only, and little of it, because the editor waits for it at every start. Messages
pass through as they are, with a glance at what goes out: LSP wants exit code 0 after `shutdown`
then `exit`, and 1 otherwise.

A daemon that dies is replaced without the editor noticing: `resume` keeps what the next one has to
be told again. One that was told to leave (`aircherd stop`) is waited for a little, as a restart
needs, and not started again. What is held at most: the message under way from the daemon, 64 KiB
from the editor, and what `resume` keeps.
"""

from __future__ import annotations

import _socket
import os
import select
import sys
import time

from aircherd import autostart, pipes
from aircherd.ending import Ending
from aircherd.resume import Record, leave_no_core
from aircherd.runtime import Refused, startup_log_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BLOCK = 1 << 16
_DEATHS, _DEATHS_WITHIN = 4, 10.0
"""So many daemons lost in so many seconds, and it is given up: something kills them all."""
_SUCCESSOR = 3.0
"""Seconds in which another daemon may come after one that left in order."""
_GRACE = 2.0
"""Seconds the daemon has to hang up after `exit`."""
_UNREAD = 5.0
"""Seconds an editor that will say no more may leave unread what it is told."""
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
    pipes.fill_standard_descriptors()
    leave_no_core()
    try:
        return Forwarder(lambda wanted: autostart.reach(serve, wanted=wanted)).run()
    except (Refused, autostart.Unreachable) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


class Forwarder:
    """Two byte streams side by side, each with at most one block in flight."""

    def __init__(
        self,
        dial: Callable[[Callable[[], bool]], _socket.socket],
        stdin: int = 0,
        stdout: int = 1,
        stderr: int = 2,
    ) -> None:
        """`dial` finds or starts a daemon, for as long as what it is given says it is wanted."""
        self._stdin, self._stdout, self._stderr = stdin, stdout, stderr
        self._dial = dial
        self._socket = dial(lambda: not pipes.gone(stdout))
        self._ending = Ending()
        self._out = memoryview(b"")  # on its way to the daemon
        self._back = memoryview(b"")  # on its way to the editor
        self._record = Record()
        self._owed = b""  # answers to the daemon that the editor need not give twice
        self._unheard = True  # this daemon has said nothing yet
        self._deaths: list[float] = []
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
            why = f"{startup_log_path()} or `aircherd logs` may say why"
            again = "Start the language server again in the editor."
            pipes.say(self._stderr, f"aircherd has left; {why}. {again}")
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
            unread = self._silent and self._back
            return dict(poller.poll(_UNREAD * 1000 if unread else None)) or None
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
        self._record.said(block)
        self._out = memoryview(block)
        self._slip_in()

    def _slip_in(self) -> None:
        """Put what is answered in the editor's place between two of its messages."""
        if self._owed and self._record.between:
            self._out, self._owed = memoryview(bytes(self._out) + self._owed), b""

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
        if block:
            self._unheard = False
            back, answer = self._record.heard(block)
            self._back = memoryview(back)
            self._owed += answer
            self._slip_in()
        elif not (self._may_redial() and self._redial()):
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
        """Whether another daemon may take over, and there is hope that it lives longer."""
        now = time.monotonic()
        self._deaths = [at for at in self._deaths if now - at < _DEATHS_WITHIN] + [now]
        over = self._told or self._ending.exit
        return self._record.able and not over and len(self._deaths) < _DEATHS

    def _redial(self) -> bool:
        """Go on with another daemon, as if it were the same. False: there is none."""
        self._socket.close()
        after = self._dial(self._wanted) if self._unheard else self._successor()
        if after is None:
            return False
        self._socket = after
        words, answers = self._record.again()
        self._out, self._back = memoryview(words), memoryview(answers)
        self._deaf, self._unheard, self._owed = False, True, b""
        return True

    def _wanted(self) -> bool:
        return not pipes.gone(self._stdout, self._stdin)

    def _successor(self) -> _socket.socket | None:
        """The daemon after one that answered: started if that one died, else only waited for."""
        end = time.monotonic() + _SUCCESSOR
        while time.monotonic() < end and self._wanted():
            time.sleep(0.02)  # first of all: one that is just dying may still take a connection
            found = autostart.dial()
            if found is not None:
                return found
            if autostart.abandoned():
                return self._dial(self._wanted)
        return None
