"""Records one real exchange of each method and each kind of error for the protocol's page.

    python protocol/generate/record.py [FILE]

Starts a daemon in a world of its own and speaks to it as an editor does. What differs from run to
run is made stable afterwards, and long lists are cut; nothing else is touched.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import world
from wire import DAEMON, Message, Wire

TARGET = Path(__file__).parent / "exchanges.json"
UNRECORDED = {
    "unsupported": "every model of the world it is recorded in can all that is asked",
    "invalidConfig": "the daemon keeps going without what is wrong and says so in `notices`",
    "unknown": "a defect of aircherd's own",
}
"""Kinds of error without an exchange, and why."""
STABLE: dict[str, Any] = {
    "requestId": "5f2c9a417e30",
    "pid": 4711,
    "processId": 4712,
    "durationMs": 412,
    "firstTokenMs": 180,
    "firstMedian": 180,
    "firstP90": 240,
    "median": 412,
    "p90": 530,
    "uptimeSeconds": 93.5,
    "version": "0.0.0",
    "errorId": "8c41d07e",
    "resetsAt": "2026-11-22T00:00:00+00:00",
    "priceTable": "genai-prices 0.2.3, 2026-11-21",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "head": "3f786850e387550fdab836ed7e6dc881de23001b",
}
Recorded = dict[str, list[Message]]
"""What was said, by method or `error KIND`: each message under who sent it."""
MOST = 2
"""Objects of a list that are kept: enough to see their shape."""


async def main(target: Path) -> None:
    """Records everything and writes the file."""
    with tempfile.TemporaryDirectory(prefix="air", dir="/tmp") as folder:
        home = Path(folder)
        async with world.far_side() as base:
            world.enter(home, base)
            shop = str(world.repository(home / "shop", staged=True))
            clean = str(world.repository(home / "clean", staged=False))
            world.held_back(home)
            damaged = world.repository(home / "damaged", staged=True)
            index = damaged / ".git" / "index"
            index.write_bytes(index.read_bytes()[:-30])
            try:
                async with asyncio.timeout(90):
                    recorded = await _record(shop, clean, str(damaged))
            finally:
                await _stop()
    kinds = [*world.REFUSALS, *world.OTHERS, world.SLOW]
    said = {
        name: [{who: _stable(message) for who, message in one.items()} for one in exchange]
        for name, exchange in recorded.items()
    }
    text = json.dumps(said, ensure_ascii=False, indent=1)
    text = re.sub(rf"{re.escape(base)}(/\w+)?", "https://example.invalid", text)
    for kind in kinds:
        text = text.replace(world.name_of(kind), world.GOOD)
    await asyncio.to_thread(target.write_text, text.replace(str(home), "/home/you") + "\n", "utf-8")


async def _record(shop: str, clean: str, damaged: str) -> Recorded:
    question = {"prompt": "What does total do?"}
    file = {"uri": f"file://{shop}/shop.py"}
    wire = Wire()
    found: Recorded = {"initialize": await wire.open()}
    asked: dict[str, Message] = {
        "aircher/commitMessage": {"workspace": shop, "deltaToken": "t1"},
        "aircher/ask": {**question, "workspace": shop},
        "aircher/chat": {"messages": [{"role": "user", "content": question["prompt"]}]},
        "aircher/review": {"workspace": shop, "scope": "staged"},
        "aircher/explain": {"document": file, "range": world.MEAN},
        "aircher/summarize": {"workspace": shop, "scope": "diff"},
        "aircher/fix": {
            "document": file,
            "diagnostic": {"message": "division by zero", "range": world.MEAN},
        },
        "aircher/document": {"document": file, "range": world.MEAN},
        "aircher/refactor": {
            "document": file,
            "range": world.MEAN,
            "instruction": "call the parameter amounts",
        },
        "aircher/generate": {
            "document": file,
            "position": {"line": 6, "character": 0},
            "instruction": "the median",
        },
        "aircher/feedback": {"operation": STABLE["requestId"], "outcome": "accepted"},
        "aircher/embed": {"texts": ["total of prices"], "model": f"{world.GOOD}/small"},
        "aircher/image": {"prompt": "A till.", "model": f"{world.GOOD}/small"},
        "aircher/countTokens": {
            "messages": [{"role": "user", "content": question["prompt"]}],
            "model": f"{world.GOOD}/small",
        },
        "aircher/usage": {},
        "aircher/models": {},
        "aircher/providers": {},
        "aircher/status": {},
        "aircher/metrics": {},
        "aircher/dump": {},
        "aircher/detectTask": {"message": "why does this test fail?"},
        "aircher/correctTask": {"message": "the usual, please", "task": "code_review"},
        "aircher/plan": {"method": "aircher/commitMessage", "params": {"workspace": shop}},
        "aircher/reload": {},
        "aircher/workspace": {"workspace": shop, "sync": True, "subscribe": True},
        "aircher/trust": {"workspace": shop},
        "aircher/outbox": {"limit": 1},
        "aircher/forget": {"olderThanDays": 90},
        "aircher/note": {
            "workspace": shop,
            "diagnostics": {"errors": 2, "warnings": 1},
            "command": {"text": "make test", "exitCode": 2},
        },
    }
    for method, params in asked.items():
        found[method] = await wire.ask(method, params)
    # Of the machine it was recorded on; its names are enough.
    dump = found["aircher/dump"][-1]["daemon"]["result"]
    dump["text"] = json.dumps(dict.fromkeys(json.loads(dump["text"]), "…"), ensure_ascii=False)
    found["aircher/delta"] = [one for one in found["aircher/commitMessage"] if _is_delta(one)][:1]
    for _ in range(20):
        await wire.ask("aircher/ask", question)
        if {"aircher/budget", "aircher/statusChanged"} <= set(wire.told):
            break
    for method in ("aircher/budget", "aircher/statusChanged", "aircher/workspaceChanged"):
        if method in wire.told:
            found[method] = [{"daemon": wire.told[method]}]
    found["$/cancelRequest"] = await wire.ask(
        "aircher/ask", {"prompt": "Never mind.", "deltaToken": "t2"}, cancel=True
    )
    for cancel in (False, True):
        slow = {**question, "model": f"{world.name_of(world.SLOW)}/small", "deltaToken": "t3"}
        await wire.ask("aircher/ask", slow, cancel=cancel)
    found["aircher/waiting"] = [{"daemon": wire.told["aircher/waiting"]}]
    for kind in (*world.REFUSALS, *world.OTHERS):
        model = f"{world.name_of(kind)}/small"
        found[f"error {kind}"] = await wire.ask("aircher/ask", {**question, "model": model})
    found["error invalidRequest"] = await wire.ask("aircher/ask", {"prompt": 1, "workspace": ["x"]})
    for kind, where in (
        ("nothingStaged", clean),
        ("notARepository", "/"),
        ("gitRefused", damaged),
    ):
        found[f"error {kind}"] = await wire.ask("aircher/commitMessage", {"workspace": where})
    for kind in ("untrusted", "withheld"):
        beside = str(Path(clean).with_name(kind))
        found[f"error {kind}"] = await wire.ask("aircher/ask", {**question, "workspace": beside})
    every = (await wire.ask("aircher/models", {}))[-1]["daemon"]["result"]["models"]
    keyless = next(m for m in every if not m["usable"] and m["provider"] == "openai")
    model = f"{keyless['provider']}/{keyless['model']}"
    found["error noModel"] = await wire.ask("aircher/ask", {**question, "model": model})
    found["shutdown"] = await wire.close()
    await _stop()
    found["error ledgerUnavailable"] = await _without_books(question)
    return found


async def _without_books(question: Message) -> list[Message]:
    """What is answered when a newer version has written the ledger."""
    from aircherd import runtime

    def age() -> None:
        with contextlib.closing(sqlite3.connect(runtime.ledger_path())) as ledger:
            ledger.execute("PRAGMA user_version = 99")

    await asyncio.to_thread(age)
    wire = Wire()
    await wire.open()
    said = await wire.ask("aircher/ask", question)
    await wire.close()
    return said


async def _stop() -> None:
    await asyncio.to_thread(subprocess.run, [*DAEMON, "stop"], check=False, capture_output=True)


def _is_delta(one: Message) -> bool:
    return bool(one.get("daemon", {}).get("method") == "aircher/delta")


def _stable(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: STABLE[name] if inner is not None and name in STABLE else _stable(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        if any(isinstance(item, dict) for item in value):
            value = sorted(value, key=_place)[:MOST]
        return [_stable(item) for item in value]
    if isinstance(value, float):
        return round(value, 2)
    if isinstance(value, str):
        value = re.sub(r"\d{4}-\d\d-\d\dT[\d:.+]+", "2026-11-21T10:00:00", value)
        value = re.sub(r"^\d{4}-\d\d-\d\d$", "2026-11-21", value)
        return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "2026-11-22 00:00 UTC", value)
    return value


def _place(item: Any) -> int:
    """The provider that answers first, the ones that are there to fail last."""
    name = str(item.get("provider", item.get("name"))) if isinstance(item, dict) else ""
    return 0 if name == world.GOOD else 2 if name.startswith(f"{world.GOOD}-") else 1


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if sys.argv[1:] else TARGET))
