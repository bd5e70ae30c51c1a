"""The bundled table against the price engine it is made from, and what else it tells."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import genai_prices
import pytest
from genai_prices import data_snapshot

from aircherd.config import tables
from aircherd.config.catalogue import bundled
from aircherd.config.load import user_settings
from aircherd.config.pricing import AHEAD, _standing, price_at
from aircherd.core.catalog import Capability, Effort, ModelRef, ModelSpec
from aircherd.core.chat import Usage, cost_of

TABLE = bundled()
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
THEIRS = {"gemini": "google", "xai": "x-ai"}
HOSTS = ("openai", "anthropic", "gemini", "cohere", "groq", "mistral", "deepseek", "xai")


def spec(provider: str, model: str, now: datetime = NOW) -> ModelSpec:
    return TABLE.fill(ModelSpec(ref=ModelRef(provider, model), local=False), now)


def test_our_arithmetic_equals_the_engine_s_on_thousands_of_usages() -> None:
    """Every host, tiers, dates, cached reads and writes; to the nano-dollar, rounded up."""
    chance = random.Random(5)
    hosts = tables.own()["providers"]
    engine = {one.id: one for one in data_snapshot.get_snapshot().providers}
    checked = 0
    while checked < 4_000:
        host = chance.choice(HOSTS)
        model = chance.choice(sorted(hosts[host]))
        now = NOW + timedelta(minutes=chance.randrange(-600_000, 200_000))
        row = hosts[host][model]
        if _standing(row["prices"], now) != _standing(row["prices"], now + AHEAD):
            continue  # the dearer of two is taken on purpose around a change
        price = price_at(row, now, "t")
        assert price is not None
        usage = Usage(
            input=chance.choice([0, 10, 5_000, 150_000, 300_000]),
            output=chance.randrange(0, 9_000),
            cache_read=chance.choice([0, 0, 8_000, 210_000]),
            cache_write=0 if price.cache_write is None else chance.choice([0, 4_000]),
        )
        models = engine[THEIRS.get(host, host)].models
        theirs = next((m for m in models if m.is_match(model)), None)
        if theirs is None:
            continue  # a name of the data that its own rules do not find
        total = usage.prompt_total or 0
        # The engine refuses to price cached tokens a model has no cached price for.
        cached = usage.cache_read if theirs.get_prices(now).cache_read_mtok is not None else 0
        wanted = genai_prices.calc_price(
            genai_prices.Usage(
                input_tokens=total,
                output_tokens=usage.output or 0,
                cache_read_tokens=cached or None,
                cache_write_tokens=usage.cache_write or None,
            ),
            model_ref=model,
            provider_id=THEIRS.get(host, host),
            genai_request_timestamp=now,
        ).total_price
        ours = Decimal(cost_of(usage, price)) / 10**9
        assert abs(ours - wanted) <= Decimal("1e-9"), (host, model, now, usage)
        assert ours >= wanted - Decimal("1e-12"), "never rounded down"
        checked += 1


def test_trap_10_a_tier_applies_to_the_whole_request() -> None:
    price = spec("anthropic", "claude-haiku-5-5").price
    assert price is not None
    below = cost_of(Usage(input=100_000, output=500), price)
    above = cost_of(Usage(input=100_001, output=500), price)
    assert (below, above) == (10_250_000, 51_250_500)


def test_trap_11_prices_change_by_date_and_by_hour() -> None:
    def argon(now: datetime) -> int:
        price = spec("gemini", "gemini-4-argon", now).price
        assert price is not None
        return price.input

    eve = datetime(2026, 11, 30, 23, 40, tzinfo=UTC)
    assert argon(eve) == 2_000_000
    assert argon(eve + timedelta(minutes=10)) == 4_000_000, "a request may reach into tomorrow"
    assert argon(datetime(2026, 12, 5, tzinfo=UTC)) == 4_000_000
    peak = spec("deepseek", "deepseek-flash", datetime(2026, 11, 20, 2, tzinfo=UTC)).price
    quiet = spec("deepseek", "deepseek-flash", datetime(2026, 11, 20, 12, tzinfo=UTC)).price
    assert peak is not None
    assert quiet is not None
    assert (peak.input, quiet.input) == (300_000, 150_000)


def test_trap_12_cache_writes_cost_extra_and_longer_ones_more() -> None:
    price = spec("anthropic", "claude-sonnet-5-5").price
    assert price is not None
    assert (price.cache_write, price.cache_write_long) == (2_500_000, 4_000_000)
    luna = spec("openai", "gpt-6-luna").price
    assert luna is not None
    assert luna.cache_write == 125_000


def test_a_model_nobody_prices_is_unknown_and_not_free() -> None:
    assert spec("openai", "gpt-of-my-own").price is None
    assert price_at({"prices": []}, NOW, "t") is None


@pytest.mark.parametrize("model", ["claude-haiku-5-5-20261001", "claude-haiku-5-5-latest"])
def test_a_dated_name_is_the_same_model(model: str) -> None:
    assert spec("anthropic", model).price == spec("anthropic", "claude-haiku-5-5").price


def test_capabilities_windows_and_ways_of_thinking() -> None:
    luna = spec("openai", "gpt-6-luna")
    assert {Capability.TOOLS, Capability.VISION, Capability.THINKING} <= luna.capabilities
    assert (luna.context, luna.max_output) == (922_000, 128_000)
    assert luna.traits.sampling is False
    assert luna.effort_off
    sol = spec("openai", "gpt-6.1-sol")
    assert Effort.OFF not in (sol.traits.efforts or ())
    assert not sol.effort_off
    sonnet = spec("anthropic", "claude-sonnet-5-5")
    assert sonnet.traits.thinking == {"adaptive", "between_tools"}
    assert sonnet.traits.forced_tools is False
    assert spec("anthropic", "claude-haiku-5-5").effort_off
    assert spec("openai", "text-embedding-3-small").capabilities == {Capability.EMBEDDINGS}


def test_what_the_provider_says_counts_before_the_table() -> None:
    said = ModelSpec(
        ref=ModelRef("openai", "gpt-6-luna"),
        local=False,
        context=9,
        capabilities=frozenset({Capability.CHAT}),
        said=frozenset({Capability.CHAT}),
    )
    filled = TABLE.fill(said, NOW)
    assert filled.context == 9
    assert filled.capabilities == {Capability.CHAT}


def test_trap_01_retired_names_are_known_with_their_day() -> None:
    row = TABLE.retired("gpt-3.5-turbo")
    assert row is not None
    assert (row.use, row.since) == ("gpt-6-luna", date(2026, 10, 23))
    assert "was switched off on 2026-10-23; gpt-6-luna is used instead" in row.said(NOW.date())
    dated = TABLE.retired("claude-3-sonnet-20240229")
    assert dated is not None
    assert dated.use == "claude-sonnet-5-5"
    assert TABLE.retired("gpt-6-luna") is None
    for name in TABLE._retired:
        found = TABLE.retired(name)
        assert found is not None
        assert TABLE.retired(found.use) is None, f"{name}: its replacement is retired too"


def test_every_default_is_a_model_the_table_knows() -> None:
    for provider, named in TABLE._defaults.items():
        if provider in ("huggingface", "nvidia"):
            continue  # their lists are only known live
        for task, model in named.items():
            found = spec(provider, model)
            assert found.price is not None, (provider, task, model)
            assert found.quality is not None, (provider, task, model)


def test_every_usual_maker_has_a_price() -> None:
    found = 0
    for provider, named in TABLE._makers.items():
        if provider in ("openrouter", "ollama"):
            continue  # their lists are only known live
        for what, models in named.items():
            for model in models:
                found += 1
                ref = ModelRef(provider, model)
                now = datetime(2026, 11, 21, tzinfo=UTC)
                price = TABLE.picture_price(ref, now) if what == "images" else spec(*_of(ref)).price
                assert price is not None, (provider, what, model)
    assert found >= 6


def _of(ref: ModelRef) -> tuple[str, str]:
    return ref.provider, ref.model


def test_retired_names_in_a_user_s_file_are_replaced_with_a_word(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "config.toml"
    path.write_text(
        '[providers.openai]\nmodel = "gpt-4"\n\n[providers.claude]\n'
        'model = "claude-3-sonnet-20240229"\n\n[providers.mine]\nbase_url = "http://127.0.0.1:1"\n'
        'models = ["gpt-4"]\n\n[models.tasks]\nsummaries = "claude-3-haiku"\n'
        'code_review = "mine/gpt-4"\ndefault = "openai:gpt-4o"\n',
        "utf-8",
    )
    settings, problems = user_settings(path)
    said = {problem.line: problem.message for problem in problems}
    assert settings.providers["openai"].models == ("gpt-6.1-terra",)
    assert settings.providers["anthropic"].models == ("claude-sonnet-5-5",)
    assert settings.providers["mine"].models == ("gpt-4",), "its own server may call it so"
    tasks = {str(task): names for task, names in settings.task_models.items()}
    assert tasks["summaries"] == ("claude-haiku-5-5",)
    assert tasks["code_review"] == ("mine/gpt-4",)
    assert tasks["default"] == ("openai:gpt-4o",), "not gone yet, but soon"
    assert said[2].startswith("gpt-4 was switched off on 2026-10-23")
    assert "2025-07-21" in said[5] or "2025-07-21" in str(problems)
    assert "will be switched off on 2027-01-14" in str(problems)
