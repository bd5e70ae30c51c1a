"""A home, a daemon in it, an armed repository, and far sides that do what chance says."""

from __future__ import annotations

import asyncio
import fcntl
import os
import random
import resource
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from aircherd import runtime
from chaos.doors import doors
from chaos.faults import Bill
from chaos.peer import Peer
from chaos.shim import NAME, Shim
from chaos.spoiled import Losses
from chaos.surroundings import (
    HOSTED,
    LOCAL,
    configure,
    embedded,
    home,
    listed,
    refuse,
    repository,
    scripts,
    walked,
)
from fakes.scripted import Answering, Exchange, FarSide, far_side

MOUNTS = "CHAOS_MOUNTS"
"""Set to 1 in a process that may mount."""
_DISK = 6 << 20
"""Books, their log, and those that were broken and set aside once or twice."""


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
    faults: Counter[str] = field(default_factory=Counter)
    """How often each far side did what."""
    wrong: list[str] = field(default_factory=list)
    """What was seen to be wrong while it ran."""
    shim: Shim | None = None
    disk: Path | None = None
    """Where a disk of its own is mounted."""
    limit: int = 0
    """What may be spent a day, in nano-dollars."""
    wanted: str | None = None
    """The step of an answer at which the daemon is to be killed."""
    only: tuple[str, ...] = ()
    """Misfortunes that may happen to the daemon; empty: all."""
    losses: Losses = field(default_factory=Losses)
    """What of broken books need not come back."""

    @property
    def socket(self) -> Path:
        found = sorted((self.root / "run" / "aircher").glob("aircherd-*.sock"))
        return found[0] if found else self.root / "run" / "none"

    @property
    def state(self) -> Path:
        return self.root / "state" / "aircher"

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
        # That much is told before the books are open; anything else waits for them.
        number = peer.ask("aircher/status", {})
        fine = fine and await peer.answered(number, 60)
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
            for _ in range(1_500):
                await self.start()  # again, should it be gone once more
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

    async def gone(self, pid: int) -> bool:
        """Waits until a process is no more; whether it is."""
        for _ in range(500):
            if self.daemon is not None and self.daemon.pid == pid:
                if self.daemon.returncode is not None:
                    return True
            elif not Path(f"/proc/{pid}").exists():
                return True
            await asyncio.sleep(0.04)
        return False

    async def reached(self, step: str) -> None:
        """Kills the daemon when this is the step it was wished for at."""
        if self.wanted == step:
            self.wanted = None
            await self.kill()

    async def fill(self, seconds: float) -> None:
        """Fills the disk for a while."""
        if self.disk is None:
            return
        ballast = self.disk / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        await asyncio.sleep(seconds)
        ballast.unlink()

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
                    # A forwarder may have started one that nobody finds and that is not done yet.
                    while self._locked():
                        await asyncio.sleep(0.04)
                    return
        for one in self.started:
            if one.returncode is None:
                one.send_signal(signal.SIGABRT)  # leaves its stacks in the log
                await one.wait()
        raise AssertionError("the daemon did not leave")

    def _locked(self) -> bool:
        """Whether some daemon still holds the books."""
        path = self.state / "daemon.lock"
        with suppress(FileNotFoundError), path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


@asynccontextmanager
async def world(root: Path, seed: int) -> AsyncIterator[World]:
    """Builds it, and leaves nothing running."""
    roll = random.Random(seed)
    bills = {name: Bill() for name in (*HOSTED, *LOCAL)}
    env = home(root)
    shop = root / "shop"
    repository(shop, root / "was-executed")
    async with AsyncExitStack() as stack:
        disk = stack.enter_context(tiny_disk(root / "state", roll.random() < 0.5))
        shim = stack.enter_context(closing(Shim(root)))
        env |= shim.environment()
        sentinel = await stack.enter_async_context(far_side(refuse))
        closed = await stack.enter_async_context(doors())
        made = World(root, env, roll, bills, {}, sentinel, shop, shim=shim, disk=disk)
        for name in bills:
            chance = random.Random(f"{seed}/{name}")
            far = far_side(_chance(made, name, chance, roll.choice((0.1, 0.4, 0.8))))
            made.fars[name] = await stack.enter_async_context(far)
        bases = {name: far.base for name, far in made.fars.items()}
        bases["ollama"] = bases["ollama"].removesuffix("/v1")
        # By a name, so that looking it up can fail.
        bases["b"] = bases["b"].replace("127.0.0.1", NAME)
        made.limit = configure(root, bases | closed, roll)
        try:
            yield made
        finally:
            await made.stop()


@contextmanager
def tiny_disk(place: Path, wanted: bool) -> Iterator[Path | None]:
    """A disk of its own for a folder, where mounting is allowed; None where it is not."""
    size = ["-o", f"size={_DISK},mode=0700"]
    words = ["mount", "-t", "tmpfs", *size, "tmpfs", str(place)]
    allowed = wanted and os.environ.get(MOUNTS) == "1"
    if not allowed or subprocess.run(words, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], capture_output=True, check=False)


def _chance(world: World, name: str, roll: random.Random, share: float) -> Answering:
    choices, good = scripts(name, world.sentinel.base)
    names = sorted(choices)
    bill = world.bills[name]

    async def answer(exchange: Exchange) -> None:
        if await listed(exchange):
            return
        bill.requests += 1
        with suppress(TimeoutError):
            if await embedded(exchange, roll, bill, share):
                return
            if world.wanted is not None and name in HOSTED:
                await walked(exchange, bill, world.reached)
                return
            which = roll.choice(names) if roll.random() < share else None
            if which is not None:
                world.faults[which] += 1
            await (good if which is None else choices[which])(exchange, roll, bill)

    return answer
