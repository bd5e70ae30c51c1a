"""The traps that belong to no family, and that each of the fifty is held by a test."""

from __future__ import annotations

import asyncio
import re
import socket
from pathlib import Path

import pytest

from aircherd.core.chat import Message, Tool, ToolCallPart, ToolResultPart
from aircherd.core.settings import ProviderSettings, Settings
from aircherd.providers import registry, tokenizer
from aircherd.providers.addresses import is_loopback
from aircherd.providers.base import Host
from fakes.scripted import Exchange, far_side
from providers.doors import opened, question, talk

TESTS = Path(__file__).parents[1]
TABLE = (Path(__file__).parent / "TRAPS.md").read_text("utf-8")
NAMED = re.compile(r"def (test_trap_((?:\d\d_(?:(?:and|to)_)?)+)\w*)\(")


def host(name: str, environ: dict[str, str], **written: str) -> Host:
    providers = {name: ProviderSettings(name=name, **written)} if written else {}  # type: ignore[arg-type]
    found = registry.hosts(Settings(providers=providers), environ)
    return next(one for one in found if one.name == name)


async def answer(exchange: Exchange) -> None:
    await exchange.start()
    await exchange.text("here")
    await exchange.finish()


async def test_trap_35_a_model_that_has_to_be_loaded_is_waited_for() -> None:
    plain = Settings()
    assert plain.first_byte_timeout >= 120
    assert plain.local_first_byte_timeout >= 330, "Ollama itself lets a load stall for five minutes"
    assert plain.idle_timeout >= 120

    async def late(exchange: Exchange) -> None:
        await asyncio.sleep(0.4)
        await answer(exchange)

    async with far_side(late) as far, opened(base_url=far.base, connect_timeout=0.1) as provider:
        assert "".join((await talk(provider, question("q"))).text) == "here"


def test_trap_42_another_model_s_vocabulary_is_never_counted_with() -> None:
    say = "for i in range(10): print(i)  # é 漢字"
    for model in ("gpt-6-luna", "openai/gpt-6.1-terra", "gpt-oss:20b", "o3"):
        assert tokenizer.counted(question(say, model=model)) == 16 + 8, model
    assert tokenizer.counted(question(say, model="gpt-4-turbo")) == 17 + 8
    for model in ("claude-haiku-5-5", "gemini-3.8-flash", "qwen3.5:4b", "command-a-03-2025"):
        assert tokenizer.counted(question(say, model=model)) is None, model


def test_trap_42_everything_that_is_read_is_counted() -> None:
    call = ToolCallPart(id="c", name="read", arguments='{"path": "a.py"}')
    result = ToolResultPart(call_id="c", name="read", content="contents of the file")
    tool = Tool(name="read", description="Reads a file", parameters={"type": "object"})
    bare = tokenizer.counted(question("hi", model="gpt-6-luna"))
    messages = (
        Message.of("user", "hi"),
        Message(role="assistant", parts=(call,)),
        Message(role="tool", parts=(result,)),
    )
    full = tokenizer.counted(question("", messages=messages, model="gpt-6-luna", tools=(tool,)))
    assert bare is not None
    assert full is not None
    assert full > bare + 30


def test_trap_43_which_of_two_keys_counts_is_known_and_can_be_said() -> None:
    both = {"GOOGLE_API_KEY": "g-1", "GEMINI_API_KEY": "g-2"}
    assert host("gemini", both).key == "g-1"
    assert host("gemini", both).key_variables[0] == "GOOGLE_API_KEY"
    assert host("gemini", both, key_variable="GEMINI_API_KEY").key == "g-2"


async def test_trap_46_localhost_is_tried_on_either_loopback_address() -> None:
    async with far_side(answer) as far:
        port = far.base.rsplit(":", 1)[1].removesuffix("/v1")
        with socket.socket() as probe:
            probe.connect(("127.0.0.1", int(port)))
        async with opened(base_url=f"http://localhost:{port}/v1") as provider:
            assert "".join((await talk(provider, question("q"))).text) == "here"


@pytest.mark.parametrize(
    ("said", "base"),
    [
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:11500", "http://127.0.0.1:11500"),
        ("127.0.0.1", "http://127.0.0.1:11434"),
        ("http://localhost:11500", "http://localhost:11500"),
        ("[::1]:11500", "http://[::1]:11500"),
        # Another machine must stand in the user's own file.
        ("http://models.example:11434", "http://127.0.0.1:11434"),
        ("127.0.0.1:port", "http://127.0.0.1:11434"),
    ],
)
def test_trap_46_what_ollama_host_may_say(said: str, base: str) -> None:
    assert host("ollama", {"OLLAMA_HOST": said}).base_url == base


def held() -> dict[int, list[str]]:
    """Each trap and the tests named after it."""
    found: dict[int, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for name, numbers in NAMED.findall(path.read_text("utf-8")):
            two = [int(number) for number in re.findall(r"\d\d", numbers)]
            if "_to_" in f"{numbers}":
                two = list(range(two[0], two[-1] + 1))
            for number in two:
                found.setdefault(number, []).append(f"{path.relative_to(TESTS)}::{name}")
    return found


LINES = {
    int(number): (what, how)
    for number, what, how in re.findall(r"^\| (\d+) \| (.+?) \| (.*?) \|$", TABLE, re.MULTILINE)
}


def test_the_table_names_each_of_the_fifty() -> None:
    assert sorted(LINES) == list(range(1, 51))


@pytest.mark.parametrize("number", range(1, 51))
def test_each_trap_is_held_or_cannot_arise(number: int) -> None:
    _, how = LINES[number]
    named = held().get(number, [])
    for where in re.findall(r"`([\w/]+\.py)::(\w+)`", how):
        text = (TESTS / where[0]).read_text("utf-8")
        assert re.search(rf"def {where[1]}\(", text), where
        named.append("::".join(where))
    assert named, f"nothing holds trap {number}"
    if not how:
        assert held().get(number), f"trap {number} has neither a test of its name nor a reason"


@pytest.mark.parametrize(
    "written",
    [
        ProviderSettings(name="openai", base_url="http://[::1"),
        ProviderSettings(name="openai", hosts=("http://[::1", "https://api.openai.com/v1")),
        ProviderSettings(name="openai", base_url="https://a\u2100b.example/v1"),
    ],
    ids=["no end", "first of several", "no name"],
)
def test_an_address_that_cannot_be_read_is_none_and_not_the_usual_one(
    written: ProviderSettings,
) -> None:
    settings = Settings(providers={"openai": written})
    (openai,) = (h for h in registry.hosts(settings, {"OPENAI_API_KEY": "k"}) if h.name == "openai")
    assert (openai.base_url, openai.key) == ("", None)


def test_a_variable_that_is_no_address_is_passed_over() -> None:
    hosts = {h.name: h for h in registry.hosts(Settings(), {"OLLAMA_HOST": "[::1"})}
    assert hosts["ollama"].base_url == "http://127.0.0.1:11434"


def test_what_is_no_address_is_not_this_machine() -> None:
    """Asked of a collector's address too, right after each booking."""
    assert not is_loopback("http://[::1")
    assert is_loopback("http://[::1]:4318")
