"""One thread, one connection, one queue: the only writer of the books.

Jobs that wait are written together: each in a savepoint of its own inside one `BEGIN IMMEDIATE`,
one commit for all (an fsync costs more than fifty rows), and only then are the callers told. A
deferred BEGIN would die with "database is locked" under a second writer, busy timeout or not.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from aircherd.core.errors import AircherError, LedgerUnavailable

T = TypeVar("T")
BUSY_SECONDS = 10.0
"""How long another process may hold the database."""
_MOST_AT_ONCE = 256

Job = Callable[[sqlite3.Connection], Any]


class Writer:
    """Runs jobs against the database, durable before their result is known."""

    def __init__(self, path: Path, opened: Callable[[sqlite3.Connection], None]) -> None:
        self._path = path
        self._opened = opened
        self._queue: queue.SimpleQueue[tuple[Job, asyncio.Future[Any], Any] | None]
        self._queue = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)
        self.failure: str | None = None
        """Why the last write failed; None when it went well."""

    def start(self) -> None:
        """Starts the thread; the database is opened by it."""
        self._thread.start()

    async def run(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Runs one job and gives its result once it is on the disk.

        Raises what the job raises, or LedgerUnavailable when it could not be written. A caller that
        is cancelled meanwhile does not undo the job; `undo` is for that.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue.put((job, future, loop))
        return await future

    def post(self, job: Job) -> None:
        """Runs a job nobody waits for."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._queue.put((job, future, loop))

    async def close(self) -> None:
        """Finishes what waits and closes the database."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        connection: sqlite3.Connection | None = None
        while True:
            batch = [self._queue.get()]
            with contextlib.suppress(queue.Empty):
                while len(batch) < _MOST_AT_ONCE:
                    batch.append(self._queue.get_nowait())
            jobs = [entry for entry in batch if entry is not None]
            if jobs:
                connection = self._batch(connection, jobs)
            if None in batch:
                break
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _batch(
        self,
        connection: sqlite3.Connection | None,
        jobs: list[tuple[Job, asyncio.Future[Any], Any]],
    ) -> sqlite3.Connection | None:
        results: list[tuple[asyncio.Future[Any], Any, Any, BaseException | None]] = []
        try:
            if connection is None:
                connection = _connect(self._path)
                self._opened(connection)
            connection.execute("BEGIN IMMEDIATE")
            for job, future, loop in jobs:
                connection.execute("SAVEPOINT job")
                try:
                    result = job(connection)
                except (AircherError, ValueError) as error:
                    connection.execute("ROLLBACK TO job")
                    results.append((future, loop, None, error))
                else:
                    results.append((future, loop, result, None))
                connection.execute("RELEASE job")
            connection.execute("COMMIT")
            self.failure = None
        except (sqlite3.Error, OSError, LedgerUnavailable) as error:
            self.failure = str(error)
            if connection is not None:
                with contextlib.suppress(sqlite3.Error):
                    connection.rollback()
                with contextlib.suppress(sqlite3.Error):
                    connection.close()
                connection = None
            problem = error
            if not isinstance(error, LedgerUnavailable):
                problem = LedgerUnavailable(
                    f"The ledger {self._path} cannot be written ({error}); nothing is spent until "
                    "it can. Free the disk or mend its permissions."
                )
            results = [(future, loop, None, problem) for _, future, loop in jobs]
        for future, loop, result, failed in results:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_tell, future, result, failed)
        return connection


def _tell(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection
