"""A daemon that is ended, or fails, before it is furnished."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from aircherd import runtime

TOLD_AT_ONCE = """
import os, signal, sys
from aircherd import singleton, start
plain = singleton.acquire
def acquire():
    lease = plain()
    assert os.path.exists(lease.path)
    os.kill(os.getpid(), signal.SIGTERM)
    return lease
singleton.acquire = acquire
sys.exit(start.run(stdio=False))
"""
BROKEN = """
import sys
from aircherd import start
start._ROOMS = ("nowhere",)
sys.exit(start.run(stdio=False))
"""

SHUT_BOOKS = """
import sys
from aircherd import start
from aircherd.core.errors import LedgerUnavailable
from aircherd.ledger.store import Ledger
async def shut(*_, **__):
    raise LedgerUnavailable("the books are shut")
Ledger.open = shut
sys.exit(start.run(stdio=True))
"""
UNFURNISHED = """
import asyncio
from pathlib import Path
from aircherd import app
from aircherd.config.files import user_file
from aircherd.ledger.store import Ledger
from aircherd.server.sessions import Sessions
async def tried():
    house = app.App(Sessions())
    await house.open()
    before, furnish = house.settings, app.furnish
    user_file().parent.mkdir(parents=True, exist_ok=True)
    user_file().write_text("[costs]\\ndaily_limit = 7.0\\n")
    def broken(*_, **__):
        raise RuntimeError("no furniture today")
    app.furnish = broken
    try:
        await house.reload()
    except RuntimeError:
        pass
    assert house.settings is before, "half of it was taken"
    app.furnish = furnish
    assert await house.reload()
    assert house.settings.costs.daily_limit == 7_000_000_000
    await house.aclose()
asyncio.run(tried())
"""


def ended(code: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", code]
    nobody = subprocess.DEVNULL
    return subprocess.run(
        words, stdin=nobody, capture_output=True, text=True, timeout=60, check=False
    )


def test_told_to_leave_before_it_listens_it_takes_its_socket_along() -> None:
    done = ended(TOLD_AT_ONCE)
    assert done.returncode == 0, done.stderr
    assert not Path(runtime.socket_path()).exists()


def test_one_that_cannot_be_furnished_says_why_and_leaves_nothing() -> None:
    done = ended(BROKEN)
    assert done.returncode == 1
    assert "aircherd.nowhere" in done.stderr
    assert not Path(runtime.socket_path()).exists()


def test_books_that_cannot_be_opened_are_what_a_client_on_stdio_is_told_of() -> None:
    done = ended(SHUT_BOOKS)
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("the books are shut")


def test_a_configuration_that_cannot_be_furnished_changes_nothing() -> None:
    """The next look at the file takes it, as it was not taken before."""
    done = ended(UNFURNISHED)
    assert done.returncode == 0, done.stderr
