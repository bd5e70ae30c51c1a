"""The world exchanges are recorded in: a repository, a configuration, and a far side that answers.

Nothing leaves the machine: the far side is a server of ours that answers as hosted models do, well
or in one of their ways to fail, by the first part of the address it is asked at.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

GOOD = "example"
FILE = "def total(prices):\n    return sum(prices)\n"
MORE = "\n\ndef mean(prices):\n    return total(prices) / len(prices)\n"
MEAN = {"start": {"line": 4, "character": 0}, "end": {"line": 6, "character": 0}}
"""The lines of `mean`."""
_SUM = "    return total(prices) / len(prices)"
ANSWERS: dict[str, str] = {
    "You write the message of a git commit": "Add the mean of prices",
    "You review": json.dumps(
        {
            "file": "shop.py",
            "quote": _SUM,
            "severity": "error",
            "title": "Divides by zero",
            "why": "For an empty list the length is 0.",
            "fix": f"{_SUM} if prices else 0",
        }
    ),
    "You check the findings": '{"number": 1, "holds": true, "why": "Nothing checks the length."}',
    "You explain code": "It divides the sum of all prices by their number.",
    "You give a developer a short account": "The change adds the mean of prices.",
    "You mend a fault": "An empty list has no mean; it now gives 0.\n\n<<<<<<< SEARCH\n"
    f"{_SUM}\n=======\n{_SUM} if prices else 0\n>>>>>>> REPLACE",
    "You write the documentation comment": "Documented `mean`.\n\n<<<<<<< SEARCH\n"
    "def mean(prices):\n=======\ndef mean(prices):\n"
    '    """The mean price; at least one is needed."""\n>>>>>>> REPLACE',
    "You change the structure": "Only the parameter has another name.\n\n<<<<<<< SEARCH\n"
    f"def mean(prices):\n{_SUM}\n=======\ndef mean(amounts):\n"
    "    return total(amounts) / len(amounts)\n>>>>>>> REPLACE",
    "You write code for a developer": "```python\n\n\ndef median(prices):\n"
    "    return sorted(prices)[len(prices) // 2]\n```",
    "": "It is the sum of all prices.",
}
"""What a prompt begins with → what is answered to it."""
AT_ONCE: dict[str, dict[str, Any]] = {
    "embeddings": {
        "data": [{"index": 0, "embedding": [0.25, -0.5, 0.75]}],
        "model": "small",
        "usage": {"prompt_tokens": 3, "total_tokens": 3},
    },
    "generations": {
        "data": [{"b64_json": "iVBORw0KGgo="}],
        "usage": {"input_tokens": 4, "output_tokens": 272},
    },
}
"""What is answered at once, by the last part of the address."""
CLOSED = "http://127.0.0.1:9/v1"
"""Port 9 is `discard`; nobody serves it any more."""
REFUSALS: dict[str, tuple[int, str, dict[str, Any]]] = {
    "authentication": (401, "", {"message": "Incorrect API key provided"}),
    "rateLimit": (429, "Retry-After: 20\r\n", {"message": "Rate limit reached for small"}),
    "quotaExceeded": (402, "", {"message": "You exceeded your current quota"}),
    "contextLength": (
        400,
        "",
        {
            "message": "This model's maximum context length is 16384 tokens",
            "code": "context_length_exceeded",
        },
    ),
    "contentFilter": (400, "", {"message": "Refused by policy", "code": "content_filter"}),
    "modelNotFound": (404, "", {"message": "The model `small` does not exist"}),
    "serverError": (503, "", {"message": "The server is overloaded"}),
    "timeout": (504, "", {"message": "Gateway timeout"}),
}
"""Kind of error → the status, headers and body a provider says it with."""
OTHERS = ("interrupted", "networkError", "budgetExceeded")
SLOW = "slow"
"""What a provider is called that may be asked once a minute."""


def name_of(kind: str) -> str:
    """The provider that fails in one way."""
    return f"{GOOD}-{kind.lower()}"


def held_back(home: Path) -> None:
    """Two folders nothing is sent of: one was not accepted, one may only be seen here."""
    for name in ("untrusted", "withheld"):
        (home / name).mkdir()
    (home / "untrusted" / ".aircher.toml").write_text('commit.language = "de"\n', "utf-8")


def enter(home: Path, base: str) -> None:
    """Makes this process, and the daemon it starts, see nothing but this world."""
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_TOKEN")) or name.startswith(("XDG_", "OLLAMA_", "GIT_")):
            del os.environ[name]
    runtime = home / "run"
    runtime.mkdir(mode=0o700)
    os.environ |= {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_STATE_HOME": str(home / ".state"),
        "TZ": "UTC",
    }
    folder = home / ".config" / "aircher"
    folder.mkdir(parents=True)
    prices = {GOOD: "0.50", name_of("budgetExceeded"): "600"}
    text = "[cache]\nsession = false\n[costs]\ndaily_limit = 0.01\nalert_threshold = 0.01\n"
    for kind in ("", *REFUSALS, *OTHERS, SLOW):
        name = name_of(kind) if kind else GOOD
        address = CLOSED if kind == "networkError" else f"{base}/{kind or 'good'}/v1"
        text += (
            f'\n[providers.{name}]\nbase_url = "{address}"\nmodels = ["small"]\ncontext = 16384\n'
            f"local = false\ninput_per_million = 0.10\noutput_per_million = "
            f"{prices.get(name, '0.50')}\n"
        )
        if kind == SLOW:
            text += "requests_per_minute = 1\n"
    text += '\n[outbound]\nlocal_only = ["~/withheld"]\n'
    text += f'\n[providers]\ndefault = "{GOOD}"\n'
    (folder / "config.toml").write_text(text, "utf-8")


def repository(folder: Path, *, staged: bool) -> Path:
    """A small repository with one commit, and a change staged or not."""
    folder.mkdir()
    words = ["git", "-c", "user.name=You", "-c", "user.email=you@example.invalid"]

    def git(*more: str) -> None:
        subprocess.run([*words, *more], cwd=folder, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    (folder / "shop.py").write_text(FILE, "utf-8")
    git("add", ".")
    git("commit", "-q", "-m", "Add prices")
    if staged:
        (folder / "shop.py").write_text(FILE + MORE, "utf-8")
        git("add", ".")
    return folder


@contextlib.asynccontextmanager
async def far_side() -> AsyncIterator[str]:
    """Serves as long as it is open; gives its address."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    body = await reader.readexactly(int(length[1])) if length else b""
    kind = head.split(b"/", 2)[1].decode()
    path = head.split(b" ", 2)[1].rsplit(b"/", 1)[-1].decode()
    if kind in REFUSALS:
        status, headers, error = REFUSALS[kind]
        text = json.dumps({"error": error})
        more = f"{headers}Content-Type: application/json\r\nContent-Length: {len(text)}\r\n"
        writer.write(f"HTTP/1.1 {status} No\r\n{more}Connection: close\r\n\r\n{text}".encode())
    elif path in AT_ONCE:
        text = json.dumps(AT_ONCE[path])
        more = f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n"
        writer.write(f"HTTP/1.1 200 OK\r\n{more}Connection: close\r\n\r\n{text}".encode())
    else:
        writer.write(_answer(body, whole=kind != "interrupted"))
    await writer.drain()
    if b"Never mind" in body:
        await reader.read()
    writer.close()


def _answer(body: bytes, *, whole: bool) -> bytes:
    said = next(text for begins, text in ANSWERS.items() if begins.encode() in body)
    rows: list[dict[str, Any]] = [{"choices": [{"index": 0, "delta": {"content": said}}]}]
    if whole:
        rows += [
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
            {"choices": [], "usage": {"prompt_tokens": 212, "completion_tokens": 6}},
        ]
    events = "".join(f"data: {json.dumps({'id': 'x', **row})}\n\n" for row in rows)
    start = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    return f"{start}{events}{'data: [DONE]' if whole else ''}\n\n".encode()
