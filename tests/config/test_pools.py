"""A pool that cannot do what it says is told, by its setting, wherever mistakes are told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from aircherd import doctor
from aircherd.config.load import user_settings
from fakes.scripted import Exchange, far_side
from sessions.conftest import configure, provider
from sessions.editor import in_process

ACME = '[providers.acme]\nbase_url = "https://acme.example/v1"\nmodels = ["one", "two"]\n'


def said(folder: Path, text: str) -> list[str]:
    file = folder / "config.toml"
    file.write_text(text, "utf-8")
    settings, problems = user_settings(file)
    assert settings.hold is None, "no money is at stake"
    assert all(problem.line == text[: text.index("pool")].count("\n") + 1 for problem in problems)
    return [f"{problem.message} ({problem.hint})" for problem in problems]


@pytest.mark.parametrize(
    ("pool", "wanted"),
    [
        ('["one", "two"]', []),
        ('["one", "tow"]', ["'providers.acme.pool' names 'tow', which is none of providers.acme."]),
        ("[]", ["'providers.acme.pool' names no model"]),
        ('["one"]', ["'providers.acme.pool' names one model only"]),
        ('["one", "one"]', ["'providers.acme.pool' names one model only"]),
    ],
)
def test_a_pool_that_can_have_no_effect(tmp_path: Path, pool: str, wanted: list[str]) -> None:
    found = said(tmp_path, f"{ACME}pool = {pool}\n")
    assert len(found) == len(wanted)
    assert all(text.startswith(begins) for text, begins in zip(found, wanted, strict=True))


def test_what_is_asked_for_its_models_may_have_any(tmp_path: Path) -> None:
    assert said(tmp_path, f'{ACME}fetch_models = true\npool = ["one", "three"]\n') == []


def test_a_name_of_the_users_own_stands_for_its_model_in_a_pool(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        f'{ACME}pool = ["quick", "two"]\ncustom_models = {{ quick = "one" }}\n', "utf-8"
    )
    settings, problems = user_settings(file)
    assert (settings.providers["acme"].pool, problems) == (("one", "two"), ())


def test_a_model_that_is_gone_is_renewed_in_a_pool_as_elsewhere(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[providers.openai]\npool = ["gpt-4", "gpt-6-luna"]\n', "utf-8")
    settings, problems = user_settings(file)
    assert "gpt-4" not in settings.providers["openai"].pool
    assert [problem.line for problem in problems] == [2]


async def test_a_name_its_provider_does_not_have_is_told_by_status_and_doctor(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Only the provider knows: it is told once that one has said what it has."""

    async def lists(exchange: Exchange) -> None:
        await exchange.start(kind="application/json")
        await exchange.send(b'{"data": [{"id": "m"}, {"id": "n"}]}')

    text = "providers.acme.pool names 'o', and no model of acme is known by that name"
    async with far_side(lists) as far:
        written = provider("acme", far.base).replace('models = ["m"]\n', "")
        configure(f'{written}pool = ["m", "n", "o"]\n')
        async with in_process() as opened:
            editor = await opened()
            await editor.initialize()
            notices = (await editor.ask("aircher/status"))["notices"]
            assert not any("pool" in one for one in notices), "nobody has said anything yet"
            await editor.ask("aircher/models")
            notices = (await editor.ask("aircher/status"))["notices"]
            assert [one for one in notices if "pool" in one] == [
                f"{text}; mend it, or add it to providers.acme.models."
            ]
            await editor.leave()
        await asyncio.to_thread(doctor.main, [])
    assert text in capsys.readouterr().out
