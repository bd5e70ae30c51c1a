"""Looks, after every test, whether anything it left behind holds a key it was run with.

Looked through are the home without the configuration, state, caches and the runtime
directory: logs, databases with their WAL, outboxes, temporary files. Looked for is
each key that stands in the environment when the test ends, in every form a key could have.
"""

from __future__ import annotations

import base64
import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

SENTINEL = "sentinel-0fJqWm5Gt1Ry8Ps3Uv6Bx"
"""In the environment of every test, under a name no program knows."""
NAME = "AIRCHERTESTSECRET"
_KEYS = re.compile(r"(?:API_?KEY|_KEY|_TOKEN|_SECRET)$")
_SHORTEST = 16
_LARGEST = 64 << 20
_KEPT_THERE = ("keys.json", "ring.json")
"""What is made to hold keys."""

looked = {"tests": 0, "files": 0, "keys": 0}


def forms(key: str) -> Iterator[tuple[str, bytes]]:
    """How a key could stand somewhere."""
    raw = key.encode()
    yield "as it is", raw
    yield "its beginning", raw[:20]
    yield "its end", raw[-14:]
    yield "backwards", raw[::-1]
    yield "hexadecimal", raw.hex().encode()
    yield "quoted", quote(key, safe="").encode()
    yield "as JSON", json.dumps(key)[1:-1].encode()
    for shift in range(3):
        # base64 has three forms, by where in the whole it begins.
        coded = base64.b64encode(b"\0" * shift + raw)
        yield f"base64 {shift}", coded[4 : len(coded) // 4 * 4 - 4]


def left_in(*roots: Path) -> list[str]:
    """Files below the roots that hold a key of the environment as it is now, and how."""
    keys = {
        name: list(forms(value))
        for name, value in os.environ.items()
        if name == NAME or (_KEYS.search(name) and len(value) >= _SHORTEST)
    }
    looked["tests"] += 1
    looked["keys"] += len(keys)
    config = os.environ.get("XDG_CONFIG_HOME", "/nonexistent")
    found: list[str] = []
    for root in roots:
        for folder, _, names in os.walk(root):
            if folder.startswith(config):
                continue
            for name in names:
                path = f"{folder}/{name}"
                data = b"" if name in _KEPT_THERE else _bytes(path)
                looked["files"] += bool(data)
                found += [
                    f"{path}: {key} {how}"
                    for key, known in keys.items()
                    for how, form in known
                    if form in data
                ]
    return found


def _bytes(path: str) -> bytes:
    try:
        state = os.lstat(path)
        if not stat.S_ISREG(state.st_mode) or state.st_size > _LARGEST:
            return b""
        with open(path, "rb") as file:  # noqa: PTH123 - the same
            return file.read()
    except OSError:
        return b""
