"""What else only a daemon's first request would wait for is loaded when something is staged."""

from __future__ import annotations

from aircherd.outbound.ruleset import ruleset
from sessions.conftest import Shop
from sessions.warming.parts import Far, asked_before, listening, until, window


async def test_the_rules_for_secrets_are_read_before_the_message_is_asked_for(
    far: Far, shop: Shop, looks: list[str]
) -> None:
    asked_before(far)
    ruleset.cache_clear()
    async with window(shop.root) as editor:
        await listening(editor)
        assert not ruleset.cache_info().currsize, "nobody has asked for anything"
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: looks)
        assert ruleset.cache_info().currsize
        assert not far.heard
