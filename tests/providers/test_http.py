"""The one road out, against a far side that misbehaves."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import pytest

from aircherd.core.errors import ErrorKind, ProviderError, Unsupported
from aircherd.core.operations import PictureRequest
from aircherd.core.settings import ProviderSettings, Settings
from aircherd.providers import connections, registry
from aircherd.providers.base import HttpRequest, departing
from aircherd.providers.keyring import Keys
from aircherd.providers.workshop import Whole
from fakes.scripted import Answering, Exchange, far_side
from providers.doors import opened, question, talk


async def refused(answer: Answering, *, seconds: float = 10.0, **timeouts: float) -> ProviderError:
    """The error one exchange ends with."""
    async with far_side(answer) as far, opened(base_url=far.base, **timeouts) as provider:
        with pytest.raises(ProviderError) as caught:
            await talk(provider, question("q"), seconds=seconds)
    return caught.value


async def never(exchange: Exchange) -> None:
    await exchange.closed.wait()


async def test_silence_ends_at_the_first_byte_limit() -> None:
    error = await refused(never, local_first_byte_timeout=0.2, connect_timeout=0.1)
    assert error.error_kind is ErrorKind.TIMEOUT
    assert error.sent, "it may have been read and billed"


async def test_silence_in_the_middle_ends_at_the_idle_limit() -> None:
    async def halves(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("half")
        await exchange.closed.wait()

    error = await refused(halves, idle_timeout=0.2)
    assert error.error_kind is ErrorKind.TIMEOUT


async def test_a_drip_ends_at_the_deadline() -> None:
    """Each byte would start a per-read timeout anew; the deadline is over all."""

    async def drip(exchange: Exchange) -> None:
        await exchange.start()
        while not exchange.closed.is_set():
            await exchange.send(b":")
            await asyncio.sleep(0.02)

    began = time.monotonic()
    error = await refused(drip, seconds=0.5, idle_timeout=5)
    assert error.error_kind is ErrorKind.TIMEOUT
    assert time.monotonic() - began < 5


async def test_a_redirect_is_not_followed() -> None:
    elsewhere: list[Exchange] = []

    async def other(exchange: Exchange) -> None:
        elsewhere.append(exchange)

    async with far_side(other) as trap:

        async def redirect(exchange: Exchange) -> None:
            await exchange.start("307 Temporary Redirect", more=f"Location: {trap.base}/x\r\n")

        error = await refused(redirect)
    assert "redirect" in str(error)
    assert not elsewhere


async def test_trap_45_proxies_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caught: list[Exchange] = []

    async def proxy(exchange: Exchange) -> None:
        caught.append(exchange)

    async def answer(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("direct")
        await exchange.finish()

    async with far_side(proxy) as trap:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, trap.base.removesuffix("/v1"))
        async with far_side(answer) as far, opened(base_url=far.base) as provider:
            found = await talk(provider, question("q"))
    assert "".join(found.text) == "direct"
    assert not caught


async def test_what_goes_out_asks_for_no_compression_and_names_nobody() -> None:
    async def answer(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("a")
        await exchange.finish()

    async with far_side(answer) as far, opened(base_url=far.base) as provider:
        await talk(provider, question("q"))
    head = far.seen[0].head.decode().lower()
    assert "accept-encoding: identity" in head
    assert "user-agent: aircher\r\n" in head
    assert "authorization: bearer k-loopback" in head
    assert "cookie" not in head


async def test_a_refused_connection_was_provably_not_sent() -> None:
    async with opened(base_url="http://127.0.0.1:9/v1") as provider:
        with pytest.raises(ProviderError) as caught:
            await talk(provider, question("q"))
    assert caught.value.error_kind is ErrorKind.NETWORK_ERROR
    assert not caught.value.sent
    assert "nothing answers at http://127.0.0.1:9" in str(caught.value)


async def test_a_reset_after_the_head_is_interrupted() -> None:
    async def reset(exchange: Exchange) -> None:
        await exchange.start(more="Content-Length: 100000\r\n")
        await exchange.text("half")
        exchange.writer.transport.abort()

    error = await refused(reset)
    assert error.error_kind is ErrorKind.INTERRUPTED


async def test_bytes_that_are_no_http() -> None:
    async def nonsense(exchange: Exchange) -> None:
        await exchange.send(b"\x15\x03\x01\x00\x02\x02\x46")

    error = await refused(nonsense)
    assert error.error_kind is ErrorKind.NETWORK_ERROR
    assert error.sent


async def test_one_endless_line_is_refused_before_it_fills_the_memory() -> None:
    sent = 0

    async def endless(exchange: Exchange) -> None:
        nonlocal sent
        await exchange.start()
        await exchange.send(b"data: ")
        while not exchange.closed.is_set() and sent < 64 << 20:
            await exchange.send(b"x" * 65536)
            sent += 65536

    error = await refused(endless)
    assert error.error_kind is ErrorKind.INTERRUPTED
    assert "longer than" in str(error)
    assert sent < 32 << 20


async def test_an_endless_error_body_is_cut() -> None:
    pieces = 0

    async def endless(exchange: Exchange) -> None:
        nonlocal pieces
        await exchange.start("500 Internal Server Error")
        for _ in range(2_000):
            if exchange.closed.is_set():
                break
            await exchange.send(b"x" * 65536)
            pieces += 1

    error = await refused(endless)
    assert error.status == 500
    assert pieces < 1_000, "what was sent stands in the system's buffers and no more"


async def test_closing_the_stream_closes_the_connection_at_once() -> None:
    async def slow(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("one")
        await exchange.closed.wait()

    async with far_side(slow) as far, opened(base_url=far.base) as provider:
        task = asyncio.create_task(talk(provider, question("q")))
        while not far.seen:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(1):
            await far.seen[0].closed.wait()


async def test_a_connection_is_given_back_however_its_request_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that is not takes its room for good, until nobody is let in any more."""
    monkeypatch.setattr(connections, "MOST_OPEN", 1)
    manner = ""

    async def answer(exchange: Exchange) -> None:
        if manner == "silent":
            await exchange.closed.wait()
            return
        if manner == "refused":
            await exchange.start("500 Internal Server Error")
            return
        await exchange.start(more="Content-Length: 5000\r\n" if manner == "broken" else "")
        await exchange.text("one")
        if manner == "slow":
            await exchange.closed.wait()
        elif manner == "whole":
            await exchange.finish()

    async def unnoted(_: HttpRequest) -> None:
        raise ProviderError(
            message="no room", error_kind=ErrorKind.WITHHELD, provider="acme", sent=False
        )

    async with (
        far_side(answer) as far,
        opened(base_url=far.base, local_first_byte_timeout=20) as provider,
    ):

        async def stopped() -> None:
            before = len(far.seen)
            task = asyncio.create_task(talk(provider, question("q")))
            async with asyncio.timeout(30):
                while len(far.seen) == before:
                    await asyncio.sleep(0.005)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        async def failed() -> None:
            with pytest.raises(ProviderError):
                await talk(provider, question("q"))

        async def withheld() -> None:
            token = departing.set(unnoted)
            try:
                await failed()
            finally:
                departing.reset(token)

        ends = {
            "silent": stopped,
            "slow": stopped,
            "refused": failed,
            "broken": failed,
            "unnoted": withheld,
        }
        for name, end in ends.items():
            manner = name
            await end()
            manner = "whole"
            found = await talk(provider, question("q"), seconds=10)
            assert "".join(found.text) == "one", f"no room after {name}"


