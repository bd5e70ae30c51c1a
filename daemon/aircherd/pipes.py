"""The editor's pipes: standard input, output and error of `aircherd connect`.

Standard library only, and nothing of it that is not loaded anyway.
"""

from __future__ import annotations

import os
import select

_GONE = select.POLLERR | select.POLLHUP | select.POLLNVAL


def fill_standard_descriptors() -> None:
    """Opens /dev/null where the caller left 0, 1 or 2 closed, lest a socket or lock land there."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= 2:
        continue
    os.close(fd)


def gone(stdout: int, stdin: int | None = None) -> bool:
    """Whether the editor hears no more; with `stdin` also whether it has said all and it was read.

    Asked while a daemon is looked for, when nothing is read from the editor.
    """
    poller = select.poll()
    poller.register(stdout, 0)
    if stdin is not None:
        poller.register(stdin, select.POLLIN)
    # A pipe that holds something is readable as well; a socket always is, once it was closed.
    return any(event & _GONE and not event & select.POLLIN for _, event in poller.poll(0))


def say(stderr: int, sentence: str) -> None:
    """Writes one line for the editor's log. Whoever reads it may be gone already."""
    try:
        os.write(stderr, f"{sentence}\n".encode())
    except OSError:
        return
