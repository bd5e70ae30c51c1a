"""What the writer's thread does around the jobs: opening, remembering, mending, chores."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from collections import deque
from pathlib import Path

from aircherd.core.books import Hold, HoldRequest, Settlement
from aircherd.core.clock import Clock
from aircherd.ledger import holds, recovery, snapshot
from aircherd.ledger.balances import Place
from aircherd.ledger.holds import Page
from aircherd.ledger.migrations import migrate

log = logging.getLogger(__name__)

MOST_DOUBTFUL = 10_000
"""Failed reservations that are looked for later: two megabytes of them."""
_REMEMBER_EVERY = 10.0
"""Seconds between two writings of the second memory."""


class Books:
    """One database's life in this process. See `writer.Bookkeeping` for when each is called."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._owner = recovery.owner()
        self._pending: dict[Hold, tuple[float, Place]] = {}
        self._since = snapshot.Sums()
        # By place: the second memory may stay unwritable for long.
        self._remember_after = time.monotonic() + _REMEMBER_EVERY
        self._changes = 0
        self._forgetting = False
        self._from_broken = snapshot.Sums()
        self._book = ""
        self.late: list[tuple[Hold, Settlement | str]] = []
        """Ends of holds that could not be written yet."""
        self.doubtful: deque[tuple[str, int]] = deque(maxlen=MOST_DOUBTFUL)
        """Reservations (operation, attempt) that failed to be written, as far as could be told: a
        commit may report an error and be on the disk all the same. The oldest go first: should one
        of those stand there, it counts in full, and is settled so at the next start."""
        self.said: str | None = None
        """What the user should know of this database."""
        self.page: Page
        """The running transaction."""

    def watch(self, hold: Hold, request: HoldRequest) -> None:
        """Settles a hold in full that nobody has ended when its lifetime is over."""
        place = holds.place_of(request, holds.day_of(request))
        self._pending[hold] = (self._clock.monotonic() + request.lifetime, place)

    def day(self, hold: Hold) -> str:
        """The key of the day a hold counts in; empty of one that has ended or is not known here."""
        found = self._pending.get(hold)
        return "" if found is None else f"day:{found[1].day}"

    def unwatch(self, hold: Hold) -> None:
        """The hold has ended."""
        self._pending.pop(hold, None)

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
        memory = snapshot.remembered(self._path)
        for place, cost in self._since.items():
            memory.add(place, cost)
        sums = snapshot.higher(self._with_pending(memory), self._with_pending(self._from_broken))
        db.execute("BEGIN IMMEDIATE")
        try:
            self.begun(db)
            carried = snapshot.carry(self.page, sums)
            count = recovery.settle_abandoned(self.page)
            db.execute("COMMIT")
        except BaseException:
            self.undone()
            db.execute("ROLLBACK")
            raise
        self._from_broken, self._book = snapshot.Sums(), book
        if carried:
            self._since.clear()
        if count:
            log.warning("%s holds of a process that died were settled in full", count)

    def begun(self, db: sqlite3.Connection) -> None:
        """A transaction begins: what is remembered of sums may be old."""
        self.page.now = self._clock.now()
        self.page.settled.clear()
        self.page.balances.begin(db)

    def undone(self) -> None:
        """A transaction came to nothing."""
        with contextlib.suppress(AttributeError):  # before the first opening
            self.page.balances.forget()

    def committed(self, db: sqlite3.Connection) -> None:
        """Remembers what was settled, and writes the second memory when it is time."""
        for place, cost in self.page.settled:
            self._since.add(place, cost)
        if self._forgetting:
            self._forgetting = False
            self._emptied(db)
        if time.monotonic() >= self._remember_after:
            self.remember(db)

    def remember(self, db: sqlite3.Connection) -> None:
        """Writes the second memory now. A full disk costs only that."""
        if db.total_changes == self._changes:
            return
        began, self._changes = time.monotonic(), db.total_changes
        try:
            snapshot.write(self._path, db, self._clock.now())
            self._since.clear()
        except (OSError, sqlite3.Error) as error:
            log.warning("the ledger's second memory cannot be written: %s", error)
        ended = time.monotonic()
        # However large it is, writing it takes no more than one part in a hundred of the time.
        self._remember_after = ended + max(_REMEMBER_EVERY, 100 * (ended - began))

    def forgetting(self) -> None:
        """What is about to be forgotten is in no second memory either: it would come back."""
        snapshot.place_of(self._path).unlink(missing_ok=True)
        self._remember_after = 0.0
        self._forgetting = True

    def _emptied(self, db: sqlite3.Connection) -> None:
        """Writes the log back and cuts it: it still holds the rows as they were."""
        try:
            busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.Error as error:
            log.warning("what was forgotten is in the ledger's log for now: %s", error)
        else:
            if busy:
                log.warning("what was forgotten is in the ledger's log while it is being read")

    def broken(self, why: str) -> None:
        """Puts a broken database aside; the next goes on from the sums known. Raises OSError."""
        aside = snapshot.set_aside(self._path, self._clock.now())
        self._from_broken = snapshot.salvaged(aside, self._clock.now())
        self.said = (
            f"the ledger was broken ({why}) and set aside as {aside}; what was spent and held "
            "lately is carried on"
        )
        log.error("%s", self.said)

    def _with_pending(self, sums: snapshot.Sums) -> snapshot.Sums:
        for hold, (_, place) in tuple(self._pending.items()):
            if hold.book == self._book:
                sums.hold(hold.id, place, hold.amount)
        return sums

    def restless(self) -> bool:
        """Whether holds may come due or ends wait to be written."""
        return bool(self._pending or self.late or self.doubtful)

    def chores(self, db: sqlite3.Connection) -> None:
        """Settles overdue holds in full, writes ends that came late, frees what nobody holds."""
        now = self._clock.monotonic()
        for hold, (deadline, _) in tuple(self._pending.items()):
            if now < deadline:
                continue
            if hold.book != self.page.book:
                self.unwatch(hold)
                continue
            try:
                holds.settle_in_full(self.page, hold.id, hold.amount, "expired")
                log.error("hold %s was never ended; it is settled in full", hold.id)
            except ValueError:
                self.unwatch(hold)  # it stands in the books since the last round
        for _ in range(len(self.doubtful)):
            one, stood = self.doubtful.popleft(), True
            try:
                stood = holds.withdraw(self.page, *one)
            finally:
                if stood:
                    self.doubtful.append(one)  # until a later round finds it freed
        for end in tuple(self.late):
            try:
                self._end(*end)
            except (ValueError, OverflowError):
                self.late.remove(end)  # it stands in the books since the last round, or never can

    def _end(self, hold: Hold, end: Settlement | str) -> None:
        if hold.book != self.page.book:
            raise ValueError("its database was set aside")
        if isinstance(end, str):
            holds.release(self.page, hold, end)
        else:
            holds.settle(self.page, hold, end)
