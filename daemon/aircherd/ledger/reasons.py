"""Why a request went where it went, from its row in the books."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from aircherd.core.money import NanoUsd


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One operation: the choice as it was stored, and what became of it."""

    operation: str
    at: str
    """ISO 8601."""
    task: str
    client: str
    reason: dict[str, Any]
    """As `features.desk.reason_json` made it; empty when it cannot be read."""
    attempts: tuple[tuple[str, str, NanoUsd | None], ...]
    """(`provider/model`, outcome, cost; None while it is not settled)."""


def chosen(db: sqlite3.Connection, operation: str | None) -> Chosen | None:
    """An operation by its id or the beginning of it, the newest without one."""
    like = f"{operation or ''}".replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    row = db.execute(
        "SELECT id, started_at, task, client, reason FROM operations"
        " WHERE id LIKE ? ESCAPE '\\' ORDER BY started_at DESC LIMIT 1",
        (like,),
    ).fetchone()
    if row is None:
        return None
    entries = db.execute(
        "SELECT provider || '/' || model, coalesce(outcome, state), cost FROM entries"
        " WHERE operation = ? ORDER BY attempt",
        (row[0],),
    ).fetchall()
    return Chosen(
        operation=row[0],
        at=row[1],
        task=row[2],
        client=row[3],
        reason=_read(row[4]),
        attempts=tuple((name, outcome, cost) for name, outcome, cost in entries),
    )


def _read(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
