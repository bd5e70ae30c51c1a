"""Secrets are replaced in every text of a request, and put back only by what made them."""

from __future__ import annotations

import pytest

from aircher_protocol.conversation import ChatMessage, ChatPart, Role
from aircherd.core.chat import (
    ChatRequest,
    ContentPart,
    ImagePart,
    Message,
    ResponseFormat,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
)
from aircherd.outbound import mask as mask_room
from aircherd.outbound.mask import PLACEHOLDER, mask, masked_request
from aircherd.server.convert_chat import turns

PAT = "ghp_x9Kf83jd7Hs62kLmQpWvRtYuZnBcAe41TgUi"
AWS = "AKIAQ3EGTDJ7HPLMWZ2X"


def test_a_placeholder_is_the_same_in_every_text_and_request() -> None:
    first = mask([f"token = '{PAT}'", f"again {PAT} and {AWS}"])
    assert PAT not in "".join(first.texts)
    assert AWS not in "".join(first.texts)
    names = [found[0] for text in first.texts for found in PLACEHOLDER.finditer(text)]
    assert len(names) == 3
    assert len(set(names)) == 2
    later = mask([f"x {PAT}"])
    assert names[0] in later.texts[0]


def test_what_was_masked_is_restored_and_nothing_else() -> None:
    masked = mask([f"token = '{PAT}'"])
    (name,) = masked.secrets
    assert masked.restored(masked.texts[0]) == f"token = '{PAT}'"
    forged = name[:-9] + "00000000>"
    assert masked.restored(forged) == forged
    assert mask(["nothing here"]).restored(name) == name


def test_a_placeholder_is_no_secret() -> None:
    masked = mask([f"api_token = '{PAT}'"])
    assert mask(masked.texts).secrets == {}


def test_the_mapping_is_not_shown() -> None:
    assert PAT not in repr(mask([f"token = '{PAT}'"]))


def holding(secret: str) -> ChatRequest:
    """The secret in every place a request has for text."""
    said = f"key {secret} here"
    return ChatRequest(
        model="m",
        max_output=1,
        messages=(
            Message(role="system", parts=(TextPart(said), TextPart(said))),
            Message(
                role="assistant",
                parts=(ToolCallPart(id="1", name="f", arguments=f'{{"a":"{said}"}}'),),
            ),
            Message(role="tool", parts=(ToolResultPart(call_id="1", name="f", content=said),)),
            Message(role="user", parts=(ImagePart(url=f"https://x.example/?t={secret}"),)),
        ),
        tools=(Tool(name="f", description=said, parameters={"a": [{"description": said}]}),),
        stop=(said,),
        response_format=ResponseFormat(json_schema={"description": said}),
    )


@pytest.mark.parametrize("secret", [PAT, AWS])
def test_no_place_of_a_request_is_forgotten(secret: str) -> None:
    before = holding(secret)
    assert repr(before).count(secret) == 9
    after, masked = masked_request(before)
    assert secret not in repr(after)
    assert list(masked.secrets.values()) == [secret]


def test_a_request_without_secrets_is_the_same_one() -> None:
    request = holding("plain")
    assert masked_request(request)[0] is request


def test_a_text_known_to_be_clean_is_not_searched_again_and_one_with_a_secret_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[str] = []
    plain = mask_room.scan
    monkeypatch.setattr(mask_room, "scan", lambda text: (looked.append(text), plain(text))[1])
    clean = "A turn of a conversation that is said again. " * 40
    dirty = f"{clean} token = '{PAT}'"
    for _ in range(2):
        found = mask((clean, dirty, "short"))
        assert found.texts[0] == clean
        assert PAT not in found.texts[1]
    assert looked.count(clean) == 1
    assert looked.count(dirty) == 2


def of(*parts: ContentPart, tools: tuple[Tool, ...] = ()) -> ChatRequest:
    message = Message(role="assistant", parts=parts)
    return ChatRequest(model="m", max_output=1, messages=(message,), tools=tools)


def test_a_picture_that_is_text_is_looked_through() -> None:
    text = ImagePart(media_type="image/svg+xml", data=f"<svg>{AWS}</svg>".encode())
    real = ImagePart(media_type="image/png", data=b"\x89PNG\r\n\x1a\n" + AWS.encode())
    after, _ = masked_request(of(text, real))
    first, second = after.messages[0].parts
    assert isinstance(first, ImagePart)
    assert first.data is not None
    assert AWS.encode() not in first.data
    assert first.data.startswith(b"<svg><secret:")
    assert second == real


def test_names_and_what_is_named_in_a_schema_are_looked_through() -> None:
    schema = {
        "properties": {AWS: {"type": "string"}},
        "examples": [{"db_password": "hT7#kq29vLx!e4"}],
    }
    after, masked = masked_request(of(tools=(Tool(name="f", description="", parameters=schema),)))
    sent = repr(after.tools)
    assert AWS not in sent
    assert "hT7#kq29vLx!e4" not in sent
    assert set(masked.secrets.values()) == {AWS, "hT7#kq29vLx!e4"}
    assert after.tools[0].parameters["examples"][0]["db_password"].startswith("<secret:")
    (name,) = after.tools[0].parameters["properties"]
    assert masked.restored(name) == AWS


def test_a_secret_that_goes_on_in_the_next_part_is_found() -> None:
    """Providers read the words of a turn as one text, so they are looked through as one."""
    parts = (
        ChatPart(text=AWS[9:15]),
        ChatPart(text=f"{AWS[15:]} is it"),
        ChatPart(url="https://x"),
    )
    said = turns((ChatMessage(role=Role.USER, content=f"key {AWS[:9]}", parts=parts),))
    after, _ = masked_request(of(*said[0].parts))
    assert "<secret:" in after.messages[0].text
    assert after.messages[0].text.endswith(" is it")
    assert after.messages[0].parts[-1] == ImagePart(url="https://x")
