"""Three editors, five scripts, a person at git and a storm of files, all by one seed; some of the
clients hold it wrong."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from aircher_protocol.framing import frame
from chaos.churn import git, storm
from chaos.misfortunes import misfortunes
from chaos.peer import Peer
from chaos.surroundings import DEADLINE
from chaos.world import World

LOAD = 3.0
"""Seconds in which new requests are made."""
SLACK = 60.0
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
    work += [git(world, end), storm(world, end), misfortunes(world, end)]
    await asyncio.gather(*work)
    return peers


async def _client(
    world: World, name: str, roll: random.Random, peers: list[Peer], end: float, forwarded: bool
) -> None:
    loop = asyncio.get_running_loop()
    peer = await world.peer(name, forwarded=forwarded)
    peers.append(peer)
    mine = [peer]
    while loop.time() < end:
        if peer.lost:
            peer = await world.peer(name, forwarded=forwarded)
            peers.append(peer)
            mine.append(peer)
        act = roll.choices(_ACTS, _WEIGHTS)[0]
        number = act(world, peer, roll)
        if number is not None and roll.random() < 0.15:
            # Now and then too late: a cancel of what was answered is no news.
            loop.call_later(
                roll.random() * (2.0 if roll.random() < 0.2 else 0.4),
                peer.send,
                {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": number}},
            )
        if roll.random() < 0.03:
            if roll.random() < 0.3:
                peer.raw(frame(b'{"jsonrpc":"2.0"}')[:-5])
            await peer.close()
        await asyncio.sleep(roll.random() * 0.25)
    for one in mine:
        await settled(one)


async def settled(peer: Peer) -> None:
    """Waits for every answer the client is owed and writes down what never came. Counted from when
    it was asked, so that many that hang take no longer than one."""
    loop = asyncio.get_running_loop()
    for number, request in peer.asked.items():
        left = request.at + DEADLINE + SLACK - loop.time()
        if not await peer.answered(number, max(0.2, left)):
            before = sum(bool(other.answers) for other in peer.asked.values())
            peer.strange.append(
                f"{peer.name}: {request.method} {number} was never answered, {before} others were"
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


def _embed(world: World, peer: Peer, roll: random.Random) -> int:
    """Vectors, by several at the same moment: one request is made of them."""
    texts = [f"text {roll.random()}" * roll.randint(1, 9) for _ in range(roll.randint(1, 4))]
    for _ in range(roll.randint(0, 3)):
        peer.ask("aircher/embed", {"texts": texts[:1], "model": "a/m", "client": peer.name})
    return peer.ask("aircher/embed", {"texts": texts, "model": "a/m", "client": peer.name})


def _look(world: World, peer: Peer, roll: random.Random) -> int:
    method = roll.choice(("aircher/status", "aircher/providers", "aircher/models", "aircher/usage"))
    return peer.ask(method, {})


def _wrong(world: World, peer: Peer, roll: random.Random) -> int:
    method = roll.choice(("aircher/ask", "aircher/nothing", "aircher/chat"))
    return peer.ask(method, {"prompt": 7, "messages": "none"})


def _noise(world: World, peer: Peer, roll: random.Random) -> None:
    peer.raw(frame(roll.choice((b"{", b"[]", b"\xff", b'{"jsonrpc":"2.0","id":{}}', b"null"))))


def _watch(world: World, peer: Peer, roll: random.Random) -> int:
    params = {"workspace": str(world.shop), "sync": roll.random() < 0.5}
    if roll.random() < 0.7:
        params["subscribe"] = roll.random() < 0.8
    return peer.ask("aircher/workspace", params)


def _twice(world: World, peer: Peer, roll: random.Random) -> int:
    """A number that is in use already."""
    number = _ask(world, peer, roll)
    peer.again(number, "aircher/status", {})
    return number


def _flood(world: World, peer: Peer, roll: random.Random) -> int:
    """More at once than is answered at once."""
    for _ in range(300):
        number = peer.ask("aircher/status", {})
    return number


def _deaf(world: World, peer: Peer, roll: random.Random) -> int:
    """Asks and does not listen for a while."""
    peer.deaf(0.2 + roll.random())
    return _ask(world, peer, roll)


def _unframed(world: World, peer: Peer, roll: random.Random) -> None:
    """What no frame can follow: the connection has to end."""
    peer.raw(
        roll.choice(
            (
                b"Content-Length: 9999999999999\r\n\r\n",
                b"Content-Length: -1\r\n\r\n",
                b"Content-Length: 7\r\nContent-Length: 8\r\n\r\n",
                b"x" * 9_000,
                b"no colon\r\n\r\n",
            )
        )
    )


_ACTS: list[Callable[[World, Peer, random.Random], int | None]] = [
    _ask,
    _commit,
    _look,
    _wrong,
    _noise,
    _watch,
    _twice,
    _flood,
    _deaf,
    _unframed,
    _embed,
]
_WEIGHTS = [60, 8, 10, 4, 4, 6, 3, 1, 2, 1, 6]
