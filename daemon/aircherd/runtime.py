"""Where a user's daemon keeps its socket, its lock, its books and its logs.

Standard library only, and of that only what is cheap: `aircherd connect` imports this before the
editor's first byte is moved, and a bare Python starts in 12 ms. `pathlib` and `hashlib` would add
5 ms each, so paths are strings; `socket`, which makes enumerations of every constant, 10 ms, so
`_socket`, the type it is made of, is used directly.

Directories follow the XDG base directory specification. The socket's directory decides who may
talk to the daemon, so it is checked rather than repaired: a directory that is not ours alone is
refused with the remedy, never chmod-ed and used.
"""

from __future__ import annotations

import _socket
import errno
import os
import stat
import sys
from binascii import crc32

PROTOCOL_VERSION = 1
"""Equal to `aircher_protocol.PROTOCOL_VERSION`; a test compares them. Part of the socket's name."""

SUN_PATH_MAX = 107
"""Bytes a Unix socket's path may have on Linux: `sun_path` is 108 with its closing NUL."""

SHORT_ROOT = "/tmp"  # noqa: S108 -- only the checked 0700 directory below it is ever used
"""Parent of the fallback runtime directory. Fixed, so that every environment finds the same one."""

HELD = 75
"""Exit code of a daemon that found another one running; `EX_TEMPFAIL` of sysexits.h."""

_LONGEST_NAME = len("/aircherd-v999-01234567.sock.4194304")


class Refused(Exception):
    """A place cannot be used safely. The text says which, why, and what to do."""


def state_dir() -> str:
    """Directory of the books and logs, created 0700 when missing. Raises `Refused`."""
    return _ours(_base("XDG_STATE_HOME", ".local/state"), "XDG_STATE_HOME")


def config_dir() -> str:
    """Directory of the user's configuration. Not created, not checked."""
    return _base("XDG_CONFIG_HOME", ".config")


def cache_dir() -> str:
    """Directory of what can be made again. Not created, not checked."""
    return _base("XDG_CACHE_HOME", ".cache")


def ledger_path() -> str:
    """The books: a SQLite database."""
    return os.path.join(state_dir(), "usage.sqlite3")


def departures_path() -> str:
    """What has left for models on other machines."""
    return os.path.join(state_dir(), "sent.jsonl")


def trust_path() -> str:
    """Which workspaces' own settings the user has accepted."""
    return os.path.join(state_dir(), "trust.json")


def table_path() -> str:
    """A newer price table than the bundled one, once it was taken up. Not created, not checked."""
    return os.path.join(_state_base(), "models.json")


def learned_path() -> str:
    """What was learned from the user's commits. Not created, not checked."""
    return os.path.join(_state_base(), "acceptance.json")


def log_path() -> str:
    """The daemon's log, newest part."""
    return os.path.join(state_dir(), "aircherd.log")


def startup_log_path() -> str:
    """What a daemon says before its log is open, and the traceback if it never gets there."""
    return os.path.join(state_dir(), "startup.log")


def lock_path() -> str:
    """File the daemon locks for life.

    It stands beside the books, not beside the socket: two environments that see different
    runtime directories (a desktop session and a cron job) still share the one ledger, and the
    ledger must have one writer.
    """
    return os.path.join(state_dir(), "daemon.lock")


def start_lock_path() -> str:
    """File a forwarder locks while it starts a daemon, so that fifty do not start fifty."""
    return os.path.join(state_dir(), "start.lock")


def runtime_dir() -> str:
    """Directory of the socket, 0700 and ours, created when missing. Raises `Refused`.

    `$XDG_RUNTIME_DIR/aircher` if that variable names a private directory of ours and leaves room
    for a socket's name; otherwise `/tmp/aircher-<uid>`.
    """
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(base) and _private(base):
        path = os.path.join(base, "aircher")
        if len(os.fsencode(path)) + _LONGEST_NAME <= SUN_PATH_MAX:
            return _ours(path, "XDG_RUNTIME_DIR", private=True)
    return _ours(f"{SHORT_ROOT}/aircher-{os.getuid()}", "XDG_RUNTIME_DIR", private=True)


def socket_path() -> str:
    """The daemon's socket. Raises `Refused`.

    Its name is made of the protocol version, the installed package and the state directory: an
    old client never meets a new protocol, a checkout never meets the installed daemon by
    accident, and two users' worth of books in one account never share a socket. The uid is in
    the directory.
    """
    install = os.path.dirname(os.path.realpath(__file__))
    token = crc32(os.fsencode(install) + b"\0" + os.fsencode(_state_base()))
    return os.path.join(runtime_dir(), f"aircherd-v{PROTOCOL_VERSION}-{token:08x}.sock")


