"""What requests leave behind in the daemon, counted in objects: a busy machine changes no count."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from aircher_protocol.client import AsyncClient
from aircherd import runtime
from process.parts import until

UPSTREAM = Path(__file__).parents[1] / "bench" / "upstream.py"
CENSUS = Path(__file__).parent / "programs" / "census.py"
CALLERS, EACH = 8, 60
BOUNDED = frozenset(
    (
        "builtins.tuple",
        "aircher_protocol.types.Money",
        "aircherd.answers.Kept",
        "aircherd.features.feedback_ladder.Answered",
        "aircherd.ledger.balances.Place",
        "weakref.ReferenceType",
    )
)
"""What is kept up to a number: answers, which of the last operations was whose, and 512 amounts as
they are shown; and by sqlite3, references to cursors that are gone: two hundred a connection."""
ROOM = CALLERS * EACH // 4
"""A type of which every request leaves one behind grows by four times this."""


@pytest.mark.slow
def test_requests_leave_nothing_behind() -> None:
    command = [sys.executable, str(UPSTREAM), "4", "slow"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as far:
        assert far.stdin is not None
        assert far.stdout is not None
        _configure(int(far.stdout.readline()))
        counting = [sys.executable, str(CENSUS)]
        with subprocess.Popen(counting, stdout=subprocess.PIPE, text=True) as daemon:
            try:
                until(lambda: Path(runtime.socket_path()).exists(), "a daemon")
                asyncio.run(_work(random.Random(1)))
                before, frozen = _census(daemon)
                asyncio.run(_work(random.Random(2)))
                after, _ = _census(daemon)
            finally:
                daemon.terminate()
                far.stdin.close()
    assert frozen > 20_000  # the collector's rounds are about requests, not about what stands
    grown = {name: after[name] - before[name] for name in after if name not in BOUNDED}
    assert {name: more for name, more in grown.items() if more > ROOM} == {}


MAPPED = """
import ctypes, sys
from aircherd.hardening import give_back

class Told(ctypes.Structure):
    _fields_ = [(f"field_{number}", ctypes.c_int) for number in range(10)]

mallinfo = ctypes.CDLL(None).mallinfo
mallinfo.restype = Told
if sys.argv[1] == "give back":
    give_back()
for _ in range(3):
    bytes(256 * 1024)
before = mallinfo().field_3  # blocks that are mapped apart
kept = bytes(256 * 1024)
print(mallinfo().field_3 - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a setting of glibc's")
def test_large_blocks_go_back_to_the_system() -> None:
    assert _mapped("give back") == 1
    assert _mapped("as it is") == 0  # else there is nothing to set


def _mapped(how: str) -> int:
    command = [sys.executable, "-c", MAPPED, how]
    return int(subprocess.run(command, check=True, capture_output=True).stdout)


def _census(daemon: subprocess.Popen[str]) -> tuple[Counter[str], int]:
    assert daemon.stdout is not None
    daemon.send_signal(signal.SIGUSR1)
    told = json.loads(daemon.stdout.readline())
    return Counter(told["held"]), told["frozen"]


async def _work(roll: random.Random) -> None:
    await asyncio.gather(*(_caller(random.Random(roll.random())) for _ in range(CALLERS)))


async def _caller(roll: random.Random) -> None:
    client = await AsyncClient(name="test").open(runtime.socket_path())
    for number in range(EACH):
        prompt = f"Say {roll.random()}"
        if number % 4:
            await client.request("aircher/ask", {"prompt": prompt, "deltaToken": "t"})
            continue
        slow = {"prompt": f"slow {prompt}", "deltaToken": "t"}
        task = asyncio.create_task(client.request("aircher/ask", slow))
        await asyncio.sleep(roll.random() * 0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await client.close()


def _configure(port: int) -> None:
    path = Path(os.environ["XDG_CONFIG_HOME"]) / "aircher" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'[providers]\ndefault = "far"\n[providers.far]\nbase_url = "http://127.0.0.1:{port}/v1"\n'
        'models = ["m"]\nlocal = false\ncontext = 32768\ninput_per_million = 0.1\n'
        "output_per_million = 0.5\n[providers.ollama]\nenabled = false\n"
        "[costs]\ndaily_limit = 1000.0\n",
        "utf-8",
    )
