"""Failures of providers by the names older documents give them, each with its `code`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from aircher_protocol.client import RemoteError
from aircher_protocol.errors import ErrorKind


class ProviderFailure(RemoteError):
    """Something a provider, or the way to it, did not do."""

    name = "PROVIDER_API_ERROR"
    """The code older documents know it by."""


class ProviderNotFoundError(ProviderFailure):
    """No provider has what was named."""

    name = "PROVIDER_NOT_FOUND"


class ProviderAuthError(ProviderFailure):
    """The provider refused the key, or there is none."""

    name = "PROVIDER_AUTH_ERROR"


class ProviderRateLimitError(ProviderFailure):
    """The provider asks to wait, or has no credit left."""

    name = "PROVIDER_RATE_LIMIT_ERROR"


class ProviderAPIError(ProviderFailure):
    """The provider failed in any other way."""


_BY_NAME = {
    one.name: one
    for one in (ProviderNotFoundError, ProviderAuthError, ProviderRateLimitError, ProviderAPIError)
}
_STATUS = {
    ErrorKind.AUTHENTICATION: 401,
    ErrorKind.BUDGET_EXCEEDED: 402,
    ErrorKind.QUOTA_EXCEEDED: 429,
    ErrorKind.RATE_LIMIT: 429,
    ErrorKind.MODEL_NOT_FOUND: 404,
    ErrorKind.NO_MODEL: 404,
    ErrorKind.UNTRUSTED: 403,
    ErrorKind.WITHHELD: 403,
    ErrorKind.TIMEOUT: 504,
    ErrorKind.SERVER_ERROR: 502,
    ErrorKind.NETWORK_ERROR: 502,
    ErrorKind.INTERRUPTED: 502,
}


def named(error: RemoteError) -> RemoteError:
    """The same failure as one of ours, where it is a provider's; else as it is."""
    kind = _BY_NAME.get((error.data.code if error.data else None) or "")
    return error if kind is None else kind(error.code, str(error), error.data)


def status(error: RemoteError) -> int:
    """The HTTP status nearest to a failure; 400 for requests that cannot be served."""
    return _STATUS.get(error.data.kind, 400) if error.data else 400


@contextmanager
def translated() -> Iterator[None]:
    """Failures of providers inside come out under their names."""
    try:
        yield
    except RemoteError as error:
        raise named(error) from None
