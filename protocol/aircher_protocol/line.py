"""One connection to the daemon that any thread may use, and that hands over text as it comes.

`Client` runs the loop in the caller's own thread, so it does one thing at a time; this runs it in
a thread of its own, for programs that stream or ask from several threads.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from aircher_protocol.client import CONNECT, AsyncClient
from aircher_protocol.types import DeltaKind, DeltaParams

R = TypeVar("R")
_STARTING = 60.0
"""Seconds a daemon may take to be there."""


class Line:
    """A connection with a thread of its own. Close it, or use it as a context manager."""

    def __init__(self, *, name: str = "python", command: Sequence[str] = CONNECT) -> None:
        """Connects. Raises ConnectionLost when the daemon cannot be reached."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="aircher", daemon=True)
        self._thread.start()
        self._closed = False
        self._client = AsyncClient(name=name, command=command)
        try:
            self._wait(self._submit(asyncio.wait_for(self._client.start(), _STARTING)))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, method: str, params: dict[str, Any]) -> Any:
        """Calls a method and gives its typed result. Raises RemoteError, ConnectionLost."""
        return self._wait(self._submit(self._client.call(method, params)))

    def pieces(self, method: str, params: dict[str, Any]) -> Iterator[Any]:
        """Pieces of text (str), then the typed result as the last item.

        Leaving the iterator early cancels the request. Raises RemoteError, ConnectionLost.
        """
        heard: queue.SimpleQueue[str | None] = queue.SimpleQueue()

        def hear(delta: DeltaParams) -> None:
            if delta.kind is DeltaKind.APPEND:
                heard.put(delta.text)

        future = self._submit(self._client.call(method, params, on_delta=hear))
        future.add_done_callback(lambda _: heard.put(None))
        try:
            while (piece := heard.get()) is not None:
                yield piece
            yield future.result()
        finally:
            if not future.done():
                future.cancel()

    def close(self) -> None:
        """Says good-bye and ends the thread; a second time it does nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            self._submit(self._client.close()).result()
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _submit(self, work: Coroutine[Any, Any, R]) -> Future[R]:
        if self._loop.is_closed():
            work.close()
            raise RuntimeError("This connection is closed; make a new one.")
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _wait(self, future: Future[R]) -> R:
        try:
            return future.result()
        except BaseException:
            future.cancel()  # Ctrl-C in the waiting thread stops the request as well.
            raise
