"""A home, a daemon in it, an armed repository, and far sides that do what chance says."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from aircherd import runtime
from chaos.faults import FAULTS, Bill, Script, redirects, well
from chaos.peer import Peer
from fakes.scripted import Exchange, FarSide, far_side

KEY = "sk-chaos-5e9d1f7a3b6c4d8e"
DEADLINE = 4.0
PRICE = 1_000
"""Nano-dollars a token, in and out."""
_ARMED = ("core.fsmonitor", "diff.external", "core.pager", "core.editor", "gpg.program")


@dataclass
class World:
    """One seed's world."""

    root: Path
    env: dict[str, str]
    roll: random.Random
    bills: dict[str, Bill]
    fars: dict[str, FarSide]
    sentinel: FarSide
    shop: Path
    done: list[str] = field(default_factory=list)
    """What happened, in order, for a replay to be compared with."""
    daemon: asyncio.subprocess.Process | None = None
    started: list[asyncio.subprocess.Process] = field(default_factory=list)

    @property
    def socket(self) -> Path:
        found = sorted((self.root / "run" / "aircher").glob("aircherd-*.sock"))
        return found[0] if found else self.root / "run" / "none"

    @property
    def canary(self) -> Path:
        return self.root / "was-executed"

    async def start(self) -> None:
        """Starts the daemon and waits until it is found."""
        if self.daemon is not None and self.daemon.returncode is None:
            return
        with (self.root / "serve.log").open("ab") as log:
            self.daemon = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "aircherd", "serve", env=self.env, stdout=log, stderr=log
            )
        self.started.append(self.daemon)
        for _ in range(1_500):
            if self.daemon.returncode is not None:
                return  # another one is up already
            if await self._greeted():
                return
            await asyncio.sleep(0.04)
        raise AssertionError("the daemon did not start")

    async def _greeted(self) -> bool:
        """Whether a daemon answers: it has its books open then."""
        try:
            reader, writer = await asyncio.open_unix_connection(str(self.socket))
        except OSError:
            return False
        peer = Peer("greeter", reader, writer)
        number = peer.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        fine = await peer.answered(number, 60)
        await peer.close()
        return fine and bool(peer.asked[number].answers)

    async def peer(self, name: str, *, forwarded: bool) -> Peer:
        """A client, initialized."""
        if forwarded:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "aircherd",
                "connect",
                env=self.env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            assert process.stdout is not None
            assert process.stdin is not None
            peer = Peer(name, process.stdout, process.stdin, process)
        else:
            await self.start()
            for _ in range(1_500):
                try:
                    reader, writer = await asyncio.open_unix_connection(str(self.socket))
                    break
                except OSError:
                    await asyncio.sleep(0.04)
            else:
                raise AssertionError("nobody listens")
            peer = Peer(name, reader, writer)
        number = peer.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        await peer.answered(number, 60)
        peer.send({"jsonrpc": "2.0", "method": "initialized", "params": {}})
        return peer

    def pid(self) -> int | None:
        """Whose socket it is, from the kernel; None for nobody's."""
        with socket.socket(socket.AF_UNIX) as one:
            try:
                one.connect(str(self.socket))
            except OSError:
                return None
            found = runtime.peer(one)
        return None if found is None else found[0]

    async def kill(self) -> None:
        """Ends the daemon as a crash does."""
        pid = self.pid()
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.daemon is not None and self.daemon.pid == pid:
            await self.daemon.wait()

    async def pause(self, seconds: float) -> None:
        """Stops the daemon and lets it go on, as a laptop's lid does."""
        pid = self.pid()
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                await asyncio.sleep(seconds)
                os.kill(pid, signal.SIGCONT)

    async def squeeze(self, what: int, limit: int, seconds: float) -> None:
        """Takes a resource from the daemon for a while: sizes of files are a full disk."""
        pid = self.pid()
        if pid is None:
            return
        with suppress(OSError):
            before = resource.prlimit(pid, what)
            resource.prlimit(pid, what, (limit, before[1]))
            await asyncio.sleep(seconds)
            resource.prlimit(pid, what, before)

    async def stop(self) -> None:
        """Ends whichever daemon there is in an orderly way."""
        for _ in range(5):
            await asyncio.to_thread(
                subprocess.run,
                [sys.executable, "-m", "aircherd", "stop"],
                env=self.env,
                capture_output=True,
                check=False,
                timeout=60,
            )
            with suppress(TimeoutError):
                async with asyncio.timeout(15):
                    # Whoever lost the race for the lock may have come after: all have to go.
                    await asyncio.gather(*(one.wait() for one in self.started))
                    return
        for one in self.started:
            if one.returncode is None:
                one.send_signal(signal.SIGABRT)  # leaves its stacks in the log
                await one.wait()
        raise AssertionError("the daemon did not leave")


