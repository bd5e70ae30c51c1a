"""The bound a prompt is reserved at, where more is billed than the words of it."""

from __future__ import annotations

from typing import Any

from aircherd.core.chat import ChatRequest, ContentPart, Message, TextPart, Tool, ToolCallPart
from aircherd.routing.estimate import prompt_bound


def _request(*parts: ContentPart, **more: Any) -> ChatRequest:
    turn = Message(role="user", parts=parts or (TextPart("hi"),))
    return ChatRequest(model="m", messages=(turn,), max_output=1, **more)


def test_the_bound_has_room_for_what_providers_put_before_tools() -> None:
    """Anthropic's page on tool use: its own words before the tools are up to 530 tokens."""
    tool = Tool(name="f", description="", parameters={})
    plain = prompt_bound(_request())
    assert prompt_bound(_request(tools=(tool,))) >= plain + 530 + len("f{}")
    many = _request(tools=(tool,) * 10)
    # Each is framed in the text the model reads, however short it is.
    assert prompt_bound(many) >= prompt_bound(_request(tools=(tool,))) + 9 * 30


def test_the_bound_frames_every_part_of_a_turn() -> None:
    """A turn of many calls: each has a frame of its own in a model's template."""
    call = ToolCallPart(id="call_1", name="f", arguments="{}")
    one, ten = (prompt_bound(_request(*(call,) * count)) for count in (1, 10))
    assert ten - one >= 9 * (len("f{}") + 20)
