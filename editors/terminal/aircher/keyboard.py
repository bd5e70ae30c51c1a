"""The keyboard of a terminal: still while a model writes, one key to choose.

Without a terminal, or where it is another program's turn at it, nothing is changed.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType

try:
    import termios
except ImportError:  # A system without terminals of this kind: keys are read as lines.
    termios = None  # type: ignore[assignment]


def _ours() -> bool:
    """Whether we stand in the foreground of a terminal."""
    try:
        return termios is not None and os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


@contextlib.contextmanager
def still() -> Iterator[None]:
    """Keys are not echoed into what is being shown, and those typed meanwhile are forgotten: an
    Enter pressed out of impatience must not accept a message nobody has read. Ctrl-C works.

    The terminal is put back as it was, also when the process is asked to end.
    """
    if not _ours():
        yield
        return
    with _set(termios.ECHO):
        yield


def choice(question: str, keys: str) -> str:
    """Asks, and waits for one of these keys; Enter is the first one, the end of input is an empty
    text. The keyboard is ready before the question shows, so that no early key is echoed."""
    if not _ours():
        print(question, end="", flush=True)
        line = sys.stdin.readline()
        return (line.strip().lower() or keys)[:1] if line else ""
    with _set(termios.ECHO | termios.ICANON):
        print(question, end="", flush=True)
        while True:
            key = os.read(0, 1).decode("ascii", "replace").lower()
            if key in ("", "\x04"):
                return ""
            if key in "\r\n":
                return keys[0]
            if key in keys:
                return key


@contextlib.contextmanager
def pressed() -> Iterator[Callable[[float], str]]:
    """Keys one by one, not echoed: waits for one so many seconds, and gives an empty text if none
    comes. Without a terminal none ever does."""
    if not _ours():

        def sleep(seconds: float) -> str:
            time.sleep(seconds)
            return ""

        yield sleep
        return
    with _set(termios.ECHO | termios.ICANON):

        def wait(seconds: float) -> str:
            ready, _, _ = select.select([0], [], [], seconds)
            # An end of input is said as Ctrl-D says it, and not again and again as nothing.
            return (os.read(0, 1) or b"\x04").decode("ascii", "replace").lower() if ready else ""

        yield wait


@contextlib.contextmanager
def _set(off: int) -> Iterator[None]:
    before = termios.tcgetattr(0)
    changed = list(before)
    changed[3] &= ~off
    if off & termios.ICANON:
        changed[6] = list(changed[6])
        changed[6][termios.VMIN], changed[6][termios.VTIME] = 1, 0

    def leave(number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)

    handlers = {n: signal.signal(n, leave) for n in (signal.SIGTERM, signal.SIGHUP)}
    termios.tcsetattr(0, termios.TCSADRAIN, changed)
    try:
        yield
    finally:
        # What was typed into silence goes; after a chosen key the rest of the line goes, too.
        termios.tcsetattr(0, termios.TCSAFLUSH, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
