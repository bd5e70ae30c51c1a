"""Keys are nowhere: not in logs, books, errors, children, dumps or anything that was said."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from aircher_protocol.framing import FrameReader, frame
from aircherd import runtime
from fakes.scripted import Exchange, FarSide, far_side
from figures import Figure
from keysleft import forms, left_in
from sessions.conftest import Shop, configure

KEYS = {
    "OPENAI_API_KEY": "sk-proj-SENTINELqmXw7Zr2Lk9Tn4Vb8Yc3Hd6",
    "ANTHROPIC_API_KEY": "sk-ant-api03-SENTINELh5Jt8Pw2Rz6Mx1",
    "MY_OWN_KEY": "SENTINEL+slash/and=odd&chars%7Qz9",
}


def found_in(data: bytes) -> list[str]:
    return [
        f"{name} {how}" for name, key in KEYS.items() for how, form in forms(key) if form in data
    ]


def test_the_search_finds_each_form() -> None:
    for key in KEYS.values():
        for prefix in (b"", b"x", b"xy"):
            assert found_in(base64.b64encode(prefix + key.encode() + b"tail"))
        assert found_in(f"?key={quote(key, safe='')}".encode())
        assert found_in(key[::-1].encode())


async def echo(exchange: Exchange) -> None:
    """A host that says the key back, in every way hosts do."""
    sent = exchange.head.decode("latin-1")
    key = next((k for k in KEYS.values() if k in sent), "none")
    if b"refuse" in exchange.body:
        await exchange.start("401 Unauthorized", "application/json", f"X-Echo: {key}\r\n")
        error = {"message": f"Incorrect API key provided: {key}.", "code": key, "param": key}
        await exchange.send(json.dumps({"error": error}).encode())
    elif b"break" in exchange.body:
        await exchange.start()
        await exchange.text(f"half {key}")
        await exchange.send(f"data: {{broken {key}\n\n".encode())
    elif b"crash" in exchange.body:
        await exchange.start("500 Oops", "text/html")
        await exchange.send(f"<html>{key} {quote(key, safe='')}</html>".encode())
    else:
        # A model that was told it, or found it, and repeats it in an ordinary answer.
        await exchange.start()
        await exchange.text(f"Add it with {key}")
        await exchange.finish()


class Talk:
    """One connection, every byte of which is kept."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.said = b""
        self._frames = FrameReader()
        self._number = 0

    async def ask(self, method: str, /, **params: object) -> dict[str, object]:
        self._number += 1
        body = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}
        self.writer.write(frame(json.dumps(body).encode()))
        while True:
            async with asyncio.timeout(30):
                data = await self.reader.read(65536)
            assert data
            self.said += data
            for one in self._frames.feed(data):
                message = json.loads(one)
                if message.get("id") == self._number and "method" not in message:
                    return dict(message)


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git that writes down its whole environment and command line, then is git."""
    folder, out = tmp_path / "bin", tmp_path / "children"
    folder.mkdir()
    out.mkdir()
    real = shutil.which("git")
    wrapper = folder / "git"
    wrapper.write_text(
        f'#!/bin/sh\n{{ env; echo "$@"; tr "\\0" "\\n" < /proc/$PPID/environ; }} '
        f'>> "{out}/$$" 2>/dev/null\nexec {real} "$@"\n',
        "utf-8",
    )
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return out


def conversation(shop: Shop) -> list[tuple[str, dict[str, object]]]:
    where = str(shop.root)
    asks: list[tuple[str, dict[str, object]]] = [
        ("aircher/status", {}),
        ("aircher/providers", {}),
        ("aircher/models", {"refresh": True}),
        ("aircher/commitMessage", {"workspace": where}),
        ("aircher/plan", {"method": "aircher/commitMessage", "params": {"workspace": where}}),
        ("aircher/nonsense", {}),
        ("aircher/ask", {"prompt": 3}),
    ]
    for provider in ("openai", "anthropic", "own"):
        for what in ("answer", "refuse", "break", "crash"):
            asks.append(
                ("aircher/ask", {"prompt": f"{what} this", "model": f"{provider}/m"})
            )  # fmt: skip
    return [*asks, ("aircher/outbox", {}), ("aircher/usage", {})]


async def test_keys_are_nowhere(
    tmp_path: Path, shop: Shop, recorded: Path, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    shop.stage("shop.py", "def mean(prices):\n    return 1\n")
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    errors = tmp_path / "stderr"
    async with far_side(echo) as far:
        settle(far)
        with errors.open("wb") as file:
            daemon = await asyncio.create_subprocess_exec(
                sys.executable, "-X", "dev", "-X", "faulthandler", "-m", "aircherd", "serve",
                stdout=file, stderr=file, cwd=tmp_path,
            )  # fmt: skip
        try:
            talk = await connected()
            try:
                for method, params in conversation(shop):
                    await talk.ask(method, **params)
            finally:
                talk.writer.close()
                await talk.writer.wait_closed()
            shown = Path(f"/proc/{daemon.pid}/environ")
            with_keys = shown.read_bytes() if os.access(shown, os.R_OK) else b""
            assert not found_in(with_keys), "the daemon's own environment"
            assert b"HOME=" in with_keys or not with_keys
        finally:
            # A crash: nothing may be left of its memory either.
            daemon.send_signal(signal.SIGABRT)
            await daemon.wait()
        used = [key for key in KEYS.values() if any(key.encode() in one.head for one in far.seen)]
    assert len(used) == 3, "each key was used, or this shows nothing"
    assert not found_in(talk.said), "what was said to the client"
    assert b"401" in talk.said or b"authentication" in talk.said
    assert list(recorded.iterdir()), "children were seen"
    looked = 0
    for place in (tmp_path, Path(os.environ["XDG_RUNTIME_DIR"])):
        for path in place.rglob("*"):
            if stat.S_ISREG(path.lstat().st_mode):
                looked += 1
                assert not found_in(path.read_bytes()), path
                assert not path.name.startswith("core"), path
    assert looked > 10
    figure(f"{len(KEYS)} keys in 10 forms in {looked} files and all that was said, 0 found")


async def connected() -> Talk:
    path = Path(runtime.socket_path())
    async with asyncio.timeout(90):
        while not path.exists():
            await asyncio.sleep(0.02)
    talk = Talk(*await asyncio.open_unix_connection(str(path)))
    await talk.ask(
        "initialize", processId=os.getpid(), capabilities={}, rootUri=None,
        initializationOptions={"keyVariables": list(KEYS)},
    )  # fmt: skip
    return talk


def settle(far: FarSide) -> None:
    """Three hosts of two families, each with a key of its own, all of them logged in full."""
    rows = {
        "openai": ("openai_chat", "OPENAI_API_KEY"),
        "anthropic": ("anthropic", "ANTHROPIC_API_KEY"),
        "own": ("openai_chat", "MY_OWN_KEY"),
    }
    configure(
        'daemon.log_level = "DEBUG"\noutbound.keep_text = true\n[providers]\ndefault = "own"\n'
        + "".join(
            f'[providers.{name}]\nbase_url = "{far.base}"\nfamily = "{family}"\n'
            f'api_key_env = "{variable}"\nmodels = ["m"]\ncontext = 16384\nlocal = false\n'
            "input_per_million = 1\noutput_per_million = 1\n"
            for name, (family, variable) in rows.items()
        )
    )


def test_a_core_file_is_not_allowed() -> None:
    code = (
        "import resource\nfrom aircherd.hardening import close_off\nclose_off()\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE))\n"
        "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )  # fmt: skip
    limit, dumpable = done.stdout.splitlines()
    assert limit == "(0, 0)"
    assert dumpable == ("0" if sys.platform == "linux" else "-1")


def test_a_key_is_taken_out_of_the_block_the_process_began_with() -> None:
    code = (
        "import os\nfrom aircherd.config import keys\n"
        "found = keys.take(['MY_OWN_KEY', 'NONE_SUCH'])\n"
        "block = open('/proc/self/environ', 'rb').read()\n"
        "print(found == {'MY_OWN_KEY': 'SENTINEL-1'}, b'SENTINEL' in block,"
        " 'MY_OWN_KEY' in os.environ, b'BESIDE=kept' in block)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, "BEFORE": "kept", "MY_OWN_KEY": "SENTINEL-1", "BESIDE": "kept"},
    )  # fmt: skip
    assert done.stdout.split() == ["True", "False", "False", "True"]


@pytest.mark.parametrize("how", [how for how, _ in forms("x" * 20)])
def test_what_a_test_leaves_is_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Every test is, at its end (`conftest.surroundings`): this is that search."""
    key = KEYS["MY_OWN_KEY"]
    monkeypatch.setenv("MY_OWN_KEY", key)
    (tmp_path / "left" / "state").mkdir(parents=True)
    (tmp_path / "left" / "state" / "usage.sqlite3-wal").write_bytes(b"abc" + dict(forms(key))[how])
    assert any(f"MY_OWN_KEY {how}" in line for line in left_in(tmp_path / "left"))
    assert left_in(tmp_path / "home") == []
