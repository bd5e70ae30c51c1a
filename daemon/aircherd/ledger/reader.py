"""The other side of the books: reports, from a connection of their own that cannot write.

A report over many rows does not keep a reservation waiting, and it sees one moment of the books.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from aircherd.core.errors import LedgerUnavailable
from aircherd.threads import pool

T = TypeVar("T")


class Reader:
    """Runs questions against the database, one after the other, in a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None
        self._inode = 0
        self._thread = pool(1, "reports")

    async def run(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """The answer of one question, as of one moment. Raises LedgerUnavailable."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._ask, question)

    async def close(self) -> None:
        """Closes the connection and ends the thread."""
        await asyncio.to_thread(self._thread.shutdown)
        self._close()

    def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        try:
            db = self._opened()
            db.execute("BEGIN")
            try:
                return question(db)
            finally:
                db.execute("ROLLBACK")
        except (sqlite3.Error, OSError) as error:
            self._close()
            raise LedgerUnavailable(
                f"The ledger {self._path} cannot be read ({error}); `aircher doctor` says more."
            ) from None

    def _opened(self) -> sqlite3.Connection:
        inode = self._path.stat().st_ino
        if self._db is None or inode != self._inode:
            self._close()
            self._db = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=ro",
                uri=True,
                isolation_level=None,
                timeout=10,
                check_same_thread=False,
            )
            # In kilobytes. What it keeps of the file is void after every write, so a large cache
            # holds nothing.
            self._db.execute("PRAGMA cache_size = -256")
            self._inode = inode
        return self._db

    def _close(self) -> None:
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
        self._db = None
