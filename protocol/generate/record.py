"""Records one real exchange of each method for the protocol's page.

    python protocol/generate/record.py

Starts a daemon in a world of its own, without network or keys, in a small repository, beside a
local server that answers like a model. What differs from run to run is made stable afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent / "exchanges.json"
FILE = "def total(prices):\n    return sum(prices)\n"
MORE = "\n\ndef mean(prices):\n    return total(prices) / len(prices)\n"
ANSWERS = {"commit": "Add the mean of prices", "ask": "It is the sum of all prices."}
STABLE: dict[str, Any] = {
    "requestId": "5f2c9a417e30",
    "pid": 4711,
    "durationMs": 412,
    "firstTokenMs": 180,
    "uptimeSeconds": 93.5,
    "version": "0.0.0",
    "errorId": "5f2c9a417e30",
    "resetsAt": "2026-12-01T00:00:00+00:00",
    "priceTable": "genai-prices 0.2.3, 2026-11-21",
    "token": "t1",
    "line": 3,
}


async def main() -> None:
    """Records everything and writes the file."""
    with tempfile.TemporaryDirectory(prefix="air", dir="/tmp") as folder:
        home = Path(folder)
        shop = _repository(home)
        async with _model() as base:
            _world(home, base)
            recorded = await _record(shop)
            await asyncio.to_thread(_stop)
    text = json.dumps(recorded, ensure_ascii=False, indent=1).replace(str(shop), "/home/you/shop")
    text = text.replace(base, "http://127.0.0.1:8080/v1").replace(
        base[:-3], "http://127.0.0.1:8080"
    )
    TARGET.write_text(text.replace(str(home), "/home/you") + "\n", "utf-8")


async def _record(shop: Path) -> dict[str, Any]:
    from aircher_protocol.client import AsyncClient, RemoteError
    from aircher_protocol.codec import unstructure
    from aircher_protocol.types import DeltaParams

    client = AsyncClient(name="example")
    await client.start()
    deltas: list[Any] = []

    def heard(delta: DeltaParams) -> None:
        deltas.append(unstructure(delta))

    where = str(shop)
    asked: dict[str, dict[str, Any]] = {
        "aircher/commitMessage": {"workspace": where, "deltaToken": "t1"},
        "aircher/ask": {"prompt": "What does total do?", "workspace": where},
        "aircher/chat": {"messages": [{"role": "user", "content": "What does total do?"}]},
        "aircher/usage": {},
        "aircher/models": {},
        "aircher/providers": {},
        "aircher/status": {},
        "aircher/detectTask": {"message": "why does this test fail?"},
        "aircher/plan": {"method": "aircher/commitMessage", "params": {"workspace": where}},
        "aircher/reload": {},
    }
    found: dict[str, Any] = {}
    for method, params in asked.items():
        on_delta = heard if "deltaToken" in params else None
        plain = {k: v for k, v in params.items() if k != "deltaToken"}
        if on_delta:
            result = unstructure(await client.call(method, plain, on_delta=on_delta))
        else:
            result = await client.request(method, params)
        found[method] = {"params": params, "result": _short(_stable(result))}
    found["aircher/delta"] = {"params": _stable(deltas[0])}
    try:
        await client.request("aircher/commitMessage", {"workspace": "/"})
    except RemoteError as error:
        body = {"code": error.code, "message": str(error), "data": _stable(unstructure(error.data))}
        found["error"] = {"params": {"workspace": "/"}, "error": body}
    await client.close()
    return found


def _stop() -> None:
    subprocess.run(["aircherd", "stop"], check=True, capture_output=True)


def _stable(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: STABLE.get(k, _stable(v)) if v is not None else None for k, v in value.items()}
    if isinstance(value, list):
        return [_stable(item) for item in value]
    return (
        re.sub(r"\d{4}-\d\d-\d\dT[\d:.+]+", "2026-11-21T10:00:00", value)
        if (isinstance(value, str))
        else value
    )


def _short(value: Any) -> Any:
    """Long lists cut to what shows their shape."""
    if isinstance(value, dict):
        return {k: _short(v) for k, v in value.items()}
    return [_short(item) for item in value[:2]] if isinstance(value, list) else value


def _repository(home: Path) -> Path:
    shop = home / "shop"
    shop.mkdir()
    words = ["git", "-c", "user.name=You", "-c", "user.email=you@example.invalid"]

    def git(*more: str) -> None:
        subprocess.run([*words, *more], cwd=shop, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    (shop / "shop.py").write_text(FILE)
    git("add", ".")
    git("commit", "-q", "-m", "Add prices")
    (shop / "shop.py").write_text(FILE + MORE)
    git("add", ".")
    return shop


def _world(home: Path, base: str) -> None:
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_TOKEN")) or name.startswith(("XDG_", "OLLAMA_")):
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
    (folder / "config.toml").write_text(
        f'[providers.example]\nbase_url = "{base}"\nmodels = ["small"]\ncontext = 16384\n'
        "local = false\ninput_per_million = 0.10\noutput_per_million = 0.50\n\n"
        "[costs]\ndaily_limit = 2.00\n"
    )


@contextlib.asynccontextmanager
async def _model() -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        body = await reader.readexactly(int(length[1])) if length else b""
        said = ANSWERS["commit" if b"def mean" in body else "ask"]
        rows: list[dict[str, Any]] = [
            {"choices": [{"index": 0, "delta": {"content": said}}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
            {"choices": [], "usage": {"prompt_tokens": 212, "completion_tokens": 6}},
        ]
        events = "".join(f"data: {json.dumps({'id': 'x', **row})}\n\n" for row in rows)
        start = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
        writer.write(f"{start}{events}data: [DONE]\n\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


if __name__ == "__main__":
    asyncio.run(main())
