"""All nine against a real inference engine whose random model talks nonsense: nothing of it becomes
an edit or a finding, and a window that is too small is said, not guessed at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from fakes.llama import llama
from features.test_all_nine import CODE
from features.test_stories import requests
from sessions.conftest import Shop, configure
from sessions.editor import Editor, in_process

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine() -> Iterator[str]:
    with llama() as base:
        yield base


@pytest.fixture
async def talker(engine: str) -> AsyncIterator[Editor]:
    configure(f'[providers.tiny]\nbase_url = "{engine}"\nmodels = ["tiny"]\nlocal = true\n')
    async with in_process() as opened:
        window = await opened()
        await window.initialize()
        yield window
        await window.leave()


async def test_nonsense_stays_nonsense(talker: Editor, shop: Shop) -> None:
    shop.stage("shop.py", CODE)
    for method, params in requests(shop).items():
        if method == "aircher/commitMessage":
            continue
        found = await talker.ask(method, **params, deltaToken="t")
        answer = found["answer"]
        assert answer["provider"] == "tiny", method
        assert answer["local"], method
        assert answer["cost"]["nanoUsd"] == 0, method
        assert talker.shown == answer["text"], method
        assert found.get("findings", []) == [], method
        if "edit" in found and found["edit"] is None:
            assert answer["notices"] or answer["finish"] == "stop", method
        talker.clear()


async def test_a_file_larger_than_the_window_is_cut_and_the_rest_is_named(
    talker: Editor, shop: Shop
) -> None:
    long = "".join(f"def function_{n}(value):\n    return value + {n}\n\n\n" for n in range(1_500))
    shop.write("shop.py", long)
    found = await talker.ask("aircher/explain", document={"uri": f"file://{shop.root}/shop.py"})
    (left,) = found["leftOut"]
    assert left["path"] == "shop.py"
    assert found["answer"]["usage"]["input"] < 8_192
