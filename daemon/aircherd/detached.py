"""A daemon started so that nothing of its starter clings to it. Standard library only."""

from __future__ import annotations

import os
import select
import signal

from aircherd import runtime
from aircherd.runtime import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

_LOG_LIMIT = 1 << 20


class Detached:
    """A daemon being started, watched until it is let go.

    It is a grandchild in its own session: an editor that kills its server's process tree, or a
    terminal that hangs up, must not take the other windows' daemon with it. The process between
    only waits, reports the exit code, and leaves as soon as the pipe to us closes, however we end.
    """

    def __init__(self, serve: Sequence[str]) -> None:
        log = _open_startup_log()
        watched, self._held = os.pipe()
        try:
            self._pid = os.fork()
            if self._pid == 0:
                _between(serve, log, watched)
        finally:
            os.close(log)
            os.close(watched)

    def poll(self) -> int | None:
        """The daemon's exit code if it has left, negative for a signal; else None."""
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if pid == 0:
            return None
        os.close(self._held)
        return os.waitstatus_to_exitcode(status)

    def let_go(self) -> None:
        """Leave the daemon to itself."""
        os.close(self._held)
        os.waitpid(self._pid, 0)


def _between(serve: Sequence[str], log: int, watched: int) -> NoReturn:
    """The process between. Never returns."""
    code = 70
    try:
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        # The editor's own pipes must not stay open here or in the daemon.
        for target, source in ((0, null), (1, log), (2, log)):
            os.dup2(source, target)
        daemon = os.fork()
        if daemon == 0:
            _become(serve)
        _close_all_but({0, 1, 2, watched})
        code = _wait(daemon, watched)
    except BaseException as error:
        os.write(2, f"aircherd could not be started: {error}\n".encode())
    finally:
        os._exit(code)


def _become(serve: Sequence[str]) -> NoReturn:
    """Turn into the daemon. Never returns."""
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        _close_all_but({0, 1, 2})
        os.chdir("/")
        os.umask(0o077)
        os.execve(serve[0], list(serve), _environment())  # noqa: S606
    except BaseException as error:
        os.write(2, f"aircherd could not be started: {serve[0]}: {error}\n".encode())
    finally:
        os._exit(127)


def _wait(daemon: int, watched: int) -> int:
    """The daemon's exit code, or 0 once nobody wants to know it any more."""
    poller = select.poll()
    poller.register(watched, select.POLLIN)
    while not poller.poll(20):
        pid, status = os.waitpid(daemon, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status) & 0xFF
    return 0


def _environment() -> dict[str, str]:
    """Ours, without what belongs to one window, one repository or one git hook."""
    local = ("GIT_", "PYTHON")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(local) and name not in ("PWD", "OLDPWD")
    }


def _open_startup_log() -> int:
    path = runtime.startup_log_path()
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        fd = os.open(path, flags, 0o600)
        if os.fstat(fd).st_size > _LOG_LIMIT:
            os.ftruncate(fd, 0)
    except OSError as error:
        raise Refused(
            f"{path} cannot be written ({error.strerror}). Remove or repair it."
        ) from error
    return fd


def _close_all_but(kept: set[int]) -> None:
    try:
        found = [int(name) for name in os.listdir("/dev/fd")]
    except OSError:
        found = list(range(3, 4096))
    for fd in found:
        if fd not in kept:
            try:
                os.close(fd)
            except OSError:
                continue
