"""How failure looks on the wire: a JSON-RPC code, a sentence, and typed data."""

from __future__ import annotations

from enum import IntEnum, StrEnum

import attrs


class Code(IntEnum):
    """JSON-RPC and LSP error codes that aircher answers with."""

    PARSE_ERROR = -32700
    """The message is no JSON text."""
    INVALID_REQUEST = -32600
    """It is JSON and no JSON-RPC request, or not one for this moment."""
    METHOD_NOT_FOUND = -32601
    """There is no such method."""
    INVALID_PARAMS = -32602
    """The parameters do not fit; `data.fields` names every one that is wrong."""
    INTERNAL_ERROR = -32603
    """The daemon failed; its log has the details under `data.errorId`."""
    SERVER_NOT_INITIALIZED = -32002
    """`initialize` has to come first."""
    REQUEST_CANCELLED = -32800
    """`$/cancelRequest` stopped it."""
    REQUEST_FAILED = -32803
    """It was understood and could not be done; `data.kind` says why."""


class ErrorKind(StrEnum):
    """The closed list of things that go wrong, for editors to tell apart."""

    AUTHENTICATION = "authentication"
    """The provider does not take the key."""
    RATE_LIMIT = "rateLimit"
    """The provider wants fewer requests; `retryAfter` says how long to wait, where known."""
    QUOTA_EXCEEDED = "quotaExceeded"
    """The account at the provider has nothing left to spend."""
    INVALID_REQUEST = "invalidRequest"
    """The parameters cannot be served, or the provider does not take the request."""
    CONTEXT_LENGTH = "contextLength"
    """The text does not fit the model's window."""
    CONTENT_FILTER = "contentFilter"
    """The provider's filter refused the text or the answer."""
    MODEL_NOT_FOUND = "modelNotFound"
    """The provider has no such model."""
    SERVER_ERROR = "serverError"
    """The provider failed."""
    NETWORK_ERROR = "networkError"
    """The provider could not be reached."""
    TIMEOUT = "timeout"
    """The provider took too long."""
    INTERRUPTED = "interrupted"
    """The answer broke off; `partialText` holds what had arrived."""
    UNSUPPORTED = "unsupported"
    """The model or provider cannot do what was asked."""
    BUDGET_EXCEEDED = "budgetExceeded"
    """A limit could be passed, so nothing was sent; `budget` says which and by how much."""
    NO_MODEL = "noModel"
    """No model is left that may and can answer."""
    NOTHING_STAGED = "nothingStaged"
    """The index holds no change to describe."""
    NOT_A_REPOSITORY = "notARepository"
    """The path lies in no git work tree."""
    GIT_REFUSED = "gitRefused"
    """git could not answer; never the same as nothing staged."""
    UNTRUSTED = "untrusted"
    """The repository wants something only a trusted one may have."""
    WITHHELD = "withheld"
    """The text holds what must not leave this machine."""
    INVALID_CONFIG = "invalidConfig"
    """A configuration file or value is wrong."""
    LEDGER_UNAVAILABLE = "ledgerUnavailable"
    """The books cannot be written, so nothing may be spent."""
    UNKNOWN = "unknown"
    """None of these; the daemon's log has the details under `errorId`."""


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
    """What a method's error carries as `data`.

    Errors of the conversation itself (no JSON, no such method, cancelled) carry none.
    """

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
