"""One context, and the sessions it goes on with: only with the host they are of, only for a while,
and never in place of the first look at a certificate."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from aircherd.providers import connections as room
from aircherd.providers import tls
from aircherd.providers.connections import Connections, Unreached
from aircherd.providers.tls import Resuming, certificates, trusting
from providers.test_connection import SIZED, Server, asked, certified, saying, server


def theirs(key: Path, paper: Path, version: ssl.TLSVersion) -> ssl.SSLContext:
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(paper, key)
    made.maximum_version = version
    return made


@pytest.fixture
def papers(tmp_path: Path) -> tuple[Path, Path]:
    return certified(tmp_path)


@pytest.fixture
def ours(papers: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Resuming]:
    made = trusting(str(papers[1]))
    monkeypatch.setattr(room, "certificates", lambda: made)
    return made


async def resumed(it: Server) -> bool:
    """A request over a connection of its own; whether its handshake went on with a session."""
    connections = Connections(it.origin, keep=4)
    connection = await connections.take(5)
    end = connection.about("ssl_object")
    assert await asked(connection) == b"hello"
    connections.give(connection)
    await connections.aclose()
    return bool(end.session_reused)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_the_second_handshake_goes_on_with_the_first(
    papers: tuple[Path, Path], ours: Resuming, version: ssl.TLSVersion
) -> None:
    async with server(saying(SIZED), tls=theirs(*papers, version)) as it:
        assert [await resumed(it) for _ in range(4)] == [False, True, True, True]
        ours.forget("127.0.0.1")
        assert not await resumed(it)


async def test_a_server_that_knows_no_session_is_met_anew(
    papers: tuple[Path, Path], ours: Resuming
) -> None:
    newest = ssl.TLSVersion.TLSv1_3
    async with server(saying(SIZED), tls=theirs(*papers, newest)) as it:
        assert not await resumed(it)
    async with server(saying(SIZED), tls=theirs(*papers, newest)) as it:
        assert not await resumed(it)
        assert await resumed(it)


async def test_a_session_goes_to_no_other_name(papers: tuple[Path, Path], ours: Resuming) -> None:
    """The certificate is of 127.0.0.1: under another name it is refused, session or not."""
    async with server(saying(SIZED), tls=theirs(*papers, ssl.TLSVersion.TLSv1_3)) as it:
        assert not await resumed(it)
        it.origin = room.Origin("https", "localhost", it.origin.port)
        with pytest.raises(Unreached, match="certificate is refused"):
            await resumed(it)


async def test_a_certificate_is_believed_for_an_hour_at_most(
    papers: tuple[Path, Path], ours: Resuming, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(tls.time, "monotonic", lambda: now)
    async with server(saying(SIZED), tls=theirs(*papers, ssl.TLSVersion.TLSv1_3)) as it:
        assert not await resumed(it)
        now += 3000
        assert await resumed(it), "and its own session is kept instead"
        now += 3000
        assert not await resumed(it), "a session of a session is no younger than the look"
        assert await resumed(it)


async def test_no_authority_no_connection(
    papers: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Built by hand, the context refuses what the library's own would refuse."""
    async with server(saying(SIZED), tls=theirs(*papers, ssl.TLSVersion.TLSv1_3)) as it:
        monkeypatch.setattr(room, "certificates", certificates)
        with pytest.raises(Unreached, match="certificate is refused"):
            await resumed(it)
    plain = ssl.create_default_context()
    mine = certificates()
    for name in ("protocol", "check_hostname", "verify_mode", "verify_flags", "minimum_version"):
        assert getattr(mine, name) == getattr(plain, name), name
    assert mine.options & plain.options == plain.options


def test_there_is_one_context() -> None:
    assert certificates() is certificates()
