"""Two real engines as one pool: the set-up of a team whose work outgrows one machine."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from aircherd.core.settings import ProviderSettings
from fakes.llama import llama

from .parts import SETTINGS, Heard, job, yard

pytestmark = pytest.mark.slow


async def test_two_engines_share_the_work_and_one_carries_on(tmp_path: Path) -> None:
    with ExitStack() as stack:
        one = stack.enter_context(llama())
        two = ExitStack()
        hosts = (one, two.enter_context(llama()))
        async with yard(tmp_path, {}) as house:
            written = ProviderSettings(name="team", hosts=hosts, models=("m",))
            settings = replace(SETTINGS, providers={"team": written})
            from aircherd.providers import registry

            (host,) = [h for h in registry.hosts(settings, {}) if h.name == "team"]
            assert host.local
            house.providers["team"] = registry.connect(host, settings, house.clock)
            replies = await asyncio.gather(
                *(house.gateway.run(job("team"), Heard()) for _ in range(12))
            )
            assert all(reply.usage.output for reply in replies)
            first, second = house.gateway.fleet.standings("team")
            assert first.answers > 0
            assert second.answers > 0
            two.close()
            for _ in range(6):
                await house.gateway.run(job("team"), Heard())
            first, second = house.gateway.fleet.standings("team")
            assert first.answers + second.answers == 18
            assert second.failures >= 1
