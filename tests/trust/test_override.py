"""A secret leaves only when the one request it leaves with says so; the log and the outbox tell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aircherd import runtime
from fakes.scripted import FarSide
from sessions.conftest import Shop
from trust.test_terminal import PAT, aircher, far

__all__ = ["far"]
PASSWORD = "k3y-9fQz7Lw2XvB4"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path / "shop")
    shop.stage("shop.py", f"token = '{PAT}'\nurl = 'https://me:{PASSWORD}@db.example/x'\n")
    shop.stage(".env", "A_TOKEN=ghp_a9Kf83jd7Hs62kLmQpWvRtYuZnBcAe41TgUi\n")
    return shop


async def test_the_override_is_of_one_request_and_logged(far: FarSide, shop: Shop) -> None:
    await aircher(shop.root, "commit", "--print")
    asked = json.loads(await aircher(shop.root, "commit", "--json", "--send-secret", "github-pat"))
    await aircher(shop.root, "commit", "--print", "--hint", "shorter")
    first, second, third = (exchange.body for exchange in far.seen)
    assert [PAT.encode() in body for body in (first, second, third)] == [False, True, False]
    assert not any(PASSWORD.encode() in body for body in (first, second, third)), "another kind"
    assert not any(b"ghp_a9Kf83" in body for body in (first, second, third)), "a withheld file"
    operation = asked["answer"]["requestId"]
    log = Path(runtime.log_path()).read_text("utf-8")
    told = [line for line in log.splitlines() if "secrets sent as they are" in line]
    assert len(told) == 1
    assert operation in told[0]
    assert "github-pat:1" in told[0]
    assert "level=WARNING" in told[0]
    assert PAT not in log
    sent = json.loads(await aircher(shop.root, "outbox", "--json"))["sent"]
    assert [row.get("unmasked", []) != [] for row in sent] == [False, True, False]
    assert sent[1]["operation"] == operation
    assert "sent as they are, as was asked: 1 github-pat" in await aircher(shop.root, "outbox")
    notices = json.dumps(asked)
    assert "Sent as they are" in notices


async def test_the_dry_run_shows_the_same_bytes(far: FarSide, shop: Shop) -> None:
    words = ("--send-secret", "github-pat")
    exact = await aircher(shop.root, "commit", "--dry-run", "--exact", *words)
    assert PAT in exact
    await aircher(shop.root, "commit", "--print", *words)
    (exchange,) = far.seen
    assert exact.encode().rstrip() == exchange.body


async def test_no_file_can_say_it(far: FarSide, shop: Shop) -> None:
    for line in ("send_secrets = ['github-pat']", "outbound.send_secrets = ['github-pat']"):
        (shop.root / ".aircher.toml").write_text(line + "\n", "utf-8")
        await aircher(shop.root, "trust", ".", "--yes")
        await aircher(shop.root, "commit", "--print")
    assert not any(PAT.encode() in exchange.body for exchange in far.seen)