@asynccontextmanager
async def world(root: Path, seed: int) -> AsyncIterator[World]:
    """Builds it, and leaves nothing running."""
    roll = random.Random(seed)
    bills = {name: Bill() for name in ("a", "b", "c", "here")}
    env = _home(root)
    shop = root / "shop"
    _repository(shop, root / "was-executed")
    async with AsyncExitStack() as stack:
        sentinel = await stack.enter_async_context(far_side(_refuse))
        scripts = {**FAULTS, "redirect": redirects(f"{sentinel.base}/chat/completions")}
        fars = {}
        for name in bills:
            chance = random.Random(f"{seed}/{name}")
            far = far_side(_chance(scripts, chance, bills[name], roll.choice((0.1, 0.4, 0.8))))
            fars[name] = await stack.enter_async_context(far)
        _configure(root, fars, roll)
        made = World(root, env, roll, bills, fars, sentinel, shop)
        try:
            yield made
        finally:
            await made.stop()


def _chance(scripts: dict[str, Script], roll: random.Random, bill: Bill, share: float):  # type: ignore[no-untyped-def]
    names = sorted(scripts)

    async def answer(exchange: Exchange) -> None:
        if exchange.head.startswith(b"GET"):
            await exchange.start(kind="application/json")
            await exchange.send(b'{"data": [{"id": "m"}]}')
            return
        bill.requests += 1
        script = scripts[roll.choice(names)] if roll.random() < share else well
        with suppress(TimeoutError):
            await script(exchange, roll, bill)

    return answer


async def _refuse(exchange: Exchange) -> None:
    await exchange.start("500 No")


def _home(root: Path) -> dict[str, str]:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(root / "home"),
        "XDG_CONFIG_HOME": str(root / "config"),
        "XDG_STATE_HOME": str(root / "state"),
        "XDG_CACHE_HOME": str(root / "cache"),
        "XDG_RUNTIME_DIR": str(root / "run"),
        "PYTHONWARNINGS": "ignore",
        "PYTHONFAULTHANDLER": "1",
        "CHAOS_KEY": KEY,
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
        "ALL_PROXY": "http://127.0.0.1:9",
    }
    for name in ("home", "config/aircher", "state", "cache", "run"):
        (root / name).mkdir(parents=True, mode=0o700)
    return env


def _configure(root: Path, fars: dict[str, FarSide], roll: random.Random) -> None:
    limit = roll.choice(("0.002", "0.02", "5"))
    lines = [
        '[providers]\ndefault = "a"\nfallback_order = ["b", "here"]\nhealth_interval = 1',
        f"[costs]\ndaily_limit = {limit}",
        "[timeouts]\nconnect = 1\nfirst_byte = 1.5\nlocal_first_byte = 1.5\nidle = 1",
        f"deadline = {DEADLINE}",
        "[providers.ollama]\nenabled = false",
    ]
    for name, far in fars.items():
        hosted = name != "here"
        lines.append(f'[providers.{name}]\nbase_url = "{far.base}"\nmodels = ["m"]')
        lines.append(f"context = 16384\nlocal = {'false' if hosted else 'true'}")
        if hosted:
            lines.append('api_key_env = "CHAOS_KEY"\ninput_per_million = 1.0')
            lines.append("output_per_million = 1.0")
    (root / "config" / "aircher" / "config.toml").write_text("\n".join(lines) + "\n", "utf-8")


def _repository(shop: Path, canary: Path) -> None:
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
