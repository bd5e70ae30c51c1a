"""A small client of the daemon, for shims and scripts.

`AsyncClient` for asyncio, `Client` for plain scripts; both run `aircherd connect` as a child.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from types import TracebackType
from typing import Any, TypeVar

import attrs

from aircher_protocol import PROTOCOL_VERSION
from aircher_protocol.codec import ParamsError, parse, structure, unstructure
from aircher_protocol.commands import AskResult
from aircher_protocol.errors import Code, ErrorData
from aircher_protocol.framing import FrameReader, frame
from aircher_protocol.jsontext import dump
from aircher_protocol.methods import METHODS
from aircher_protocol.types import Answer, CommitMessage, DeltaParams, WaitingParams

OnDelta = Callable[[DeltaParams], object]
OnWaiting = Callable[[WaitingParams], object]
R = TypeVar("R")
CONNECT = (sys.executable, "-P", "-m", "aircherd", "connect")  # `-P`: not of the folder one is in
_CANCEL_GRACE = 2.0
"""Seconds a cancelled call waits for the daemon to say that it has stopped."""


class RemoteError(Exception):
    """The daemon answered with an error; its text is for the user."""

    def __init__(self, code: int, message: str, data: ErrorData | None) -> None:
        self.code = code
        self.data = data
        super().__init__(message)


class ConnectionLost(Exception):
    """The daemon went away; what was asked may or may not have been done."""


class AsyncClient:
    """A connection to the daemon."""

    def __init__(
        self,
        *,
        name: str = "python",
        command: Sequence[str] = CONNECT,
        on_notification: Callable[[str, Any], object] | None = None,
    ) -> None:
        self._name = name
        self._command = tuple(command)
        self._on_notification = on_notification
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._deltas: dict[str | int, OnDelta] = {}
        self._lines: dict[str | int, OnWaiting] = {}
        self._lost: str | None = None

    async def start(self) -> AsyncClient:
        """Connects through `aircherd connect` and initializes."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Ctrl-C belongs to the caller: the forwarder must live to carry the cancel.
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return await self._begin(self._process.stdout, self._process.stdin)

    async def open(self, path: str) -> AsyncClient:
        """Connects to a socket directly and initializes."""
        reader, writer = await asyncio.open_unix_connection(path)
        return await self._begin(reader, writer)

    async def _begin(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> AsyncClient:
        self._reader, self._writer = reader, writer
        self._task = asyncio.create_task(self._read())
        await self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "clientInfo": {"name": self._name},
                "rootUri": None,
                "capabilities": {},
                "initializationOptions": {
                    "protocol": PROTOCOL_VERSION,
                    # Names only: so that the daemon can say which key it was started without.
                    "keyVariables": [n for n in os.environ if n.endswith(("_API_KEY", "_TOKEN"))],
                },
            },
        )
        self.notify("initialized", {})
        return self

    async def call(
        self,
        method: str,
        params: Any = None,
        *,
        on_delta: OnDelta | None = None,
        on_waiting: OnWaiting | None = None,
    ) -> Any:
        """Calls one of METHODS and gives its typed result.

        `on_waiting` is told when the request gets in line for a busy provider, where `on_delta`
        is given as well.

        `params` is the method's attrs type or a plain object. Raises RemoteError, ConnectionLost;
        cancelling the awaiting task cancels the request, and so does an `on_delta` that raises:
        what it raised is raised here.
        """
        known = METHODS[method]
        plain = unstructure(params) if attrs.has(type(params)) else dict(params or {})
        broken: list[Exception] = []
        if on_delta is not None and known.streams:
            plain["deltaToken"] = plain.get("deltaToken") or f"d{next(self._ids)}"
            self._deltas[plain["deltaToken"]] = _guarded(on_delta, broken)
            if on_waiting is not None:
                self._lines[plain["deltaToken"]] = on_waiting
        try:
            result = await self.request(method, plain)
        except asyncio.CancelledError:
            if broken and (task := asyncio.current_task()) is not None:
                task.uncancel()
                raise broken[0] from None
            raise
        finally:
            self._deltas.pop(plain.get("deltaToken", ""), None)
            self._lines.pop(plain.get("deltaToken", ""), None)
        return result if known.result is None else structure(known.result, result)

    async def request(self, method: str, params: Any) -> Any:
        """Sends any request and gives its plain result."""
        if self._lost is not None:
            raise ConnectionLost(self._lost)
        number = next(self._ids)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            if not future.done():
                with contextlib.suppress(Exception, asyncio.CancelledError):
                    self.notify("$/cancelRequest", {"id": number})
                    await asyncio.wait_for(asyncio.shield(future), _CANCEL_GRACE)
            raise
        finally:
            self._waiting.pop(number, None)
            if future.done() and not future.cancelled():
                future.exception()

    def notify(self, method: str, params: Any) -> None:
        """Sends a notification."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    async def close(self) -> None:
        """Says good-bye and closes the connection. Never raises."""
        with contextlib.suppress(Exception):
            async with asyncio.timeout(2):
                await self.request("shutdown", None)
                self.notify("exit", None)
        if self._writer is not None:
            with contextlib.suppress(Exception):
                self._writer.close()
                await self._writer.wait_closed()
        if self._process is not None:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(3):
                    await self._process.wait()
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    def _send(self, message: dict[str, Any]) -> None:
        if self._writer is None or self._writer.is_closing():
            raise ConnectionLost("The connection to aircherd is closed; try again.")
        self._writer.write(frame(dump(message)))

    async def _read(self) -> None:
        assert self._reader is not None
        frames = FrameReader()
        why = "aircherd closed the connection; `aircherd logs` may say why."
        try:
            while data := await self._reader.read(65536):
                for body in frames.feed(data):
                    self._take(parse(body))
        except Exception as error:
            why = f"The connection to aircherd broke ({error}); try again."
        finally:
            self._lost = why
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(ConnectionLost(why))

    def _take(self, message: Any) -> None:
        if not isinstance(message, dict):
            return
        if "method" in message:
            self._told(message)
            return
        future = self._waiting.get(message.get("id", -1))
        if future is None or future.done():
            return
        error = message.get("error")
        if error is None:
            future.set_result(message.get("result"))
            return
        data = error.get("data")
        with contextlib.suppress(Exception):
            data = structure(ErrorData, data)
        future.set_exception(
            RemoteError(
                int(error.get("code", 0)),
                str(error.get("message", "")),
                data if isinstance(data, ErrorData) else None,
            )
        )

    def _told(self, message: dict[str, Any]) -> None:
        method, params = message["method"], message.get("params")
        if "id" in message:
            error = {"code": int(Code.METHOD_NOT_FOUND), "message": f"{method} is not known here"}
            self._send({"jsonrpc": "2.0", "id": message["id"], "error": error})
            return
        known = METHODS.get(method)
        try:
            typed = structure(known.params, params) if known else params
        except ParamsError:
            return  # A newer daemon's, and no answer is owed: what is not understood is not for us.
        if isinstance(typed, DeltaParams):
            receiver = self._deltas.get(typed.token)
            if receiver is not None:
                receiver(typed)
        elif isinstance(typed, WaitingParams) and typed.token in self._lines:
            asyncio.get_running_loop().call_soon(self._lines[typed.token], typed)
        elif self._on_notification is not None:
            # By way of the loop, which reports what it raises; the connection goes on.
            asyncio.get_running_loop().call_soon(self._on_notification, method, typed)


def _guarded(on_delta: OnDelta, broken: list[Exception]) -> OnDelta:
    """A receiver whose first exception goes to `broken` and cancels the task that asked."""
    task = asyncio.current_task()

    def hear(delta: DeltaParams) -> None:
        try:
            on_delta(delta)
        except Exception as error:
            broken.append(error)
            if len(broken) == 1 and task is not None:
                task.cancel()

    return hear


class Client:
    """The same for plain scripts: a context manager whose calls block.

    with Client() as client:
        print(client.ask("What is a monad?").text)
    """

    def __init__(self, *, name: str = "python", command: Sequence[str] = CONNECT) -> None:
        self._async = AsyncClient(name=name, command=command)
        self._runner = asyncio.Runner()

    def __enter__(self) -> Client:
        try:
            self._run(self._async.start())
        except BaseException:
            self._finish()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._finish()

    def call(
        self,
        method: str,
        params: Any = None,
        *,
        on_delta: OnDelta | None = None,
        on_waiting: OnWaiting | None = None,
    ) -> Any:
        """Calls one of METHODS; Ctrl-C cancels the request and then raises."""
        work = self._async.call(method, params, on_delta=on_delta, on_waiting=on_waiting)
        return self._run(work)

    def notify(self, method: str, params: Any = None) -> None:
        """Sends a notification."""

        async def send() -> None:
            self._async.notify(method, params)

        self._run(send())

    def commit_message(self, workspace: str, *, on_delta: OnDelta | None = None) -> CommitMessage:
        """A message for what is staged in the repository around a path."""
        path = os.path.abspath(workspace)  # noqa: PTH100 - pathlib costs the shim 5 ms
        result: CommitMessage = self.call(
            "aircher/commitMessage", {"workspace": path}, on_delta=on_delta
        )
        return result

    def ask(self, prompt: str, *, on_delta: OnDelta | None = None) -> Answer:
        """An answer to one question."""
        result: AskResult = self.call("aircher/ask", {"prompt": prompt}, on_delta=on_delta)
        return result.answer

    def _run(self, work: Coroutine[Any, Any, R]) -> R:
        return self._runner.run(work)

    def _finish(self) -> None:
        with contextlib.suppress(Exception):
            self._run(self._async.close())
        self._runner.close()
