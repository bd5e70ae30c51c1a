"""One thread, one connection, one queue: the only writer of the books.

Jobs that wait are written together inside one `BEGIN IMMEDIATE` with one commit (an fsync costs
more than fifty rows), and only then are the callers told. A deferred BEGIN would die with "database
is locked" under a second writer, busy timeout or not.

A job that raises has written nothing; should one have, or should SQLite refuse one of a batch, the
whole batch is undone and its jobs run again, each in a transaction of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from aircherd.core.errors import AircherError, LedgerUnavailable
from aircherd.ledger.duties import Bookkeeping
from aircherd.ledger.jobs import Entry, Job, Jobs
from aircherd.ledger.results import Result, Told, into, tell
from aircherd.ledger.turn import Turn

log = logging.getLogger(__name__)

T = TypeVar("T")
BUSY_SECONDS = 10.0
"""How long another process may hold the database."""
_WAL_ENOUGH = 256
"""Pages of 4 KiB in SQLite's log before they go into the database, which is done once the callers
were told: its own 1,000 are more than a small disk may have left, and where the log has filled the
disk there is no room to empty it."""
_WAL_PAGES = 512
"""The same where the thread never comes to it: then a commit does it, and its callers wait."""
_CHORES_EVERY = 5.0
"""Seconds between two looks at what nobody waits for; steady work puts none of them off."""
_PAGES_A_COMMIT = 8
"""Pages a commit writes, about: a leaf of each table and index; each job adds one, at most."""
_ITS_OWN = (AircherError, ValueError, OverflowError, sqlite3.IntegrityError)
"""What is wrong with a job alone, such as a number no column holds, and not with the database."""
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Writer:
    """Runs jobs against the database, durable before their result is known."""

    def __init__(self, path: Path, books: Bookkeeping) -> None:
        self._path = path
        self._books = books
        self._turn = Turn(path, BUSY_SECONDS)
        self._db: sqlite3.Connection | None = None
        self._inode = 0
        self._chores_at = time.monotonic() + _CHORES_EVERY
        self._jobs = Jobs()
        self._pages = 0
        self._worked = False
        self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)
        self.asleep = False
        """Whether the thread waits for work alone and would not see that there may be chores."""
        self.failure: str | None = None
        """Why the last write failed; None when it went well."""

    def start(self) -> None:
        """Starts the thread; the database is opened by it."""
        self._thread.start()

    async def run(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Runs one job and gives its result once it is on the disk.

        Raises what the job raises, or LedgerUnavailable when it could not be written. A caller that
        is cancelled meanwhile does not undo the job.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.hand(job, into(future))
        return await future

    def hand(self, job: Job, told: Told) -> None:
        """The same without waiting: `told` hears of it in the running loop, whoever left."""
        self._jobs.put(job, told, asyncio.get_running_loop())

    def hand_later(self, job: Job, told: Told) -> None:
        """The same for what nobody waits for: with what is written next, milliseconds later."""
        self._jobs.put_later(job, told)

    def look(self) -> None:
        """Says that there may be chores from now on, while the thread waits for work."""
        if self.asleep:
            self._jobs.look()

    def post(self, job: Job) -> None:
        """Runs a job nobody waits for."""
        self._jobs.put(job, None, None)

    async def close(self) -> None:
        """Finishes what waits and closes the database."""
        self._jobs.end()
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        while True:
            jobs, ended = self._next()
            if jobs:
                tell(self._written(jobs))
            if ended:
                break
            if self._pages >= _WAL_ENOUGH and self._jobs.none_waits():
                self._checkpoint()
            if time.monotonic() >= self._chores_at:
                self._chores_at = time.monotonic() + _CHORES_EVERY
                if self._books.restless():
                    self._written([(self._books.chores, None, None)])
        with contextlib.suppress(LedgerUnavailable, OSError), self._turn.taken():
            if self._db is not None:
                self._books.remember(self._db)
            self._close()  # the last connection to close writes the log back: that is a write
        self._close()
        self._turn.close()

    def _next(self) -> tuple[list[Entry], bool]:
        # Said before it is looked whether there are chores: who makes some and then reads this
        # either was seen, or knows to wake the thread. Right after work it sleeps lightly, so that
        # a request wakes it for what it writes and for nothing else.
        self.asleep = not self._worked
        try:
            if self._worked or self._books.restless():
                self.asleep = False
                taken = self._jobs.taken(max(0.0, self._chores_at - time.monotonic()))
            else:
                taken = self._jobs.taken(None)
                self._chores_at = time.monotonic() + _CHORES_EVERY
        except queue.Empty:
            self._worked = False
            return self._jobs.lingering(), False
        self._worked = True
        return taken

    def _written(self, jobs: list[Entry]) -> list[Result]:
        try:
            with self._turn.taken():
                try:
                    results = self._transaction(self._opened(), jobs)
                except sqlite3.DatabaseError as error:
                    if (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF not in _BROKEN:
                        raise
                    self._close()
                    self._books.broken(str(error))
                    results = self._transaction(self._opened(), jobs)
        except _OneByOne:
            return [result for job in jobs for result in self._written([job])]
        except Exception as error:
            if not isinstance(error, sqlite3.Error | OSError | LedgerUnavailable):
                log.exception("a job of the books went wrong")
            self.failure = str(error)
            self._books.undone()
            self._close()
            return [(told, loop, None, self._problem(error)) for _, told, loop in jobs]
        self.failure = None
        return results

    def _transaction(self, db: sqlite3.Connection, jobs: list[Entry]) -> list[Result]:
        results: list[Result] = []
        db.execute("BEGIN IMMEDIATE")
        self._books.begun(db)
        try:
            for job, told, loop in jobs:
                before = db.total_changes
                try:
                    results.append((told, loop, job(db), None))
                except _ITS_OWN as error:
                    if db.total_changes != before and len(jobs) > 1:
                        raise _OneByOne from None
                    if db.total_changes != before:
                        db.execute("ROLLBACK")
                        self._books.undone()
                        return [(told, loop, None, error)]
                    results.append((told, loop, None, error))
            db.execute("COMMIT")
            self._pages += _PAGES_A_COMMIT + len(jobs)
        except BaseException:
            self._books.undone()
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        self._books.committed(db)
        return results

    def _checkpoint(self) -> None:
        """Brings what is in the log into the database while nobody waits for it."""
        self._pages = 0
        with contextlib.suppress(sqlite3.Error, OSError, LedgerUnavailable), self._turn.taken():
            if self._db is not None:
                self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _opened(self) -> sqlite3.Connection:
        """The connection; another when the file of that name is another."""
        if self._db is not None:
            with contextlib.suppress(FileNotFoundError):
                if os.stat(self._path).st_ino == self._inode:  # noqa: PTH116 - once a commit
                    return self._db
            self._close()
        self._books.prepare()
        self._inode = self._path.stat().st_ino
        db = self._db = sqlite3.connect(
            self._path, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False
        )
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES:d}")
        db.execute("PRAGMA foreign_keys = ON")
        self._books.opened(db)
        return db

    def _close(self) -> None:
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
        self._db = None

    def _problem(self, error: BaseException) -> LedgerUnavailable:
        if isinstance(error, LedgerUnavailable):
            return error
        return LedgerUnavailable(
            f"The ledger {self._path} cannot be written ({error}); nothing is spent until "
            "it can. Free the disk or mend its permissions."
        )


class _OneByOne(Exception):
    """One of several jobs failed after it had written."""
