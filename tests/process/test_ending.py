"""Whether what went out ended with `shutdown` and `exit`."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aircherd.ending import Ending


def frame(body: object, header: str = "Content-Length: {}\r\n\r\n") -> bytes:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return header.format(len(raw)).encode() + raw


SHUTDOWN = frame({"jsonrpc": "2.0", "id": 7, "method": "shutdown"})
EXIT = frame({"jsonrpc": "2.0", "method": "exit"})
BIG = frame({"method": "x", "params": {"text": '"method":"exit" \r\n\r\nContent-Length: 3' * 900}})


def seen(*pieces: bytes) -> tuple[bool, bool]:
    ending = Ending()
    for piece in pieces:
        ending.feed(piece)
    return ending.shutdown, ending.exit


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"", (False, False)),
        (SHUTDOWN, (True, False)),
        (EXIT, (False, True)),
        (BIG + SHUTDOWN + BIG + EXIT, (True, True)),
        (frame({"method": "shutdown"}), (False, False)),  # a request has an id
        (frame({"id": 1, "method": "x", "params": {"method": "exit"}}), (False, False)),
        (frame(["exit"]), (False, False)),
        (frame(b'"exit'), (False, False)),
        (frame(b"[" * 1500 + b'"exit"'), (False, False)),
        (frame(b"") + EXIT, (False, True)),
        (frame({"method": "exit"}, "content-length:{}\r\nContent-Type: x\r\n\r\n"), (False, True)),
        (frame({"method": "exit"}, "X: y\r\nContent-Length :  {} \r\n\r\n"), (False, True)),
        # Broken framing: nothing after it is believed.
        (b"GET / HTTP/1.1\r\n\r\n" + EXIT, (False, False)),
        (b"Content-Length: -3\r\n\r\n" + EXIT, (False, False)),
        (b"Content-Length: 9999999999999\r\n\r\n" + EXIT, (False, False)),
        (b"x" * 9000 + EXIT, (False, False)),
        (b"Content-Length: 999999\r\n\r\n" + EXIT, (False, False)),
    ],
)
def test_endings(stream: bytes, expected: tuple[bool, bool]) -> None:
    assert seen(stream) == expected


def test_every_split_tells_the_same() -> None:
    stream = frame({"method": "initialize", "id": 1}) + SHUTDOWN + EXIT
    for at in range(len(stream) + 1):
        assert seen(stream[:at], stream[at:]) == (True, True)
    assert seen(*(stream[at : at + 1] for at in range(len(stream)))) == (True, True)


@given(st.lists(st.sampled_from([SHUTDOWN, BIG, EXIT, b"", frame(b"{}")])), st.data())
def test_any_split_of_any_frames(frames: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert seen(*pieces) == (SHUTDOWN in frames, EXIT in frames)


def test_it_keeps_little() -> None:
    ending = Ending()
    for _ in range(100):
        ending.feed(b"Content-Length: 10000000\r\n\r\n" + b"x" * 60_000)
        assert len(ending._rest) < 12_000
    for _ in range(100):
        ending.feed(b"y" * 60_000)
        assert len(ending._rest) < 12_000
