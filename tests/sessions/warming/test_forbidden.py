"""Every case in which nothing may be made ready, for what the user or a folder says."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from aircherd import runtime
from aircherd.ledger import writer
from aircherd.trust.place import look
from aircherd.trust.store import Trust
from sessions.conftest import Shop, configure, provider
from sessions.editor import Failed
from sessions.warming.parts import (
    BASE,
    Far,
    Hints,
    ahead,
    asked_before,
    listening,
    opens,
    until,
    window,
)


def over_budget(far: Far, shop: Shop) -> None:
    configure(BASE + "[costs]\ndaily_limit = 0.000001\n" + provider("acme", far.base))


def one_request_too_dear(far: Far, shop: Shop) -> None:
    configure(BASE + "[costs]\nrequest_limit = 0.000001\n" + provider("acme", far.base))


def broken_limits(far: Far, shop: Shop) -> None:
    configure(BASE + '[costs]\ndaily_limit = "much"\n' + provider("acme", far.base))


def never(far: Far, shop: Shop) -> None:
    configure(BASE + '[daemon]\nwarm = "never"\n' + provider("acme", far.base))


def offline(far: Far, shop: Shop) -> None:
    # What is on loopback is asked offline too, so here the host is beyond it by name.
    beyond = far.base.replace("127.0.0.1", "far.example")
    configure('offline = "on"\n' + BASE + provider("acme", beyond))
    asked_before(far, origin=beyond.removesuffix("/v1"))


def stays_here(far: Far, shop: Shop) -> None:
    configure('egress = "local"\n' + BASE + provider("acme", far.base))


def not_on_the_list(far: Far, shop: Shop) -> None:
    configure(BASE + '[providers]\nallow = ["other"]\n' + provider("acme", far.base))


def by_proxy(far: Far, shop: Shop) -> None:
    configure(BASE + provider("acme", far.base) + 'proxy = "http://127.0.0.1:9"\n')


def replicas(far: Far, shop: Shop) -> None:
    lines = provider("acme", far.base).replace(
        f'base_url = "{far.base}"', f'hosts = ["{far.base}", "https://localhost:9/v1"]'
    )
    configure(BASE + lines)


def narrowed(far: Far, shop: Shop) -> None:
    shop.write(".aircher.toml", 'egress = "local"\n')
    Trust(runtime.trust_path()).accept(look(str(shop.root)))


def not_accepted(far: Far, shop: Shop) -> None:
    shop.write(".aircher.toml", "[commit]\nsubject_max = 60\n")


def kept_here(far: Far, shop: Shop) -> None:
    configure(BASE + '[outbound]\nlocal_only = ["shop.py"]\n' + provider("acme", far.base))


def unlisted(far: Far, shop: Shop) -> None:
    Path(runtime.departures_path()).unlink()


def long_ago(far: Far, shop: Shop) -> None:
    unlisted(far, shop)
    asked_before(far, days=8)


def elsewhere(far: Far, shop: Shop) -> None:
    unlisted(far, shop)
    asked_before(far, origin="https://127.0.0.1:1")


FORBIDDEN = [
    *(over_budget, one_request_too_dear, broken_limits, offline, stays_here, not_on_the_list),
    *(by_proxy, replicas, narrowed, not_accepted, kept_here, unlisted, long_ago, elsewhere),
]


@pytest.mark.parametrize("forbid", FORBIDDEN, ids=lambda one: one.__name__)
async def test_nothing_is_opened_where_nothing_may_be(
    forbid: Callable[[Far, Shop], None], far: Far, shop: Shop, looks: list[str]
) -> None:
    asked_before(far)
    forbid(far, shop)
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: looks)
        assert await ahead(editor) == []
        assert far.connected == 0


async def test_never_means_that_nobody_even_looks(
    far: Far, shop: Shop, hints: Hints, looks: list[str]
) -> None:
    asked_before(far)
    never(far, shop)
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: hints)
        opens(editor, shop)
        await until(lambda: len(hints) >= 2)
        assert await ahead(editor) == []
        assert not any(begun for _, begun in hints)
        assert (looks, far.connected) == ([], 0)


async def test_never_holds_for_connections_though_a_model_may_be_loaded(
    far: Far, shop: Shop, looks: list[str]
) -> None:
    asked_before(far)
    configure(BASE + 'warm = true\n[daemon]\nwarm = "never"\n' + provider("acme", far.base))
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: looks)
        assert await ahead(editor) == []
        assert far.connected == 0


async def test_nothing_is_opened_while_the_books_cannot_be_written(
    far: Far, shop: Shop, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else holds them, as a full disk would: they can be read, so no limit is in the way,
    but the request that is made ready for would be refused."""
    monkeypatch.setattr(writer, "BUSY_SECONDS", 0.05)
    asked_before(far)
    async with window(shop.root) as editor:
        await listening(editor)
        with contextlib.closing(sqlite3.connect(runtime.ledger_path())) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Failed, match="cannot be written"):
                await editor.ask("aircher/ask", prompt="q", model="acme/m")
            shop.stage("shop.py", "a = 1\n")
            await until(lambda: looks)
            assert await ahead(editor) == []
            assert far.connected == 0
