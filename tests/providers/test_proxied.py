"""The way through a proxy the user named: what it sees, and what is said when it fails."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.core.settings import ProviderSettings, Settings
from aircherd.providers import connections, registry
from aircherd.providers.base import HttpRequest, departing, reaching
from fakes.scripted import Answering, Exchange, far_side
from providers.doors import KEY, opened, question, talk
from providers.test_connection import certified


@dataclass
class Proxy:
    """A proxy that joins two ends, or answers something else."""

    address: str = ""
    refusal: bytes = b""
    seen: list[bytes] = field(default_factory=list)
    """Everything that went through it on the way out."""


@contextlib.asynccontextmanager
async def proxy(refusal: bytes = b"") -> AsyncIterator[Proxy]:
    found = Proxy(refusal=refusal)
    writers: list[asyncio.StreamWriter] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, keep: bool) -> None:
        with contextlib.suppress(ConnectionError):
            while block := await reader.read(65536):
                if keep:
                    found.seen.append(block)
                writer.write(block)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            found.seen.append(head)
            target = re.match(rb"CONNECT 127\.0\.0\.1:(\d+) ", head)
            if found.refusal or target is None:
                writer.write(found.refusal or b"HTTP/1.1 405 No\r\n\r\n")
                await writer.drain()
                writer.close()
                return
            there, back = await asyncio.open_connection("127.0.0.1", int(target[1]))
            writers.append(back)
            writer.write(b"HTTP/1.1 200 Joined\r\n\r\n")
            await asyncio.gather(pump(reader, back, True), pump(there, writer, False))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    found.address = f"http://me:proxy-word@127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        for writer in writers:
            writer.transport.abort()
        server.close()
        await server.wait_closed()


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's context, whose certificate is trusted here."""
    key, paper = certified(tmp_path)
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(paper, key)
    known = ssl.create_default_context(cafile=str(paper))
    monkeypatch.setattr(connections, "certificates", lambda: known)
    return theirs


async def good(exchange: Exchange) -> None:
    await exchange.start()
    await exchange.text("through")
    await exchange.finish()


async def refused(answer: Answering, tls: ssl.SSLContext, **timeouts: float) -> ProviderError:
    async with (
        far_side(answer, tls=tls) as far,
        proxy() as way,
        opened(base_url=far.base, proxy=way.address, **timeouts) as provider,
    ):
        with pytest.raises(ProviderError) as caught:
            await talk(provider, question("q"))
    return caught.value


async def test_it_sees_whom_is_asked_and_nothing_else(tls: ssl.SSLContext) -> None:
    async with far_side(good, tls=tls) as far, proxy() as way:
        async with opened(base_url=far.base, proxy=way.address) as provider:
            for _ in range(2):
                answer = await talk(provider, question("a secret question"))
                assert answer.text == ["through"]
        assert way.seen[0].startswith(b"CONNECT 127.0.0.1:")
        through = b"".join(way.seen)
        assert b"secret question" not in through
        assert KEY["ACME_KEY"].encode() not in through
        assert b"secret question" in far.seen[0].body
        assert KEY["ACME_KEY"].encode() in far.seen[0].head
        assert b"Proxy-Authorization" not in far.seen[0].head


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "407"),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "403"),
    ],
)
async def test_a_proxy_that_refuses_is_named_and_nothing_was_sent(
    refusal: bytes, said: str
) -> None:
    base = "https://127.0.0.1:9/v1"
    async with proxy(refusal) as way, opened(base_url=base, proxy=way.address) as provider:
        with pytest.raises(ProviderError, match=f"proxy refuses.*{said}") as caught:
            await talk(provider, question("q"))
    assert not caught.value.sent
    assert "proxy-word" not in str(caught.value)


async def test_a_proxy_that_is_not_there_is_no_answer_and_nothing_was_sent() -> None:
    async with opened(base_url="https://127.0.0.1:9/v1", proxy="http://127.0.0.1:9") as provider:
        with pytest.raises(ProviderError) as caught:
            await talk(provider, question("q"))
    assert caught.value.error_kind is ErrorKind.NETWORK_ERROR
    assert not caught.value.sent


