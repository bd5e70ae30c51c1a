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
    """The provider refused the key; `aircher doctor` names the variable it comes from."""
    RATE_LIMIT = "rateLimit"
    """Too many requests at once; wait `retryAfter` seconds, or allow another provider."""
    QUOTA_EXCEEDED = "quotaExceeded"
    """The account at the provider has no credit left; top it up or use another one."""
    INVALID_REQUEST = "invalidRequest"
    """The request cannot be served as it is; the message says what to change."""
    CONTEXT_LENGTH = "contextLength"
    """The text is longer than the model's window; send less, or name a larger model."""
    CONTENT_FILTER = "contentFilter"
    """The provider's filter refused the text; try another model."""
    MODEL_NOT_FOUND = "modelNotFound"
    """The provider has no such model; `aircher models --refresh` lists what it has."""
    SERVER_ERROR = "serverError"
    """The provider failed; try again, or allow another one."""
    NETWORK_ERROR = "networkError"
    """The provider cannot be reached; check that it runs and that there is a network."""
    TIMEOUT = "timeout"
    """The provider took too long; try again, or raise the limit in `timeouts`."""
    INTERRUPTED = "interrupted"
    """The answer broke off; `partialText` holds what had come; ask again for the whole."""
    UNSUPPORTED = "unsupported"
    """The model cannot do what was asked; nothing was sent; name another model."""
    BUDGET_EXCEEDED = "budgetExceeded"
    """A limit of yours would be passed; `budget` says which; nothing was sent."""
    NO_MODEL = "noModel"
    """No model can answer; start Ollama, or set a key and run `aircherd restart`."""
    NOTHING_STAGED = "nothingStaged"
    """There is nothing to describe; stage something with `git add -p`."""
    NOT_A_REPOSITORY = "notARepository"
    """The folder is in no git work tree; run `git init` or go to one."""
    GIT_REFUSED = "gitRefused"
    """git could not answer; the message holds what it said. Never an empty answer."""
    UNTRUSTED = "untrusted"
    """The workspace is not trusted; look at its settings, then run `aircher trust`."""
    WITHHELD = "withheld"
    """What was asked about may not leave this machine; use a local model."""
    INVALID_CONFIG = "invalidConfig"
    """A configuration file is wrong; `aircher config check` names each mistake."""
    LEDGER_UNAVAILABLE = "ledgerUnavailable"
    """The books cannot be written, so nothing may be spent; free some disk space."""
    UNKNOWN = "unknown"
    """Something failed inside; `errorId` stands in `aircherd logs` beside the details."""


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
    code: str | None = None
    """The same in the words of older documents, where they have one: `PROVIDER_NOT_FOUND`,
    `PROVIDER_AUTH_ERROR`, `PROVIDER_RATE_LIMIT_ERROR` or `PROVIDER_API_ERROR`."""
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
