"""A pool of one provider's models, from the user's file to what `aircher why` says of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from aircherd import why
from fakes.scripted import Exchange, far_side
from sessions.conftest import configure, provider
from sessions.editor import Failed, in_process


async def answers(exchange: Exchange) -> None:
    await exchange.start()
    await exchange.text("It is.")
    await exchange.finish()


def pool(base: str, balance: str) -> str:
    lines = provider("acme", base).replace('["m"]', '["m", "n"]')
    return f'{lines}pool = ["m", "n"]\nbalance = "{balance}"\n'


async def test_models_of_a_pool_take_turns_and_the_plan_says_so() -> None:
    async with far_side(answers) as far:
        configure(pool(far.base, "round-robin"))
        async with in_process() as opened:
            editor = await opened()
            await editor.initialize()
            asked: list[Any] = []
            for number in range(4):
                asked.append(await editor.ask("aircher/ask", prompt=f"q{number}"))
            named = await editor.ask("aircher/ask", prompt="named", model="acme/n")
            await editor.leave()
        models = [json.loads(exchange.body)["model"] for exchange in far.seen]
    assert models[:4] in (["m", "n", "m", "n"], ["n", "m", "n", "m"])
    assert models[4] == "n"
    found = await why._found(asked[-1]["answer"]["requestId"])
    assert found is not None
    said = "\n".join(why.lines(found))
    assert "; one of the pool of acme, round-robin" in said
    assert why.again(found.reason).same, why.again(found.reason).said
    other = await why._found(named["answer"]["requestId"])
    assert other is not None
    assert "pool" not in "\n".join(why.lines(other))


async def test_no_model_of_a_pool_is_a_way_round_a_limit() -> None:
    async with far_side(answers) as far:
        for balance in ("round-robin", "cost-weighted", "latency-weighted"):
            configure("[costs]\ndaily_limit = 0.000001\n" + pool(far.base, balance))
            async with in_process() as opened:
                editor = await opened()
                await editor.initialize()
                asked = (editor.ask("aircher/ask", prompt=f"{balance} {n}") for n in range(4))
                for one in await asyncio.gather(*asked, return_exceptions=True):
                    with pytest.raises(Failed, match="limit"):
                        raise one if isinstance(one, BaseException) else AssertionError(one)
                await editor.leave()
        assert not far.seen


@pytest.mark.parametrize("pooled", [True, False])
async def test_past_a_limit_of_one_its_equals_are_asked_where_no_step_down_is_wanted(
    pooled: bool,
) -> None:
    """What stands beside the pool would be a step down, so it is not asked."""
    limit = 'model_limits = { "acme/m" = 0.000001 }\n'
    async with far_side(answers) as far, far_side(answers) as other:
        written = pool(far.base, "round-robin")
        if not pooled:
            written = written[: written.index("pool")]
        configure(
            "[costs]\nauto_downgrade_on_limit = false\n"
            + limit
            + '[providers]\nfallback_order = ["acme", "beside"]\n'
            + written
            + provider("beside", other.base)
        )
        async with in_process() as opened:
            editor = await opened()
            await editor.initialize()
            asked = [editor.ask("aircher/ask", prompt=f"q{number}") for number in range(4)]
            found = await asyncio.gather(*asked, return_exceptions=True)
            await editor.leave()
        assert not other.seen
        models = {json.loads(exchange.body)["model"] for exchange in far.seen}
    if pooled:
        assert [one for one in found if isinstance(one, BaseException)] == []
        assert models == {"n"}
    else:
        assert all(isinstance(one, Failed) and "limit" in str(one) for one in found)
