"""Idempotency keys: the same key is one request, whichever connection it comes over.

While it runs, every caller waits for the same work, which ends when all of them have left, unless
the last one's connection ended and it had asked for the work to be finished all the same.
Afterwards its answer is given again for a day. The books hold the key before anything is asked.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from aircher_protocol.codec import structure, unstructure
from aircher_protocol.methods import METHODS
from aircherd.core.books import Standing
from aircherd.core.errors import InvalidRequest, LedgerUnavailable
from aircherd.features.desk import named_operation
from aircherd.server.dispatch import Call
from aircherd.server.house import House

log = logging.getLogger(__name__)

Handle = Callable[[House, Call[Any]], Awaitable[Any]]

_APART = ("idempotencyKey", "deltaToken", "client", "finishUnattended")
"""Parameters that may differ between two sendings of one request."""
_LONGEST = 200


class Once:
    """Runs each key's work once."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._running: dict[str, tuple[asyncio.Task[Any], str]] = {}
        self._ending: dict[str, asyncio.Task[Any]] = {}
        self._waiting: dict[str, int] = {}

    def keyed(self, handle: Handle) -> Callable[[Call[Any]], Awaitable[Any]]:
        """A handler that minds the idempotency key of its parameters."""

        async def run(call: Call[Any]) -> Any:
            key = call.params.idempotency_key
            if key is None:
                if call.params.finish_unattended:
                    raise InvalidRequest(
                        "finishUnattended needs an idempotencyKey: the answer is given under it."
                    )
                return await handle(self._house, call)
            if not 0 < len(key) <= _LONGEST:
                raise InvalidRequest(f"An idempotency key has 1 to {_LONGEST} characters.")
            return await self._shared(key, handle, call)

        return run

    async def _shared(self, key: str, handle: Handle, call: Call[Any]) -> Any:
        mark = _fingerprint(call)
        while (ending := self._ending.get(key)) is not None:
            # All of its callers have left: what came of it stands in the books, once it is settled.
            await asyncio.wait((ending,))
        if key not in self._running:
            task = asyncio.get_running_loop().create_task(self._first(key, mark, handle, call))
            self._running[key] = (task, mark)
            task.add_done_callback(lambda _: self._over(key))
        task, before = self._running[key]
        if before != mark:
            raise InvalidRequest(
                "This idempotency key belongs to another request that is under way; take a new key."
            )
        self._waiting[key] = self._waiting.get(key, 0) + 1
        try:
            return await asyncio.shield(task)
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key]
                if not task.done() and call.params.finish_unattended and call.connection.gone:
                    # Only the daemon's own end cuts it off now; the deadline bounds it as ever.
                    self._house.take_over(task)
                elif not task.done():
                    self._ending[key] = task
                    task.cancel()
                    # Whoever cancels waits until what was sent is settled, as without a key.
                    await asyncio.gather(task, return_exceptions=True)

    def _over(self, key: str) -> None:
        self._running.pop(key, None)
        self._ending.pop(key, None)

    async def _first(self, key: str, mark: str, handle: Handle, call: Call[Any]) -> Any:
        books, operation = self._house.books, secrets.token_hex(6)
        try:
            claim = await books.claim(key, mark, operation)
        except LedgerUnavailable:
            # Nothing can be paid without the books; what costs nothing may be asked twice.
            return await handle(self._house, call)
        if claim.standing is Standing.ANSWERED:
            wanted = METHODS[call.method].result
            assert wanted is not None
            return structure(wanted, json.loads(claim.answer or "{}"))
        if claim.standing is Standing.RUNNING:
            raise InvalidRequest(
                "Another process is answering the request with this idempotency key; wait for it."
            )
        if claim.standing is Standing.LOST:
            raise InvalidRequest(
                f"This was sent before (operation {claim.operation}) and its answer was lost; what "
                "it cost is booked. Ask again, with a new idempotency key if you name one."
            )
        named_operation.set(operation)
        answer: str | None = None
        try:
            result = await handle(self._house, call)
            answer = json.dumps(unstructure(result), ensure_ascii=False)
        finally:
            await asyncio.shield(asyncio.ensure_future(self._keep(key, answer)))
        return result

    async def _keep(self, key: str, answer: str | None) -> None:
        """Keeps what came of a key. Where that cannot be written, the answer is given all the same,
        for it is paid, and the key stands for what nobody may ask again."""
        try:
            await self._house.books.answered(key, answer)
        except LedgerUnavailable as error:
            log.warning("what came of an idempotency key is not kept: %s", error)


def _fingerprint(call: Call[Any]) -> str:
    wire = unstructure(call.params)
    same = {name: value for name, value in wire.items() if name not in _APART}
    text = json.dumps([call.method, same], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
