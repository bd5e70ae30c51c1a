"""The file acceptance is kept in: counts and scores by model and task, no text of anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from aircherd.config.files import whole
from aircherd.core.errors import InvalidConfig
from aircherd.core.tasks import TaskKind
from aircherd.routing.acceptance import Record

LARGEST = 1_000_000
Records = dict[tuple[str, TaskKind], Record]
"""(`provider/model`, task) → what became of its answers."""


def load(path: Path) -> Records:
    """What was learned; nothing when there is no file. Raises InvalidConfig for a damaged one."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise ValueError("it is too large")
        return {
            (str(model), TaskKind(task)): _record(value)
            for model, tasks in json.loads(raw).items()
            for task, value in tasks.items()
        }
    except FileNotFoundError:
        return {}
    except (
        OSError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        RecursionError,
        OverflowError,
    ) as error:
        raise InvalidConfig(
            f"What was learned, in {path}, cannot be read ({error}); run `aircher quality --reset`."
        ) from None


def save(path: Path, records: Mapping[tuple[str, TaskKind], Record]) -> None:
    """Replaces the file whole."""
    plain: dict[str, dict[str, Any]] = {}
    for (model, task), record in sorted(records.items()):
        plain.setdefault(model, {})[str(task)] = {
            "trials": record.trials,
            "score": round(record.score, 4),
            "kept": record.kept,
            "edited": record.edited,
            "dropped": record.dropped,
            **(
                {} if record.last is None else {"last": date.fromisoformat(record.last).toordinal()}
            ),
        }
    whole(path, json.dumps(plain, indent=1) + "\n", mode=0o600)


def _record(value: Any) -> Record:
    trials = int(value["trials"])
    score = float(value["score"])
    if not 0 <= score <= trials:
        raise ValueError("a score does not fit its trials")
    kept, edited, dropped = (int(value[name]) for name in ("kept", "edited", "dropped"))
    last = value.get("last")
    day = date.fromordinal(int(last)).isoformat() if last else None
    return Record(trials, score, kept, edited, dropped, day)
