"""The daemon's log: one line of `key=value` per event, redacted, in a rotated file of the user's.

A line is always one line, whatever is in it. Secrets are taken out where lines are written, not
where they are said, so a forgotten place cannot leak one. Other people's loggers speak only from
WARNING up: pygls logs whole messages at INFO.
"""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from logging.handlers import RotatingFileHandler

from aircherd.server.redaction import redact

OURS = ("aircherd", "aircher_protocol")
"""Loggers, with all below them, that may say less than a warning."""

FILE_LIMIT = 4 * 1024 * 1024
"""Bytes of one log file; there are at most `BACKUPS` older ones beside it."""
BACKUPS = 3
LINE_LIMIT = 16 * 1024
"""Characters of one line; the rest of it is counted, not written."""

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_PASSING = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE)
_REWRITE = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK

_context: ContextVar[Mapping[str, object]] = ContextVar("log_context", default={})  # noqa: B039
_handler: logging.Handler | None = None


def setup(level: str, path: str | os.PathLike[str]) -> None:
    """Log to the file `path` from `level` up, instead of wherever was logged before.

    `level` is one of `DEBUG`, `INFO`, `WARNING`, `ERROR`. Raises OSError when the file cannot be
    opened: it must be a plain file, and is made readable by the user alone. A disk that takes
    nothing for a while is no such reason: the file is opened at the first line it takes.
    """
    global _handler
    as_text = {"encoding": "utf-8", "errors": "backslashreplace"}
    handler = _PrivateFile(path, "a", FILE_LIMIT, BACKUPS, delay=True, **as_text)
    try:
        handler.stream = handler._open()
    except OSError as error:
        if error.errno not in _PASSING:
            raise
    handler.setFormatter(KeyValueFormatter())
    handler.addFilter(_held_back)
    close()
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)
    # No line says by which thread, process or line of code it was said.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    _handler = handler


def close() -> None:
    """Stop logging to the file and close it."""
    global _handler
    if _handler is not None:
        logging.getLogger().removeHandler(_handler)
        _handler.close()
        _handler = None


@contextlib.contextmanager
def context(**fields: object) -> Iterator[None]:
    """Add `fields` to every line logged inside, in this task and the tasks it starts."""
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        _context.reset(token)


def forget(goes: Callable[[str], bool]) -> int:
    """Takes lines out of the log and its older parts; how many. Raises OSError.

    The files stay the same ones, so that another process that writes to them goes on.
    """
    handler = _handler
    if not isinstance(handler, _PrivateFile):
        return 0
    handler.acquire()
    try:
        handler.flush()
        path = handler.baseFilename
        names = (path, *(f"{path}.{number}" for number in range(1, BACKUPS + 1)))
        return sum(_without(name, goes) for name in names if os.path.lexists(name))
    finally:
        handler.release()


class KeyValueFormatter(logging.Formatter):
    """`ts= level= logger= msg=`, then the context, then what the call gave in `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one redacted line."""
        fields: dict[str, object] = {
            "ts": f"{_second(int(record.created))}.{int(record.created % 1 * 1000):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "msg": _message(record),
            **_context.get(),
            **{name: value for name, value in vars(record).items() if name not in _STANDARD},
        }
        if record.exc_info:
            fields["exc"] = self.formatException(record.exc_info)
        if record.stack_info:
            fields["stack"] = record.stack_info
        # Each value that is escaped before it is, since escaping can split a secret; and the whole,
        # since name and value together can be one (`api_key=…`).
        line = redact(" ".join(f"{name}={_value(value)}" for name, value in fields.items()))
        if len(line) > LINE_LIMIT:
            line = f"{line[:LINE_LIMIT]}… ({len(line) - LINE_LIMIT} more characters)"
        return line


class _PrivateFile(RotatingFileHandler):
    """A rotated file only the user may read. A full disk costs lines, never the daemon."""

    def _open(self) -> io.TextIOWrapper:
        fd = os.open(self.baseFilename, _FLAGS, 0o600)
        os.fchmod(fd, 0o600)  # for a file that was there before
        return io.TextIOWrapper(
            io.BufferedWriter(io.FileIO(fd, "a")), encoding=self.encoding, errors=self.errors
        )

    _made: tuple[logging.LogRecord, str] | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one line, and keeps nothing of it."""
        super().emit(record)
        self._made = None

    def format(self, record: logging.LogRecord) -> str:
        """The line, made once: it is asked for to measure it and again to write it."""
        if self._made is None or self._made[0] is not record:
            self._made = (record, super().format(record))
        return self._made[1]

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 -- its base's name
        """Whether the line does not fit; the base looks at the disk twice besides."""
        if self.stream is None:
            self.stream = self._open()
        line = self.format(record)
        size = len(line) if line.isascii() else len(line.encode("utf-8", "backslashreplace"))
        # Not `tell`, which empties and asks three times over.
        return os.fstat(self.stream.fileno()).st_size + size >= self.maxBytes > 0

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 -- its base's name
        """Say nothing: the standard library would print the unredacted record to stderr."""


def _without(path: str, goes: Callable[[str], bool]) -> int:
    with os.fdopen(os.open(path, _REWRITE), "rb+") as file:
        lines = file.read().splitlines(keepends=True)
        kept = [line for line in lines if not goes(line.decode("utf-8", "replace"))]
        if len(kept) < len(lines):
            file.seek(0)
            file.write(b"".join(kept))
            file.truncate()
    return len(lines) - len(kept)


def _held_back(record: logging.LogRecord) -> bool:
    """Whether a record may be written: ours at any level, others' from WARNING up."""
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] in OURS


@lru_cache(2)
def _second(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:  # a bad format string must not lose the line
        return f"{_text(record.msg)} (unformatted: {type(error).__name__})"


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception as error:
        return f"({type(value).__name__} without text: {type(error).__name__})"


def _value(value: object) -> str:
    """A value as it stands after `=`: bare when it can be, else quoted, never with a newline."""
    text = _text(value)[: 4 * LINE_LIMIT]
    if _SIMPLE.fullmatch(text):
        return text if _BARE.fullmatch(text) else f'"{text}"'
    text = redact(text)
    if text and _BARE.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_UNSAFE.sub(_escape, escaped)}"'


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    return short or f"\\u{ord(character):04x}"


_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_BARE = re.compile(r"[A-Za-z0-9_./:@%+,\[\]{}~$#*!?;|<>()^&-]+")
_SIMPLE = re.compile(r"[ !#-\[\]-~]+")
"""What stands in a line as it is: nothing in it is escaped."""
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line separators of any kind, direction overrides, lone surrogates."""
