"""Whether the books balance: every sum derived from the rows once more, and what differs."""

from __future__ import annotations

import sqlite3

from aircherd.ledger.steps import DAILY_FROM_ENTRIES, MODELS_FROM_DAILY

_WRONG_ROWS = (
    ("settled without a cost", "state = 'settled' AND cost IS NULL"),
    ("released at a cost", "state = 'released' AND cost <> 0"),
    ("held with a cost", "state = 'held' AND cost IS NOT NULL"),
    ("over its hold without the mark", "cost > amount AND overrun = 0"),
    ("without a day", "day IS NULL"),
)
_WRONG = "SELECT count(*) FROM entries WHERE {where}"
_MORE = "SELECT count(*) FROM ({one} EXCEPT {other})"
_KEPT = "SELECT * FROM daily"
_MODELS = "SELECT * FROM daily_models"
_COUNT = {what: _WRONG.format(where=where) for what, where in _WRONG_ROWS}
_EXTRA = (
    _MORE.format(one=_KEPT, other=DAILY_FROM_ENTRIES),
    _MORE.format(one=DAILY_FROM_ENTRIES, other=_KEPT),
    _MORE.format(one=_MODELS, other=MODELS_FROM_DAILY),
    _MORE.format(one=MODELS_FROM_DAILY, other=_MODELS),
)
_SIDES = (
    "the sums by day say more than the rows",
    "the rows say more than the sums by day",
    "the sums by model say more than those by day",
    "the sums by day say more than those by model",
)
_UNCOUNTED = """
    SELECT count(*) FROM operations AS o
    WHERE (o.counted IS NULL)
       <> NOT EXISTS (SELECT 1 FROM entries WHERE operation = o.id AND state = 'settled')
"""


def differences(db: sqlite3.Connection) -> tuple[str, ...]:
    """What does not balance, in words; empty when everything does."""
    found = []
    for what, query in _COUNT.items():
        count = db.execute(query).fetchone()[0]
        if count:
            found.append(f"{count} entries are {what}")
    for query, side in zip(_EXTRA, _SIDES, strict=True):
        count = db.execute(query).fetchone()[0]
        if count:
            found.append(f"{side} in {count} places")
    count = db.execute(_UNCOUNTED).fetchone()[0]
    if count:
        found.append(f"{count} operations are not counted once")
    return tuple(found)
