"""Without a network, or told to be without one: only loopback, and a sentence at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aircherd.config.catalogue import bundled
from aircherd.core.chat import ChatRequest, Message
from aircherd.core.clock import SystemClock
from aircherd.core.errors import ProviderError
from aircherd.core.settings import ProviderSettings, Settings
from aircherd.core.tasks import TaskKind
from aircherd.market import Market
from aircherd.network import Network
from aircherd.providers import registry

HEADER = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
DEFAULT = "eth0\t00000000\t0102A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
DOWN = "eth0\t00000000\t0102A8C0\t0000\t0\t0\t0\t00000000\t0\t0\t0\n"
LOOPBACK = "lo\t0000007F\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n"
_ZERO = "0" * 32
V6_DEFAULT = f"{_ZERO} 00 {_ZERO} 00 fe80{_ZERO[4:]} 00000400 00000001 00000000 00000003 wlan0\n"
V6_LOCAL = f"fe80{_ZERO[4:]} 40 {_ZERO} 00 {_ZERO} 00000100 00000001 00000000 00000001 eth0\n"
V6_REJECT = f"{_ZERO} 00 {_ZERO} 00 {_ZERO} ffffffff 00000001 00000000 00200200 lo\n"


@pytest.mark.parametrize(
    ("four", "six", "there"),
    [
        (HEADER + LOOPBACK + DEFAULT, "", True),
        (HEADER, V6_DEFAULT, True),
        (HEADER + LOOPBACK, V6_LOCAL + V6_REJECT, False),
        (HEADER + DOWN, "", False),
        (HEADER, "", False),
        (HEADER + "eth0 junk\n", "junk\n\n", False),
        (None, "", True),
        (HEADER + DEFAULT, None, True),
    ],
)
def test_a_network_is_a_route_that_leads_out(
    tmp_path: Path, four: str | None, six: str | None, there: bool
) -> None:
    for name, text in (("four", four), ("six", six)):
        if text is not None:
            (tmp_path / name).write_text(text)
    assert Network(tmp_path / "four", tmp_path / "six").there() is there


WRITTEN = {
    "here": ProviderSettings(name="here", base_url="http://127.0.0.1:9/v1", models=("m",)),
    "away": ProviderSettings(name="away", base_url="http://192.0.2.1/v1", models=("m",)),
    "pool": ProviderSettings(
        name="pool", hosts=("http://127.0.0.1:9/v1", "http://192.0.2.1/v1"), models=("m",)
    ),
}


def market(offline: str, *, online: bool) -> Market:
    settings = replace(Settings(), providers=WRITTEN, offline=offline)  # type: ignore[arg-type]
    clock = SystemClock()
    hosts = [h for h in registry.hosts(settings, {}) if h.name in WRITTEN]
    return Market(
        hosts=hosts,
        providers={h.name: registry.connect(h, settings, clock) for h in hosts},
        catalogue=bundled(),
        settings=settings,
        clock=clock,
        online=lambda: online,
    )


@pytest.mark.parametrize(
    ("offline", "online", "open_to"),
    [
        ("auto", True, {"here", "away", "pool"}),
        ("auto", False, {"here"}),
        ("on", True, {"here"}),
        ("off", False, {"here", "away", "pool"}),
    ],
)
async def test_who_may_be_asked(offline: str, online: bool, open_to: set[str]) -> None:
    shop = market(offline, online=online)
    _, states = await shop.offers(TaskKind.QUICK_QUESTIONS)
    # Nothing listens at the loopback address: what counts is that it was tried.
    away = {s.name: s.why_not or "" for s in states if "not on this machine" in (s.why_not or "")}
    assert set(WRITTEN) - set(away) == open_to
    assert all("aircher offline" in why for why in away.values())


async def test_the_road_itself_refuses_while_offline_is_on() -> None:
    provider = market("on", online=True).providers["away"]
    request = ChatRequest(model="m", messages=(Message.of("user", "x"),), max_output=1)
    with pytest.raises(ProviderError, match="offline is on") as caught:
        async for _ in provider.stream(request, deadline=SystemClock().monotonic() + 5):
            pass
    assert not caught.value.sent
    await provider.aclose()


async def test_offers_stay_the_same_values_until_something_changes() -> None:
    settings = replace(Settings(), providers=WRITTEN, offline="auto")
    there, cool = [False], [0.0]
    shop = Market(
        hosts=[h for h in registry.hosts(settings, {}) if h.name in WRITTEN],
        providers={},
        catalogue=bundled(),
        settings=settings,
        clock=SystemClock(),
        online=lambda: there[0],
        cooling=lambda name: cool[0] if name == "away" else 0.0,
    )
    task = TaskKind.QUICK_QUESTIONS
    offers, states = await shop.offers(task)
    again = await shop.offers(task)
    assert again[0] is offers
    assert again[1] is states
    there[0] = True
    _, states = await shop.offers(task)
    assert states != again[1]
    cool[0] = 3.0
    _, resting = await shop.offers(task)
    assert [one.cooling_down for one in resting if one.name == "away"] == [3.0]
