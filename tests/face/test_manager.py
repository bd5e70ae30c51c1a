"""Python programs: providers from a file, clients of OpenAI's shape, one way through the daemon."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from aircher_protocol import ProviderManager
from aircher_protocol.client import RemoteError
from aircher_protocol.openai_request import Unsupported
from aircher_protocol.provider_errors import (
    ProviderAPIError,
    ProviderAuthError,
    ProviderNotFoundError,
    ProviderRateLimitError,
)
from aircherd import runtime

from .world import World, booked

pytestmark = pytest.mark.slow


QUESTION = [{"role": "user", "content": "Say hello."}]


# --- the manager -------------------------------------------------------------------------------


def test_a_prompt_is_answered_and_booked(manager: ProviderManager, world: World) -> None:
    answer = manager.send(model="far:m", prompt="Say hello.")
    assert answer.text == "Hello, world."
    assert (answer.provider, answer.model) == ("far", "m")
    assert answer.cost.nano_usd == 20 * 1_000 + 5 * 2_000
    assert booked() == [("far", "m", "done")]


def test_providers_are_found_by_name_by_section_and_by_model(manager: ProviderManager) -> None:
    for name in ("far", "cloud.far", "custom.far"):
        assert manager.get_provider(name).name == "far"
    assert manager.get_provider("claude").name == "anthropic"
    for model in ("m", "far/m", "far:m"):
        assert manager.get_provider_for_model(model).name == "far"
    with pytest.raises(ProviderNotFoundError) as caught:
        manager.get_provider("nowhere")
    assert caught.value.name == "PROVIDER_NOT_FOUND"
    for model in ("no-such-model", "gpt-4"):
        with pytest.raises(ProviderNotFoundError):
            manager.get_provider_for_model(model)
    assert manager.validate_provider("cloud.far")
    assert not manager.validate_provider("openai"), "it has no key"
    assert not manager.validate_provider("nowhere")
    assert list(manager.clients()) == ["cloud.far"]
    assert manager.get_client("far") is manager.get_client("cloud.far")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, ProviderAuthError),
        (429, ProviderRateLimitError),
        (404, ProviderAPIError),
        (500, ProviderAPIError),
    ],
)
def test_failures_have_the_names_of_older_documents(
    manager: ProviderManager, world: World, status: int, kind: type[RemoteError]
) -> None:
    world.status = status
    with pytest.raises(kind):
        manager.send(model="far/m", prompt="Say hello.")


def test_an_unknown_model_is_said_to_be_one(manager: ProviderManager) -> None:
    for model in ("unknown", "far/nothing"):
        with pytest.raises(ProviderNotFoundError, match="aircher models"):
            manager.send(model=model, prompt="Hello")


def test_the_file_s_limits_hold_and_never_widen_the_user_s(world: World) -> None:
    world.write("[costs]\nrequest_limit = 0.000001\n")
    with ProviderManager(str(world.path)) as manager, pytest.raises(RemoteError, match="limit"):
        manager.send(model="far/m", prompt="Say hello.")
    own = Path(runtime.config_dir(), "config.toml")
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("[costs]\nrequest_limit = 0.000001\n", "utf-8")
    world.write("[costs]\nrequest_limit = 100\n")
    with ProviderManager(str(world.path)) as manager, pytest.raises(RemoteError, match="limit"):
        manager.send(model="far/m", prompt="Say hello.")
    assert world.far.seen == []


def test_closing_closes_all_and_tells_every_failure(world: World) -> None:
    class Stuck:
        def __init__(self, name: str) -> None:
            self.name = name

        def close(self) -> None:
            raise OSError(self.name)

    manager = ProviderManager(str(world.path))
    manager._clients = {"one": Stuck("first"), "two": Stuck("second")}
    with pytest.raises(ExceptionGroup) as caught:
        manager.close()
    assert [str(error) for error in caught.value.exceptions] == ["first", "second"]
    assert [error.__notes__ for error in caught.value.exceptions] == [
        ["while closing one"],
        ["while closing two"],
    ]
    with pytest.raises(RuntimeError, match="closed"):
        manager.send(prompt="Hello")
    manager.close()


# --- clients of OpenAI's shape -------------------------------------------------------------------


def test_the_installed_package_is_the_real_one(manager: ProviderManager) -> None:
    import openai

    assert isinstance(manager.get_client("far"), openai.OpenAI)


def test_a_completion(client: Any) -> None:
    made = client.chat.completions.create(model="m", messages=QUESTION, max_tokens=50)
    assert made.choices[0].message.content == "Hello, world."
    assert made.choices[0].finish_reason == "stop"
    assert (made.usage.prompt_tokens, made.usage.total_tokens) == (20, 25)
    assert made.model_dump()["aircher"]["provider"] == "far"
    assert booked() == [("far", "m", "done")]


def test_a_stream_comes_piece_by_piece(client: Any, world: World) -> None:
    world.hold.clear()
    stream = client.chat.completions.create(
        model="m", messages=QUESTION, stream=True, stream_options={"include_usage": True}
    )
    chunks = []
    for chunk in stream:
        chunks.append(chunk)
        world.hold.set()
    texts = [
        c.choices[0].delta.content or ""
        for c in chunks
        if c.choices and c.choices[0].delta and getattr(c.choices[0].delta, "content", None)
    ]
    assert "".join(texts) == "Hello, world."
    assert len(texts) >= 2, "the first piece came before the last was sent"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage.completion_tokens == 5


def test_leaving_a_stream_stops_the_provider(client: Any, world: World) -> None:
    world.hold.clear()
    stream = client.chat.completions.create(model="m", messages=QUESTION, stream=True)
    for chunk in stream:
        if chunk.choices and getattr(chunk.choices[0].delta, "content", None):
            break
    stream.close()
    assert world.closed.wait(10)


def test_a_stream_that_breaks_off_is_an_error(client: Any, world: World) -> None:
    world.cut = True
    stream = client.chat.completions.create(model="m", messages=QUESTION, stream=True)
    with pytest.raises(Exception, match=r"(?i)broke|ended|interrupt|complete") as caught:
        list(stream)
    assert type(caught.value).__name__ in ("APIError", "ProviderAPIError")


def test_several_threads_share_a_client(client: Any) -> None:
    said: list[str] = []

    def ask() -> None:
        made = client.chat.completions.create(model="m", messages=QUESTION)
        said.append(made.choices[0].message.content)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert said == ["Hello, world."] * 4


def test_models_are_listed(client: Any) -> None:
    assert sorted(model.id for model in client.models.list()) == ["m", "v"]


@pytest.mark.parametrize(
    "more",
    [
        {"n": 2},
        {"logit_bias": {"5": 3}},
        {"functions": [{"name": "f"}]},
        {"store": True},
        {"service_tier": "priority"},
        {"tools": [{"type": "custom", "custom": {"name": "f"}}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
        {"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]},
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}],
                }
            ]
        },
        {"messages": [{"role": "function", "name": "f", "content": "x"}]},
    ],
)
def test_what_cannot_be_carried_is_refused_unsent(
    client: Any, world: World, more: dict[str, Any]
) -> None:
    import openai

    with pytest.raises((Unsupported, openai.BadRequestError), match=r"leave|cannot"):
        client.chat.completions.create(**{"model": "m", "messages": QUESTION, **more})
    assert world.far.seen == []


@pytest.mark.parametrize(
    ("status", "name"),
    [(401, "AuthenticationError"), (429, "RateLimitError"), (500, "InternalServerError")],
)
@pytest.mark.parametrize("stream", [False, True])
def test_the_official_client_raises_its_own_errors(
    manager: ProviderManager, world: World, status: int, name: str, stream: bool
) -> None:
    world.status = status
    with pytest.raises(Exception, match="far") as caught:
        manager.get_client("far").chat.completions.create(
            model="m", messages=QUESTION, stream=stream
        )
    assert type(caught.value).__name__ == name


def test_vectors(client: Any, manager: ProviderManager) -> None:
    made = client.embeddings.create(model="v", input=["a", "b"])
    assert [item.embedding for item in made.data] == [[0.0, 1.0], [1.0, 1.0]]
    assert client.embeddings.create(model="v", input="a").data[0].index == 0
    assert manager.embed(model="far:v", texts=["a", "b"]) == [(0.0, 1.0), (1.0, 1.0)]


async def test_it_works_beside_a_loop_of_ones_own(world: World) -> None:
    def ask() -> str:
        with ProviderManager(str(world.path)) as manager:
            return manager.send(model="far/m", prompt="Say hello.").text

    assert await asyncio.to_thread(ask) == "Hello, world."
