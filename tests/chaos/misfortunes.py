"""What happens to the daemon itself, its disk and its clock while everybody works."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import resource
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from aircherd import runtime
from chaos.shim import HANGS
from chaos.spoiled import broken_books
from chaos.surroundings import STEPS
from chaos.world import World

_HOUR, _DAY = 3_600, 86_400
_STEPS = (7, -7, _HOUR, -_HOUR, _DAY, -_DAY, -40 * _DAY, 365 * _DAY)
_ERRORS = {
    "no space": errno.ENOSPC,
    "over quota": errno.EDQUOT,
    "read-only disk": errno.EROFS,
    "broken disk": errno.EIO,
}
_LOOKUPS = {
    "no such name": socket.EAI_NONAME,
    "no answer about names": socket.EAI_AGAIN,
    "names hang": HANGS,
}


async def misfortunes(world: World, end: float) -> None:
    """One after the other until the end; `world.done` says which."""
    roll, loop = random.Random(f"{world.roll.random()}"), asyncio.get_running_loop()
    names = sorted(set(world.only) or MISFORTUNES)
    while loop.time() < end:
        await asyncio.sleep(0.1 + roll.random() * 0.3)
        name = roll.choice(names)
        world.done.append(name)
        await MISFORTUNES[name](world, roll)
        await world.start()


async def _nothing(world: World, roll: random.Random) -> None:
    await asyncio.sleep(roll.random() * 0.3)


async def _kill(world: World, roll: random.Random) -> None:
    await world.kill()


async def _kill_at_step(world: World, roll: random.Random) -> None:
    """Waits for the next answer to come to the step; nobody may be asking just then."""
    world.wanted = roll.choice(STEPS)
    world.done[-1] = f"kill when {world.wanted}"
    for _ in range(20):
        if world.wanted is None:
            return
        await asyncio.sleep(0.05)
    world.wanted = None


async def _terminate(world: World, roll: random.Random) -> None:
    pid = world.pid()
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        await world.gone(pid)


async def _pause(world: World, roll: random.Random) -> None:
    await world.pause(0.2 + roll.random() * 0.5)


async def _small_files(world: World, roll: random.Random) -> None:
    await world.squeeze(resource.RLIMIT_FSIZE, 4_096, 0.3 + roll.random() * 0.5)


async def _few_descriptors(world: World, roll: random.Random) -> None:
    with suppress(ValueError):
        await world.squeeze(resource.RLIMIT_NOFILE, 24, 0.2 + roll.random() * 0.3)


async def _little_memory(world: World, roll: random.Random) -> None:
    """Leaves the address space a few megabytes more than it has."""
    with suppress(OSError, ValueError):
        pages = int(Path(f"/proc/{world.pid()}/statm").read_text("utf-8").split()[0])
        limit = pages * os.sysconf("SC_PAGE_SIZE") + roll.choice((1, 4, 16)) * 2**20
        await world.squeeze(resource.RLIMIT_AS, limit, 0.2 + roll.random() * 0.4)


async def _full_disk(world: World, roll: random.Random) -> None:
    await world.fill(0.3 + roll.random() * 0.5)


async def _failing_disk(world: World, roll: random.Random) -> None:
    if world.shim is None or not world.shim.there:
        return
    what = roll.choice(sorted(_ERRORS))
    world.done[-1] = what
    world.shim.fail(_ERRORS[what])
    await asyncio.sleep(0.2 + roll.random() * 0.6)
    world.shim.fail(0)


async def _clock(world: World, roll: random.Random) -> None:
    if world.shim is not None and world.shim.there:
        world.shim.step(roll.choice(_STEPS))


async def _no_socket(world: World, roll: random.Random) -> None:
    """Takes the socket's name away: a daemon nobody finds has to leave."""
    pid = world.pid()
    world.socket.unlink(missing_ok=True)
    if pid is not None and not await world.gone(pid):
        world.wrong.append("a daemon without a socket stayed")


async def _second(world: World, roll: random.Random) -> None:
    """A second daemon is told so and leaves."""
    before = world.pid()
    with (world.root / "serve.log").open("ab") as log:
        one = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "aircherd", "serve", env=world.env, stdout=log, stderr=log
        )
    world.started.append(one)
    with suppress(TimeoutError):
        async with asyncio.timeout(30):
            await one.wait()
    after = world.pid()
    if before is not None and before == after and one.returncode != runtime.HELD:
        world.wrong.append(f"a second daemon ended with {one.returncode} beside the first")


async def _no_names(world: World, roll: random.Random) -> None:
    """Names are not found, not now, or nothing comes of looking them up."""
    if world.shim is None or not world.shim.there:
        return
    what = roll.choice(sorted(_LOOKUPS))
    world.done[-1] = what
    world.shim.names(_LOOKUPS[what])
    try:
        await asyncio.sleep(0.3 + roll.random() * 1.5)
    finally:
        world.shim.names(0)


MISFORTUNES: dict[str, Callable[[World, random.Random], Awaitable[None]]] = {
    "nothing": _nothing,
    "kill": _kill,
    "kill at a step": _kill_at_step,
    "kill at another step": _kill_at_step,
    "terminate": _terminate,
    "pause": _pause,
    "small files": _small_files,
    "few descriptors": _few_descriptors,
    "little memory": _little_memory,
    "full disk": _full_disk,
    "failing disk": _failing_disk,
    "clock": _clock,
    "clock again": _clock,
    "no socket": _no_socket,
    "second daemon": _second,
    "broken books": broken_books,
    "no names": _no_names,
}
