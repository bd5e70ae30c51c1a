"""Idempotency keys: one operation for one key, whoever sends it and however often.

A key is durable before its operation begins. While its answer is kept (a day) it is given again;
when its operation was cut off by a crash its outcome is unknown and it is never sent again, because
the provider may have been asked and paid. Only callers that send a key have their answer kept.
"""

from __future__ import annotations

from datetime import timedelta

from aircherd.core.books import Claim, Standing
from aircherd.core.errors import InvalidRequest
from aircherd.ledger.holds import Page
from aircherd.ledger.recovery import alive

KEPT = timedelta(hours=24)
"""How long a key means the same operation."""


def claim(page: Page, key: str, fingerprint: str, operation: str) -> Claim:
    """Takes a key, or says what it stands for.

    Raises InvalidRequest when the key was used for another request.
    """
    since = (page.now - KEPT).isoformat()
    row = page.db.execute(
        "SELECT fingerprint, operation, owner, answer FROM keys WHERE key = ? AND claimed_at >= ?",
        (key, since),
    ).fetchone()
    if row is None:
        page.db.execute("DELETE FROM keys WHERE claimed_at < ?", (since,))
        page.db.execute(
            "INSERT INTO keys VALUES (?, ?, ?, ?, ?, NULL)",
            (key, fingerprint, operation, page.owner, page.now.isoformat()),
        )
        return Claim(standing=Standing.NEW, operation=operation)
    before, its, owner, answer = row
    if before != fingerprint:
        raise InvalidRequest(
            "This idempotency key was used for another request in the last day; take a new key."
        )
    if answer is not None:
        return Claim(standing=Standing.ANSWERED, operation=its, answer=answer)
    if alive(owner):
        return Claim(standing=Standing.RUNNING, operation=its)
    if page.db.execute("SELECT 1 FROM entries WHERE operation = ? LIMIT 1", (its,)).fetchone():
        return Claim(standing=Standing.LOST, operation=its)
    # Its process died before it had reserved anything: nothing was sent.
    page.db.execute(
        "UPDATE keys SET operation = ?, owner = ?, claimed_at = ? WHERE key = ?",
        (operation, page.owner, page.now.isoformat(), key),
    )
    return Claim(standing=Standing.NEW, operation=operation)


def answered(page: Page, key: str, answer: str) -> None:
    """Keeps the answer of a key's operation."""
    page.db.execute("UPDATE keys SET answer = ? WHERE key = ? AND answer IS NULL", (answer, key))


def let_go(page: Page, key: str, _: str) -> None:
    """Gives a key back whose operation never reached a provider; otherwise it is lost."""
    gone = page.db.execute(
        "DELETE FROM keys WHERE key = ? AND answer IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM entries WHERE entries.operation = keys.operation"
        "  AND state <> 'released')",
        (key,),
    ).rowcount
    if not gone:
        page.db.execute("UPDATE keys SET owner = '' WHERE key = ? AND answer IS NULL", (key,))
