"""Offline is proven: whatever is asked, nothing but this machine is spoken to."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fakes.scripted import Exchange, FarSide, far_side
from sessions.conftest import Shop, configure

WATCH = """\
import ipaddress, os, sys

OUT = os.environ["AIRCHER_TEST_CONNECTS"]

def near(address):
    try:
        return ipaddress.ip_address(address[0].partition("%")[0]).is_loopback
    except ValueError:
        return address[0] in ("localhost", "")

def hook(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        if isinstance(address, tuple):
            with open(OUT, "a") as out:
                out.write(f"{'near' if near(address) else 'FAR'} {address[0]}\\n")
    elif event == "socket.getaddrinfo" and arguments[0] not in (None, "localhost"):
        host = arguments[0].decode() if isinstance(arguments[0], bytes) else arguments[0]
        with open(OUT, "a") as out:
            out.write(f"{'near' if near((host,)) else 'FAR'} lookup {host}\\n")

sys.addaudithook(hook)
"""
"""Runs in each Python process below: the interpreter itself tells of every connection."""


@pytest.fixture
def connects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WATCH, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setenv("AIRCHER_TEST_CONNECTS", str(tmp_path / "connects"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.1:3128")
    return tmp_path / "connects"


@pytest.fixture
async def near() -> AsyncIterator[FarSide]:
    """A local engine."""

    async def answer(exchange: Exchange) -> None:
        if exchange.head.startswith(b"GET"):
            await exchange.start(kind="application/json")
            await exchange.send(json.dumps({"data": [{"id": "m"}]}).encode())
            return
        await exchange.start()
        await exchange.text("Add the mean")
        await exchange.finish()

    async with far_side(answer) as side:
        yield side
        await asyncio.to_thread(
            subprocess.run, [sys.executable, "-m", "aircherd", "stop"], capture_output=True
        )


async def test_local_means_that_nothing_else_is_spoken_to(
    connects: Path, near: FarSide, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.stage("shop.py", "def mean(prices):\n    return 1\n")
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GROQ_API_KEY"):
        monkeypatch.setenv(name, "sk-a-key-that-could-be-used-0123456789")
    configure(
        f'egress = "local"\n[providers.engine]\nbase_url = "{near.base}"\nlocal = true\n'
        'models = ["m"]\ncontext = 16384\n[providers]\ndefault = "openai"\n'
        'fallback_order = ["anthropic", "engine"]\n'
    )
    for words in (
        ["commit", "--print"], ["commit", "--dry-run"], ["ask", "why?"], ["models", "--refresh"],
        ["status"], ["usage"], ["doctor"], ["outbox"], ["ask", "why?", "--model", "openai/gpt-6"],
    ):  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "aircher", *words, cwd=shop.root, env=dict(os.environ),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        await process.communicate()
    told = connects.read_text("utf-8").splitlines()
    assert any(line.startswith("near 127.") for line in told), "the engine was spoken to"
    assert [line for line in told if line.startswith("FAR")] == []
    assert len([one for one in near.seen if one.body]) >= 2


async def test_starting_speaks_to_nobody(connects: Path, near: FarSide) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "aircher", "status", stdout=subprocess.PIPE
    )
    await process.communicate()
    told = connects.read_text("utf-8").splitlines() if connects.exists() else []
    assert [line for line in told if line.startswith("FAR")] == []
