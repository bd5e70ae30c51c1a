"""Something is staged, and whoever writes the message next has a connection waiting: a real
repository, a real TLS server on loopback, a whole daemon."""

from __future__ import annotations

import pytest

from aircherd import market as markets
from sessions.conftest import Shop, configure, provider
from sessions.editor import Failed
from sessions.warming.parts import BASE, Far, ahead, asked_before, listening, message, until, window


async def test_staging_opens_one_connection_and_the_message_goes_over_it(
    far: Far, shop: Shop, looks: list[str]
) -> None:
    asked_before(far)
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "def total(prices):\n    return sum(prices) + 0\n")
        await until(lambda: looks and far.connected)
        assert (far.connected, far.heard) == (1, 0), "a connection, and not one byte over it"
        assert await ahead(editor) == ["acme"]
        found = await message(editor, shop)
        assert found["answer"]["provider"] == "acme"
        assert (far.connected, far.asked) == (1, 1)
        # What is staged later finds that one lying idle.
        shop.stage("new.py", "x = 1\n")
        await until(lambda: len(looks) >= 2)
        assert (far.connected, far.asked) == (1, 1)


async def test_a_host_asked_in_this_daemons_life_needs_no_list(
    far: Far, shop: Shop, looks: list[str]
) -> None:
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: looks)
        assert await ahead(editor) == []
        assert far.connected == 0, "nobody has asked it yet"
        await message(editor, shop)
        for writer in far.writers:
            writer.transport.abort()
        assert far.connected == 1
        shop.stage("shop.py", "a = 2\n")
        await until(lambda: far.connected == 2)
        assert far.asked == 1


async def test_a_host_that_was_sent_nothing_was_not_asked(
    far: Far, shop: Shop, looks: list[str]
) -> None:
    """A request had its turn there, and the books refused it."""
    dear = BASE + "[costs]\nrequest_limit = 0.000001\n" + provider("acme", far.base)
    configure(dear)
    async with window(shop.root) as editor:
        await listening(editor)
        with pytest.raises(Failed, match="limit"):
            await editor.ask("aircher/ask", prompt="q", model="acme/m")
        configure(BASE + provider("acme", far.base))
        await editor.ask("aircher/reload")
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: looks)
        assert await ahead(editor) == []
        assert far.connected == 0


@pytest.mark.parametrize("status", [b"500 Oh", b"429 Slow\r\nRetry-After: 900"])
async def test_a_circuit_that_is_open_is_left_alone(
    far: Far, shop: Shop, looks: list[str], status: bytes
) -> None:
    configure(BASE + "[retry]\nmax_retries = 0\n" + provider("acme", far.base))
    async with window(shop.root) as editor:
        await listening(editor)
        far.status = status
        shop.stage("shop.py", "a = 1\n")
        for _ in range(3):
            await message(editor, shop)
        assert far.asked == (3 if status.startswith(b"500") else 1)
        for writer in far.writers:
            writer.transport.abort()
        count, before = far.connected, len(looks)
        shop.stage("shop.py", "a = 2\n")
        await until(lambda: len(looks) > before)
        assert await ahead(editor) == []
        assert far.connected == count


async def test_once_a_minute_at_most(far: Far, shop: Shop, looks: list[str]) -> None:
    asked_before(far)
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: far.connected == 1)
        far.writers[0].transport.abort()
        for number in range(3):
            before = len(looks)
            shop.stage("shop.py", f"b = {number}\n")
            await until(lambda at=before: len(looks) > at)  # type: ignore[misc]
        assert await ahead(editor) == []
        assert far.connected == 1
        # And a request is no worse for it.
        assert (await message(editor, shop))["answer"]["provider"] == "acme"
        assert far.connected == 2


async def test_an_end_waits_for_nothing(far: Far, shop: Shop, looks: list[str]) -> None:
    asked_before(far)
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: far.connected == 1)
    await until(lambda: far.writers[0].transport.is_closing())
    assert far.heard == 0


async def test_nobody_beyond_this_machine_is_asked_what_there_is(
    far: Far, shop: Shop, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host whose models nobody has named is asked for them when it is needed, not for this."""
    asked_before(far)
    lines = provider("acme", far.base).replace('models = ["m"]', "fetch_models = true")
    other = provider("beta", far.base, price=9.0)
    configure('offline = "off"\n[providers]\ndefault = "acme"\n' + BASE + lines + other)
    # The server stands on loopback, where asking is nobody's business; it is taken for one beyond.
    monkeypatch.setattr(markets, "reaches_only_here", lambda _: False)
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: looks)
        assert await ahead(editor) == []
        assert (far.connected, far.listed) == (0, 0), "who would be asked is not known"
        await message(editor, shop)
        assert (far.listed, far.asked) == (1, 1)
        monkeypatch.setattr(markets, "KEEP_HOSTED", 0.0)
        for writer in far.writers:
            writer.transport.abort()
        count = far.connected
        shop.stage("shop.py", "a = 2\n")
        await until(lambda: far.connected == count + 1)
        assert (far.listed, far.asked) == (1, 1), "what it said an hour ago will do"
