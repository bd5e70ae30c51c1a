"""`aircher trust`, `outbox`, `forget` and `commit --dry-run` against a running daemon."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from aircherd import runtime
from fakes.scripted import Exchange, FarSide, far_side
from sessions.conftest import Shop, configure, provider, settings_file

PAT = "ghp_x9Kf83jd7Hs62kLmQpWvRtYuZnBcAe41TgUi"


@pytest.fixture
async def far() -> AsyncIterator[FarSide]:
    async def answer(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("Add the mean of prices")
        await exchange.finish()

    async with far_side(answer) as far:
        configure(provider("acme", far.base))
        yield far
        await asyncio.to_thread(
            subprocess.run, [sys.executable, "-m", "aircherd", "stop"], capture_output=True
        )


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path / "shop")
    shop.stage("shop.py", f"def mean(prices):\n    token = '{PAT}'\n    return 1\n")
    shop.stage(".env", f"A_TOKEN={PAT}\n")
    return shop


async def aircher(cwd: Path, *words: str, code: int = 0) -> str:
    """What a command prints, nobody at the keyboard."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "aircher", *words, cwd=cwd,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode == code, out.decode()
    return out.decode()


async def test_ones_own_repository_works_at_the_first_minute(far: FarSide, shop: Shop) -> None:
    said = await aircher(shop.root, "commit", "--print")
    assert "Add the mean of prices" in said
    assert "not sent: .env (withheld" in said
    (exchange,) = far.seen
    assert PAT.encode() not in exchange.body
    assert b".env" in exchange.body


async def test_the_dry_run_shows_what_is_then_sent(far: FarSide, shop: Shop) -> None:
    planned = await aircher(shop.root, "commit", "--dry-run")
    assert "masked    1 github-pat" in planned
    assert PAT not in planned
    exact = await aircher(shop.root, "commit", "--dry-run", "--exact")
    assert not far.seen
    await aircher(shop.root, "commit", "--print")
    (exchange,) = far.seen
    assert exact.encode().rstrip() == exchange.body
    seal = hashlib.sha256(exchange.body).hexdigest()
    assert seal in planned
    (row,) = json.loads(await aircher(shop.root, "outbox", "--json"))["sent"]
    assert row["sha256"] == seal
    assert row["bytes"] == len(exchange.body)
    assert row.get("body") is None
    assert row["workspace"] == str(shop.root)
    assert seal in await aircher(shop.root, "outbox")
    assert "kept only with" in await aircher(shop.root, "outbox", "--text")


async def test_a_folder_that_speaks_is_accepted_first(far: FarSide, shop: Shop) -> None:
    (shop.root / ".aircher.toml").write_text('commit.language = "de"\n', "utf-8")
    said = await aircher(shop.root, "commit", "--print")
    assert "Drafted by rule" in said
    assert "aircher trust" in said
    assert "not accepted" in await aircher(shop.root, "ask", "why?", code=1) or not far.seen
    assert "nobody to ask" in await aircher(shop.root, "trust", code=1)
    assert "nobody to ask" in await aircher(shop.root, "trust", "--yes", code=1)
    assert not far.seen
    shown = await aircher(shop.root, "trust", ".", "--yes")
    assert 'commit.language = "de"' in shown
    assert "Add the mean" in await aircher(shop.root, "commit", "--print")
    assert str(shop.root) in await aircher(shop.root, "trust", "--list")
    (shop.root / ".aircher.toml").write_text('commit.language = "fr"\n', "utf-8")
    assert "not what you accepted" in await aircher(shop.root, "commit", "--print")
    await aircher(shop.root, "trust", "--revoke")
    assert "No workspace" in await aircher(shop.root, "trust", "--list")
    assert len(far.seen) == 1


async def test_every_folder_on_the_way_down_is_shown_and_accepted(far: FarSide, shop: Shop) -> None:
    (shop.root / "inner").mkdir()
    for folder, words in ((shop.root, 60), (shop.root / "inner", 61)):
        (folder / ".aircher.toml").write_text(f"commit.subject_max = {words}\n", "utf-8")
    shown = await aircher(shop.root, "trust", "inner", "--yes")
    assert shown.index(f"{shop.root}/.aircher.toml says") < shown.index("subject_max = 60")
    assert shown.index(f"{shop.root}/inner/.aircher.toml says") < shown.index("subject_max = 61")
    assert "its settings are accepted" in await aircher(shop.root / "inner", "trust")
    await aircher(shop.root / "inner", "trust", "--revoke")
    assert "its settings are accepted" in await aircher(shop.root, "trust")
    assert "61" in await aircher(shop.root, "trust", "inner", "--yes")


async def test_usage_is_forgotten(far: FarSide, shop: Shop) -> None:
    await aircher(shop.root, "commit", "--print")
    assert str(shop.root) in await aircher(shop.root, "usage", "--by", "workspace", "--json")
    said = await aircher(shop.root, "forget", "--workspace", ".")
    assert "1 lines of what was sent" in said
    assert "1 calls of this month keep their amounts" in said
    assert "Nothing has left" in await aircher(shop.root, "outbox")
    assert str(shop.root) not in await aircher(shop.root, "usage", "--by", "workspace", "--json")
    assert "Say what to forget" in await aircher(shop.root, "forget", code=1)


async def test_old_usage_is_forgotten_by_itself(far: FarSide, shop: Shop) -> None:
    await aircher(shop.root, "commit", "--print")
    await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "aircherd", "stop"], capture_output=True
    )
    path = Path(runtime.ledger_path())
    with closing(sqlite3.connect(path)) as db, db:
        guards = db.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name in ("entries_end_once", "entries_stay"):
            db.execute(f"DROP TRIGGER {name}")
        db.execute("UPDATE entries SET day = '2020-01-01'")
        for table in ("daily", "daily_models"):
            db.execute(f"UPDATE {table} SET day = '2020-01-01'")
        for (guard,) in guards:
            db.execute(guard)
    text = settings_file().read_text("utf-8")
    settings_file().write_text("usage.keep_days = 30\n" + text, "utf-8")
    await aircher(shop.root, "status")
    async with asyncio.timeout(20):
        while True:
            with closing(sqlite3.connect(path)) as db:
                if db.execute("SELECT count(*) FROM entries").fetchone()[0] == 0:
                    break
            await asyncio.sleep(0.1)
