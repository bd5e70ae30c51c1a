"""Failures as the wire has them. No traceback, no key, no text of an exception we did not write."""

from __future__ import annotations

import errno
import logging
import os
import secrets
from typing import Any

from aircher_protocol.codec import ParamsError, unstructure
from aircher_protocol.errors import BudgetState, Code, ErrorData, ErrorKind
from aircherd.core.errors import (
    AircherError,
    BudgetExceeded,
    NoModel,
    ProviderError,
    Resting,
    UnknownModel,
)
from aircherd.core.errors import ErrorKind as CoreKind

log = logging.getLogger(__name__)

_CODES = {
    CoreKind.AUTHENTICATION: "PROVIDER_AUTH_ERROR",
    CoreKind.RATE_LIMIT: "PROVIDER_RATE_LIMIT_ERROR",
    CoreKind.QUOTA_EXCEEDED: "PROVIDER_RATE_LIMIT_ERROR",
}
"""What a provider's failure is called in older documents; any other is PROVIDER_API_ERROR."""


_SHORT = {
    errno.EMFILE: "close some windows, or raise `ulimit -n`, and ask again",
    errno.ENFILE: "close some programs and ask again",
    errno.ENOMEM: "close some programs and ask again",
    errno.ENOSPC: "free some space on the disk and ask again",
    errno.EDQUOT: "free some space on the disk and ask again",
    errno.EFBIG: "raise the limit on the size of files (`ulimit -f`) and ask again",
    errno.EROFS: "make the disk writable and ask again",
    errno.EIO: "look after the disk and ask again",
}
"""What a request cannot help, and what to do about it."""

_NO_ROOM = ("failed to map segment from shared object", "Cannot allocate memory")
"""How the dynamic linker ends what it says then."""


def error_object(code: Code, message: str, data: ErrorData | None = None) -> dict[str, Any]:
    """A JSON-RPC error."""
    found: dict[str, Any] = {"code": int(code), "message": message}
    if data is not None:
        found["data"] = unstructure(data)
    return found


def translate(error: BaseException, method: str) -> dict[str, Any]:
    """Any failure of a handler as a JSON-RPC error; its details go to the log under its id."""
    number = secrets.token_hex(4)
    if isinstance(error, ParamsError):
        data = ErrorData(kind=ErrorKind.INVALID_REQUEST, error_id=number, fields=error.fields)
        return error_object(Code.INVALID_PARAMS, f"{method}: {error}", data)
    if isinstance(error, AircherError):
        log.info("failed errorId=%s method=%s kind=%s: %s", number, method, error.kind, error)
        return error_object(Code.REQUEST_FAILED, str(error), _data(error, number))
    if isinstance(error, UnicodeEncodeError) or str(error) == "embedded null byte":
        data = ErrorData(kind=ErrorKind.INVALID_REQUEST, error_id=number)
        text = f"{method}: a text holds half a character or a path a NUL; send it without."
        return error_object(Code.INVALID_PARAMS, text, data)
    short = _short(error)
    if short is not None:
        what, remedy = short
        log.error("short errorId=%s method=%s: %s", number, method, what)
        text = f"This machine is out of something ({what}); {remedy}."
        data = ErrorData(kind=ErrorKind.SERVER_ERROR, error_id=number, retryable=True)
        return error_object(Code.REQUEST_FAILED, text, data)
    if isinstance(error, ImportError):
        # Another request was loading the same, and ran out of something half way: it is loaded
        # anew with the next one. Or files of it are gone.
        log.error("not loaded errorId=%s method=%s", number, method, exc_info=error)
        text = (
            f"A part of aircher could not be loaded ({error.name}); ask again. If it goes on, "
            "install aircher again."
        )
        data = ErrorData(kind=ErrorKind.SERVER_ERROR, error_id=number, retryable=True)
        return error_object(Code.REQUEST_FAILED, text, data)
    log.error("crashed errorId=%s method=%s", number, method, exc_info=error)
    text = f"aircherd failed on this request; `aircherd logs` has the details under {number}."
    return error_object(
        Code.INTERNAL_ERROR, text, ErrorData(kind=ErrorKind.UNKNOWN, error_id=number)
    )


def _short(error: BaseException) -> tuple[str, str] | None:
    """What the machine is out of and what helps; None when that is not why it failed."""
    if isinstance(error, OSError) and error.errno in _SHORT:
        return error.strerror or "unknown", _SHORT[error.errno]
    # Python has no type for a thread that could not be started, or for a library that found no
    # room when it was first needed, only these words.
    threads = isinstance(error, RuntimeError) and str(error) == "can't start new thread"
    library = isinstance(error, ImportError) and str(error).endswith(_NO_ROOM)
    if threads or library or isinstance(error, MemoryError):
        return os.strerror(errno.ENOMEM), _SHORT[errno.ENOMEM]
    return None


def _data(error: AircherError, number: str) -> ErrorData:
    kind = ErrorKind(error.kind.value)
    if isinstance(error, BudgetExceeded):
        resets = error.resets_at
        return ErrorData(
            kind=kind,
            error_id=number,
            budget=BudgetState(
                scope=error.scope,
                limit=error.limit,
                spent=error.spent,
                held=error.held,
                needed=error.needed,
                resets_at=None if resets is None else resets.isoformat(),
            ),
        )
    if isinstance(error, ProviderError):
        return ErrorData(
            kind=kind,
            code=_CODES.get(error.kind, "PROVIDER_API_ERROR"),
            retryable=error.retryable,
            error_id=number,
            retry_after=error.retry_after,
            provider=error.provider,
            model=error.model,
            partial_text=error.partial or None,
        )
    unknown = isinstance(error, UnknownModel | NoModel) and not isinstance(error, Resting)
    code = "PROVIDER_NOT_FOUND" if unknown else None
    return ErrorData(kind=kind, code=code, retryable=error.retryable, error_id=number)
