"""A daemon that is short of memory must not wait for a thread: it has those it needs."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from aircherd.threads import MOST
from chaos.fuzz import CONFIGURATION, opened
from chaos.house import house


@pytest.mark.slow
async def test_a_daemon_that_is_up_has_its_threads() -> None:
    with tempfile.TemporaryDirectory(prefix="th-", dir="/tmp") as folder:
        async with house(Path(folder), CONFIGURATION) as made:
            line = await opened(made)
            assert await line.probe() is not None
            shared = min(MOST, (os.cpu_count() or 1) + 4)
            # The loop's, those of the pool, the ledger's and the one of its reports.
            assert made.threads() >= 1 + shared + 2
            await line.close()
