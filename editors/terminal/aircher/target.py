"""`FILE[:LINES]` as a person types it: a file, and lines of it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from aircher.show import Failed

_LARGEST = 4 << 20


def target(said: str) -> tuple[Path, tuple[int, int] | None]:
    """The file and the lines, 1-based, the last included. Raises Failed.

    `shop.py`, `shop.py:12`, `shop.py:12-30`; a file that is really called so comes first.
    """
    if Path(said).is_file():
        return Path(os.path.abspath(said)), None  # noqa: PTH100 - links stay as they were named
    found = re.fullmatch(r"(.+):(\d+)(?:[-,:](\d+))?", said)
    if found is None or not Path(found[1]).is_file():
        raise Failed(f"There is no file {said}; name one, such as `shop.py` or `shop.py:12-30`.")
    first, last = int(found[2]), int(found[3] or found[2])
    if not 1 <= first <= last:
        raise Failed(f"The lines of {said} are not in order; write them such as `12-30`.")
    count = text_of(Path(found[1])).count("\n") + 1
    # One line below the last is where something new can go.
    if first > count + 1:
        raise Failed(f"{found[1]} has {count} lines, so there is no line {first}; name some of it.")
    return Path(os.path.abspath(found[1])), (first, last)  # noqa: PTH100


def document(path: Path) -> dict[str, Any]:
    """A file with its text, for a request. Raises Failed for what is no text."""
    return {"uri": path.as_uri(), "text": text_of(path)}


def text_of(path: Path) -> str:
    """A file's text with its line ends as they are. Raises Failed."""
    try:
        if path.stat().st_size > _LARGEST:
            raise Failed(f"{path} is larger than {_LARGEST >> 20} MiB; split it first.")
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise Failed(f"{path} is no UTF-8 text; convert it first.") from None
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror}.") from None


def lines_range(lines: tuple[int, int] | None) -> dict[str, Any] | None:
    """Whole lines as LSP has them."""
    if lines is None:
        return None
    first, last = lines
    return {
        "start": {"line": first - 1, "character": 0},
        "end": {"line": last, "character": 0},
    }
