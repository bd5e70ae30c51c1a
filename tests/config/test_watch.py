"""The look at the configuration file goes on, whatever came of what it told last."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from aircherd.config import watch


async def test_a_change_that_could_not_be_taken_up_is_not_the_last_one_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.01)
    file, told = tmp_path / "config.toml", asyncio.Queue[str]()

    async def changed() -> None:
        told.put_nowait(file.read_text("utf-8"))
        if told.qsize() == 1:
            raise ValueError("what nobody thought of")

    def write(text: str) -> None:
        fresh = tmp_path / "fresh"
        fresh.write_text(text, "utf-8")
        fresh.replace(file)  # a look in between sees one of the two

    watching = asyncio.create_task(watch.watch(file, changed))
    try:
        await asyncio.sleep(0)
        write("one")
        async with asyncio.timeout(20):
            while told.qsize() < 1:
                await asyncio.sleep(0.01)
            write("the second")
            while told.qsize() < 2 and not watching.done():
                await asyncio.sleep(0.01)
        assert [told.get_nowait() for _ in range(told.qsize())] == ["one", "the second"]
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
