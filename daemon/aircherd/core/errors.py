"""Everything that can go wrong, as one tree. Every message ends with what to do.

AircherError
├── NothingStaged            there is no staged change to describe
├── NotARepository           the folder is in no git repository
├── GitRefused               git could not answer; never the same as an empty answer
├── NoModel                  nothing usable can answer this
│   └── Resting              nor will it for some seconds
├── BudgetExceeded           a limit would be passed; says which, spent, held, and when it resets
├── InvalidConfig            a configuration file or value is wrong
├── UnknownModel             no provider in use has the model that was named
├── Untrusted                the workspace was not accepted as it is; nothing of it was sent
├── Withheld                 what would be sent may not leave this machine; nothing was sent
├── InvalidRequest           the caller's parameters cannot be served
├── NotNow                   the machine is short of something; later it may be possible
├── LedgerUnavailable        the books cannot be written; paid calls stop
└── ProviderError            a provider or the road to it failed; `kind` says how
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from aircherd.core.money import NanoUsd, show

if TYPE_CHECKING:
    from aircherd.core.plan import Attempt


class ErrorKind(StrEnum):
    """The closed list of kinds an editor can tell apart. Equal to the protocol's own list."""

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


class AircherError(Exception):
    """Anything aircher itself reports; its text is for the user and ends with what to do."""

    kind: ErrorKind = ErrorKind.UNKNOWN
    retryable: bool = False
    operation: str | None = None
    """Whose request came to this. Who waited for another's answer gets that one's error."""
    attempts: tuple[Attempt, ...] = ()
    """What was asked for it before, with what each is booked at."""

    def attempts_of(self, operation: str) -> tuple[Attempt, ...]:
        """What was asked for this very operation; nothing where it waited for another's answer."""
        return self.attempts if operation == self.operation else ()


class NothingStaged(AircherError):
    """The index equals HEAD."""

    kind = ErrorKind.NOTHING_STAGED


class NotARepository(AircherError):
    """The path is not inside a git work tree."""

    kind = ErrorKind.NOT_A_REPOSITORY


class GitRefused(AircherError):
    """git failed, timed out or answered more than the cap. Never to be read as "nothing"."""

    kind = ErrorKind.GIT_REFUSED


class NoModel(AircherError):
    """No candidate is left."""

    kind = ErrorKind.NO_MODEL


class Resting(NoModel):
    """Whoever could answer is left alone for some seconds; asked again later, they may."""

    kind = ErrorKind.SERVER_ERROR
    retryable = True


class UnknownModel(AircherError):
    """The caller named a model that no provider in use has."""

    kind = ErrorKind.MODEL_NOT_FOUND


class InvalidConfig(AircherError):
    """A configuration file or value is wrong."""

    kind = ErrorKind.INVALID_CONFIG


class Untrusted(AircherError):
    """A workspace the user has not accepted as it is now; nothing of it is sent."""

    kind = ErrorKind.UNTRUSTED


class Withheld(AircherError):
    """What would be sent may not leave this machine; nothing was sent."""

    kind = ErrorKind.WITHHELD


class InvalidRequest(AircherError):
    """The caller's parameters cannot be served."""

    kind = ErrorKind.INVALID_REQUEST


class Unsupported(AircherError):
    """The chosen model cannot do what was asked; nothing was sent."""

    kind = ErrorKind.UNSUPPORTED


class NotNow(AircherError):
    """What was asked for is not possible at this moment; the same request may be answered later."""

    kind = ErrorKind.SERVER_ERROR
    retryable = True


class LedgerUnavailable(AircherError):
    """The books cannot be written, so nothing may be spent."""

    kind = ErrorKind.LEDGER_UNAVAILABLE
    retryable = True


_LIMITS = {
    "per-request": "set costs.request_limit",
    "daily": "set costs.daily_limit",
    "weekly": "set costs.weekly_limit",
    "monthly": "set costs.monthly_budget",
}
"""How the limits everybody has are set; the others' keys hold names of the user's own."""


class BudgetExceeded(AircherError):
    """Admitting this call could pass a limit; nothing was sent."""

    kind = ErrorKind.BUDGET_EXCEEDED

    def __init__(
        self,
        *,
        scope: str,
        limit: NanoUsd,
        spent: NanoUsd,
        held: NanoUsd,
        needed: NanoUsd,
        resets_at: datetime | None,
    ) -> None:
        self.scope = scope
        self.limit = limit
        self.spent = spent
        self.held = held
        self.needed = needed
        self.resets_at = resets_at
        when = f" It resets at {resets_at:%Y-%m-%d %H:%M %Z}." if resets_at else ""
        super().__init__(
            f"This call could cost up to {show(needed)} and the {scope} limit of {show(limit)} "
            f"has {show(spent)} spent and {show(held)} held.{when} "
            f"Raise the limit with `aircher config {_LIMITS.get(scope, 'edit')}`, "
            "or use a local model."
        )


@dataclass(eq=False)
class ProviderError(AircherError):
    """A provider, or the road to it, failed.

    `sent` is False only when provably no byte of the request left this machine;
    only then may its hold be released rather than settled.
    """

    message: str
    error_kind: ErrorKind
    provider: str
    model: str | None = None
    status: int | None = None
    code: str | None = None
    """The provider's own word for it."""
    can_retry: bool = False
    retry_after: float | None = None
    """Seconds the provider asks us to wait."""
    sent: bool = True
    partial: str = ""
    """What had arrived when the answer broke off."""

    def __post_init__(self) -> None:
        self.kind = self.error_kind
        self.retryable = self.can_retry
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message
