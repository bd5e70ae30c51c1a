"""One connection: framing, lifecycle, one answer per request, and an end that cancels the rest."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from aircher_protocol.codec import ParseError, dump, parse, structure, unstructure
from aircher_protocol.errors import Code
from aircher_protocol.framing import ForeignProtocolError, FrameReader, FramingError, frame
from aircher_protocol.methods import METHODS
from aircherd.server import rpc
from aircherd.server.deltas import Deltas, NoDeltas
from aircherd.server.dispatch import Call, Client, Handler
from aircherd.server.errors import error_object, translate
from aircherd.server.outbox import Outbox

log = logging.getLogger(__name__)

MOST_IN_FLIGHT = 256
"""Requests of one client that are answered at once."""
_ID = str | int


class Session:
    """A client and its requests. When it ends, everything it asked for is cancelled."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        outbox: Outbox,
        handlers: Mapping[str, Handler],
        changed: Callable[[], None],
    ) -> None:
        self._reader = reader
        self._outbox = outbox
        self._handlers = handlers
        self._changed = changed
        self._requests: dict[_ID, asyncio.Task[None]] = {}
        self._cancelled: set[_ID] = set()
        self._endings: list[Callable[[], None]] = []
        self._state = "new"
        self.client = Client()
        self.clean_exit = False
        """Whether the client said `shutdown` before `exit`."""

    @property
    def in_flight(self) -> int:
        """Requests being answered."""
        return len(self._requests)

    @property
    def ready(self) -> bool:
        """Whether notifications may be sent to it."""
        return self._state == "running"

    async def run(self) -> None:
        """Serves the connection until it ends."""
        frames = FrameReader()
        watch: asyncio.Task[None] | None = None
        try:
            while self._state != "ended":
                data = await self._reader.read(65536)
                if not data:
                    break
                for body in frames.feed(data):
                    self._take(body)
                if watch is None and self.client.process_id:
                    watch = asyncio.create_task(self._watch(self.client.process_id))
        except ForeignProtocolError:
            log.warning("closed a connection that does not speak JSON-RPC")
        except FramingError as error:
            log.warning("closed a connection: %s", error)
        except ConnectionError:
            pass
        finally:
            if watch is not None:
                watch.cancel()
            tasks = tuple(self._requests.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for end in self._endings:
                end()
            await self._outbox.close()

    def notify(self, method: str, params: Any) -> None:
        """Sends a notification."""
        self._send({"jsonrpc": "2.0", "method": method, "params": unstructure(params)})

    def at_end(self, work: Callable[[], None]) -> None:
        """Has `work` called when the connection ends, after the last request."""
        self._endings.append(work)

    async def _watch(self, pid: int) -> None:
        """Ends the session when the editor is gone, even while its pipe stays open."""
        try:
            fd = os.pidfd_open(pid)
        except (OSError, OverflowError):
            # Gone already, or in a pid namespace of its own (a container): the pipe has to tell.
            return
        loop, gone = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(fd, gone.set)
        try:
            await gone.wait()
            log.info("the editor (pid %s) is gone", pid)
            self._reader.feed_eof()
            self._state = "ended"
        finally:
            loop.remove_reader(fd)
            os.close(fd)

    def _take(self, body: bytes) -> None:
        try:
            message = parse(body)
        except ParseError as error:
            self._refuse(None, Code.PARSE_ERROR, str(error))
            return
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            number = message.get("id") if isinstance(message, dict) else None
            what = "a message must be an object with jsonrpc 2.0; batches are not taken"
            self._refuse(number if _is_id(number) else None, Code.INVALID_REQUEST, what)
            return
        method, number = message.get("method"), message.get("id")
        if not isinstance(method, str):
            if "result" not in message and "error" not in message:
                known = number if _is_id(number) else None
                self._refuse(known, Code.INVALID_REQUEST, "a request must name its method")
            return
        if "id" not in message:
            self._notified(method, message.get("params"))
        elif not _is_id(number):
            self._refuse(None, Code.INVALID_REQUEST, "an id must be a string or a whole number")
        else:
            self._asked(number, method, message.get("params"))

    def _notified(self, method: str, params: Any) -> None:
        if method == "exit":
            self.clean_exit = self._state == "shut down"
            self._state = "ended"
        elif method == "$/cancelRequest" and isinstance(params, dict):
            number: Any = params.get("id")
            task = self._requests.get(number) if _is_id(number) else None
            if task is not None:
                self._cancelled.add(number)
                task.cancel()

    def _asked(self, number: Any, method: str, params: Any) -> None:
        if number in self._requests:
            self._refuse(number, Code.INVALID_REQUEST, f"the id {number!r} is still in use")
        elif method == "initialize":
            self._initialize(number, params)
        elif self._state == "new":
            self._refuse(number, Code.SERVER_NOT_INITIALIZED, "send `initialize` first")
        elif self._state == "shut down":
            self._refuse(
                number, Code.INVALID_REQUEST, "the session is shut down; only `exit` is left"
            )
        elif method == "shutdown":
            self._state = "shut down"
            self._answer(number, None)
        elif method not in self._handlers:
            self._refuse(number, Code.METHOD_NOT_FOUND, f"{method} is not known here")
        elif len(self._requests) >= MOST_IN_FLIGHT:
            what = f"{MOST_IN_FLIGHT} requests are in flight already; wait for one"
            self._refuse(number, Code.REQUEST_FAILED, what)
        else:
            self._requests[number] = asyncio.create_task(self._serve(number, method, params))
            self._changed()

    def _initialize(self, number: Any, params: Any) -> None:
        if self._state != "new":
            self._refuse(number, Code.INVALID_REQUEST, "the session is initialized already")
            return
        try:
            self.client = rpc.read_initialize(params if isinstance(params, dict) else {})
        except Exception as error:
            self._fail(number, translate(error, "initialize"))
            return
        self._state = "running"
        self._answer(number, rpc.initialize_result(self.client))

    async def _serve(self, number: Any, method: str, params: Any) -> None:
        deltas: Deltas | NoDeltas = NoDeltas()
        error: dict[str, Any] | None = None
        result: Any = None
        try:
            wanted = structure(METHODS[method].params, {} if params is None else params)
            token = getattr(wanted, "delta_token", None)
            if token is not None:
                deltas = Deltas(token, lambda p: self.notify("aircher/delta", p))
            call = Call(
                method=method, params=wanted, session=self.client, sink=deltas, connection=self
            )
            result = await self._handlers[method](call)
        except asyncio.CancelledError:
            if number not in self._cancelled:
                raise
            error = error_object(Code.REQUEST_CANCELLED, "cancelled")
        except Exception as problem:
            error = translate(problem, method)
        finally:
            deltas.flush()
            self._requests.pop(number, None)
            self._cancelled.discard(number)
            self._changed()
        if error is not None:
            self._fail(number, error)
        else:
            self._answer(number, unstructure(result) if attrs.has(type(result)) else result)

    def _answer(self, number: Any, result: Any) -> None:
        self._send({"jsonrpc": "2.0", "id": number, "result": result})

    def _refuse(self, number: Any, code: Code, message: str) -> None:
        self._fail(number, error_object(code, message))

    def _fail(self, number: Any, error: dict[str, Any]) -> None:
        self._send({"jsonrpc": "2.0", "id": number, "error": error})

    def _send(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(ConnectionError):
            self._outbox.put(frame(dump(message)))


def _is_id(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)
