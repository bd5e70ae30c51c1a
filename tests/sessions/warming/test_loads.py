"""A local engine is told to load its model ahead, where the user's file says so."""

from __future__ import annotations

from sessions.conftest import Shop
from sessions.warming.parts import Engine, listening, message, ollama, until, window


async def test_a_model_is_loaded_once_as_large_as_the_message_needs_it(
    engine: Engine, shop: Shop, looks: list[str]
) -> None:
    ollama(engine, 'warm = true\nkeep_alive = "7m"\n')
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: engine.loads)
        # The message does not wait for word of the load, and leaves it alone: Ollama would begin
        # again if whoever asked for it went away.
        assert (await message(editor, shop))["answer"]["provider"] == "ollama"
        assert engine.hung_up == 0
        engine.loaded.set()
        await until(lambda: looks)
        shop.stage("shop.py", "a = 2\n")
        await until(lambda: len(looks) == 2)
        (load,) = engine.loads
        assert (load["model"], load["keep_alive"]) == ("qwen3.5:4b", "7m")
        assert load["options"]["num_ctx"] == engine.asked[0]["options"]["num_ctx"]


async def test_no_model_is_loaded_unasked(engine: Engine, shop: Shop, looks: list[str]) -> None:
    ollama(engine)
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: looks)
        assert engine.loads == []


async def test_a_load_ends_when_another_model_is_asked(
    engine: Engine, shop: Shop, looks: list[str]
) -> None:
    engine.models = ("qwen3.5:4b", "other:1b")
    ollama(engine, "warm = true\n")
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: engine.loads)
        other = next(m for m in engine.models if m != engine.loads[0]["model"])
        await editor.ask("aircher/ask", prompt="What?", model=f"ollama/{other}")
        await until(lambda: engine.hung_up == 1 and looks)
        assert [one["model"] for one in engine.asked] == [other]


async def test_an_end_ends_a_load(engine: Engine, shop: Shop, looks: list[str]) -> None:
    ollama(engine, "warm = true\n")
    async with window(shop.root) as editor:
        await listening(editor)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: engine.loads)
    await until(lambda: engine.hung_up == 1)
