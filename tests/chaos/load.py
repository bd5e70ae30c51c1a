"""Three editors, five scripts, a person at git and a storm of files, all by one seed."""

from __future__ import annotations

import asyncio
import random
import resource
import subprocess
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aircher_protocol.framing import frame
from chaos.peer import Peer
from chaos.world import DEADLINE, World

LOAD = 2.5
"""Seconds in which new requests are made."""
SLACK = 20.0
"""Seconds over the deadline after which a request counts as hanging, on a machine that is busy."""
_QUESTIONS = [f"What does line {number} do?" for number in range(12)]


async def load(world: World) -> list[Peer]:
    """Runs it all and waits for every answer; the clients, with what they were told."""
    peers: list[Peer] = []
    end = asyncio.get_running_loop().time() + LOAD
    work: list[Awaitable[None]] = [
        _client(world, f"editor{n}", random.Random(f"{world.roll.random()}"), peers, end, True)
        for n in range(3)
    ]
    work += [
        _client(world, f"script{n}", random.Random(f"{world.roll.random()}"), peers, end, False)
        for n in range(5)
    ]
    work += [_git(world, end), _storm(world, end), _misfortune(world, end)]
    await asyncio.gather(*work)
    return peers


async def _client(
    world: World, name: str, roll: random.Random, peers: list[Peer], end: float, forwarded: bool
) -> None:
    loop = asyncio.get_running_loop()
    peer = await world.peer(name, forwarded=forwarded)
    peers.append(peer)
    asked: list[tuple[Peer, int]] = []
    while loop.time() < end:
        if peer.lost:
            peer = await world.peer(name, forwarded=forwarded)
            peers.append(peer)
        act = roll.choices(_ACTS, _WEIGHTS)[0]
        number = act(world, peer, roll)
        if number is not None:
            asked.append((peer, number))
            if roll.random() < 0.15:
                loop.call_later(
                    roll.random() * 0.4,
                    peer.send,
                    {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": number}},
                )
        if roll.random() < 0.03:
            await peer.close()
        await asyncio.sleep(roll.random() * 0.25)
    for one, number in asked:
        if not await one.answered(number, DEADLINE + SLACK):
            asked = one.asked[number]
            before = sum(bool(other.answers) for other in one.asked.values())
            one.strange.append(
                f"{one.name}: {asked.method} {number} was never answered, {before} others were"
            )


def _ask(world: World, peer: Peer, roll: random.Random) -> int:
    params = {
        "prompt": roll.choice(_QUESTIONS) if roll.random() < 0.5 else f"Say {roll.random()}",
        "maxOutputTokens": 64,
        "client": peer.name,
    }
    if roll.random() < 0.5:
        params["deltaToken"] = f"{peer.name}-{roll.random()}"
    if roll.random() < 0.1:
        params["idempotencyKey"] = f"key-{roll.randrange(6)}"
        params["prompt"] = "Say it once."
    return peer.ask("aircher/ask", params)


def _commit(world: World, peer: Peer, roll: random.Random) -> int:
    return peer.ask("aircher/commitMessage", {"workspace": str(world.shop)})


def _look(world: World, peer: Peer, roll: random.Random) -> int:
    method = roll.choice(("aircher/status", "aircher/providers", "aircher/models", "aircher/usage"))
    return peer.ask(method, {})


def _wrong(world: World, peer: Peer, roll: random.Random) -> int:
    method = roll.choice(("aircher/ask", "aircher/nothing", "aircher/chat"))
    return peer.ask(method, {"prompt": 7, "messages": "none"})


def _noise(world: World, peer: Peer, roll: random.Random) -> None:
    peer.raw(frame(roll.choice((b"{", b"[]", b"\xff", b'{"jsonrpc":"2.0","id":{}}', b"null"))))


_ACTS: list[Callable[[World, Peer, random.Random], int | None]] = [
    _ask,
    _commit,
    _look,
    _wrong,
    _noise,
]
_WEIGHTS = [70, 8, 12, 5, 5]


async def _git(world: World, end: float) -> None:
    """A person who goes on working in the repository."""
    roll, loop = random.Random(f"{world.roll.random()}"), asyncio.get_running_loop()
    safe = ["-c", "core.fsmonitor=", "-c", "core.hooksPath=/dev/null", "-c", "core.pager=cat"]
    acts = (
        ["add", "-f", "other.txt"],
        ["commit", "--no-gpg-sign", "-qm", "More", "--", "other.txt"],
        ["branch", "-f", "side"],
        ["update-index", "--refresh"],
        ["reset", "-q", "--", "other.txt"],
    )
    quiet = ["-c", "filter.armed.clean=cat", "-c", "filter.armed.smudge=cat"]
    while loop.time() < end:
        (world.shop / "other.txt").write_text(f"{roll.random()}\n")
        await asyncio.to_thread(
            subprocess.run,
            ["git", *safe, *quiet, *roll.choice(acts)],
            cwd=world.shop,
            capture_output=True,
            check=False,
        )
        await asyncio.sleep(roll.random() * 0.3)


async def _storm(world: World, end: float) -> None:
    """Files that come and go."""
    roll, loop = random.Random(f"{world.roll.random()}"), asyncio.get_running_loop()
    while loop.time() < end:
        folder = world.shop / f"d{roll.randrange(4)}" / f"e{roll.randrange(4)}"
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(20):
            (folder / f"f{number}").write_text("x")
        for number in range(0, 20, 3):
            (folder / f"f{number}").unlink(missing_ok=True)
        await asyncio.sleep(0.1)


async def _misfortune(world: World, end: float) -> None:
    """What happens to the daemon itself."""
    roll, loop = random.Random(f"{world.roll.random()}"), asyncio.get_running_loop()
    while loop.time() < end:
        await asyncio.sleep(0.3 + roll.random() * 0.6)
        what = roll.choice(("nothing", "nothing", "kill", "pause", "full disk", "few descriptors"))
        world.done.append(what)
        if what == "kill":
            await world.kill()
            await world.start()
        elif what == "pause":
            await world.pause(0.2 + roll.random() * 0.5)
        elif what == "full disk":
            await world.squeeze(resource.RLIMIT_FSIZE, 4_096, 0.3 + roll.random() * 0.5)
        elif what == "few descriptors":
            with suppress(ValueError):
                await world.squeeze(resource.RLIMIT_NOFILE, 24, 0.2 + roll.random() * 0.3)
