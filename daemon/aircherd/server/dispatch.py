"""What a handler is handed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from aircherd.core.document import Document, Encoding
from aircherd.core.sink import Sink

if TYPE_CHECKING:
    from aircherd.server.lsp.editor import Editor

P = TypeVar("P")


@dataclass(slots=True, kw_only=True)
class Client:
    """Who is at the other end of a connection, as it introduced itself."""

    client_name: str = "unknown"
    process_id: int | None = None
    key_variables: tuple[str, ...] = ()
    """Names of key variables set where the client runs; never their values."""
    restricted: bool = False
    """Whether the editor does not trust the folder it has open."""
    capabilities: dict[str, Any] = field(default_factory=dict)
    encoding: Encoding = Encoding.UTF16
    """Units of the session's positions."""
    folders: tuple[str, ...] = ()
    """Paths of the workspace folders that are open."""
    documents: Mapping[str, Document] = field(default_factory=dict)
    """What the editor has open, by URI, as it keeps it in step."""

    def can(self, path: str) -> Any:
        """One of its capabilities by its path, such as `window.showDocument.support`; else None."""
        found: Any = self.capabilities
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        return found

    @property
    def pulls(self) -> bool:
        """Whether it asks for diagnostics by itself and can be told to ask again.

        One that cannot be told would show what a review found only at its next edit: it is sent
        them instead.
        """
        refreshes = self.can("workspace.diagnostics.refreshSupport") is True
        return self.can("textDocument.diagnostic") is not None and refreshes


class Connection(Protocol):
    """The connection a request came by, for what outlives the request."""

    def notify(self, method: str, params: Any) -> None:
        """Sends a notification; nothing happens once the connection is closed."""
        ...

    def say(self, body: bytes) -> None:
        """The same with a whole message as it is written."""
        ...

    async def request(self, method: str, params: Any, *, seconds: float) -> Any:
        """Asks the client something and gives its result as plain values.

        Raises NoAnswer when it refuses, says nothing in this time, or is gone.
        """
        ...

    def at_end(self, work: Callable[[], None]) -> None:
        """Has `work` called when the connection ends."""
        ...

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs work that nobody waits for and that ends with the connection."""
        ...

    def stop(self, task: Any) -> None:
        """Ends the request a task answers, as if the client had cancelled it."""
        ...

    @property
    def gone(self) -> bool:
        """Whether the other end has left."""
        ...

    @property
    def client(self) -> Client:
        """Who is at the other end."""
        ...

    @property
    def editor(self) -> Editor:
        """What stands open there, and what it was shown."""
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

Notified = Callable[[Connection, Any], None]
"""Takes a notification. Runs in the order of the messages, so it must not wait."""
