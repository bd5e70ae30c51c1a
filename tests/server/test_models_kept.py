"""The list of models is made once, and made again when anything in it would be different."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from aircher_protocol.types import ModelsParams
from aircherd.config.catalogue import bundled
from aircherd.config.load import user_settings
from aircherd.core.books import Latency
from aircherd.features.desk import Desk
from aircherd.market import Market
from aircherd.providers import registry
from aircherd.server.handlers.models import Models

WRITTEN = """
providers.ollama.enabled = false
[providers.mine]
base_url = "http://127.0.0.1:9/v1"
models = ["m", "n"]
context = 8192
local = false
input_per_million = 1
output_per_million = 2
"""


class House:
    """As much of the daemon as the list is made of."""

    def __init__(self, folder: Path, clock: Any) -> None:
        path = folder / "config.toml"
        path.write_text(WRITTEN, "utf-8")
        self.settings, _ = user_settings(path)
        self.seen: tuple[Latency, ...] = ()
        self.price_table = "a table of one day"
        hosts = registry.hosts(self.settings, {})
        self.away: list[str] = []
        self.market = Market(
            hosts=hosts,
            providers={},
            catalogue=bundled(),
            settings=self.settings,
            clock=clock,
            online=lambda: not self.away,
        )
        self.books = SimpleNamespace(latencies=self._latencies)
        self.desk = Desk(
            gateway=cast(Any, None),
            market=lambda: self.market,
            settings=lambda: self.settings,
            clock=clock,
        )

    async def _latencies(self) -> tuple[Latency, ...]:
        return self.seen


async def listed(models: Models) -> Any:
    return await models.handle(cast(Any, SimpleNamespace(params=ModelsParams())))


def latency(house: House, clock: Any) -> None:
    house.seen = (
        Latency(
            name="mine/m", answers=1, first_median=5, first_p90=5, median=9, p90=9, token_ms=None
        ),
    )


def settings(house: House, clock: Any) -> None:
    house.settings = replace(house.settings, egress="local")


def table(house: House, clock: Any) -> None:
    house.price_table = "a table of another day"


def day(house: House, clock: Any) -> None:
    clock.jump(clock.now() + timedelta(days=4_000))


def network(house: House, clock: Any) -> None:
    house.away.append("everything")


@pytest.mark.parametrize("change", [latency, settings, table, day, network])
async def test_it_is_the_very_same_until_something_changes(
    tmp_path: Path, clock: Any, change: Callable[[House, Any], None]
) -> None:
    house = House(tmp_path, clock)
    models = Models(cast(Any, house))
    first = await listed(models)
    assert {"mine/m", "mine/n"} <= {f"{x['provider']}/{x['model']}" for x in first["models"]}
    assert await listed(models) is first
    change(house, clock)
    after = await listed(models)
    assert after is not first
    assert after == await listed(Models(cast(Any, house)))
