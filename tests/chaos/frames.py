"""Frames as no client should send them: mutated requests, garbage, bombs, halves; by a seed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aircher_protocol.framing import frame
from aircher_protocol.methods import METHODS

_LSP = (
    "textDocument/didOpen",
    "textDocument/didChange",
    "textDocument/didClose",
    "textDocument/codeAction",
    "textDocument/completion",
    "textDocument/diagnostic",
    "workspace/executeCommand",
    "workspace/didChangeConfiguration",
    "window/workDoneProgress/cancel",
    "$/setTrace",
    "initialize",
)
# Left out: what forgets records or reads the configuration again has its own tests.
_METHODS = (*sorted(set(METHODS) - {"aircher/forget", "aircher/reload"}), *_LSP, "x", "", "é\u2028")
_WORDS = ("prompt", "workspace", "text", "uri", "messages", "deltaToken", "model", "id", "token")


@dataclass
class Fuzzed:
    """Bytes to send, and what is owed for them."""

    data: bytes
    owed: dict[str | int, int] = field(default_factory=dict)
    """How many answers each id must get."""
    ends: bool = False
    """Whether nobody can know where the next frame begins: the connection has to end."""


class Fuzz:
    """An endless supply of frames, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._roll = random.Random(seed)
        self._numbers = count(1)

    def next(self) -> Fuzzed:
        """One more frame, or what stands for one."""
        (kind,) = self._roll.choices(list(_KINDS), list(_KINDS.values()))
        return kind(self)

    def request(self) -> Fuzzed:
        """A well-formed request with parameters of chance."""
        number = self._id()
        return self._framed(self._message(number), {number: 1})

    def twice(self) -> Fuzzed:
        """One number used for two requests at once."""
        number = self._id()
        data = b"".join(self._framed(self._message(number)).data for _ in range(2))
        return Fuzzed(data, {number: 2})

    def notice(self) -> Fuzzed:
        """Something that is told, a cancel of what is not there, an answer nobody asked for."""
        roll = self._roll
        number = roll.choice((0, "x", None, -1, 10**30, [], {}, 1.5, next(self._numbers)))
        return self._framed(
            roll.choice(
                (
                    {"jsonrpc": "2.0", "method": roll.choice(_LSP), "params": self._value(3)},
                    {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": number}},
                    {"jsonrpc": "2.0", "id": number, "result": self._value(2)},
                    {"jsonrpc": "2.0", "id": number, "error": self._value(2)},
                )
            )
        )

    def flipped(self) -> Fuzzed:
        """A request with a few bytes changed, taken out or doubled; its length is right."""
        roll = self._roll
        body = bytearray(json.dumps(self._message(f"m{next(self._numbers)}")).encode())
        for _ in range(roll.randint(1, 6)):
            at = roll.randrange(len(body))
            match roll.randrange(4):
                case 0:
                    body[at] = roll.randrange(256)
                case 1:
                    del body[at]
                case 2:
                    body[at:at] = body[at : at + roll.randint(1, 9)]
                case _:
                    body[at:at] = roll.choice((b"\xff", b"\x00", b"\\ud800", b"NaN", b'"', b"}"))
        return Fuzzed(frame(bytes(body)))

    def batch(self) -> Fuzzed:
        """A list where a message should be."""
        some = [self._message(f"b{number}") for number in range(self._roll.randint(0, 4))]
        return self._framed(some)

    def shapeless(self) -> Fuzzed:
        """JSON of any shape, ids of any kind."""
        roll = self._roll
        message: Any = self._message(roll.choice((None, True, 1.5, [], {}, "")))
        for name in list(message):
            if roll.random() < 0.3:
                message[name] = self._value(2)
        message["jsonrpc"] = roll.choice(("1.0", 2, None, ["2.0"]))
        return self._framed(roll.choice((message, self._value(3))))

    def bomb(self) -> Fuzzed:
        """Depth, digits, length: little to send and much to read."""
        roll = self._roll
        number = roll.choice((b"9" * roll.choice((400, 5_000)), b"1e99999", b"-0.0e-999999"))
        depth = roll.choice((100, 5_000, 60_000))
        head = b'{"jsonrpc":"2.0","method":"aircher/ask","id":'
        return Fuzzed(
            frame(
                roll.choice(
                    (
                        b"[" * depth,
                        b'{"a":' * depth + b"1" + b"}" * depth,
                        head + number + b',"params":{}}',
                        head + b'"k","params":{"prompt":' + number + b"}}",
                        head + b'"k","params":{"prompt":"' + b"\\u0000" * 3_000 + b'"}}',
                        head + b'"k","params":' + b"[" * depth + b"]" * depth + b"}",
                    )
                )
            )
        )

    def not_text(self) -> Fuzzed:
        """Bytes that are no UTF-8, or another encoding's, or nothing."""
        roll = self._roll
        text = json.dumps(self._message("n"))
        return Fuzzed(
            frame(
                roll.choice(
                    (
                        b"",
                        b"\xef\xbb\xbf" + text.encode(),
                        text.encode("utf-16"),
                        text.encode().replace(b"a", b"\xed\xa0\x80"),
                        roll.randbytes(roll.randint(1, 200)),
                    )
                )
            )
        )

    def odd_header(self) -> Fuzzed:
        """Headers as nobody writes them and everybody can read them."""
        number = self._id()
        body = json.dumps(self._message(number)).encode()
        pattern = self._roll.choice(
            (
                b"content-length:%d\r\n\r\n",
                b"CONTENT-LENGTH :  %d \n\n",
                b"Content-Type: x\r\nContent-Length: %d\r\nX: y\r\n\r\n",
                b"Content-Length: 0000%d\r\n\r\n",
            )
        )
        return Fuzzed(pattern % len(body) + body, {number: 1})

    def lost(self) -> Fuzzed:
        """Framing lost: nothing can follow."""
        roll = self._roll
        whole = self.request().data
        return Fuzzed(
            roll.choice(
                (
                    b"Content-Length: %d\r\n\r\n" % roll.choice((2**31, 10**11)),
                    b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n",
                    b"Content-Length: -1\r\n\r\n",
                    b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n{}}",
                    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
                    b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
                    b"a" * 9_000,
                    b"no colon\r\n\r\n",
                    roll.randbytes(40) + b"\r\n\r\n" + roll.randbytes(9_000),
                    whole[: roll.randrange(1, len(whole))],
                )
            ),
            ends=True,
        )

    def _id(self) -> str | int:
        number = next(self._numbers)
        return number if self._roll.random() < 0.7 else f"r{number}"

    def _message(self, number: Any) -> dict[str, Any]:
        method = self._roll.choice(_METHODS)
        return {"jsonrpc": "2.0", "id": number, "method": method, "params": self._value(3)}

    def _framed(self, message: Any, owed: dict[str | int, int] | None = None) -> Fuzzed:
        return Fuzzed(frame(json.dumps(message).encode()), owed or {})

    def _value(self, depth: int) -> Any:
        roll = self._roll
        if depth and roll.random() < 0.5:
            names = roll.sample(_WORDS, roll.randint(0, 3))
            return {name: self._value(depth - 1) for name in names}
        if depth and roll.random() < 0.2:
            return [self._value(depth - 1) for _ in range(roll.randint(0, 3))]
        return roll.choice(
            (
                None,
                True,
                0,
                -1,
                2**63,
                1.5,
                "",
                "x",
                "file:///x",
                "/none",
                "\x00",
                "\ud800",
                "é" * 50,
            )
        )


_KINDS: dict[Callable[[Fuzz], Fuzzed], int] = {
    Fuzz.request: 30,
    Fuzz.twice: 4,
    Fuzz.notice: 15,
    Fuzz.flipped: 25,
    Fuzz.batch: 4,
    Fuzz.shapeless: 10,
    Fuzz.bomb: 1,
    Fuzz.not_text: 5,
    Fuzz.odd_header: 4,
    Fuzz.lost: 2,
}
