"""With nothing but loopback: everything local works whole, and nothing goes anywhere else.

The strongest proof is a network namespace that has no other interface. Where the system refuses
one, the kernel tells of every connection instead (`strace`); where it refuses that too, what the
interpreters tell (`test_offline`) is all there is, and these tests say so by being skipped.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from figures import Figure
from sessions.conftest import Shop, configure

pytestmark = pytest.mark.slow
COMMANDS = [
    ["commit", "--print"],
    ["commit", "--dry-run"],
    ["review"],
    ["summarize"],
    ["explain", "shop.py"],
    ["ask", "why?"],
    ["ask", "why?", "--model", "openai/gpt-6"],
    ["models", "--refresh"],
    ["status"],
    ["usage"],
    ["doctor"],
]
_CONNECT = re.compile(r"sa_family=AF_INET6?, sin6?_port=htons\((\d+)\), .*?\"([0-9a-f.:]+)\"")


def allowed(*words: str) -> bool:
    """Whether a program can be run so."""
    if shutil.which(words[0]) is None:
        return False
    return subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0


@pytest.fixture
def port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
def surrounded(shop: Shop, port: int, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A repository with a change, keys that could be used, and proxies that want to be."""
    shop.stage("shop.py", "def mean(prices):\n    return sum(prices) / len(prices)\n")
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.setenv(name, "sk-a-key-that-could-be-used-0123456789")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://192.0.2.1:3128")
    monkeypatch.setenv("AIRCHER_TEST_PORT", str(port))
    configure(
        f'egress = "local"\n[providers.ollama]\nbase_url = "http://127.0.0.1:{port}"\n'
        '[providers]\ndefault = "ollama"\nfallback_order = ["openai", "anthropic"]\n'
    )
    return shop


async def run(shop: Shop, *before: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *before, sys.executable, str(Path(__file__).with_name("alone.py")), json.dumps(COMMANDS),
        cwd=shop.root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    report: dict[str, Any] = json.loads(out)
    return report


def whole(said: dict[str, Any]) -> None:
    """Every command that a local model can answer was answered by it."""
    for words in ("commit --print", "summarize", "explain shop.py", "ask why?"):
        code, text = said[words]
        assert code == 0, text
        assert "Add the mean" in text
    for words in ("commit --dry-run", "models --refresh", "status", "usage"):
        assert said[words][0] == 0, said[words]
    code, text = said["review"]
    assert (code, "none ruled out" in text) == (1, True), text  # "Add the mean" is no finding
    code, text = said["ask why? --model openai/gpt-6"]
    assert code != 0
    assert "No provider you use" in text or "local" in text


async def test_a_namespace_with_loopback_alone(
    surrounded: Shop, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    ways = [("unshare", "-n"), ("unshare", "-Urn")]
    way = next((way for way in ways if allowed(*way)), None)
    if way is None:
        pytest.skip("no network namespace can be made here; `strace` is the proof, if it runs")
    monkeypatch.setenv("AIRCHER_TEST_NAMESPACE", "1")
    report = await run(surrounded, *way)
    whole(report["said"])
    assert report["carried"]["lo"] > 1_000, "the engine was spoken to"
    assert {name for name, count in report["carried"].items() if count} == {"lo"}
    figure(f"{len(report['said'])} commands with loopback alone, 0 bytes beyond it")


async def test_the_kernel_tells_of_no_connection_beyond_loopback(
    surrounded: Shop, tmp_path: Path, port: int
) -> None:
    trace = tmp_path / "connects"
    calls = "trace=connect,sendto,sendmsg,sendmmsg"
    strace = ("strace", "-f", "-qq", "-e", calls, "-o", str(trace))
    if not allowed("strace", "-qq", "-e", "trace=none", "-o", "/dev/null"):
        pytest.skip("no strace can be run here; the interpreters are asked (`test_offline`)")
    report = await run(surrounded, *strace)
    whole(report["said"])
    told = _CONNECT.findall(trace.read_text("utf-8", "replace"))
    assert any(int(number) == port for number, _ in told), "the engine was spoken to"
    far = {address for _, address in told if not ipaddress.ip_address(address).is_loopback}
    assert far == set()
    assert os.path.getsize(trace) > 0  # noqa: PTH202
