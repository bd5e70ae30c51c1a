"""What a request costs, counted in calls: the gate that no busy machine can move.

A figure over its bound means that something was added to every request. If it has to be there,
raise the bound by what it is; `make bench-peers` says what that is in milliseconds.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from aircher_protocol.client import AsyncClient
from aircherd import runtime
from process.parts import until

BENCH = Path(__file__).parents[1] / "bench"
PROMPT = "Why is this slow? " * 57
DELTAS, TIMES = 200, 8

PLAIN = 1_240
"""Calls of Python functions for a request with a short answer, everything on; 1,126 when set."""
A_DELTA = 1.0
"""What each delta of a stream may add; 0.4 when set."""


def test_a_request_costs_no_more_calls_than_it_did() -> None:
    command = [sys.executable, str(BENCH / "upstream.py"), str(DELTAS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as far:
        assert far.stdin is not None
        assert far.stdout is not None
        _configure(int(far.stdout.readline()))
        counting = [sys.executable, str(BENCH / "counted.py")]
        with subprocess.Popen(counting, stdout=subprocess.PIPE, text=True) as daemon:
            try:
                until(lambda: Path(runtime.socket_path()).exists(), "a daemon")
                plain, stream = asyncio.run(_counted(daemon))
            finally:
                daemon.terminate()
                far.stdin.close()
    print(f"plain {plain:.0f} calls, a stream of {DELTAS} deltas {stream:.0f}")
    assert plain < PLAIN
    assert (stream - plain) / DELTAS < A_DELTA


def _configure(port: int) -> None:
    path = Path(os.environ["XDG_CONFIG_HOME"]) / "aircher" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'[providers]\ndefault = "far"\n[providers.far]\nbase_url = "http://127.0.0.1:{port}/v1"\n'
        'models = ["short", "long"]\nlocal = false\ncontext = 32768\n'
        "input_per_million = 0.1\noutput_per_million = 0.5\n[providers.ollama]\nenabled = false\n"
        "[costs]\ndaily_limit = 1000.0\n",
        "utf-8",
    )


async def _counted(daemon: subprocess.Popen[str]) -> tuple[float, float]:
    """Calls of a plain request and of one with many deltas, each the mean of some."""
    client = await AsyncClient(name="test").open(runtime.socket_path())
    number = 0

    async def asked(model: str) -> None:
        nonlocal number
        for _ in range(TIMES):
            number += 1
            messages = [{"role": "user", "content": f"{PROMPT}{number}"}]
            params = {"messages": messages, "model": f"far/{model}", "deltaToken": number}
            await client.request("aircher/chat", params)

    async def counted(model: str) -> float:
        await asked(model)  # what is loaded and remembered by the first ones
        daemon.send_signal(signal.SIGUSR1)
        await asyncio.sleep(0.05)
        await asked(model)
        daemon.send_signal(signal.SIGUSR2)
        assert daemon.stdout is not None
        return int(await asyncio.to_thread(daemon.stdout.readline)) / TIMES

    try:
        # Prices are put together anew each minute: one of two counts has none of that in it.
        plain = min([await counted("short") for _ in range(2)])
        return plain, min([await counted("long") for _ in range(2)])
    finally:
        await client.close()
