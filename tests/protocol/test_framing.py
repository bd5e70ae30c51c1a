"""Content-Length framing, however the bytes are cut and whatever they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aircher_protocol.framing import (
    MAX_BODY,
    MAX_HEADER,
    ForeignProtocolError,
    FrameReader,
    FramingError,
    frame,
)

BODIES = [b'{"a":1}', b"", '{"ü":"🙂"}'.encode(), b"Content-Length: 3\r\n\r\nxyz", b"\r\n\r\n"]
WHOLE = b"".join(frame(body) for body in BODIES)


def test_cut_in_two_at_every_byte() -> None:
    for at in range(len(WHOLE) + 1):
        reader = FrameReader()
        assert [*reader.feed(WHOLE[:at]), *reader.feed(WHOLE[at:])] == BODIES, at
        assert reader.pending == 0


def test_one_byte_at_a_time() -> None:
    reader = FrameReader()
    found = [body for i in range(len(WHOLE)) for body in reader.feed(WHOLE[i : i + 1])]
    assert found == BODIES


@given(st.lists(st.binary(max_size=200), max_size=5), st.lists(st.integers(0, 1200), max_size=9))
def test_any_bodies_any_cuts(bodies: list[bytes], marks: list[int]) -> None:
    stream = b"".join(frame(body) for body in bodies)
    cuts = sorted({mark for mark in marks if mark < len(stream)})
    reader = FrameReader()
    found: list[bytes] = []
    for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += reader.feed(stream[a:b])
    assert found == bodies


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 2\r\n\r\n",
        b"content-length:2\r\n\r\n",
        b"CONTENT-LENGTH:   2  \r\n\r\n",
        b"Content-Length: 2\n\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n",
        b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n",
        b"Content-Length: 2\n\r\n",
    ],
)
def test_headers_in_every_usual_form(head: bytes) -> None:
    assert FrameReader().feed(head + b"{}") == [b"{}"]


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: -2\r\n\r\n",
        b"Content-Length: two\r\n\r\n",
        b"Content-Length: 0x10\r\n\r\n",
        b"Content-Length: 2.0\r\n\r\n",
        b"Content-Length: \xd9\xa2\r\n\r\n",
        b"Content-Length: 10000000000000\r\n\r\n",
        b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n",
        b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1),
        b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n",
        b"Content-Type: x\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"X: " + b"y" * MAX_HEADER + b"\r\n\r\n",
    ],
)
def test_a_length_in_doubt_ends_the_connection(head: bytes) -> None:
    with pytest.raises(FramingError):
        FrameReader().feed(head + b"{}")


def test_a_header_that_never_ends_is_refused_before_it_fills_the_memory() -> None:
    reader = FrameReader()
    for _ in range(MAX_HEADER // 64):
        reader.feed(b"x" * 64)
    with pytest.raises(FramingError):
        reader.feed(b"x" * 64)
    assert reader.pending <= MAX_HEADER + 64


STRANGERS = [
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    b"POST /rpc HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
    b"OPTIONS * HTTP/1.1\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
]


@pytest.mark.parametrize("start", STRANGERS)
def test_http_websocket_and_tls_are_strangers(start: bytes) -> None:
    with pytest.raises(ForeignProtocolError):
        FrameReader().feed(start)


@pytest.mark.parametrize("start", STRANGERS)
def test_a_stranger_is_known_by_its_first_bytes_however_they_come(start: bytes) -> None:
    reader = FrameReader()
    known = next(at for at in range(len(start)) if _refused(reader, start[at : at + 1]))
    assert known < 8


def _refused(reader: FrameReader, data: bytes) -> bool:
    try:
        reader.feed(data)
    except ForeignProtocolError:
        return True
    return False


def test_what_looks_like_http_inside_a_message_is_only_text() -> None:
    body = b"GET / HTTP/1.1\r\n\r\n"
    reader = FrameReader()
    assert reader.feed(frame(body) * 2) == [body, body]


def test_limits_are_those_of_the_reader() -> None:
    reader = FrameReader(max_header=32, max_body=4)
    assert reader.feed(frame(b"1234")) == [b"1234"]
    with pytest.raises(FramingError, match="5 bytes is over the limit"):
        reader.feed(frame(b"12345"))
    with pytest.raises(FramingError, match="longer than 32"):
        FrameReader(max_header=32).feed(b"Content-Type: " + b"x" * 32)


def test_the_largest_message_goes_through_whole() -> None:
    body = b"x" * MAX_BODY
    reader, whole, found = FrameReader(), frame(body), []
    for at in range(0, len(whole), 1 << 20):
        found += reader.feed(whole[at : at + (1 << 20)])
    assert found == [body]
    assert reader.pending == 0


def test_each_is_looked_for_when_it_is_asked_for() -> None:
    reader = FrameReader()
    found = reader.each(frame(b"{}") + b"nothing of the kind\r\n\r\n")
    assert next(found) == b"{}"
    with pytest.raises(FramingError):
        next(found)