def peer(connection: _socket.socket) -> tuple[int, int] | None:
    """Pid and uid of the process at the other end; None where the system cannot say.

    For a client this is the process that called listen(2), as unix(7) has it.
    """
    option = getattr(_socket, "SO_PEERCRED", None)
    if option is None:
        return None
    raw = connection.getsockopt(_socket.SOL_SOCKET, option, 12)
    pid, uid = (int.from_bytes(raw[at : at + 4], sys.byteorder, signed=True) for at in (0, 4))
    return pid, uid


def holder() -> dict[str, str]:
    """What the running daemon wrote into its lock: `pid`, `socket`, `protocol`, `version`.

    Empty when there is nothing readable. A hint only: the file outlives its writer, so whoever
    follows it checks the peer of the connection.
    """
    try:
        fd = open_lock(lock_path(), create=False)
    except (OSError, Refused):
        return {}
    try:
        text = os.pread(fd, 4096, 0).decode("utf-8", "surrogateescape")
    finally:
        os.close(fd)
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def open_lock(path: str, *, create: bool = True) -> int:
    """Open a lock file, 0600, following no symbolic link. Raises `Refused`, `FileNotFoundError`."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        fd = os.open(path, flags | (os.O_CREAT if create else 0), 0o600)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Refused(
            f"The lock file {path} cannot be opened ({error.strerror}). "
            f"{remedy(error, path) or 'Remove whatever stands there.'}"
        ) from error
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid():
        os.close(fd)
        raise Refused(f"{path} is not a plain file of yours. Remove it; aircherd makes its own.")
    return fd


def remedy(error: OSError, path: str) -> str | None:
    """What to do where the disk or its owner says no; None: something else is in the way."""
    folder = os.path.dirname(path)
    if error.errno == errno.ENOSPC:
        # A device is also full once it has no inodes left, however much room there is.
        return f"The device of {folder} is full; free some space or some files on it."
    if error.errno == errno.EDQUOT:
        return f"Your quota on the device of {folder} is used up; free some space there."
    if error.errno == errno.EROFS:
        return f"The file system of {folder} is read-only; mount it writable."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"You may not write there; make {folder} and what is in it yours, and writable."
    return None


def _base(variable: str, below_home: str) -> str:
    value = os.environ.get(variable, "")
    # The specification: a relative path there is to be ignored.
    if not os.path.isabs(value):
        home = os.path.expanduser("~")
        if not os.path.isabs(home):
            raise Refused(f"Your home directory is unknown. Set HOME or {variable}.")
        value = os.path.join(home, below_home)
    return os.path.join(value, "aircher")


def _state_base() -> str:
    return os.path.realpath(_base("XDG_STATE_HOME", ".local/state"))


def _private(path: str) -> bool:
    """Whether this is a directory of ours that nobody else may enter."""
    try:
        found = os.stat(path)
    except OSError:
        return False
    mode = found.st_mode
    return stat.S_ISDIR(mode) and found.st_uid == os.getuid() and not stat.S_IMODE(mode) & 0o077


def _ours(path: str, variable: str, *, private: bool = False) -> str:
    """Create `path` 0700 or check what is there; `private` also demands that mode of it."""
    try:
        if not private:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        os.mkdir(path, 0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise Refused(
            f"The directory {path} cannot be made ({error.strerror}). "
            f"{remedy(error, path) or 'Make it possible.'} Or set {variable} to a directory of "
            f"yours."
        ) from error
    # A state directory may be a link to a larger disk; the socket's directory may not.
    try:
        found = os.lstat(path) if private else os.stat(path)
    except OSError as error:
        raise Refused(f"{path} cannot be read ({error.strerror}). Remove or repair it.") from error
    if not stat.S_ISDIR(found.st_mode):
        fault = "is not a directory"
    elif found.st_uid != os.getuid():
        fault = f"belongs to uid {found.st_uid}, not to you (uid {os.getuid()})"
    elif private and stat.S_IMODE(found.st_mode) & 0o077:
        fault = f"is open to others (mode {stat.S_IMODE(found.st_mode):04o}, needed 0700)"
    else:
        return path
    raise Refused(f"{path} {fault}. Remove it, or set {variable} to a private directory of yours.")
