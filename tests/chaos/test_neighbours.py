"""Whoever holds it wrong hurts only himself: a quiet client is asked beside each of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.beside import felt
from chaos.neighbours import NEIGHBOURS
from figures import Figure

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
MOST_GROWN = 64 * 2**20


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's."""
    with tempfile.TemporaryDirectory(prefix="nb-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.mark.parametrize("name", NEIGHBOURS)
async def test_a_quiet_client_beside_it(name: str, short: Path, figure: Figure) -> None:
    found = await felt(short, name, 1)
    print(found.row(name))
    assert found.grown < MOST_GROWN
    assert found.left <= 2
    figure(f"beside one that {name.replace('_', ' ')}: {found.grown / 2**20:+.0f} MB")
