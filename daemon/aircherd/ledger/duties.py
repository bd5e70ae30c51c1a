"""What keeps the books sound around the jobs: the writer calls, `bookkeeping.Books` does it."""

from __future__ import annotations

import sqlite3
from typing import Protocol


class Bookkeeping(Protocol):
    """What the writer asks of whose books it writes. All of it runs in the writer's thread."""

    def prepare(self) -> None:
        """Before the database is opened: makes the file."""

    def opened(self, db: sqlite3.Connection) -> None:
        """After it was opened, inside no transaction."""

    def begun(self, db: sqlite3.Connection) -> None:
        """At the start of each transaction."""

    def undone(self) -> None:
        """After one that was rolled back."""

    def committed(self, db: sqlite3.Connection) -> None:
        """After one that is on the disk."""

    def remember(self, db: sqlite3.Connection) -> None:
        """Before it is closed in good order."""

    def broken(self, why: str) -> None:
        """When the file is no sound database: puts it aside."""

    def chores(self, db: sqlite3.Connection) -> None:
        """Every few seconds, inside a transaction, while `restless` says so."""

    def restless(self) -> bool:
        """Whether there may be chores."""
