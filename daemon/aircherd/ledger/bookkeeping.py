"""What the writer's thread does around the jobs: opening, remembering, mending, chores."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from pathlib import Path

from aircherd.core.books import Hold, Settlement
from aircherd.core.clock import Clock
from aircherd.ledger import holds, recovery, snapshot
from aircherd.ledger.holds import Page
from aircherd.ledger.migrations import migrate

log = logging.getLogger(__name__)

_REMEMBER_EVERY = 10.0
"""Seconds between two writings of the second memory."""


class Books:
    """One database's life in this process. See `writer.Bookkeeping` for when each is called."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._owner = recovery.owner()
        self._deadlines: dict[Hold, float] = {}
        self._remember_after = time.monotonic() + _REMEMBER_EVERY
        self._changes = 0
        self._from_broken: snapshot.Sums = {}
        self.late: list[tuple[Hold, Settlement | str]] = []
        """Ends of holds that could not be written yet."""
        self.said: str | None = None
        """What the user should know of this database."""
        self.page: Page
        """The running transaction."""

    def watch(self, hold: Hold, lifetime: float) -> None:
        """Settles a hold in full that nobody has ended after so many seconds."""
        self._deadlines[hold] = self._clock.monotonic() + lifetime

    def unwatch(self, hold: Hold) -> None:
        """The hold has ended."""
        self._deadlines.pop(hold, None)

    def ends_here(self, hold: Hold) -> bool:
        """Whether a hold stands in this database and not in one that was set aside."""
        if not hold.book:
            return False
        if hold.book != self.page.book:
            log.warning("hold %s went with a broken ledger; it is booked in full", hold.id)
            self.unwatch(hold)
        return hold.book == self.page.book

    def later(self, hold: Hold, end: Settlement | str) -> None:
        """Keeps the end of a hold until it can be written."""
        self.unwatch(hold)
        self.late.append((hold, end))

    def prepare(self) -> None:
        """Makes the file when there is none, readable by its owner only."""
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))

    def opened(self, db: sqlite3.Connection) -> None:
        """Brings the database up to date and settles what dead processes left."""
        migrate(db)
        book = db.execute("SELECT id FROM book").fetchone()[0]
        self._changes = db.total_changes
        self.page = Page(db=db, now=self._clock.now(), owner=self._owner, book=book)
        # Touches the rows written last, so that a torn end shows now rather than at the first call.
        db.execute("SELECT * FROM entries ORDER BY id DESC LIMIT 3").fetchall()
        sums = snapshot.higher(snapshot.remembered(self._path), self._from_broken)
        db.execute("BEGIN IMMEDIATE")
        try:
            self.begun(db)
            snapshot.carry(self.page, sums)
            count = recovery.settle_abandoned(self.page)
            db.execute("COMMIT")
        except BaseException:
            self.undone()
            db.execute("ROLLBACK")
            raise
        self._from_broken = {}
        if count:
            log.warning("%s holds of a process that died were settled in full", count)

    def begun(self, db: sqlite3.Connection) -> None:
        """A transaction begins: what is remembered of sums may be old."""
        self.page.now = self._clock.now()
        self.page.balances.begin(db)

    def undone(self) -> None:
        """A transaction came to nothing."""
        with contextlib.suppress(AttributeError):  # before the first opening
            self.page.balances.forget()

    def committed(self, db: sqlite3.Connection) -> None:
        """Writes the second memory, when there is news and it is time."""
        if time.monotonic() >= self._remember_after:
            self.remember(db)

    def remember(self, db: sqlite3.Connection) -> None:
        """Writes the second memory now. A full disk costs only that."""
        if db.total_changes == self._changes:
            return
        began, self._changes = time.monotonic(), db.total_changes
        try:
            snapshot.write(self._path, db, self._clock.now())
        except (OSError, sqlite3.Error) as error:
            log.warning("the ledger's second memory cannot be written: %s", error)
        ended = time.monotonic()
        # However large it is, writing it takes no more than one part in a hundred of the time.
        self._remember_after = ended + max(_REMEMBER_EVERY, 100 * (ended - began))

    def broken(self, why: str) -> None:
        """Puts a broken database aside; the next goes on from the sums known. Raises OSError."""
        aside = snapshot.set_aside(self._path, self._clock.now())
        self._from_broken = snapshot.salvaged(aside, self._clock.now())
        self.said = (
            f"the ledger was broken ({why}) and set aside as {aside}; what was spent and held "
            "lately is carried on"
        )
        log.error("%s", self.said)

    def restless(self) -> bool:
        """Whether holds may come due or ends wait to be written."""
        return bool(self._deadlines or self.late)

    def chores(self, db: sqlite3.Connection) -> None:
        """Settles overdue holds in full and writes ends that came late."""
        now = self._clock.monotonic()
        for hold, deadline in tuple(self._deadlines.items()):
            if now < deadline:
                continue
            self.unwatch(hold)
            with contextlib.suppress(ValueError):
                holds.settle_in_full(self.page, hold.id, hold.amount, "expired")
                log.error("hold %s was never ended; it is settled in full", hold.id)
        for end in tuple(self.late):
            try:
                self._end(*end)
            except ValueError:
                self.late.remove(end)  # it stands in the books since the last round

    def _end(self, hold: Hold, end: Settlement | str) -> None:
        if hold.book != self.page.book:
            raise ValueError("its database was set aside")
        if isinstance(end, str):
            holds.release(self.page, hold, end)
        else:
            holds.settle(self.page, hold, end)
