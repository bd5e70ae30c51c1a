"""How many tokens a text is, without its tokenizer: a likely figure and two bounds.

A byte-level tokenizer never makes more than one token of one byte, so bytes bound tokens from
above for every model there is; that bound is what gets reserved. Code and English run at three to
four bytes a token, which is what a call will probably cost. Packing aims in between: two bytes a
token first, and one byte a token when the provider says that was still too much.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from aircherd.core.catalog import ModelSpec
from aircherd.core.chat import PICTURE_BYTES, PICTURE_TOKENS, ChatRequest

MESSAGE_OVERHEAD = 32
"""Tokens a chat template may add around one message, one part of it or one tool; the longest known
templates add about 20."""
REQUEST_OVERHEAD = 64
"""Tokens a chat template may add once."""
TOOLS_OVERHEAD = 1_024
"""Tokens a provider may put before tools or a shape that is asked for: its own words about them,
which are billed (530 at most in the table on Anthropic's page about tool use)."""
LIKELY_BYTES_PER_TOKEN = 3.3
PACKING_BYTES_PER_TOKEN = 2.0
SOUND_BYTES_PER_TOKEN = 1.0
UNKNOWN_WINDOW = 8_192
"""Tokens assumed for a hosted model whose window nobody states."""


def bound(prompt_bytes: int, messages: int) -> int:
    """The most tokens a prompt of so many UTF-8 bytes in so many messages can be."""
    return prompt_bytes + messages * MESSAGE_OVERHEAD + REQUEST_OVERHEAD


def prompt_bound(request: ChatRequest) -> int:
    """The most prompt tokens this request can be billed for."""
    framed = sum(max(1, len(message.parts)) for message in request.messages)
    text = bound(request.prompt_bytes, framed + len(request.tools))
    if request.tools or request.response_format is not None:
        text += TOOLS_OVERHEAD
    return text + request.pictures * PICTURE_TOKENS


def size(request: ChatRequest) -> int:
    """Bytes of text a request is like in a window, pictures included."""
    return request.prompt_bytes + request.pictures * PICTURE_BYTES


def likely(prompt_bytes: int) -> int:
    """The tokens a prompt of so many bytes probably is. An estimate, to be shown as one."""
    return max(1, round(prompt_bytes / LIKELY_BYTES_PER_TOKEN))


@dataclass(frozen=True, slots=True)
class Room:
    """How much fits into a model's window."""

    prompt_bytes: int
    """UTF-8 bytes of prompt, templates' overhead taken off."""
    output_tokens: int
    """Tokens left for the answer."""


def room(spec: ModelSpec, wanted_output: int, *, bytes_per_token: float, messages: int = 2) -> Room:
    """What a request to this model may hold.

    A small window gives at most a quarter of itself to the answer, so that there is still room
    for something to answer about.
    """
    return _room(
        spec.context or UNKNOWN_WINDOW, spec.max_output, wanted_output, bytes_per_token, messages
    )


@lru_cache(512)
def _room(
    window: int, most: int | None, wanted_output: int, bytes_per_token: float, messages: int
) -> Room:
    output = min(wanted_output, max(64, window // 4))
    if most is not None:
        output = min(output, most)
    tokens = window - output - messages * MESSAGE_OVERHEAD - REQUEST_OVERHEAD
    return Room(prompt_bytes=max(0, int(tokens * bytes_per_token)), output_tokens=output)
