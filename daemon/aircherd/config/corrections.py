"""The file a user's corrections of the task detector are kept in: small JSON, theirs alone."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from aircherd.core.errors import InvalidRequest
from aircherd.tasks.corrections import Corrections

LARGEST = 1_000_000
"""Bytes; a file that is larger was not written here."""


def load(path: Path) -> Corrections:
    """What was stored; nothing when there is no file. Raises InvalidRequest for a damaged one."""
    try:
        with path.open("rb") as stored:
            raw = stored.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise ValueError("it is too large")
        return Corrections.from_json(raw.decode("utf-8"))
    except FileNotFoundError:
        return Corrections()
    except (OSError, ValueError, RecursionError) as broken:
        raise InvalidRequest(
            f"The corrections in {path} cannot be read ({broken}); "
            "delete the file or run `aircher task reset`."
        ) from None


def save(path: Path, corrections: Corrections) -> None:
    """Replaces the file in one step. Raises InvalidRequest when it cannot be written."""
    text = json.dumps(json.loads(corrections.to_json()), ensure_ascii=False, indent=1)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".corrections-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as new:
                new.write(text + "\n")
                new.flush()
                os.fsync(new.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as failed:
        raise InvalidRequest(
            f"The correction was not kept: {path} cannot be written ({failed.strerror}); "
            "make room or check the folder's permissions."
        ) from None
