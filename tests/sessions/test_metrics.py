"""Figures for a monitor and the screen of `aircher top`, over every way in."""

from __future__ import annotations

import asyncio
import re

from prometheus_client.openmetrics import parser

from aircher.screen import screen
from aircher_protocol.codec import structure
from aircher_protocol.types import ProviderList, Status
from fakes.scripted import Exchange, far_side
from sessions.conftest import Shop, Window, configure, provider
from sessions.editor import Editor
from sessions.test_stories import good

LINE = re.compile(
    r"# (TYPE|HELP|UNIT) aircher_[a-z0-9_]+ .+|aircher_[a-z0-9_]+(\{[a-z]+=\"[^\"]*\""
    r"(,[a-z]+=\"[^\"]*\")*\})? -?[0-9.e+-]+"
)


def faults(lines: list[str]) -> list[str]:
    """What the specification of OpenMetrics has against these lines beside their form."""
    found, families, samples, family, kind = [], set[str](), set[str](), "", ""
    for line in lines:
        if line.startswith("# TYPE "):
            family, kind = line.split(" ")[2:]
            found += [f"{family} comes twice"] if family in families else []
            families.add(family)
            continue
        name = line.split(" ")[2] if line.startswith("#") else re.split("[ {]", line)[0]
        if line.startswith("# UNIT") and not family.endswith("_" + line.split(" ")[3]):
            found.append(f"{family} is not named for its unit")
        if line.startswith("#"):
            found += [f"{line} stands with {family}"] if name != family else []
            continue
        if name != family + ("_total" if kind == "counter" else ""):
            found.append(f"{line} stands with {family}, a {kind}")
        if "quantile=" in line and kind != "summary":
            found.append(f"{line} is of no summary")
        sample = line.rpartition(" ")[0]
        found += [f"{sample} comes twice"] if sample in samples else []
        samples.add(sample)
    return found


async def test_figures_and_their_screen(window: Window, shop: Shop) -> None:
    async with far_side(good) as far:
        configure("[costs]\ndaily_limit = 2.0\n" + provider("acme", far.base))
        editor = await window()
        await editor.ask("aircher/ask", prompt="q")
        await editor.ask("aircher/ask", prompt="q")
        text = (await editor.ask("aircher/metrics"))["text"]
        *lines, end, empty = text.split("\n")
        assert (end, empty) == ("# EOF", "")
        assert [line for line in lines if not LINE.fullmatch(line)] == []
        assert faults(lines) == []
        assert 'aircher_endpoint_answers_total{endpoint="acme"} 1' in lines
        assert "aircher_shared_answers_total 1" in lines
        assert 'aircher_spent_nanousd{period="day"} 25000' in lines
        assert 'aircher_limit_nanousd{limit="daily"} 2000000000' in lines
        assert 'aircher_limit_spent_nanousd{limit="daily"} 25000' in lines
        assert "aircher_retries_total 0" in lines
        mine = '{provider="acme",model="m"}'
        assert f"aircher_model_requests_total{mine} 1" in lines, "one was answered from memory"
        assert f"aircher_model_input_tokens_total{mine} 20" in lines
        assert f"aircher_model_output_tokens_total{mine} 5" in lines
        assert f"aircher_model_cost_nanousd_total{mine} 25000" in lines
        assert not any(line.startswith("aircher_model_uncounted_total") for line in lines)
        status = structure(Status, await editor.ask("aircher/status"))
        providers = structure(ProviderList, await editor.ask("aircher/providers"))
        await editor.leave()
    shown = [line.plain for line in screen(status, providers, 80)]
    assert any(
        re.match(r"acme +ready +0 +0 +1 +0 +\d+ ms, \d+ ms +\d+ s ago$", line) for line in shown
    )
    assert "today $0.000025" in shown[0]
    assert "0 requests in flight" in shown[0], "a look does not count itself"


async def test_a_monitor_s_own_parser_reads_the_text(window: Window, shop: Shop) -> None:
    """Prometheus' client: names, kinds, units and escapes by the rules it goes by itself."""
    odd = 'm"\\n\\'
    async with far_side(good) as far:
        lines = provider("acme", far.base).replace('["m"]', f"['{odd}']")
        configure("[costs]\ndaily_limit = 2.0\n" + lines)
        editor = await window()
        await editor.ask("aircher/ask", prompt="q")
        text = (await editor.ask("aircher/metrics"))["text"]
        await editor.leave()
    families = {one.name: one for one in parser.text_string_to_metric_families(text)}
    kinds = {name: (one.type, one.unit) for name, one in families.items()}
    assert kinds["aircher_model_requests"] == ("counter", "")
    assert kinds["aircher_model_input_tokens"] == ("counter", "tokens")
    assert kinds["aircher_model_cost_nanousd"] == ("counter", "nanousd")
    (sample,) = families["aircher_model_output_tokens"].samples
    assert sample.labels == {"provider": "acme", "model": odd}
    assert sample.value == 5


async def test_a_look_names_what_is_under_way(window: Window, shop: Shop) -> None:
    told = asyncio.Event()

    async def holds(exchange: Exchange) -> None:
        await exchange.start()
        if b"first" in exchange.body:
            await exchange.text("It ")
        await told.wait()
        await exchange.finish()

    async with far_side(holds) as far:
        configure(provider("acme", far.base) + "concurrency = 2\n")
        editor = await window()
        asked = []
        for prompt in ("first", "second", "third"):
            asked.append(asyncio.create_task(editor.ask("aircher/ask", prompt=prompt)))
            await seen(editor, len(asked))
        status = structure(Status, await editor.ask("aircher/status"))
        assert [one.stage for one in status.requests] == ["writing", "asked", "waiting"]
        assert {(one.provider, one.model) for one in status.requests} == {("acme", "m")}
        assert status.in_flight == 3
        listed = structure(ProviderList, await editor.ask("aircher/providers")).providers
        (line,) = (end for one in listed if one.name == "acme" for end in one.endpoints)
        assert (line.in_flight, line.waiting, line.at_once) == (2, 1, 2)
        assert line.last_used_seconds_ago is not None
        told.set()
        await asyncio.gather(*asked)
        assert structure(Status, await editor.ask("aircher/status")).requests == ()
        await editor.leave()


async def seen(editor: Editor, count: int) -> None:
    """Waits until so many requests are under way, the first of them in writing, the rest as far
    as they get."""
    async with asyncio.timeout(30):
        while True:
            rows = structure(Status, await editor.ask("aircher/status")).requests
            stages = [one.stage for one in rows]
            if stages == ["writing", "asked", "waiting"][:count]:
                return
            await asyncio.sleep(0.01)
