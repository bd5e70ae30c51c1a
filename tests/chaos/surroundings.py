"""What a daemon finds: a home, a configuration, an armed repository, far sides moved by chance."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from chaos.bodies import BODIES, ENGINE, engine_well
from chaos.doors import DOORS
from chaos.faults import FAULTS, PROMPT, Bill, Script, redirects, well
from fakes.scripted import Exchange

KEY = "sk-chaos-5e9d1f7a3b6c4d8e"
DEADLINE = 4.0
PRICE = 1_000
"""Nano-dollars a token, in and out."""
HOSTED = ("a", "b", "c")
LOCAL = ("here", "ollama")
STEPS = ("asked", "begun", "first word", "midway", "last word", "usage", "done")
"""Steps of an answer at which a daemon may be killed."""
_ARMED = ("core.fsmonitor", "diff.external", "core.pager", "core.editor", "gpg.program")

AtStep = Callable[[str], Awaitable[None]]


def scripts(name: str, sentinel: str) -> tuple[dict[str, Script], Script]:
    """Everything the far side of this name may do, and how it answers well."""
    if name == "ollama":
        return ENGINE, engine_well
    away = redirects(f"{sentinel}/chat/completions")
    return {**FAULTS, **BODIES, "redirect": away}, well


async def walked(exchange: Exchange, bill: Bill, at: AtStep) -> None:
    """A good answer that says where it is before each step."""
    await at("asked")
    bill.input += PROMPT
    await exchange.start()
    await at("begun")
    for step in ("first word", "midway", "last word"):
        bill.output += 1
        await exchange.text("word ")
        await at(step)
    await exchange.chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
    await exchange.chunk(usage={"prompt_tokens": PROMPT, "completion_tokens": 3})
    await at("usage")
    await exchange.send(b"data: [DONE]\n\n")
    await at("done")


async def listed(exchange: Exchange) -> bool:
    """Answers what is no question to a model; False when it is one."""
    if exchange.head.startswith(b"GET"):
        await exchange.start(kind="application/json")
        await exchange.send(b'{"data": [{"id": "m"}], "models": [{"name": "m", "model": "m"}]}')
        return True
    if exchange.head.startswith(b"POST /api/show"):
        await exchange.start(kind="application/json")
        await exchange.send(b'{"model_info": {}, "capabilities": ["completion"]}')
        return True
    return False


async def embedded(exchange: Exchange, roll: random.Random, bill: Bill, share: float) -> bool:
    """Vectors, well or badly; False when it is no question for any."""
    if b"/embeddings" not in exchange.head.split(b"\r\n", 1)[0]:
        return False
    texts = json.loads(exchange.body)["input"]
    what = roll.choice(("refuses", "fails", "breaks", "hangs")) if roll.random() < share else "well"
    if what in ("refuses", "fails"):
        await exchange.start("400 No" if what == "refuses" else "503 Busy", "application/json")
        await exchange.send(b'{"error": {"message": "no"}}')
        return True
    bill.input += sum(len(text) // 4 + 1 for text in texts)
    if what == "hangs":
        await asyncio.sleep(3)
        return True
    rows = [{"index": n, "embedding": [float(len(text))]} for n, text in enumerate(texts)]
    usage = {"prompt_tokens": sum(len(text) // 4 + 1 for text in texts)}
    whole = json.dumps({"data": rows, "model": "m", "usage": usage}).encode()
    if what == "breaks":
        await exchange.start(kind="application/json", more=f"Content-Length: {len(whole)}\r\n")
        await exchange.send(whole[: len(whole) // 2])
        return True
    await exchange.start(kind="application/json")
    await exchange.send(whole)
    return True


async def refuse(exchange: Exchange) -> None:
    """Answers nothing of use."""
    with suppress(ConnectionError):
        await exchange.start("500 No")


def home(root: Path) -> dict[str, str]:
    """Makes the folders; the environment to live in."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(root / "home"),
        "XDG_CONFIG_HOME": str(root / "config"),
        "XDG_STATE_HOME": str(root / "state"),
        "XDG_CACHE_HOME": str(root / "cache"),
        "XDG_RUNTIME_DIR": str(root / "run"),
        "PYTHONWARNINGS": "ignore",
        "PYTHONFAULTHANDLER": "1",
        # Python may keep half of a module it compiled when files may not grow, and read that half
        # ever after: what these daemons are run from must not be spoiled with their disk.
        "PYTHONDONTWRITEBYTECODE": "1",
        "CHAOS_KEY": KEY,
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
        "ALL_PROXY": "http://127.0.0.1:9",
    }
    for name in ("home", "config/aircher", "state", "cache", "run"):
        (root / name).mkdir(parents=True, mode=0o700)
    return env


def configure(root: Path, bases: dict[str, str], roll: random.Random) -> int:
    """Writes the user's file; the daily limit in nano-dollars."""
    limit = roll.choice((2_000_000, 20_000_000, 5_000_000_000))
    first = roll.choice(("a", "a", "a", *DOORS))
    order = ["a", "b", "here", "ollama"]
    roll.shuffle(order)
    lines = [
        f'[providers]\ndefault = "{first}"\nfallback_order = {order}\nhealth_interval = 1',
        f"[costs]\ndaily_limit = {limit / 1e9:.3f}",
        "[timeouts]\nconnect = 1\nfirst_byte = 1.5\nlocal_first_byte = 1.5\nidle = 1",
        f"deadline = {DEADLINE}",
    ]
    for name, base in bases.items():
        lines.append(f'[providers.{name}]\nbase_url = "{base}"\nmodels = ["m"]')
        lines.append(f"context = 16384\nlocal = {'true' if name in LOCAL else 'false'}")
        if name not in LOCAL:
            lines.append('api_key_env = "CHAOS_KEY"\ninput_per_million = 1.0')
            lines.append("output_per_million = 1.0")
    (root / "config" / "aircher" / "config.toml").write_text("\n".join(lines) + "\n", "utf-8")
    return limit


def repository(shop: Path, canary: Path) -> None:
    """A repository whose every program would leave a trace."""
    shop.mkdir()
    program = shop.parent / "program.sh"
    program.write_text(f"#!/bin/sh\ntouch '{canary}'\nexit 1\n")
    program.chmod(0o755)

    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=shop, check=True, capture_output=True)

    git("init", "-q")
    git("config", "user.name", "A")
    git("config", "user.email", "a@b.c")
    (shop / "shop.py").write_text("def total(prices):\n    return sum(prices)\n")
    git("add", ".")
    git("commit", "-qm", "Add prices")
    (shop / "shop.py").write_text("def total(prices):\n    return sum(prices) + 1\n")
    (shop / ".gitattributes").write_text("*.py diff=armed filter=armed\n")
    git("add", "shop.py")
    for name in _ARMED:
        git("config", name, str(program))
    for name in ("diff.armed.textconv", "filter.armed.clean", "filter.armed.smudge"):
        git("config", name, str(program))
    hook = shop / ".git" / "hooks" / "post-index-change"
    hook.write_text(program.read_text())
    hook.chmod(0o755)