async def test_a_connection_that_ends_while_its_request_is_noted_is_not_asked() -> None:
    """What was lost with it would be booked in full, though nobody has seen it."""
    ways: list[asyncio.StreamWriter] = []
    noted: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ways.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            exchange = Exchange(head, b"", writer, reader)
            await exchange.start()
            await exchange.text("one")
            await exchange.finish()
        writer.close()

    async def note(request: HttpRequest) -> None:
        noted.append(request.url)
        (way,) = provider._road._opened()._busy
        while not ways:
            await asyncio.sleep(0.005)
        ways[0].transport.abort()
        while way.open:
            await asyncio.sleep(0.005)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    token = departing.set(note)
    async with opened(base_url=base) as provider, asyncio.timeout(30):
        found = await talk(provider, question("q"))
    departing.reset(token)
    assert "".join(found.text) == "one"
    assert (len(ways), len(noted)) == (2, 1)
    server.close()
    await server.wait_closed()


async def test_a_rate_limited_key_rests_and_the_next_one_goes() -> None:
    async def answer(exchange: Exchange) -> None:
        if b"Bearer first" in exchange.head:
            await exchange.start("429 Too Many Requests", "application/json")
            await exchange.send(b'{"error": {"code": "rate_limit_exceeded", "message": "slow"}}')
            return
        await exchange.start()
        await exchange.text("second key")
        await exchange.finish()

    async with far_side(answer) as far:
        from dataclasses import replace

        from aircherd.core.clock import SystemClock
        from aircherd.providers.http import Timeouts
        from aircherd.providers.openai_chat import OpenAIChat

        settings = Settings(providers={"acme": ProviderSettings(name="acme", base_url=far.base)})
        host = next(h for h in registry.hosts(settings, {}) if h.name == "acme")
        host = replace(host, key="first", spare_keys=("second",))
        limits = Timeouts(connect=2, first_byte=2, idle=2)
        provider = Whole(host, OpenAIChat(), limits, SystemClock())
        with pytest.raises(ProviderError) as caught:
            await talk(provider, question("q"))
        assert (caught.value.can_retry, caught.value.retry_after) == (True, 0.0)
        found = await talk(provider, question("q"))
        assert "".join(found.text) == "second key"
        await provider.aclose()


