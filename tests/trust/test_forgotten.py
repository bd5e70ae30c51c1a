"""What is forgotten is in no file any more: books, outbox, answers, log, what was learned."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from aircherd import runtime
from aircherd.answers import Disk, Kept, Memory, place_of
from aircherd.config import corrections, learned
from aircherd.core.clock import SystemClock
from aircherd.core.tasks import TaskKind
from aircherd.ledger.store import Ledger
from aircherd.routing.acceptance import Record
from aircherd.server import log
from aircherd.server.handlers.forget import _of
from aircherd.tasks.corrections import Correction, Corrections
from conftest import FakeClock
from fakes.scripted import Exchange, FarSide, far_side
from ledger.making import request, settled
from sessions.conftest import Shop, configure, provider
from trust.test_terminal import aircher

SAID = "Add the mean of prices"
FLOOR = date(2026, 2, 28)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


@pytest.fixture
async def far() -> AsyncIterator[FarSide]:
    async def answer(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text(SAID)
        await exchange.finish()

    async with far_side(answer) as far:
        configure(
            '[cache]\ndisk = true\n[daemon]\nlog_level = "DEBUG"\n' + provider("acme", far.base)
        )
        yield far
        stop = await asyncio.create_subprocess_exec(sys.executable, "-m", "aircherd", "stop")
        await stop.wait()


def holding(word: str, home: Path) -> list[str]:
    """Files below the state and cache folders in which something stands."""
    roots = (Path(os.environ["XDG_STATE_HOME"]), Path(os.environ["XDG_CACHE_HOME"]))
    return [
        str(path.relative_to(home))
        for root in roots
        for path in root.rglob("*")
        if path.is_file() and word.encode() in path.read_bytes()
    ]


async def test_a_workspace_is_in_no_file_any_more(
    far: FarSide, shop: Shop, surroundings: Path, tmp_path: Path
) -> None:
    other = Shop(tmp_path / "other")
    for one in (shop, other):
        one.stage("shop.py", "def mean(prices):\n    return 1\n")
        await aircher(one.root, "commit", "--print")
        await aircher(one.root, "commit", "--print")
    assert len(far.seen) == 2, "the second answers came from disk or memory"
    assert len(holding(str(shop.root), surroundings)) >= 2
    kept = holding(SAID, surroundings)
    assert kept, "answers are kept on disk here"
    said = await aircher(shop.root, "forget", "--workspace", ".")
    assert "1 kept answers" in said
    assert holding(str(shop.root), surroundings) == []
    assert len(holding(str(other.root), surroundings)) >= 2
    assert len(holding(SAID, surroundings)) == len(kept) - 1
    await aircher(shop.root, "commit", "--print")
    assert len(far.seen) == 3, "nor is the answer in memory"


async def test_what_was_forgotten_does_not_come_back_after_a_crash(
    tmp_path: Path, clock: FakeClock
) -> None:
    """A second memory that still named it would have it booked again at the next start."""
    path = tmp_path / "usage.sqlite3"
    clock.jump(datetime(2026, 3, 20, 12, tzinfo=UTC))
    ledger = await Ledger.open(path, clock=clock)
    asked = request("op", 100, workspace="/secret", now=clock.now())
    await ledger.settle(await ledger.reserve(asked), settled(40))
    await ledger.aclose()  # writes the second memory
    ledger = await Ledger.open(path, clock=clock)
    await ledger.forget(workspace="/secret", before=None, floor=FLOOR)
    left = [one for one in tmp_path.glob("usage*") if one.suffix != ".lock"]
    (tmp_path / "after").mkdir()
    for one in left:  # as a crash would leave them
        (tmp_path / "after" / one.name).write_bytes(one.read_bytes())
    await ledger.aclose()
    ledger = await Ledger.open(tmp_path / "after" / path.name, clock=clock)
    (line,) = await ledger.days("month:2026-03", by="workspace")
    assert line.name != "/secret"
    assert line.totals.cost == 40
    await ledger.aclose()


async def test_the_second_memory_forgets_as_well(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "usage.sqlite3"
    clock.jump(datetime(2026, 3, 20, 12, tzinfo=UTC))
    ledger = await Ledger.open(path, clock=clock)
    asked = request("op", 100, workspace="/secret", now=clock.now())
    await ledger.settle(await ledger.reserve(asked), settled(40))
    await ledger.aclose()
    assert any(b"/secret" in one.read_bytes() for one in tmp_path.glob("*.sums"))
    ledger = await Ledger.open(path, clock=clock)
    await ledger.forget(workspace="/secret", before=None, floor=FLOOR)
    assert [one for one in tmp_path.glob("usage*") if b"/secret" in one.read_bytes()] == []
    await ledger.aclose()


async def test_a_broken_ledger_that_names_it_goes_too(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "usage.sqlite3"
    clock.jump(datetime(2026, 3, 20, 12, tzinfo=UTC))
    names = [f"usage.sqlite3.broken-{number}" for number in range(3)]
    for name, text in zip(names, (b"\0/secret\0", b"\0/open\0", b"\0/open\0"), strict=True):
        (tmp_path / name).write_bytes(b"x" * ((1 << 20) - 4) + text)
    old = datetime(2025, 1, 1, tzinfo=UTC).timestamp()
    os.utime(tmp_path / names[2], (old, old))
    ledger = await Ledger.open(path, clock=clock)
    await ledger.forget(workspace="/secret", before=None, floor=FLOOR)
    assert sorted(one.name for one in tmp_path.glob("*.broken-*")) == names[1:]
    await ledger.forget(workspace=None, before=date(2026, 1, 1), floor=FLOOR)
    assert sorted(one.name for one in tmp_path.glob("*.broken-*")) == names[1:2]
    await ledger.aclose()


def test_answers_on_disk_go_by_place_and_age(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    disk.put("a", Kept(text="x", cost=1, place=place_of("/one")), 1 << 20)
    disk.put("b", Kept(text="x", cost=1, place=place_of("/two")), 1 << 20)
    disk.put("c", Kept(text="x", cost=1), 1 << 20)
    (tmp_path / "d.json").write_text("[]", "utf-8")
    os.utime(tmp_path / "b.json", (1, 1))
    assert "/one" not in (tmp_path / "a.json").read_text("utf-8")
    assert disk.forget(place_of("/one"), None) == 2, "its own, and the one nobody can read"
    assert sorted(one.name for one in tmp_path.glob("*.json")) == ["b.json", "c.json"]
    assert disk.forget(place_of("/two"), 0.5) == 0
    assert disk.forget(None, 2.0) == 1
    assert disk.get("c", 0, 9e9) is not None


def test_answers_in_memory_go_by_place_and_age() -> None:
    memory = Memory()
    for number, place in enumerate(("/one", "/two", "/one")):
        memory.put(str(number), Kept(text="x", cost=1, place=place_of(place)), float(number))
    assert memory.forget(place_of("/one"), 1.0) == 1
    assert memory.get("0", 3.0) is None
    assert memory.forget(None, None) == 2


@pytest.mark.parametrize("how", ["workspace", "age"])
def test_lines_go_out_of_the_log_while_it_is_written(tmp_path: Path, how: str) -> None:
    path = tmp_path / "aircherd.log"
    (tmp_path / "aircherd.log.1").write_text("ts=2020-01-01T00:00:00.000Z of /w/shop\n", "utf-8")
    log.setup("INFO", path)
    try:
        said = logging.getLogger("aircherd.test")
        said.info("one of /w/shop")
        said.info("another of %s", "/w/shop/inner file")
        said.info("of /w/shop2 and /w/shop-front")
        with path.open("a", encoding="utf-8") as beside:
            beside.write("ts=2020-01-01T00:00:00.000Z of nobody\n")
            beside.flush()
            if how == "workspace":
                assert log.forget(_of("/w/shop", None)) == 3
            else:
                assert log.forget(_of(None, datetime(2026, 1, 1, tzinfo=UTC))) == 2
            beside.write("from the other process\n")
        said.info("afterwards")
    finally:
        log.close()
    text = path.read_text("utf-8") + (tmp_path / "aircherd.log.1").read_text("utf-8")
    assert "\0" not in text
    assert "afterwards" in text
    assert "from the other process" in text
    assert "/w/shop2" in text
    assert ("one of /w/shop" in text) == (how == "age")
    assert ("of nobody" in text) == (how == "workspace")


async def test_what_was_taught_and_learned_goes_by_its_age(
    far: FarSide, shop: Shop, surroundings: Path
) -> None:
    today = SystemClock().now().date()
    old, new = (today - timedelta(days=40)).isoformat(), today.isoformat()
    state = Path(runtime.state_dir())
    corrections.save(
        state / "corrections.json",
        Corrections(
            tuple(
                Correction(task=TaskKind.DEBUGGING, at=day, hint="", marks=(number,))
                for number, day in enumerate((old, new))
            )
        ),
    )
    task = TaskKind.COMMIT_MESSAGES
    learned.save(
        Path(runtime.learned_path()),
        {
            ("a/old", task): Record(1, 1.0, 1, last=old),
            ("a/new", task): Record(1, 1.0, 1, last=new),
            ("a/unknown", task): Record(1, 1.0, 1),
        },
    )
    assert "0 records" in await aircher(shop.root, "forget", "--workspace", ".")
    assert "3 records" in await aircher(shop.root, "forget", "--older-than", "30")
    assert [one.at for one in corrections.load(state / "corrections.json").kept] == [new]
    assert set(learned.load(Path(runtime.learned_path()))) == {("a/new", task)}
