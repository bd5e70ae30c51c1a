"""The short way through events that are alike says what the long way says, however bytes are cut.

The long way is the same decoder told that no event is text alone.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aircherd.core.chat import ChatRequest, Message, StreamEvent, TextDelta
from aircherd.core.errors import ProviderError
from aircherd.providers import shortcut
from aircherd.providers.base import Decoder, Host
from aircherd.providers.registry import _families
from providers.cuts import joined

ASKED = ChatRequest(model="m", messages=(Message.of("user", "q"),), max_output=9)
Row = Callable[[str, int], dict[str, Any]]


def _chat(text: str, n: int) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    noise = {"obfuscation": "xy" * (n % 5), "created": 17 + n // 3}
    return {"id": "x", "model": "m", **noise, "choices": [choice]}


def _responses(text: str, n: int) -> dict[str, Any]:
    kind = {"type": "response.output_text.delta", "sequence_number": n, "item_id": "i"}
    return {**kind, "output_index": 0, "delta": text, "logprobs": [], "obfuscation": "z" * (n % 7)}


def _anthropic(text: str, n: int) -> dict[str, Any]:
    return {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "text_delta", "text": text},
    }


def _gemini(text: str, n: int) -> dict[str, Any]:
    candidate = {"content": {"parts": [{"text": text}], "role": "model"}, "index": 0}
    return {"candidates": [candidate], "modelVersion": "g"}


def _cohere(text: str, n: int) -> dict[str, Any]:
    return {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": text}}}}


def _ollama(text: str, n: int) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {"model": "m", "created_at": f"2026-01-01T00:00:{n:02}Z", "message": message}


Rows = list[dict[str, Any]]
FAMILIES: dict[str, tuple[Rows, Row, Rows]] = {
    "openai_chat": (
        [{"choices": [{"delta": {"role": "assistant", "content": "begin "}}]}],
        _chat,
        [{"choices": [{"delta": {}, "finish_reason": "stop"}]}],
    ),
    "openai_responses": (
        [{"type": "response.created", "response": {"id": "r", "model": "m"}}],
        _responses,
        [{"type": "response.completed", "response": {"status": "completed", "output": []}}],
    ),
    "anthropic": (
        [
            {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 3}}},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text"}},
        ],
        _anthropic,
        [
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {}},
            {"type": "message_stop"},
        ],
    ),
    "gemini": (
        [{"candidates": [{"content": {"parts": [{"text": "begin "}]}}], "modelVersion": "g"}],
        _gemini,
        [{"candidates": [{"finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": 3}}],
    ),
    "cohere": (
        [{"type": "message-start", "id": "x"}],
        _cohere,
        [{"type": "message-end", "delta": {"finish_reason": "COMPLETE"}}],
    ),
    "ollama": (
        [{"model": "m", "message": {"content": "begin "}}],
        _ollama,
        [{"model": "m", "message": {"content": ""}, "done": True, "done_reason": "stop"}],
    ),
}
OTHERS: tuple[dict[str, Any], ...] = (
    {"type": "ping"},
    {"error": {"message": "broken", "code": 500}},
    {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "response.refusal.delta", "delta": "no"},
    {"choices": [{"delta": {"content": "", "reasoning_content": "why"}}]},
    {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}},
    {"message": {"content": "", "thinking": "why"}},
    {"candidates": [{"content": {"parts": [{"text": "why", "thought": True}]}}]},
)


def decoder_of(family: str, *, long: bool = False) -> Decoder:
    host = Host(name="x", family=family, base_url="http://x")
    decoder = _families[family]().decoder(host, ASKED)
    if long:
        for name in ("text_of", "_text"):
            if hasattr(decoder, name):
                setattr(decoder, name, lambda _: None)
    return decoder


def said(decoder: Decoder, pieces: list[bytes]) -> tuple[list[StreamEvent], str | None]:
    """All events, neighbouring texts as one, and the error at their end."""
    found: list[StreamEvent] = []
    try:
        for piece in pieces:
            for event in decoder.feed(piece):
                found.append(event)
        for event in decoder.end():
            found.append(event)
    except ProviderError as error:
        return joined(found), str(error)
    return joined(found), None


def written(family: str, row: dict[str, Any], style: dict[str, Any], n: int) -> bytes:
    text = json.dumps(row, ensure_ascii=style["ascii"], separators=style["signs"])
    data = text.encode("utf-8", "replace")
    end: bytes = style["end"]
    if style["padded"] and family == "anthropic":
        data = data[:-1] + b" " * (n % 4) + b"}"
    if family == "ollama":
        return data + end
    name = str(row.get("type", "")).encode() if style["named"] else b""
    return (b"event: " + name + end if name else b"") + b"data: " + data + end + end


STYLES = st.fixed_dictionaries(
    {
        "ascii": st.booleans(),
        "signs": st.sampled_from([(",", ":"), (", ", ": "), (",", ": ")]),
        "end": st.sampled_from([b"\n", b"\r\n"]),
        "named": st.booleans(),
        "padded": st.booleans(),
    }
)
PLAIN = {"ascii": False, "signs": (",", ":"), "end": b"\n", "named": False, "padded": True}
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(
            ["a", " the", "\n", '"', "\\", '\\"', "\u2028", "😀", "\ud83d", "\x00", ""]
        ),
        st.text(max_size=12),
    ),
    min_size=5,
    max_size=14,
)


def stream_of(family: str, texts: list[str], style: dict[str, Any]) -> list[bytes]:
    before, row, after = FAMILIES[family]
    rows = [*before, *(row(text, n) for n, text in enumerate(texts)), *after]
    events = [written(family, one, style, n) for n, one in enumerate(rows)]
    return [*events, b"data: [DONE]\n\n"] if family == "openai_chat" else events


def cut(body: bytes, marks: list[int]) -> list[bytes]:
    places = sorted({mark % (len(body) + 1) for mark in marks})
    return [body[a:b] for a, b in itertools.pairwise([0, *places, len(body)])]


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=60, deadline=None)
@given(texts=TEXTS, style=STYLES, marks=st.lists(st.integers(0, 1 << 20), max_size=9))
def test_both_ways_say_the_same_however_it_is_cut(
    family: str, texts: list[str], style: dict[str, Any], marks: list[int]
) -> None:
    body = b"".join(stream_of(family, texts, style))
    wanted = said(decoder_of(family, long=True), [body])
    assert said(decoder_of(family), [body]) == wanted
    assert said(decoder_of(family), cut(body, marks)) == wanted


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=80, deadline=None)
@given(
    texts=TEXTS,
    style=STYLES,
    other=st.sampled_from(OTHERS),
    place=st.integers(0, 20),
    change=st.one_of(
        st.none(),
        st.tuples(
            st.integers(0, 1 << 20),
            st.sampled_from([b"\\", b'"', b"\n", b"\xff", b"\x00", b"\xf0\x9f", b"}", b" ", b""]),
        ),
    ),
    marks=st.lists(st.integers(0, 1 << 20), max_size=5),
)
@example(  # an event whose data is empty
    texts=["a"] * 5,
    style={
        "ascii": False,
        "signs": (", ", ": "),
        "end": b"\n",
        "named": True,
        "padded": False,
    },
    other={"type": "ping"},
    place=2,
    change=(139, b"\n"),
    marks=[],
)
def test_what_is_not_alike_is_read_the_long_way(
    family: str,
    texts: list[str],
    style: dict[str, Any],
    other: dict[str, Any],
    place: int,
    change: tuple[int, bytes] | None,
    marks: list[int],
) -> None:
    events = stream_of(family, texts, style)
    events.insert(place % len(events), written(family, other, style, 1))
    body = b"".join(events)
    if change is not None:
        at = change[0] % len(body)
        body = body[:at] + change[1] + body[at + 1 :]
    wanted = said(decoder_of(family, long=True), [body])
    assert said(decoder_of(family), [body]) == wanted
    assert said(decoder_of(family), cut(body, marks)) == wanted


INSIDES = [
    "",
    "a",
    '"',
    'a","b":"c',
    "\\",
    "a\\",
    '\\"',
    ',"b',
    "\\q",
    "\\u12",
    "\\ud83d",
    "\\ude00",
    "\x00",
    "\t",
    "\r",
    "\n",
    '"}\n\n',
    "\\\\",
    "\\\\\\",
    "\x7f",
    "😀",
]
"""What may stand between the quotation marks of a text, or may not."""


@pytest.mark.parametrize("family", FAMILIES)
def test_what_no_json_string_may_hold_is_read_the_long_way(family: str) -> None:
    texts = ["good", " so", " far"]
    good = stream_of(family, texts * 4, PLAIN)
    mark = written(family, FAMILIES[family][1]("MARK", 2), PLAIN, 2)
    for pair in itertools.product(INSIDES, repeat=2):
        odd = [mark.replace(b"MARK", one.encode()) for one in pair]
        events = [*good[:9], *odd, *good[9:]]
        wanted = said(decoder_of(family, long=True), [b"".join(events)])
        assert said(decoder_of(family), [b"".join(events)]) == wanted, pair
        assert said(decoder_of(family), events) == wanted, pair


@pytest.mark.parametrize("family", FAMILIES)
def test_both_ways_say_the_same_cut_at_every_byte(family: str) -> None:
    texts = ["so", " it", ' "goes\\', " 😀 ", "\n", "\u2028", " on", " and", " on"]
    body = b"".join(stream_of(family, texts, PLAIN))
    wanted = said(decoder_of(family, long=True), [body])
    assert wanted[1] is None
    for at in range(len(body)):
        assert said(decoder_of(family), [body[:at], body[at:]]) == wanted, at
    assert said(decoder_of(family), [bytes([one]) for one in body]) == wanted


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("one_by_one", [False, True])
def test_nearly_all_of_an_answer_goes_the_short_way(family: str, one_by_one: bool) -> None:
    decoder: Any = decoder_of(family)
    name = "_text" if family == "ollama" else "text_of"
    judge, asked = getattr(decoder, name), 0

    def counted(data: Any) -> Any:
        nonlocal asked
        asked += 1
        return judge(data)

    setattr(decoder, name, counted)
    texts = [f'"{n}"\n' if n % 3 else f" word {n}" for n in range(300)]
    events = stream_of(family, texts, PLAIN)
    found, error = said(decoder, events if one_by_one else [b"".join(events)])
    assert error is None
    assert any(isinstance(e, TextDelta) and e.text.endswith("".join(texts)) for e in found)
    assert asked < 20


def test_a_stream_of_events_that_all_differ_is_not_learned_forever() -> None:
    short = shortcut.Shortcut(lambda _: "never")
    for n in range(500):
        short.judged(f'data: {{"n{n}":"x"}}\n\n'.encode(), "x")
    assert short._learned < 10


@pytest.mark.parametrize("kept", ["choices", "delta", "content"])
def test_only_values_of_the_names_given_may_vary(kept: str) -> None:
    pattern = shortcut._values_of(("created", "p"))
    assert pattern is not None
    text = f'{{"created":1,"{kept}":"\\"created\\":2 ,\\"p\\":3","p":"x","q":4}}'
    assert pattern.sub("#", text) == f'{{#,"{kept}":"\\"created\\":2 ,\\"p\\":3",#,"q":4}}'


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
@pytest.mark.parametrize("family", FAMILIES)
def test_bytes_that_are_no_text_take_nothing_with_them_that_came_before(
    family: str, end: bytes
) -> None:
    events = stream_of(family, ["a", "b", "c"], {**PLAIN, "end": end})
    body = b"".join(events).replace(b'"b"', b'"\xff"')
    wanted = said(decoder_of(family, long=True), [body])
    assert wanted[1] is not None
    for at in range(len(body)):
        assert said(decoder_of(family), [body[:at], body[at:]]) == wanted, at
