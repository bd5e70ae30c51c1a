"""Every decoder on answers that were spoilt: events or one typed error, and never done by luck.

The recorded answers of each family are changed as chance says: bytes, lines, values of any field.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aircherd.core.chat import Finished, TextDelta
from aircherd.core.errors import ProviderError
from aircherd.providers.base import Decoder
from providers.anthropic import test_anthropic as anthropic
from providers.cohere import test_cohere as cohere
from providers.gemini import test_gemini as gemini
from providers.ollama import test_ollama as ollama
from providers.openai_chat import make as openai_chat
from providers.openai_responses import make as openai_responses

FAMILIES: dict[str, Callable[[], Decoder]] = {
    "anthropic": anthropic.decoder,
    "cohere": cohere.decoder,
    "gemini": gemini.decoder,
    "ollama": ollama.decoder,
    "openai_chat": openai_chat.decoder,
    "openai_responses": openai_responses.decoder,
}
HERE = Path(__file__).parent

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def recorded(family: str) -> list[bytes]:
    """Its recorded answers."""
    found = sorted((HERE / family / "streams").iterdir())
    return [path.read_bytes() for path in found if path.suffix in (".sse", ".ndjson")]


def spoilt_value(value: Any, draw: st.DataObject) -> Any:
    """The value with one place in it that holds something else, or nothing."""
    if isinstance(value, dict) and value and draw.draw(st.booleans()):
        name = draw.draw(st.sampled_from(sorted(value)))
        rest = dict(value)
        kind = draw.draw(st.sampled_from(("inner", "gone", "other")))
        if kind == "gone":
            del rest[name]
        else:
            other = spoilt_value(value[name], draw) if kind == "inner" else draw.draw(_json)
            rest[name] = other
        return rest
    if isinstance(value, list) and value and draw.draw(st.booleans()):
        at = draw.draw(st.integers(0, len(value) - 1))
        return [*value[:at], spoilt_value(value[at], draw), *value[at + 1 :]]
    return draw.draw(_json)


def spoilt_line(line: bytes, draw: st.DataObject) -> bytes:
    """One line of an answer with a value in it changed."""
    head, brace, rest = line.partition(b"{")
    try:
        value = json.loads(brace + rest)
    except ValueError:
        return line[: draw.draw(st.integers(0, len(line)))]
    return head + json.dumps(spoilt_value(value, draw)).encode()


def spoilt(body: bytes, draw: st.DataObject) -> bytes:
    """An answer with a few things wrong."""
    lines = body.splitlines(keepends=True)
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(0, len(lines) - 1))
        match draw.draw(
            st.sampled_from(("value", "value", "value", "gone", "twice", "bytes", "swap"))
        ):
            case "value":
                lines[at] = spoilt_line(lines[at].rstrip(b"\r\n"), draw) + b"\n"
            case "gone":
                lines[at] = b""
            case "twice":
                lines[at] *= 2
            case "bytes":
                cut = draw.draw(st.integers(0, len(lines[at])))
                lines[at] = (
                    lines[at][:cut] + draw.draw(st.binary(max_size=6)) + lines[at][cut + 1 :]
                )
            case _:
                other = draw.draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
    return b"".join(lines)


def check(make: Callable[[], Decoder], pieces: list[bytes]) -> str:
    """Reads an answer to its end; what came of it. Whatever else is raised is a bug."""
    decoder, ended, text = make(), 0, ""
    try:
        for piece in pieces:
            for event in decoder.feed(piece):
                ended += isinstance(event, Finished)
                text += event.text if isinstance(event, TextDelta) else ""
        for event in decoder.end():
            ended += isinstance(event, Finished)
    except ProviderError as error:
        return "refused" if str(error) else "an error without words"
    assert ended == 1, f"{ended} ends"
    text.encode("utf-8")  # what cannot be written cannot be sent to an editor
    return "done"


def hostile(family: str, examples: int) -> None:
    bodies = recorded(family)

    @settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(st.data())
    def run(draw: st.DataObject) -> None:
        body = spoilt(draw.draw(st.sampled_from(bodies)), draw)
        cut = draw.draw(st.integers(0, len(body)))
        assert check(FAMILIES[family], [body[:cut], body[cut:]]) in ("done", "refused")

    run()


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_spoilt_answer_is_events_or_a_typed_error(family: str) -> None:
    hostile(family, 25)


@pytest.mark.slow
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_many_spoilt_answers(family: str) -> None:
    hostile(family, 1_500)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_whole_answer_is_done_and_any_bytes_are_refused(family: str) -> None:
    for body in recorded(family):
        assert check(FAMILIES[family], [body]) == "done"
    for junk in (b"", b"\x00" * 40, b"data: {}\n\n", b"[1]\n", b"{" * 90_000, b'data: "x"\n\n'):
        assert check(FAMILIES[family], [junk]) == "refused"
