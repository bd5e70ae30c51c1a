"""A few seeds of everything at once, and proof that the oracles can see."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chaos.bodies import BODIES, ENGINE
from chaos.doors import DOORS
from chaos.faults import FAULTS, Bill
from chaos.misfortunes import MISFORTUNES
from chaos.oracles import answers, books, leaks
from chaos.peer import Asked, Peer
from chaos.seeds import run
from chaos.surroundings import HOSTED, KEY, LOCAL
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
            "CREATE TABLE entries (day, operation, state, provider, amount, cost, overrun INTEGER)"
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


def test_the_books_oracle_sees_a_limit_that_was_passed_and_a_sum_that_is_not(
    tmp_path: Path,
) -> None:
    world = still(tmp_path)
    world.limit = 5
    with closing(sqlite3.connect(tmp_path / "state" / "usage.sqlite3")) as db, db:
        db.execute("INSERT INTO entries VALUES ('d1', 'o', 'settled', 'a', 9, 6, 0)")
        db.execute("INSERT INTO entries VALUES ('d2', 'p', 'settled', 'a', 4, 6, 1)")
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


def test_every_fault_is_there() -> None:
    assert len({*FAULTS, *BODIES, *ENGINE}) >= 60
    assert asyncio.iscoroutinefunction(FAULTS["stalls"])
