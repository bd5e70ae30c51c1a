"""How long a request is, is found out once and is that request's own."""

from __future__ import annotations

from dataclasses import replace

from aircherd.core import chat
from aircherd.core.chat import ChatRequest, Message


def test_a_request_is_measured_for_what_it_is() -> None:
    first = ChatRequest(model="m", messages=(Message.of("user", "é"),), max_output=5)
    assert (first.prompt_bytes, first.pictures) == (2, 0)
    longer = replace(first, messages=(Message.of("user", "longer"),))
    assert longer.prompt_bytes == 6
    picture = chat.ImagePart(media_type="image/png", data=b"x")
    both = Message(role="user", parts=(picture, picture))
    assert replace(first, messages=(both,)).pictures == 2
    assert replace(first) == first
