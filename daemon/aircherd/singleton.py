"""One daemon per user: a lock held for life, and a socket nobody ever finds half made.

asyncio's own `start_unix_server` removes whatever stands at its path, a living daemon's socket
included, so it is not used to bind. Here a daemon first takes the lock, then binds and listens
under a temporary name, then renames over the final one: at every moment the final name is
absent, or stale, or answering.

Standard library only, so that losing the race costs a few milliseconds and no imports.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import stat

from aircherd import runtime
from aircherd.runtime import Refused
from aircherd.version import __version__

BACKLOG = 512
"""Connections that may wait to be accepted; the kernel caps it at `net.core.somaxconn`."""


class Lease:
    """The right to be this user's daemon, from `acquire` to `release` or death.

    The kernel gives the lock back however the process ends, so there is nothing to clean up
    after a kill: the next daemon renames its socket over the dead one.
    """

    def __init__(self, lock: int, listening: socket.socket, path: str) -> None:
        self.socket = listening
        """Bound and listening, blocking mode as Python makes it; the caller accepts from it."""
        self.path = path
        """Where clients find it."""
        self._lock: int | None = lock
        self._lock_path = runtime.lock_path()
        self._socket_identity = _identity(path)

    def still_ours(self) -> bool:
        """Whether clients would still find this process. Cheap; ask every few seconds.

        False once the socket or the lock file was removed or replaced, or after `release`. A
        daemon that nobody can find, or beside which another may start, must finish what it has
        in hand and leave.
        """
        if self._lock is None:
            return False
        return (
            self._socket_identity is not None
            and _identity(self.path) == self._socket_identity
            and _same_file(self._lock, self._lock_path)
        )

    def withdraw(self) -> None:
        """Remove the socket, so that nobody new comes and all see that the daemon left in order.

        The lock stays: the next daemon begins when this one has written its books.
        """
        if self.still_ours():
            with contextlib.suppress(OSError):
                os.unlink(self.path)

    def release(self) -> None:
        """Remove the socket if it is still this one, then give the lock back. Idempotent.

        In that order: while the lock is held nobody else can have put a socket there between
        the look and the removal.
        """
        if self._lock is None:
            return
        self.withdraw()
        self.socket.close()
        os.close(self._lock)
        self._lock = None


def acquire() -> Lease | None:
    """Become this user's daemon, or None when another one is alive.

    Raises `runtime.Refused` when a directory or file in the way cannot be used. Call it before
    any thread is started: it sets the umask for a moment, and the umask belongs to the process.
    """
    path = runtime.socket_path()
    lock = _lock(runtime.lock_path())
    if lock is None:
        return None
    try:
        # Holding the lock and still finding a listener means that somebody removed the lock file
        # under a living daemon. It will notice and leave; its socket is not taken from it.
        if _answers(path):
            os.close(lock)
            return None
        _remove_leftovers(path)
        listening = _bind(path)
    except BaseException:
        os.close(lock)
        raise
    lease = Lease(lock, listening, path)
    _sign(lock, path)
    return lease


def _lock(path: str) -> int | None:
    """Take the lock without waiting; None when somebody holds it."""
    while True:
        fd = runtime.open_lock(path)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return None
        except OSError as error:
            os.close(fd)
            raise Refused(
                f"{path} cannot be locked ({error.strerror}). Set XDG_STATE_HOME to a directory "
                f"on a local disk."
            ) from error
        if _same_file(fd, path):
            return fd
        # Removed or replaced between open and flock: that lock would guard nothing.
        os.close(fd)


def _bind(path: str) -> socket.socket:
    temporary = f"{path}.{os.getpid()}"
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    umask = os.umask(0o177)
    try:
        listening.bind(temporary)
        listening.listen(BACKLOG)
        os.rename(temporary, path)
    except OSError as error:
        listening.close()
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise Refused(
            f"The socket {path} cannot be made ({error.strerror}). "
            f"{runtime.remedy(error, path) or 'Remove whatever stands there.'}"
        ) from error
    finally:
        os.umask(umask)
    return listening


def _answers(path: str) -> bool:
    """Whether a process listens at `path`; a link to somebody else's socket does not count."""
    if _identity(path) is None:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except BlockingIOError:
            return True  # its backlog is full: very much alive
        except OSError:
            return False
        return True


def _remove_leftovers(path: str) -> None:
    """Remove the temporary sockets of daemons killed between bind and rename."""
    directory, name = os.path.split(path)
    for entry in os.listdir(directory):
        if entry.startswith(name + "."):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(directory, entry))


def _sign(lock: int, path: str) -> None:
    """Say in the lock file who holds it; `runtime.holder` reads it."""
    facts = {
        "pid": str(os.getpid()),
        "socket": path,
        "protocol": str(runtime.PROTOCOL_VERSION),
        "version": __version__,
    }
    text = "".join(f"{name}={value}\n" for name, value in facts.items())
    raw = text.encode("utf-8", "surrogateescape")
    # A full disk costs only the hint, not the daemon.
    with contextlib.suppress(OSError):
        os.ftruncate(lock, 0)
        os.pwrite(lock, raw, 0)


def _identity(path: str) -> tuple[int, int, int] | None:
    """What tells this socket from a later one at the same path; None when there is none.

    The modification time is in it because file systems reuse inode numbers at once. The change
    time is not: a mere chmod must not make the daemon leave.
    """
    try:
        found = os.lstat(path)
    except OSError:
        return None
    if not stat.S_ISSOCK(found.st_mode):
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns


def _same_file(fd: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), os.lstat(path))
    except OSError:
        return False
