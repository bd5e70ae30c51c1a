"""What was recorded of a running daemon, and how the page shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from aircher_protocol.framing import frame
from aircher_protocol.jsontext import dump

FILE = Path(__file__).parent / "exchanges.json"
_WHO = {"editor": "// editor", "daemon": "// aircherd"}


@cache
def recorded() -> dict[str, list[dict[str, Any]]]:
    """By method or `error KIND`: messages in order, each under who sent it."""
    found: dict[str, list[dict[str, Any]]] = json.loads(FILE.read_text("utf-8"))
    return found


def block(name: str) -> Iterator[str]:
    """One exchange as lines of the page. Raises KeyError when it was not recorded."""
    yield "```jsonc"
    for one in recorded()[name]:
        for who, message in one.items():
            yield _WHO[who]
            yield json.dumps(message, ensure_ascii=False, indent=1)
    yield "```"
    yield ""


def bytes_of(name: str) -> Iterator[str]:
    """The first message of an exchange as it is on the wire."""
    message = recorded()[name][0]["editor"]
    yield "```text"
    yield frame(dump(message)).decode().replace("\r\n", "\\r\\n\n")
    yield "```"
    yield ""
