"""One connection: framing, lifecycle, one answer per request, and an end that cancels the rest."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Any

from aircher_protocol.errors import Code
from aircher_protocol.framing import ForeignProtocolError, FrameReader, FramingError
from aircher_protocol.jsontext import dump
from aircherd.core.sink import in_line
from aircherd.outbound.letting import send_secrets
from aircherd.server import rpc, wire
from aircherd.server.death import death
from aircherd.server.deltas import Deltas, NoDeltas, waiting
from aircherd.server.dispatch import Call, Client
from aircherd.server.errors import error_object, translate
from aircherd.server.lsp.editor import Editor
from aircherd.server.lsp.opening import initialize_result, read_initialize
from aircherd.server.outbox import Outbox
from aircherd.server.outgoing import NoAnswer, Outgoing
from aircherd.server.rooms import Rooms
from aircherd.server.turns import REPORTS, TAKING, Pace, Turns
from aircherd.trust.store import restricted

log = logging.getLogger(__name__)

MOST_IN_FLIGHT = 256
"""Requests of one client that are answered at once."""


class Session:
    """A client and its requests. When it ends, everything it asked for is cancelled."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        outbox: Outbox,
        rooms: Rooms,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """`rooms` know who answers what; `changed` is called whenever `in_flight` is different."""
        self._reader = reader
        self._outbox = outbox
        self._rooms = rooms
        self._changed = changed
        self._requests: dict[wire.Id, asyncio.Task[None]] = {}
        self._cancelled: set[wire.Id] = set()
        self._outgoing = Outgoing(lambda message: outbox.put(dump(message)))
        self._errands: set[asyncio.Task[None]] = set()
        self._endings: list[Callable[[], None]] = []
        self._turns = Turns(rooms.crowd, outbox.room)
        self._taking = Pace(rooms.crowd, TAKING)
        self._state = "new"
        self.client = Client()
        self.editor = Editor()
        self.gone = False
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
            while self._state != "ended" and (data := await self._reader.read(65536)):
                for body in frames.each(data):
                    began = time.thread_time()
                    message = wire.message(body)
                    if wire.wants(message, self._rooms.known):
                        await rpc.load()
                        began = time.thread_time()
                    self._take(message)
                    self._taking.took(time.thread_time() - began)
                    # In turn with everybody else, however much came.
                    await asyncio.sleep(self._taking.rest())
                    if self._rooms.closed and self._state == "running":
                        await self._rooms.opened()
                if watch is None and self.client.process_id:
                    watch = asyncio.create_task(self._watch(self.client.process_id))
        except ForeignProtocolError:
            log.warning("closed a connection that does not speak JSON-RPC")
        except FramingError as error:
            log.warning("closed a connection: %s", error)
        except ConnectionError:
            pass
        finally:
            self.gone = True
            if watch is not None:
                watch.cancel()
            tasks = (*self._requests.values(), *self._errands)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for end in self._endings:
                end()
            await self._outbox.close()

    def notify(self, method: str, params: Any) -> None:
        """Sends a notification."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def say(self, body: bytes) -> None:
        """Sends a whole message."""
        self._outbox.say(body)

    def at_end(self, work: Callable[[], None]) -> None:
        """Has `work` called when the connection ends, after the last request."""
        self._endings.append(work)

    async def request(self, method: str, params: Any, *, seconds: float) -> Any:
        """Asks the client. Raises NoAnswer."""
        if not self.ready:
            raise NoAnswer("the editor is gone")
        return await self._outgoing.ask(method, params, seconds)

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs work nobody waits for; the session's end cancels it."""
        task = asyncio.create_task(work)
        self._errands.add(task)
        task.add_done_callback(self._errand_done)

    def stop(self, task: asyncio.Task[Any]) -> None:
        """Ends the request this task answers, as `$/cancelRequest` does."""
        for number, known in self._requests.items():
            if known is task:
                self._cancelled.add(number)
                # Later: a task that is cancelled before its first step answers nothing.
                task.get_loop().call_soon(task.cancel)
                return

    def _errand_done(self, task: asyncio.Task[None]) -> None:
        self._errands.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("an errand crashed", exc_info=task.exception())

    async def _watch(self, pid: int) -> None:
        """Ends the session when the editor is gone, even while its pipe stays open."""
        await death(pid)
        log.info("the editor (pid %s) is gone", pid)
        self._reader.feed_eof()
        self._state = "ended"

    def _take(self, message: wire.Message) -> None:
        match message:
            case wire.Fault(number, code, text):
                self._refuse(number, code, text)
            case wire.Response(answer):
                self._outgoing.answered(answer)
            case wire.Notice(method, params):
                self._notified(method, params)
            case wire.Request(number, method, params):
                self._asked(number, method, params)

    def _notified(self, method: str, params: Any) -> None:
        if method == "exit":
            self.clean_exit = self._state == "shut down"
            self._state = "ended"
        elif method == "$/cancelRequest" and isinstance(params, dict):
            number: Any = params.get("id")
            if wire.is_id(number) and number in self._requests:
                self.stop(self._requests[number])
        elif method in self._rooms.notified and self._state == "running":
            try:
                self._rooms.notified[method](self, rpc.read(method, params))
            except Exception as error:
                # There is nobody to answer; what an editor tells wrongly must not end it.
                translate(error, method)
                self.editor.misread(params)

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
        elif method not in self._rooms.handlers:
            self._refuse(number, Code.METHOD_NOT_FOUND, f"{method} is not known here")
        elif len(self._requests) >= MOST_IN_FLIGHT:
            what = f"{MOST_IN_FLIGHT} requests are in flight already; wait for one"
            self._refuse(number, Code.REQUEST_FAILED, what)
        else:
            self._requests[number] = asyncio.create_task(
                self._serve(number, method, params), name=method
            )
            self._changed()

    def _initialize(self, number: Any, params: Any) -> None:
        if self._state != "new":
            self._refuse(number, Code.INVALID_REQUEST, "the session is initialized already")
            return
        try:
            self.client = read_initialize(params if isinstance(params, dict) else {}, self.editor)
        except Exception as error:
            self._fail(number, translate(error, "initialize"))
            return
        self._state = "running"
        self._answer(number, initialize_result(self.client, self.editor, self._rooms.known))

    async def _serve(self, number: Any, method: str, params: Any) -> None:
        deltas: Deltas | NoDeltas = NoDeltas()
        error: dict[str, Any] | None = None
        result: Any = None
        # In this request's task and all that it starts.
        restricted.set(self.client.restricted)
        try:
            wanted = wire.read(method, params)
            send_secrets.set(frozenset(getattr(wanted, "send_secrets", ())))
            token = getattr(wanted, "delta_token", None)
            if token is not None:
                deltas = Deltas(token, self.say)
                in_line.set(lambda *at: self.notify("aircher/waiting", waiting(token, *at)))
            call = Call(
                method=method, params=wanted, session=self.client, sink=deltas, connection=self
            )
            if method in REPORTS:
                result = await self._turns.take(self._report(call))
            else:
                result = wire.sent(method, await self._rooms.handlers[method](call))
        except asyncio.CancelledError:
            mine = asyncio.current_task()
            if number not in self._cancelled and mine is not None and mine.cancelling():
                raise
            if number not in self._cancelled:
                # What it waited for was ended by somebody else: it is still owed an answer.
                log.warning("the work of a request ended early method=%s", method)
            error = error_object(Code.REQUEST_CANCELLED, "cancelled")
        except Exception as problem:
            error = translate(problem, method)
        finally:
            deltas.flush()
            self._requests.pop(number, None)
            self._cancelled.discard(number)
            self._changed()
        if error is None:
            began = time.thread_time()
            try:
                self._answer(number, result)
            except ValueError as problem:  # no JSON text can hold it, such as NaN
                error = translate(problem, method)
            if method in REPORTS:
                self._turns.pace.took(time.thread_time() - began)
        if error is not None:
            self._fail(number, error)

    async def _report(self, call: Call[Any]) -> Any:
        found = await self._rooms.handlers[call.method](call)
        await asyncio.sleep(0)  # gathering and writing are two steps: others may go between
        return wire.sent(call.method, found)

    def _answer(self, number: Any, result: Any) -> None:
        self._send({"jsonrpc": "2.0", "id": number, "result": result})

    def _refuse(self, number: Any, code: Code, message: str) -> None:
        self._fail(number, error_object(code, message))

    def _fail(self, number: Any, error: dict[str, Any]) -> None:
        self._send({"jsonrpc": "2.0", "id": number, "error": error})

    def _send(self, message: dict[str, Any]) -> None:
        self._outbox.say(dump(message))
