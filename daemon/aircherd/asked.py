"""A request whose daemon died: whether the next one may be asked, and what is answered if not."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FREE = frozenset(
    f"aircher/{name}"
    for name in (
        *("status", "usage", "models", "providers", "metrics", "dump", "workspace", "outbox"),
        *("detectTask", "plan", "countTokens"),
    )
)
"""Our requests that may be asked twice: they cost nothing and change nothing. Those of LSP itself
are the same but for `workspace/executeCommand`. Any other is asked twice only under its
idempotency key, which the books of the next daemon know."""
AGAIN = (
    "aircherd had to be started anew while it was at this. What had been sent is booked; ask again."
)


class Asked:
    """A request that has no answer yet."""

    __slots__ = ("again", "cancelled", "frame", "method", "params")

    def __init__(self, frame: bytes, method: str, params: dict[str, Any]) -> None:
        self.frame, self.method, self.params = frame, method, params
        self.again = self.cancelled = False

    @property
    def repeatable(self) -> bool:
        """Whether asking again can neither cost twice nor change something twice."""
        if self.again:
            return False  # it may be what killed the first
        if self.method.startswith("aircher/"):
            return self.method in FREE or bool(self.params.get("idempotencyKey"))
        if self.method != "workspace/executeCommand":
            return True
        arguments = self.params.get("arguments")
        first = arguments[0] if isinstance(arguments, list) and arguments else None
        return isinstance(first, dict) and bool(first.get("idempotencyKey"))

    def reply(self, *, begun: bool) -> dict[str, Any] | None:
        """What the editor is answered in the daemon's place; None when it is asked again.

        `begun` says that text of the answer has come.
        """
        if self.method == "shutdown":
            return {"result": None}
        if self.cancelled:
            return {"error": {"code": -32800, "message": "cancelled"}}
        if self.repeatable and not begun:
            return None
        data = {"kind": "interrupted", "retryable": True, "errorId": "connect"}
        return {"error": {"code": -32803, "message": AGAIN, "data": data}}
