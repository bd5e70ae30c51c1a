"""Vectors, pictures and counts over a real session: gate, reservation, books and refusals."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from aircherd.config.catalogue import bundled
from aircherd.core.catalog import ModelRef
from aircherd.core.money import per_million
from aircherd.providers.atonce import MOST_PICTURE_TOKENS
from fakes.scripted import Exchange, FarSide, far_side
from sessions.conftest import configure, provider
from sessions.editor import Editor, Failed, in_process

WORST = MOST_PICTURE_TOKENS * 1_000
"""Nano-dollars one picture is held at, a dollar a million."""


@pytest.fixture
async def window() -> AsyncIterator[Any]:
    async with in_process() as opened:

        async def ready() -> Editor:
            editor = await opened()
            await editor.initialize()
            return editor

        yield ready


def answers(exchange: Exchange) -> dict[str, Any]:
    """What a well-behaved server says to this request."""
    asked = json.loads(exchange.body) if exchange.body else {}
    if b"/embeddings" in exchange.head.split(b"\r\n", 1)[0]:
        count = len(asked["input"])
        # In another order than asked, as a server may.
        rows = [{"index": n, "embedding": [n, 0.5]} for n in reversed(range(count))]
        return {"data": rows, "model": "m", "usage": {"prompt_tokens": 7 * count}}
    return {
        "data": [{"b64_json": "iVBORw=="}] * asked.get("n", 1),
        "usage": {"input_tokens": 10, "output_tokens": 1_000},
    }


async def good(exchange: Exchange) -> None:
    await exchange.start(kind="application/json")
    await exchange.send(json.dumps(answers(exchange)).encode())


async def rows() -> list[tuple[Any, ...]]:
    """State, outcome and cost, once nothing is held any more: an answer does not wait for that."""
    path = Path(os.environ["XDG_STATE_HOME"]) / "aircher" / "usage.sqlite3"
    async with asyncio.timeout(30):
        while True:
            db = sqlite3.connect(path)
            try:
                found = db.execute("SELECT state, outcome, cost FROM entries ORDER BY id")
                lines = found.fetchall()
            finally:
                db.close()
            if all(state != "held" for state, _, _ in lines):
                return lines
            await asyncio.sleep(0.01)


def sent(far: FarSide) -> list[dict[str, Any]]:
    return [json.loads(exchange.body) for exchange in far.seen if exchange.body]


async def test_vectors_come_in_order_and_are_booked(window: Any) -> None:
    async with far_side(good) as far:
        configure(provider("acme", far.base))
        editor = await window()
        made = await editor.ask(
            "aircher/embed", texts=["a", "b", "c"], model="acme/m", purpose="query", dimensions=2
        )
        assert made["vectors"] == [[0.0, 0.5], [1.0, 0.5], [2.0, 0.5]]
        assert (made["provider"], made["model"], made["local"]) == ("acme", "m", False)
        assert made["usage"]["input"] == 21
        assert made["cost"]["nanoUsd"] == 21_000
        assert sent(far)[0]["dimensions"] == 2
        assert await rows() == [("settled", "done", 21_000)]


async def test_a_secret_in_a_text_does_not_leave(window: Any) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    async with far_side(good) as far:
        configure(provider("acme", far.base))
        editor = await window()
        await editor.ask("aircher/embed", texts=[f"token = '{secret}'"], model="acme/m")
        await editor.ask("aircher/image", prompt=f"a till with {secret} on it", model="acme/m")
        assert secret not in str(sent(far))
        assert len(sent(far)) == 2


async def test_pictures_are_held_at_their_dearest_and_booked_at_their_price(window: Any) -> None:
    async with far_side(good) as far:
        configure(provider("acme", far.base))
        editor = await window()
        made = await editor.ask("aircher/image", prompt="A till.", model="acme/m", count=2)
        assert made["pictures"] == [{"data": "iVBORw==", "mediaType": "image/png"}] * 2
        assert made["cost"]["nanoUsd"] == 1_010_000
        assert await rows() == [("settled", "done", 1_010_000)]


async def test_a_count_of_zero_is_not_believed(window: Any) -> None:
    """Servers that do not count say nothing, or zero; neither makes a call free."""

    async def zero(exchange: Exchange) -> None:
        if b"/embeddings" in exchange.head:
            await exchange.start(kind="application/json")
            row = {"data": [{"index": 0, "embedding": [1]}], "usage": {"prompt_tokens": 0}}
            await exchange.send(json.dumps(row).encode())
            return
        await exchange.start()
        await exchange.text("It is a test.")
        await exchange.finish(prompt=0, answer=0)

    async with far_side(zero) as far:
        configure(provider("acme", far.base))
        editor = await window()
        made = await editor.ask("aircher/embed", texts=["some words to count"], model="acme/m")
        told = await editor.ask("aircher/ask", prompt="What is this?", model="acme/m")
        said = told["answer"]
        for usage, cost in ((made["usage"], made["cost"]), (said["usage"], said["cost"])):
            assert usage["input"] > 0
            assert usage["estimated"]
            assert cost["nanoUsd"] > 0
        assert said["usage"]["output"] > 0


async def test_a_limit_stands_before_the_first_byte(window: Any) -> None:
    """There is room for one picture and not for two, though both would turn out cheap."""
    limit = WORST * 1.5 / 1e9
    async with far_side(good) as far:
        configure(f"[costs]\ndaily_limit = {limit:.6f}\n" + provider("acme", far.base))
        editor = await window()
        with pytest.raises(Failed) as refused:
            await editor.ask("aircher/image", prompt="A till.", model="acme/m", count=2)
        assert refused.value.kind == "budgetExceeded"
        assert far.seen == []
        await editor.ask("aircher/image", prompt="A till.", model="acme/m")
        assert len(far.seen) == 1


async def test_a_picture_that_broke_off_may_have_been_made(window: Any) -> None:
    async def half(exchange: Exchange) -> None:
        await exchange.start(kind="application/json", more="Content-Length: 900\r\n")
        await exchange.send(b'{"data": [')

    async with far_side(half) as far:
        configure(provider("acme", far.base))
        editor = await window()
        with pytest.raises(Failed):
            await editor.ask("aircher/image", prompt="A till.", model="acme/m")
        ((state, outcome, cost),) = await rows()
        assert (state, outcome) == ("settled", "interrupted")
        assert cost >= WORST


async def test_a_cancelled_picture_may_have_been_made(window: Any) -> None:
    came = asyncio.Event()

    async def never(exchange: Exchange) -> None:
        came.set()
        await exchange.closed.wait()

    async with far_side(never) as far:
        configure(provider("acme", far.base))
        editor = await window()
        number, asked = editor.begin("aircher/image", prompt="A till.", model="acme/m")
        await came.wait()
        editor.cancel(number)
        with pytest.raises(Failed):
            await asked
        ((state, outcome, cost),) = await rows()
        assert (state, outcome) == ("settled", "cancelled")
        assert cost >= WORST


async def test_a_refused_picture_costs_nothing(window: Any) -> None:
    async def no(exchange: Exchange) -> None:
        await exchange.start("400 Bad Request", kind="application/json")
        await exchange.send(b'{"error": {"message": "no", "code": "content_policy_violation"}}')

    async with far_side(no) as far:
        configure(provider("acme", far.base))
        editor = await window()
        with pytest.raises(Failed) as refused:
            await editor.ask("aircher/image", prompt="A till.", model="acme/m")
        assert refused.value.kind == "contentFilter"
        assert await rows() == [("settled", "contentFilter", 0)]


async def test_what_a_provider_does_not_offer_is_refused_unsent_and_unbooked(window: Any) -> None:
    async with far_side(good) as far:
        configure(provider("acme", far.base) + 'quirks = ["no_images", "no_embeddings"]\n')
        editor = await window()
        for method, params in (
            ("aircher/image", {"prompt": "A till."}),
            ("aircher/embed", {"texts": ["a"]}),
        ):
            with pytest.raises(Failed) as refused:
                await editor.ask(method, model="acme/m", **params)
            assert refused.value.kind == "unsupported"
        assert far.seen == []
        assert {row[0] for row in await rows()} == {"released"}
        assert not any(row[2] for row in await rows())


async def test_the_same_key_is_one_picture(window: Any) -> None:
    async with far_side(good) as far:
        configure(provider("acme", far.base))
        editor = await window()
        params = {"prompt": "A till.", "model": "acme/m", "idempotencyKey": "k"}
        first = await editor.ask("aircher/image", **params)
        assert await editor.ask("aircher/image", **params) == first
        assert len(far.seen) == 1


@pytest.mark.parametrize(
    ("method", "params", "word"),
    [
        ("aircher/embed", {"texts": [], "model": "acme/m"}, "1 to 2048"),
        ("aircher/embed", {"texts": ["a", " "], "model": "acme/m"}, "empty"),
        ("aircher/embed", {"texts": ["a"]}, "usual model for embeddings"),
        ("aircher/image", {"prompt": "x"}, "usual model for images"),
        ("aircher/countTokens", {"messages": [], "model": ""}, "Name the model"),
        *(
            ("aircher/chat", {"model": "acme/m", "messages": [{"role": "user", "parts": [p]}]}, w)
            for p, w in (
                ({"url": "file:///etc/passwd"}, "begins with https"),
                ({"data": "%%%", "mediaType": "image/png"}, "no base64"),
                ({"data": "AAAA", "mediaType": "video/mp4"}, "no picture"),
                ({"data": "AAAA", "mediaType": "application/pdf"}, "no picture"),
                ({"text": "a", "url": "https://example.org/a.png"}, "one of text"),
                ({}, "one of text"),
            )
        ),
        ("aircher/image", {"prompt": " ", "model": "acme/m"}, "no words"),
        ("aircher/image", {"prompt": "x", "model": "acme/m", "count": 11}, "1 to 10"),
    ],
)
async def test_requests_that_make_no_sense(
    window: Any, method: str, params: dict[str, Any], word: str
) -> None:
    async with far_side(good) as far:
        configure(provider("acme", far.base))
        editor = await window()
        with pytest.raises(Failed, match=word) as refused:
            await editor.ask(method, **params)
        assert refused.value.kind == "invalidRequest"
        assert far.seen == []


async def test_what_a_chat_may_cost_is_told_with_its_pictures_and_tools(window: Any) -> None:
    """What is told is no less than what is held."""

    async def till(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("A till.")
        await exchange.finish()

    async with far_side(till) as far:
        configure(provider("acme", far.base))
        editor = await window()
        parts = [{"text": "What is this?"}, {"data": "AAAA", "mediaType": "image/png"}]
        tools = [{"name": "look", "description": "Looks closer."}]
        turns = [{"role": "user", "parts": parts}]
        await editor.ask("aircher/chat", model="acme/m", messages=turns, tools=tools)
    place = Path(os.environ["XDG_STATE_HOME"]) / "aircher" / "usage.sqlite3"
    with contextlib.closing(sqlite3.connect(place)) as db:
        held, reason = db.execute(
            "SELECT amount, reason FROM entries JOIN operations ON operations.id = operation"
        ).fetchone()
    assert json.loads(reason)["candidates"][0]["worst"] >= held > 50_000 * 1_000


async def test_a_shorter_deadline_cuts_off_nothing_that_began_under_the_longer_one(
    window: Any,
) -> None:
    go_on = asyncio.Event()

    async def slow(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("It is ")
        await go_on.wait()
        await exchange.text("a till.")
        await exchange.finish()

    async with far_side(slow) as far:
        written = provider("acme", far.base)
        configure(written)
        editor = await window()
        turns = [{"role": "user", "content": "What is this?"}]
        asked = asyncio.create_task(editor.ask("aircher/chat", model="acme/m", messages=turns))
        while not far.seen:
            await asyncio.sleep(0.005)
        configure(written + '\n[timeouts]\ndeadline = "100ms"\n')
        await editor.ask("aircher/reload")
        with pytest.raises(TimeoutError):
            # Its connection, for which it is paid, stays open.
            await asyncio.wait_for(far.seen[0].closed.wait(), 0.4)
        go_on.set()
        assert (await asked)["text"] == "It is a till."


async def test_without_a_model_the_usual_one_is_taken_and_named(window: Any) -> None:
    async with far_side(good) as far:
        configure(provider("cohere_like", far.base) + provider("openai", far.base))
        editor = await window()
        made = await editor.ask("aircher/embed", texts=["a"])
        assert (made["provider"], made["model"]) == ("openai", "text-embedding-3-small")
        assert any("no model was named" in notice for notice in made["notices"])
        drawn = await editor.ask("aircher/image", prompt="A till.")
        assert (drawn["provider"], drawn["model"]) == ("openai", "gpt-image-2")
        assert [body["model"] for body in sent(far)] == ["text-embedding-3-small", "gpt-image-2"]
        assert [state for state, _, _ in await rows()] == ["settled", "settled"]


async def test_an_engine_s_usual_model_has_a_tag(window: Any) -> None:
    said: dict[str, Any] = {
        "/api/tags": {"models": [{"model": "embeddinggemma:latest", "name": "x"}]},
        "/api/show": {"capabilities": ["embedding"], "model_info": {}},
        "/api/embed": {"embeddings": [[0.5]], "prompt_eval_count": 3, "model": "embeddinggemma"},
        "/api/version": {"version": "0.33.0"},
        "/api/ps": {"models": []},
    }

    async def engine(exchange: Exchange) -> None:
        path = exchange.head.split(b" ")[1].decode()
        await exchange.start(kind="application/json")
        await exchange.send(json.dumps(said[path]).encode())

    async with far_side(engine) as far:
        base = far.base.removesuffix("/v1")
        configure(f'[providers.ollama]\nbase_url = "{base}"\n')
        editor = await window()
        made = await editor.ask("aircher/embed", texts=["a"])
        assert (made["provider"], made["model"]) == ("ollama", "embeddinggemma:latest")
        assert (made["vectors"], made["cost"]["nanoUsd"]) == ([[0.5]], 0)


async def test_the_user_s_own_choice_of_a_maker_counts(window: Any) -> None:
    mine = '[models]\nembeddings = "acme:m"\nimages = "acme/none"\n'
    async with far_side(good) as far:
        configure(mine + provider("openai", far.base) + provider("acme", far.base))
        editor = await window()
        made = await editor.ask("aircher/embed", texts=["a"])
        assert (made["provider"], made["model"]) == ("acme", "m")
        with pytest.raises(Failed, match="acme/none"):
            await editor.ask("aircher/image", prompt="A till.")
        assert len(far.seen) == 1


async def test_nobody_stands_in_for_a_usual_model_that_fails(window: Any) -> None:
    async def fails(exchange: Exchange) -> None:
        await exchange.start("401 No", "application/json")
        await exchange.send(b'{"error": {"message": "no"}}')

    async with far_side(fails) as far, far_side(good) as other:
        fallback = '[providers]\nfallback_order = ["openai", "gemini"]\n'
        configure(fallback + provider("openai", far.base) + provider("gemini", other.base))
        editor = await window()
        with pytest.raises(Failed, match="openai"):
            await editor.ask("aircher/embed", texts=["a"])
        assert other.seen == []


async def test_a_count_says_who_counted(window: Any) -> None:
    async def counts(exchange: Exchange) -> None:
        await exchange.start(kind="application/json")
        await exchange.send(b'{"object": "response.input_tokens", "input_tokens": 11}')

    say = [{"role": "user", "content": "hello world"}]
    async with far_side(counts) as far:
        configure(
            provider("asked", far.base).replace("local", 'family = "openai_responses"\nlocal')
            + provider("here", far.base).replace('"m"', '"m", "gpt-6-luna"')
        )
        editor = await window()
        theirs = await editor.ask("aircher/countTokens", messages=say, model="asked/m")
        assert (theirs["tokens"], theirs["how"], theirs["why"]) == (11, "provider", None)
        ours = await editor.ask("aircher/countTokens", messages=say, model="here/gpt-6-luna")
        assert (ours["tokens"], ours["how"]) == (10, "tokenizer")
        assert ours["why"] == "here does not count tokens"
        bound = await editor.ask("aircher/countTokens", messages=say, model="here/m")
        assert bound["how"] == "bound"
        assert bound["tokens"] >= ours["tokens"]
        assert await rows() == [], "counting is free"
        assert len(far.seen) == 1


async def test_a_secret_in_what_is_counted_does_not_leave(window: Any) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"

    async def counts(exchange: Exchange) -> None:
        await exchange.start(kind="application/json")
        await exchange.send(b'{"object": "response.input_tokens", "input_tokens": 11}')

    async with far_side(counts) as far:
        configure(provider("acme", far.base).replace("local", 'family = "openai_responses"\nlocal'))
        editor = await window()
        say = [{"role": "user", "content": f"token = '{secret}'"}]
        found = await editor.ask("aircher/countTokens", messages=say, model="acme/m")
        assert found["how"] == "provider"
        assert len(sent(far)) == 1
        assert secret not in str(sent(far))


async def test_the_same_is_counted_once(window: Any) -> None:
    numbers = count(11)

    async def counts(exchange: Exchange) -> None:
        await exchange.start(kind="application/json")
        await exchange.send(b'{"input_tokens": %d}' % next(numbers))

    def config(base: str) -> str:
        return provider("acme", base).replace("local", 'family = "openai_responses"\nlocal')

    async with far_side(counts) as far, far_side(counts) as moved:
        configure(config(far.base))
        editor = await window()

        async def counted(text: str) -> tuple[int, str]:
            say = [{"role": "user", "content": text}]
            found = await editor.ask("aircher/countTokens", messages=say, model="acme/m")
            return found["tokens"], found["how"]

        assert [await counted(text) for text in ("a", "b", "a", "b")] == [
            (11, "provider"), (12, "provider"), (11, "provider"), (12, "provider"),
        ]  # fmt: skip
        assert len(far.seen) == 2
        configure(config(moved.base))
        await editor.ask("aircher/reload")
        assert await counted("a") == (13, "provider"), "another address may be another engine"
        assert len(moved.seen) == 1


async def test_a_count_that_fails_there_is_made_here(window: Any) -> None:
    async def no(exchange: Exchange) -> None:
        await exchange.start("404 Not Found", kind="application/json")
        await exchange.send(b'{"error": {"message": "no such endpoint"}}')

    async with far_side(no) as far:
        configure(provider("acme", far.base).replace("local", 'family = "openai_responses"\nlocal'))
        editor = await window()
        say = [{"role": "user", "content": "hello"}]
        found = await editor.ask("aircher/countTokens", messages=say, model="acme/m")
        assert found["how"] == "bound"
        assert "no such endpoint" in found["why"]


def test_a_picture_s_tokens_have_a_price_of_their_own() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    dear = bundled().picture_price(ModelRef("gemini", "gemini-3.1-flash-lite-image"), now)
    assert dear is not None
    assert dear.output == per_million("30"), "twenty times what its words cost"
    assert bundled().picture_price(ModelRef("openai", "gpt-6-luna"), now) is None
    assert bundled().picture_price(ModelRef("acme", "gpt-image-2"), now) is None
