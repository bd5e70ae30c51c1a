"""What a program asks for by OpenAI's shape, as the provider hears it, and what comes back."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from aircher_protocol import ProviderManager
from fakes.scripted import Exchange

from .world import World, booked

pytestmark = pytest.mark.slow
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(32)).decode()
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
CALLS = [("c1", "weather", '{"city":"Ulm"}'), ("c2", "weather", '{"city":"Bonn"}')]
QUESTION = {"role": "user", "content": "How is the weather in Ulm and Bonn?"}


async def calls_then_answers(exchange: Exchange) -> None:
    """Asks for two tools in fragments; once it has their results, it answers."""
    body = json.loads(exchange.body)
    await exchange.start()
    if any(message["role"] == "tool" for message in body["messages"]):
        await exchange.text("Rain, twice.")
        await exchange.finish()
        return
    for place, (name, tool, arguments) in enumerate(CALLS):
        first = {"index": place, "id": name, "type": "function"}
        head = {**first, "function": {"name": tool, "arguments": arguments[:5]}}
        rest = {"index": place, "function": {"arguments": arguments[5:]}}
        for piece in (head, rest):
            await exchange.chunk(choices=[{"index": 0, "delta": {"tool_calls": [piece]}}])
    await exchange.chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "tool_calls"}])
    await exchange.chunk(usage={"prompt_tokens": 20, "completion_tokens": 5})
    await exchange.send(b"data: [DONE]\n\n")


def gathered(stream: Any) -> tuple[dict[str, Any], str]:
    """The message a stream makes, and why it ended."""
    calls: list[dict[str, Any]] = []
    text, ended = "", ""
    for chunk in stream:
        for choice in chunk.choices:
            ended = choice.finish_reason or ended
            text += getattr(choice.delta, "content", None) or ""
            for call in getattr(choice.delta, "tool_calls", None) or ():
                assert call.index == len(calls)
                told = {"name": call.function.name, "arguments": call.function.arguments}
                calls.append({"id": call.id, "type": "function", "function": told})
    return {"role": "assistant", "content": text or None, "tool_calls": calls}, ended


@pytest.mark.parametrize("stream", [False, True])
def test_a_round_trip_of_tools(client: Any, world: World, stream: bool) -> None:
    world.script = calls_then_answers
    asked: dict[str, Any] = {
        "model": "m",
        "messages": [QUESTION],
        "tools": [WEATHER],
        "tool_choice": "auto",
        "parallel_tool_calls": True,
    }
    made = client.chat.completions.create(**asked, stream=stream)
    if stream:
        turn, ended = gathered(made)
    else:
        turn, ended = made.choices[0].message, made.choices[0].finish_reason
        assert turn.content is None
    assert ended == "tool_calls"
    calls = turn["tool_calls"] if isinstance(turn, dict) else turn.model_dump()["tool_calls"]
    seen = [(c["id"], c["function"]["name"], c["function"]["arguments"]) for c in calls]
    assert seen == CALLS
    results = [{"role": "tool", "tool_call_id": n, "content": "rain"} for n, _, _ in CALLS]
    # The turn goes back as it came: an object of the client's, or a dict.
    more = client.chat.completions.create(
        **{**asked, "messages": [QUESTION, turn, *results], "tool_choice": "none"}
    )
    assert more.choices[0].message.content == "Rain, twice."
    first, second = world.bodies
    assert first["tools"][0]["function"]["parameters"] == WEATHER["function"]["parameters"]  # type: ignore[index]
    assert second["tool_choice"] == "none"
    assert [message["role"] for message in second["messages"]] == [
        "user", "assistant", "tool", "tool",
    ]  # fmt: skip
    assert [message["tool_call_id"] for message in second["messages"][2:]] == ["c1", "c2"]
    assert booked() == [("far", "m", "done")] * 2


def test_every_field_reaches_the_provider(client: Any, world: World) -> None:
    client.chat.completions.create(
        model="m",
        messages=[
            {"role": "developer", "content": "Be short."},
            {"role": "user", "content": [
                {"type": "text", "text": "What are these?"},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
                {"type": "image_url", "image_url": {"url": "https://example.org/b.png"}},
            ]},
        ],
        temperature=0.5,
        top_p=0.9,
        seed=7,
        presence_penalty=0.1,
        frequency_penalty=-0.1,
        stop=["END", "STOP"],
        max_completion_tokens=77,
        tools=[WEATHER],
        tool_choice={"type": "function", "function": {"name": "weather"}},
        parallel_tool_calls=False,
        response_format={
            "type": "json_schema",
            "json_schema": {"name": "sight", "schema": {"type": "object"}, "strict": True},
        },
    )  # fmt: skip
    (body,) = world.bodies
    system, user = body["messages"]
    assert (system["role"], system["content"]) == ("system", "Be short.")
    pictures = [part["image_url"]["url"] for part in user["content"][1:]]
    assert pictures == [f"data:image/png;base64,{PNG}", "https://example.org/b.png"]
    assert {name: body[name] for name in ("temperature", "top_p", "seed", "stop")} == {
        "temperature": 0.5, "top_p": 0.9, "seed": 7, "stop": ["END", "STOP"],
    }  # fmt: skip
    assert (body["presence_penalty"], body["frequency_penalty"]) == (0.1, -0.1)
    assert 77 in (body.get("max_tokens"), body.get("max_completion_tokens"))
    assert body["tool_choice"]["function"]["name"] == "weather"
    assert body["parallel_tool_calls"] is False
    assert body["response_format"]["json_schema"]["name"] == "sight"


def test_a_json_object_and_one_stop(client: Any, world: World) -> None:
    client.chat.completions.create(
        model="m", messages=[QUESTION], stop="END", response_format={"type": "json_object"}
    )
    client.chat.completions.create(model="m", messages=[QUESTION], response_format={"type": "text"})
    first, second = world.bodies
    assert (first["stop"], first["response_format"]) == (["END"], {"type": "json_object"})
    assert "response_format" not in second


def test_what_a_tool_said_is_masked_as_all_else_is(client: Any, world: World) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    call = {"id": "c1", "type": "function", "function": {"name": "env", "arguments": "{}"}}
    client.chat.completions.create(
        model="m",
        messages=[
            QUESTION,
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": f"TOKEN={secret}"},
        ],
        tools=[{"type": "function", "function": {"name": "env", "parameters": {}}}],
    )
    assert secret not in json.dumps(world.bodies)
    assert "<secret:" in world.bodies[0]["messages"][-1]["content"]


def test_the_limits_hold_for_tools_and_pictures(world: World) -> None:
    world.write("[costs]\nrequest_limit = 0.01\n")
    with ProviderManager(str(world.path)) as manager:
        client = manager.get_client("far")
        client.chat.completions.create(model="m", messages=[QUESTION], max_tokens=50)
        # At $1 a million tokens a picture may come to five cents, whatever its bytes.
        picture = {"type": "image_url", "image_url": {"url": "https://example.org/b.png"}}
        with pytest.raises(Exception, match="limit"):
            client.chat.completions.create(
                model="m", messages=[{"role": "user", "content": [picture]}], max_tokens=50
            )
        huge = {**WEATHER, "function": {"name": "f", "description": "x" * 12_000}}
        with pytest.raises(Exception, match="limit"):
            client.chat.completions.create(
                model="m", messages=[QUESTION], tools=[huge], max_tokens=50
            )
    assert len(world.far.seen) == 1


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([{"role": "tool", "content": "x", "tool_call_id": "c9"}], "call that was made"),
        ([QUESTION, {"role": "assistant", "content": "Rain."}], "last message"),
        ([{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,=="}}
        ]}], "base64|bytes"),
    ],
)  # fmt: skip
def test_a_conversation_that_cannot_be_is_refused_unsent(
    client: Any, world: World, messages: list[dict[str, Any]], said: str
) -> None:
    with pytest.raises(Exception, match=said):
        client.chat.completions.create(model="m", messages=messages)
    assert world.far.seen == []


@pytest.mark.parametrize("choice", ["rain", "required"])
def test_a_tool_that_is_not_offered_cannot_be_demanded(client: Any, choice: str) -> None:
    with pytest.raises(Exception, match="offer"):
        client.chat.completions.create(model="m", messages=[QUESTION], tool_choice=choice)


def test_vectors_as_base64(manager: ProviderManager, world: World) -> None:
    made = manager.get_client("far").embeddings.create(model="v", input=["a", "b"])
    assert [item.embedding for item in made.data] == [[0.0, 1.0], [1.0, 1.0]]
    assert booked() == [("far", "v", "done")]