def test_keys_go_round_and_one_key_alone_waits(clock: Any) -> None:
    from aircherd.providers.base import Host

    both = Keys(Host(name="a", family="f", base_url="b", key="1", spare_keys=("2",)), clock)

    def limit() -> ProviderError:
        return ProviderError(message="m", error_kind=ErrorKind.RATE_LIMIT, provider="a")

    assert both.next() == "1"
    both.refused("1", limit())
    assert both.next() == "2"
    last = limit()
    both.refused("2", last)
    assert not last.can_retry, "both rest: there is nothing to retry with"
    assert both.next() == "1", "the one that rests shortest"
    clock.advance(25)
    assert both.next() == "1"
    alone = Keys(Host(name="a", family="f", base_url="b", key="1"), clock)
    error = limit()
    alone.refused("1", error)
    assert not error.can_retry


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("primary-with-fallback", "111111"),
        ("round-robin", "123123"),
        # No key is busier than another: whoever rested longest goes next.
        ("least-busy", "123123"),
        ("cost-weighted", "123123"),
    ],
)
def test_keys_take_turns_by_the_users_strategy(clock: Any, name: str, wanted: str) -> None:
    from aircherd.providers.base import Host
    from aircherd.routing.balance import STRATEGIES, Member

    host = Host(name="a", family="f", base_url="b", key="1", spare_keys=("2", "3"))
    seen: list[str] = []

    def watched(members: Any, turn: int, roll: float) -> Any:
        seen.extend(member.name for member in members)
        return STRATEGIES[name](members, turn, roll)

    keys = Keys(host, clock, strategy=watched)
    given = []
    for _ in range(6):
        given.append(keys.next())
        clock.advance(1)
    assert "".join(map(str, given)) == wanted
    assert set(seen) == {"0", "1", "2"}, "a strategy may be a stranger's: it sees no key"
    limit = ProviderError(message="m", error_kind=ErrorKind.RATE_LIMIT, provider="a")
    keys.refused("1", limit)
    assert "1" not in {keys.next() for _ in range(6)}, "it rests"
    clock.advance(25)
    members: list[Member] = []
    keys = Keys(host, clock, strategy=lambda m, *_: members.extend(m) or m)  # type: ignore[func-returns-value]
    keys.refused("2", limit)
    clock.advance(25)
    keys.next()
    assert [member.failures for member in members] == [0, 1, 0]
    keys.answered("2")
    keys.next()
    assert [member.failures for member in members[3:]] == [0, 0, 0]


async def test_what_an_api_has_not_is_refused_before_anything_is_sent() -> None:
    async def answer(exchange: Exchange) -> None:
        raise AssertionError("nothing may be sent")

    async with far_side(answer) as far:
        async with opened("ollama", base_url=far.base) as provider:
            with pytest.raises(Unsupported, match="offers no images"):
                await provider.paint(PictureRequest(model="m", prompt="p"), deadline=1e12)
        async with opened(base_url=far.base) as provider:
            with pytest.raises(Unsupported, match="offers no running"):
                await provider.running()
            count = await provider.count(question("how many"))
            assert (count.how, count.tokens >= 8) == ("bound", True)
    assert not far.seen
