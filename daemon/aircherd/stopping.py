"""Ending the user's daemon, also one that is only coming up or already leaving."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import time

from aircherd import autostart, runtime

_PAUSE = 0.02


class NotStoppedError(Exception):
    """The daemon is still there. The text says what to do."""


def stop(patience: float) -> int | None:
    """Asks the daemon to leave and waits for it, `patience` seconds. Its pid; None: none was there.

    One that is being started is waited for and then stopped, and one that is leaving until it has
    left: what `stop` says is true when it says it. The pid is the socket's, from the kernel. It is
    asked for once more after the process is held by a pidfd, so that a pid used again in between
    can never be signalled. Raises NotStoppedError and `runtime.Refused`.
    """
    end = time.monotonic() + patience
    leaving: int | None = None
    while (connection := autostart.dial()) is None:
        if not _on_its_way():
            return leaving
        named = runtime.holder().get("pid", "")
        leaving = int(named) if named.isdecimal() else None
        if time.monotonic() > end:
            raise NotStoppedError(
                f"A daemon has been starting or leaving for {patience:g} s. `aircherd logs` shows "
                "what it does; run `aircherd stop` again."
            )
        time.sleep(_PAUSE)
    found = runtime.peer(connection)
    connection.close()
    if found is None:
        raise NotStoppedError(
            "This system does not say whose socket it is. End `aircherd serve` by hand."
        )
    pid = found[0]
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return pid
    try:
        again = autostart.dial()
        if again is None:
            return pid
        same = runtime.peer(again) == found
        again.close()
        if not same:
            raise NotStoppedError("Another daemon has just taken over. Run `aircherd stop` again.")
        signal.pidfd_send_signal(process, signal.SIGTERM)
        poller = select.poll()
        poller.register(process, select.POLLIN)
        if not poller.poll(patience * 1000):
            raise NotStoppedError(
                f"aircherd (pid {pid}) has not left within {patience:g} s. "
                f"`aircherd logs` shows what it does; `kill {pid}` asks again."
            )
    finally:
        os.close(process)
    return pid


def _on_its_way() -> bool:
    """Whether somebody starts a daemon just now, or is one that no socket leads to."""
    return _held(runtime.start_lock_path()) or _held(runtime.lock_path())


def _held(path: str) -> bool:
    try:
        fd = runtime.open_lock(path, create=False)
    except FileNotFoundError:
        return False
    try:
        # Shared, and given back at once: nobody is kept from anything but for an instant.
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(fd)
    return False
