"""What is done every few seconds is done together."""

from __future__ import annotations

import asyncio

import pytest

from aircherd import beat


@pytest.mark.parametrize(
    ("now", "slept"),
    [(0.0, 2.0), (10.0, 2.0), (10.5, 1.5), (10.9, 1.1), (11.2, 2.8), (11.999, 2.001)],
)
async def test_all_wake_at_the_same_multiple(
    now: float, slept: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    async def sleep(seconds: float) -> None:
        asked.append(seconds)

    loop = asyncio.get_running_loop()
    with monkeypatch.context() as patched:
        patched.setattr(loop, "time", lambda: now)
        patched.setattr(beat.asyncio, "sleep", sleep)
        await beat.beat(2.0)
    assert asked == [pytest.approx(slept)]
    assert (now + asked[0]) % 2.0 == pytest.approx(0.0, abs=1e-9)
