"""`aircher/models`: what can be used now, what it is asked first for, and what is wrong else."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aircherd import runtime
from fakes.scripted import Exchange, far_side


def listed() -> dict[str, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "aircherd", "call", "aircher/models", "{}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    lines = json.loads(done.stdout)["models"]
    return {f"{line['provider']}/{line['model']}": line for line in lines}


@pytest.mark.slow
@pytest.mark.may_block
async def test_every_model_says_how_it_is(tmp_path: Path) -> None:
    async def answer(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("Yes.")
        await exchange.finish()

    async with far_side(answer) as far:
        config = Path(runtime.config_dir(), "config.toml")
        config.parent.mkdir(parents=True)
        config.write_text(
            "providers.ollama.enabled = false\n"
            f'[providers.mine]\nbase_url = "{far.base}"\nmodels = ["m"]\ncontext = 8192\n'
            "local = false\ninput_per_million = 1\noutput_per_million = 2\n"
            f'[providers.dear]\nbase_url = "{far.base}"\nmodels = ["unpriced"]\nlocal = false\n',
            "utf-8",
        )
        try:
            before = await asyncio.to_thread(listed)
            ask = [sys.executable, "-m", "aircher", "ask", "Is it?", "--model", "mine/m"]
            done = await asyncio.to_thread(
                lambda: subprocess.run(ask, capture_output=True, text=True, timeout=60)
            )
            assert done.returncode == 0, done.stderr
            after = await asyncio.to_thread(listed)
        finally:
            stop = [sys.executable, "-m", "aircherd", "stop"]
            await asyncio.to_thread(lambda: subprocess.run(stop, capture_output=True))
    mine = before["mine/m"]
    assert (mine["usable"], mine["inputPerMillion"], mine["context"]) == (True, "1.00", 8192)
    assert "commit_messages" in mine["tasks"]
    assert (mine["answers"], mine.get("firstTokenMs")) == (0, None)
    assert after["mine/m"]["answers"] == 1
    assert after["mine/m"]["firstTokenMs"] >= 0
    assert not before["dear/unpriced"]["usable"]
    assert "price is unknown" in before["dear/unpriced"]["why"]
    assert "no key in $OPENAI_API_KEY" in before["openai/gpt-6-luna"]["why"]