@pytest.mark.parametrize(
    ("manner", "kind"), [("silent", ErrorKind.TIMEOUT), ("rude", ErrorKind.NETWORK_ERROR)]
)
async def test_a_proxy_that_never_joins_the_ends_sent_nothing(
    manner: str, kind: ErrorKind, tls: ssl.SSLContext
) -> None:
    """It took CONNECT, so the request has not begun to leave: its hold is given back."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if manner == "silent":
            await over.wait()
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    way = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with opened(base_url="https://127.0.0.1:9/v1", proxy=way, connect_timeout=0.3) as host:
        with pytest.raises(ProviderError) as caught:
            await talk(host, question("q"))
    over.set()
    server.close()
    await server.wait_closed()
    assert (caught.value.error_kind, caught.value.sent) == (kind, False)


async def test_it_is_noted_when_the_ends_are_joined_and_not_before(tls: ssl.SSLContext) -> None:
    told: list[object] = []

    async def note(request: HttpRequest) -> None:
        told.append(request.url)

    noting, looking = departing.set(note), reaching.set(told.append)
    try:
        async with far_side(good, tls=tls) as far, proxy() as way:
            url = f"{far.base}/chat/completions"
            async with opened(base_url=far.base, proxy=way.address) as provider:
                await talk(provider, question("q"))
                await talk(provider, question("over the same connection"))
        assert [one for one in told if one is not False] == [url, True, url, True]
        assert told[0] is False
        told.clear()
        async with (
            proxy(b"HTTP/1.1 403 Forbidden\r\n\r\n") as way,
            opened(base_url=far.base, proxy=way.address) as provider,
        ):
            with pytest.raises(ProviderError):
                await talk(provider, question("q"))
        assert set(told) == {False}
    finally:
        departing.reset(noting)
        reaching.reset(looking)


async def test_what_cannot_be_noted_does_not_leave_by_way_of_a_proxy(tls: ssl.SSLContext) -> None:
    async def full(_: HttpRequest) -> None:
        raise ProviderError(
            message="no room", error_kind=ErrorKind.WITHHELD, provider="acme", sent=False
        )

    noting = departing.set(full)
    try:
        async with far_side(good, tls=tls) as far, proxy() as way:
            async with opened(base_url=far.base, proxy=way.address) as provider:
                with pytest.raises(ProviderError, match="no room"):
                    await talk(provider, question("a secret question"))
            assert far.seen == []
    finally:
        departing.reset(noting)


async def test_silence_and_a_break_are_told_apart(tls: ssl.SSLContext) -> None:
    async def never(exchange: Exchange) -> None:
        await exchange.closed.wait()

    async def half(exchange: Exchange) -> None:
        await exchange.start(more="Content-Length: 5000\r\n")
        await exchange.text("half")

    silent = await refused(
        never, tls, local_first_byte_timeout=0.4, connect_timeout=0.4, idle_timeout=0.4
    )
    assert (silent.error_kind, silent.sent) == (ErrorKind.TIMEOUT, True)
    broken = await refused(half, tls)
    assert (broken.error_kind, broken.sent) == (ErrorKind.INTERRUPTED, True)


@pytest.mark.parametrize(
    ("base", "way", "said"),
    [
        ("http://192.0.2.1/v1", "http://127.0.0.1:9", "without TLS"),
        ("https://192.0.2.1/v1", "127.0.0.1:9", "no address"),
        ("https://192.0.2.1/v1", "ftp://127.0.0.1:9", "no address"),
        ("https://192.0.2.1/v1", "http://me:hush#word@127.0.0.1:9", "no address"),
        ("https://192.0.2.1/v1", "http://me:hush?word@127.0.0.1:9", "no address"),
        ("https://192.0.2.1/v1", "http://[me:hush-word@127.0.0.1:9", "no address"),
    ],
)
async def test_what_no_proxy_may_carry_is_refused(base: str, way: str, said: str) -> None:
    async with opened(base_url=base, proxy=way) as provider:
        with pytest.raises(ProviderError, match=said) as caught:
            await talk(provider, question("q"))
    assert not caught.value.sent
    assert "hush" not in str(caught.value)


def test_which_hosts_it_is_for() -> None:
    settings = Settings(
        proxy="http://proxy.example:3128",
        providers={
            "plain": ProviderSettings(name="plain", base_url="https://far.example/v1"),
            "own": ProviderSettings(
                name="own", base_url="https://far.example/v1", proxy="http://other.example:1"
            ),
            "direct": ProviderSettings(name="direct", base_url="https://far.example/v1", proxy=""),
            "here": ProviderSettings(name="here", base_url="http://127.0.0.1:8080/v1"),
            "office": ProviderSettings(
                name="office", base_url="https://lan.example/v1", local=True
            ),
        },
    )
    found = {host.name: host.proxy for host in registry.hosts(settings, {})}
    assert found["plain"] == found["openai"] == "http://proxy.example:3128"
    assert found["own"] == "http://other.example:1"
    assert found["direct"] is found["here"] is found["office"] is found["ollama"] is None
    assert "proxy.example" not in repr(registry.hosts(settings, {}))
