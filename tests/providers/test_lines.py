"""Bytes to lines, server-sent events and JSON lines, however the network cuts them."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aircherd.providers.lines import MAX_LINE, LineSplitter, LineTooLong
from aircherd.providers.ndjson import NdjsonDecoder
from aircherd.providers.sse import ServerEvent, SseDecoder, single
from aircherd.providers.think import ThinkSplitter
from figures import Figure

# The cases of the WHATWG specification's own examples, and those that break text libraries.
CASES: list[tuple[bytes, list[tuple[str, str]]]] = [
    (b"data: a\n\n", [("", "a")]),
    (b"data:a\n\n", [("", "a")]),
    (b"data:  a\n\n", [("", " a")]),
    (b"data: a\r\n\r\n", [("", "a")]),
    (b"data: a\r\r", [("", "a")]),
    (b"data: a\ndata: b\n\n", [("", "a\nb")]),
    (b"data\ndata\n\n", [("", "\n")]),
    (b"data:\n\n", [("", "")]),
    (b": comment\n\ndata: a\n\n", [("", "a")]),
    (b": OPENROUTER PROCESSING\n\n", []),
    (b"event: x\ndata: a\n\ndata: b\n\n", [("x", "a"), ("", "b")]),
    (b"event: x\n\ndata: b\n\n", [("", "b")]),
    (b"id: 1\nretry: 5\ndata: a\n\n", [("", "a")]),
    (b"\xef\xbb\xbfdata: a\n\n", [("", "a")]),
    ("data: a\u2028b\u0085c\n\n".encode(), [("", "a\u2028b\u0085c")]),
    ("data: 🙂é\n\n".encode(), [("", "🙂é")]),
    (b"data: a", [("", "a")]),
    (b"data: a\n", [("", "a")]),
    (b"\n\n\ndata: a\n\n\n\n", [("", "a")]),
    (b"data: a:b: c\n\n", [("", "a:b: c")]),
]


def _sse(pieces: list[bytes]) -> list[tuple[str, str]]:
    decoder = SseDecoder()
    found: list[ServerEvent] = []
    for piece in pieces:
        found += decoder.feed(piece)
    found += decoder.end()
    return [(event.name, event.data) for event in found]


@pytest.mark.parametrize(("body", "wanted"), CASES, ids=[repr(body)[:40] for body, _ in CASES])
def test_events_are_the_same_cut_anywhere(body: bytes, wanted: list[tuple[str, str]]) -> None:
    assert _sse([body]) == wanted
    assert _sse([body[i : i + 1] for i in range(len(body))]) == wanted
    for at in range(1, len(body)):
        assert _sse([body[:at], body[at:]]) == wanted, at


def test_a_hundred_thousand_segmentations_give_one_list(figure: Figure) -> None:
    body = b"".join(case for case, _ in CASES if case.endswith((b"\n\n", b"\r\r", b"\r\n\r\n")))
    body = body.replace(b"\xef\xbb\xbf", b"")
    wanted = _sse([body])
    assert len(wanted) >= 14
    chance = random.Random(11)
    seen = 0
    while seen < 100_000:
        marks = sorted(chance.sample(range(1, len(body)), 24))
        pieces = [body[a:b] for a, b in zip([0, *marks], [*marks, len(body)], strict=True)]
        assert _sse(pieces) == wanted, marks
        seen += len(pieces)
    figure(f"{seen:,} pieces, one list of events")


def test_invalid_utf8_is_an_error_not_a_replacement() -> None:
    with pytest.raises(UnicodeDecodeError):
        _sse([b"data: \xff\n\n"])
    with pytest.raises(ValueError):
        NdjsonDecoder().feed(b'{"a": "\xff"}\n')


def test_a_line_over_the_cap_is_refused_before_it_is_whole() -> None:
    splitter = LineSplitter(limit=1_000)
    for _ in range(10):
        splitter.feed(b"x" * 100)
    with pytest.raises(LineTooLong):
        splitter.feed(b"x")
    with pytest.raises(LineTooLong):
        LineSplitter(limit=10).feed(b"x" * 11 + b"\n")
    assert MAX_LINE == 4 * 1024 * 1024


def test_stray_lines_are_kept_for_the_error() -> None:
    decoder = SseDecoder()
    decoder.feed(b'{\n  "error": {"code": 400}\n}\n')
    assert json.loads("\n".join(decoder.stray)) == {"error": {"code": 400}}


@given(
    st.lists(st.dictionaries(st.text(), st.text() | st.integers() | st.none()), max_size=6),
    st.lists(st.integers(0, 400), max_size=8),
    st.sampled_from([b"\n", b"\r\n"]),
)
def test_json_lines_survive_any_cut(
    rows: list[dict[str, object]], marks: list[int], ending: bytes
) -> None:
    body = ending.join(json.dumps(row, ensure_ascii=False).encode() for row in rows)
    cuts = sorted({mark for mark in marks if mark < len(body)})
    decoder = NdjsonDecoder()
    found = []
    for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True):
        found += decoder.feed(body[a:b])
    found += decoder.end()
    assert found == rows


@pytest.mark.parametrize("bad", [b"[1]\n", b"1\n", b'{"a":\n', b"x\n"])
def test_a_line_that_is_no_object_is_an_error(bad: bytes) -> None:
    with pytest.raises(ValueError):
        NdjsonDecoder().feed(bad)


@pytest.mark.parametrize(
    ("text", "thought", "said"),
    [
        ("<think>hm</think>yes", "hm", "yes"),
        ("\n<think>\nhm\n</think>\n\nyes", "\nhm\n", "yes"),
        ("yes <think>no</think>", "", "yes <think>no</think>"),
        ("<thinker>yes", "", "<thinker>yes"),
        ("<think>never closed", "never closed", ""),
        ("<think></think>", "", ""),
        ("<thi", "", "<thi"),
        ("", "", ""),
    ],
)
def test_thinking_in_the_text_is_parted_cut_anywhere(text: str, thought: str, said: str) -> None:
    from aircherd.core.chat import TextDelta

    for at in range(len(text) + 1):
        splitter = ThinkSplitter()
        found = [*splitter.feed(text[:at]), *splitter.feed(text[at:]), *splitter.end()]
        assert "".join(e.text for e in found if isinstance(e, TextDelta)) == said
        assert "".join(e.text for e in found if not isinstance(e, TextDelta)) == thought


@given(st.lists(st.sampled_from([b"data: ", b"a", b"\n", b"\n\n", b"\r", b":", b"\xc3", b"\xa9"])))
def test_an_event_read_at_once_is_the_decoders(parts: list[bytes]) -> None:
    """Whatever stands there: it is the first event the decoder gives, or none is given."""
    data = b"".join(parts)
    event, end = single(data, 0)
    if event is None:
        assert end == 0
        return
    decoder = SseDecoder()
    assert [one.data for one in decoder.feed(data[:end])] == [event]
    assert decoder.between
    assert decoder.stray == []


def test_most_events_are_read_at_once() -> None:
    assert single(b"data: {}\n\ndata: 2\n\n", 0) == ("{}", 10)
    assert single(b"data: {}\n\ndata: 2\n\n", 10) == ("2", 19)
    assert single("data: é\n\n".encode(), 0) == ("é", 10)
    for other in (b"data: 1\n", b"data: 1\ndata: 2\n\n", b"data:1\n\n", b"data: 1\r\n\n"):
        assert single(other, 0) == (None, 0)
    for other in (b"data: 1\r2\n\n", b"data: \xc3\n\n", b": data: 1\n\n", b""):
        assert single(other, 0) == (None, 0)
