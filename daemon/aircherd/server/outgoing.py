"""What the daemon asks of a client: sent, and answered or given up after its time."""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)

MOST_WAITING = 64
"""Requests to one client that wait for its answer at once."""


class NoAnswer(Exception):
    """A client did not do what it was asked. The text says why."""


class Outgoing:
    """Requests on their way to one client and back."""

    def __init__(self, send: Callable[[dict[str, Any]], None]) -> None:
        """`send` raises ConnectionError once the connection is closed."""
        self._send = send
        # Ids of no other daemon's: an editor may still owe the last one an answer.
        self._name = secrets.token_hex(4)
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Any]] = {}

    async def ask(self, method: str, params: Any, seconds: float) -> Any:
        """The client's result, or NoAnswer."""
        if len(self._waiting) >= MOST_WAITING:
            raise NoAnswer("the editor leaves too many requests unanswered")
        number = f"{self._name}-{next(self._numbers)}"
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError:
            self._give_up(number)
            raise NoAnswer(f"the editor did not answer within {seconds:.0f} s") from None
        except ConnectionError:
            raise NoAnswer("the editor is gone") from None
        except asyncio.CancelledError:
            self._give_up(number)
            raise
        finally:
            del self._waiting[number]

    def answered(self, message: dict[str, Any]) -> None:
        """Takes a response; one to a question nobody waits for any more is dropped."""
        number = message.get("id")
        answer = self._waiting.get(number) if isinstance(number, str) else None
        if answer is None or answer.done():
            return
        error = message.get("error")
        if error is None:
            answer.set_result(message.get("result"))
        else:
            said = error.get("message") if isinstance(error, dict) else None
            answer.set_exception(NoAnswer(f"the editor refused: {said or 'no reason given'}"))

    def _give_up(self, number: str) -> None:
        try:
            self._send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": number}})
        except ConnectionError:
            log.debug("a client left with a request open")
