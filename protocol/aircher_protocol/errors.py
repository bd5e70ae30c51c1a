"""How failure looks on the wire: a JSON-RPC code, a sentence, and typed data."""

from __future__ import annotations

from enum import IntEnum, StrEnum

import attrs


class Code(IntEnum):
    """JSON-RPC and LSP error codes that aircher answers with."""

    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603
    SERVER_NOT_INITIALIZED = -32002
    REQUEST_CANCELLED = -32800
    REQUEST_FAILED = -32803


class ErrorKind(StrEnum):
    """The closed list of things that go wrong, for editors to tell apart."""

    AUTHENTICATION = "authentication"
    RATE_LIMIT = "rateLimit"
    QUOTA_EXCEEDED = "quotaExceeded"
    INVALID_REQUEST = "invalidRequest"
    CONTEXT_LENGTH = "contextLength"
    CONTENT_FILTER = "contentFilter"
    MODEL_NOT_FOUND = "modelNotFound"
    SERVER_ERROR = "serverError"
    NETWORK_ERROR = "networkError"
    TIMEOUT = "timeout"
    INTERRUPTED = "interrupted"
    UNSUPPORTED = "unsupported"
    BUDGET_EXCEEDED = "budgetExceeded"
    NO_MODEL = "noModel"
    NOTHING_STAGED = "nothingStaged"
    NOT_A_REPOSITORY = "notARepository"
    GIT_REFUSED = "gitRefused"
    UNTRUSTED = "untrusted"
    WITHHELD = "withheld"
    INVALID_CONFIG = "invalidConfig"
    LEDGER_UNAVAILABLE = "ledgerUnavailable"
    UNKNOWN = "unknown"


@attrs.frozen(kw_only=True)
class BudgetState:
    """The limit that refused a call, in whole nano-dollars."""

    scope: str
    """Which limit, such as `daily`."""
    limit: int
    """The limit."""
    spent: int
    """What is settled already."""
    held: int
    """What calls in flight may still cost."""
    needed: int
    """What this call could cost at most."""
    resets_at: str | None = None
    """When the limit starts anew, ISO 8601; null when it never does."""


@attrs.frozen(kw_only=True)
class FieldError:
    """One field of the parameters that does not fit."""

    path: str
    """Where it is, such as `messages[0].role`."""
    message: str
    """What is wrong with it."""


@attrs.frozen(kw_only=True)
class ErrorData:
    """The `data` of every error aircher answers with."""

    kind: ErrorKind
    """What went wrong."""
    retryable: bool = False
    """Whether the same request may succeed later unchanged."""
    error_id: str
    """Stands in the daemon's log beside the details."""
    retry_after: float | None = None
    """Seconds to wait before trying again, where known."""
    provider: str | None = None
    """The provider that failed, where one did."""
    model: str | None = None
    """The model that failed, where one did."""
    budget: BudgetState | None = None
    """Set for `budgetExceeded`."""
    fields: tuple[FieldError, ...] = ()
    """Set for invalid parameters: every field that is wrong, at once."""
    partial_text: str | None = None
    """What had arrived when an answer broke off."""
