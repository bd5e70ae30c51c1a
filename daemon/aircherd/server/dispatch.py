"""What a handler is handed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from aircherd.core.sink import Sink

P = TypeVar("P")


@dataclass(slots=True, kw_only=True)
class Client:
    """Who is at the other end of a connection, as it introduced itself."""

    client_name: str = "unknown"
    process_id: int | None = None
    key_variables: tuple[str, ...] = ()
    """Names of key variables set where the client runs; never their values."""
    capabilities: dict[str, Any] = field(default_factory=dict)


class Connection(Protocol):
    """The connection a request came by, for what outlives the request."""

    def notify(self, method: str, params: Any) -> None:
        """Sends a notification; nothing happens once the connection is closed."""
        ...

    def at_end(self, work: Callable[[], None]) -> None:
        """Has `work` called when the connection ends."""
        ...

    def __hash__(self) -> int:
        """By identity: what is held for a connection is held under it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[P]):
    """One request, structured."""

    method: str
    params: P
    session: Client
    sink: Sink
    """Where text goes while it is written; swallows it when the caller asked for none."""
    connection: Connection
    """What it came by."""


Handler = Callable[[Call[Any]], Awaitable[Any]]
"""Takes a call, gives the method's result type, raises AircherError."""
