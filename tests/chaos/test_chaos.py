"""A few seeds of everything at once, and proof that the oracles can see."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from aircher_protocol.framing import FrameReader, frame
from chaos.bodies import BODIES, ENGINE
from chaos.doors import DOORS
from chaos.faults import FAULTS, Bill
from chaos.load import settled
from chaos.misfortunes import MISFORTUNES
from chaos.oracles import answers, books, leaks
from chaos.peer import Asked, Peer
from chaos.seeds import run
from chaos.spoiled import broken_books
from chaos.surroundings import DEADLINE, HOSTED, KEY, LOCAL
from chaos.world import World
from fakes.scripted import Exchange, FarSide
from figures import Figure


@pytest.mark.slow
@pytest.mark.timeout(170)
@pytest.mark.parametrize("seed", [2, 7])
async def test_a_seed_comes_out_right(seed: int, figure: Figure) -> None:
    outcome = await run(seed)
    assert not outcome.wrong, str(outcome)
    assert outcome.answered > 0
    figure(f"seed {seed}: {outcome.answered:,} answers under kills, stops and faults, books right")


async def nobody(exchange: Exchange) -> None:
    """Answers nothing."""


def still(root: Path) -> World:
    """A world in which nothing happened, with books that are empty."""
    (root / "state").mkdir()
    for name in ("serve.log",):
        (root / name).write_bytes(b"")
    with sqlite3.connect(root / "state" / "usage.sqlite3") as db:
        db.execute(
            "CREATE TABLE entries (day, operation, state, provider, amount, cost, overrun, outcome)"
        )
        db.execute("CREATE TABLE daily (day, cost)")
    db.close()
    bills = {name: Bill() for name in (*HOSTED, *LOCAL)}
    fars = {name: FarSide(base="", answer=nobody) for name in bills}
    return World(root, {}, random.Random(1), bills, fars, FarSide(base="", answer=nobody), root)


def silent() -> Peer:
    peer = Peer.__new__(Peer)
    peer.name, peer.strange, peer.heard = "p", [], bytearray()
    peer.asked = {1: Asked("aircher/ask", 0.0)}
    return peer


def test_the_books_oracle_sees_a_call_that_was_not_booked(tmp_path: Path) -> None:
    world = still(tmp_path)
    assert books(world, []) == []
    world.bills["a"].output = 1
    assert books(world, []) == ["a billed 1000, 0 is booked"]


def test_the_books_oracle_sees_a_call_that_was_booked_twice(tmp_path: Path) -> None:
    world, peer = still(tmp_path), silent()
    world.limit = 100
    peer.asked[1].answers = [{"result": {"requestId": "o", "cost": {"nanoUsd": 6}}}]
    with closing(sqlite3.connect(tmp_path / "state" / "usage.sqlite3")) as db, db:
        db.execute("INSERT INTO entries VALUES ('d1', 'o', 'settled', 'a', 9, 6, 0, 'done')")
        db.execute("INSERT INTO daily VALUES ('d1', 6)")
    assert books(world, [peer]) == []
    with closing(sqlite3.connect(tmp_path / "state" / "usage.sqlite3")) as db, db:
        db.execute("INSERT INTO entries VALUES ('d1', 'o', 'settled', 'a', 9, 6, 0, 'done')")
        db.execute("UPDATE daily SET cost = 12")
    assert books(world, [peer]) == ["operation o was said to cost 6, 12 is booked"]
    with closing(sqlite3.connect(tmp_path / "state" / "usage.sqlite3")) as db, db:
        db.execute("UPDATE entries SET outcome = 'abandoned'")
    assert books(world, [peer]) == [], "its settlement was lost, and what was held is booked"
    with closing(sqlite3.connect(tmp_path / "state" / "usage.sqlite3")) as db, db:
        db.execute("UPDATE entries SET outcome = 'done'")
        db.execute("UPDATE entries SET operation = 'or' WHERE rowid = 2")
    peer.asked[1].answers[0]["result"]["cost"]["nanoUsd"] = 12
    assert books(world, [peer]) == [], "the mending of an answer is told of with it"


def test_the_books_oracle_sees_a_limit_that_was_passed_and_a_sum_that_is_not(
    tmp_path: Path,
) -> None:
    world = still(tmp_path)
    world.limit = 5
    with closing(sqlite3.connect(tmp_path / "state" / "usage.sqlite3")) as db, db:
        db.execute("INSERT INTO entries VALUES ('d1', 'o', 'settled', 'a', 9, 6, 0, 'done')")
        db.execute("INSERT INTO entries VALUES ('d2', 'p', 'settled', 'a', 4, 6, 1, 'done')")
        db.execute("INSERT INTO daily VALUES ('d1', 6), ('d2', 5)")
    assert books(world, []) == [
        "on d1 6 was spent, 0 of it beyond holds; the limit was 5",
        "on d2 6 stands in the rows and 5 in the sums",
    ]


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ([], "no answer"),
        ([{"result": {}}, {"result": {}}], "2 answers"),
        ([{"error": {"code": -32603, "message": "x"}}], "a crash"),
        ([{"error": {"code": -32803, "message": "x"}}], "of kind None"),
        ([{"id": 1}], "neither"),
    ],
)
def test_the_answers_oracle_sees_what_is_not_one_typed_answer(
    tmp_path: Path, given: list[dict[str, object]], seen: str
) -> None:
    peer = silent()
    peer.asked[1].answers += given
    (found,) = answers(still(tmp_path), [peer])
    assert seen in found


def test_the_leaks_oracle_sees_each_leak(tmp_path: Path) -> None:
    world, peer = still(tmp_path), silent()
    assert leaks(world, [peer]) == []
    world.canary.touch()
    world.bills["c"].requests = 1
    (tmp_path / "serve.log").write_text(f"sent {KEY}")
    peer.heard += KEY[::-1].encode()
    assert len(leaks(world, [peer])) == 4


def test_the_table_of_faults_names_every_one() -> None:
    text = (Path(__file__).parent / "FAULTS.md").read_text("utf-8")
    rows = [line.split("|")[2] for line in text.splitlines() if line.startswith("| ")]
    named = {name.strip() for row in rows for name in row.split(",")}
    lookups = {"no such name", "no answer about names", "names hang"}
    there = {*FAULTS, *BODIES, *ENGINE, *DOORS, *MISFORTUNES, *lookups, "redirect"} - {"no names"}
    assert there <= named


def test_the_books_oracle_sees_more_missing_than_broken_books_explain(tmp_path: Path) -> None:
    world = still(tmp_path)
    world.bills["a"].output = 3
    world.losses.allowed["a"] = 3_000
    assert books(world, []) == []
    world.losses.allowed["a"] = 2_999
    assert books(world, []) == ["a billed 3000, 0 is booked"]


async def test_an_answer_that_never_comes_is_seen_whoever_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one of a flood, which nobody waits for one by one."""
    here, there = socket.socketpair()
    peer = Peer("p", *await asyncio.open_connection(sock=here))
    reader, writer = await asyncio.open_connection(sock=there)
    for _ in range(3):
        peer.ask("aircher/status", {})
    frames, asked = FrameReader(), 0
    while asked < 3:
        asked += len(list(frames.feed(await reader.read(65536))))
    for number in (1, 3):
        answer = {"jsonrpc": "2.0", "id": number, "result": {}}
        writer.write(frame(json.dumps(answer).encode()))
    await peer.answered(3, 60)
    monkeypatch.setattr("chaos.load.SLACK", -DEADLINE)
    await settled(peer)
    await peer.close()
    writer.close()
    await writer.wait_closed()
    assert answers(still(tmp_path), [peer]) == [
        "p: aircher/status 2 was never answered, 2 others were"
    ]


async def test_books_are_spoiled_without_waiting_for_a_daemon_that_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client may start the next one while the lock is held, and that one need not leave."""
    world = still(tmp_path)
    world.done.append("broken books")
    world.state.mkdir()
    program = [sys.executable, "-c", "input()"]
    world.daemon = await asyncio.create_subprocess_exec(*program, stdin=subprocess.PIPE)

    def spoil(world: World, kind: str, roll: random.Random) -> bool:
        asyncio.get_running_loop().call_later(0.05, (world.state / "usage.sqlite3.broken-1").touch)
        return True

    monkeypatch.setattr("chaos.spoiled._spoil", spoil)
    async with asyncio.timeout(30):
        await broken_books(world, random.Random(1))
    assert world.wrong == []
    world.daemon.kill()
    await world.daemon.wait()


def test_every_fault_is_there() -> None:
    assert len({*FAULTS, *BODIES, *ENGINE}) >= 60
    assert asyncio.iscoroutinefunction(FAULTS["stalls"])
