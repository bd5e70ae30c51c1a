"""A daemon that ends in order has given back what a repository was followed by."""

from __future__ import annotations

from fakes.scripted import far_side
from sessions.conftest import Shop, configure, provider
from sessions.editor import in_process
from sessions.test_stories import FILE, good
from workspace.test_ahead import queues, until


async def test_an_end_gives_back_the_notices_of_repositories_messages_were_written_in(
    shop: Shop,
) -> None:
    async with far_side(good) as far:
        configure(provider("acme", far.base) + '[daemon]\nwarm = "never"\n')
        before = queues()
        async with in_process() as opened:
            editor = await opened()
            await editor.initialize()
            shop.stage("shop.py", FILE)
            await editor.ask("aircher/commitMessage", workspace=str(shop.root))
            await until(lambda: queues() > before)
            await editor.leave()
        assert queues() == before
