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


def ended(code: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", code]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def test_told_to_leave_before_it_listens_it_takes_its_socket_along() -> None:
    done = ended(TOLD_AT_ONCE)
    assert done.returncode == 0, done.stderr
    assert not Path(runtime.socket_path()).exists()


def test_one_that_cannot_be_furnished_says_why_and_leaves_nothing() -> None:
    done = ended(BROKEN)
    assert done.returncode == 1
    assert "aircherd.nowhere" in done.stderr
    assert not Path(runtime.socket_path()).exists()
