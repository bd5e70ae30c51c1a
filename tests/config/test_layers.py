"""A program's own settings file over the user's: it adds, and widens nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from aircherd.config.load import user_settings
from aircherd.core.settings import Settings


def laid(tmp_path: Path, own: str, more: str) -> Settings:
    (tmp_path / "own.toml").write_text(own, "utf-8")
    (tmp_path / "more.toml").write_text(more, "utf-8")
    settings, problems = user_settings(tmp_path / "own.toml", tmp_path / "more.toml")
    assert not problems
    return settings


@pytest.mark.parametrize(
    ("own", "more", "name", "stays"),
    [
        ('offline = "on"', 'offline = "off"', "offline", "on"),
        ('egress = "local"', 'egress = "any"', "egress", "local"),
        ("cache.disk = false", "cache.disk = true", "cache_on_disk", False),
        ("providers.plugins = false", "providers.plugins = true", "plugins", False),
    ],
)
def test_what_the_user_closed_stays_closed(
    tmp_path: Path, own: str, more: str, name: str, stays: object
) -> None:
    assert getattr(laid(tmp_path, own, more), name) == stays


def test_the_user_s_proxy_is_not_gone_around(tmp_path: Path) -> None:
    own = (
        '[providers]\nproxy = "http://mine.example:1"\n'
        '[providers.box]\nbase_url = "https://box.example"\nproxy = "http://box.example:1"\n'
    )
    more = (
        '[providers]\nproxy = "http://theirs.example:1"\n[providers.box]\nproxy = ""\n'
        '[providers.acme]\nbase_url = "https://acme.example/v1"\nproxy = ""\n'
    )
    settings = laid(tmp_path, own, more)
    assert settings.proxy == "http://mine.example:1"
    assert settings.providers["box"].proxy == "http://box.example:1"
    assert settings.providers["acme"].proxy is None
    alone = laid(tmp_path, "", more)
    assert alone.proxy == "http://theirs.example:1"
    assert alone.providers["acme"].proxy == ""


def test_a_key_stays_with_the_address_it_was_given_for(tmp_path: Path) -> None:
    settings, problems = user_settings(*_files(tmp_path))
    assert not problems
    moved, kept = settings.providers["openai"], settings.providers["box"]
    assert (moved.key_variable, moved.key_command, moved.headers) == (None, (), {})
    assert kept.key_variable == "BOX_KEY"


def test_a_far_address_is_not_near_by_another_file_s_word(tmp_path: Path) -> None:
    settings, problems = user_settings(*_files(tmp_path))
    assert not problems
    assert settings.providers["openai"].local is None


def _files(folder: Path) -> tuple[Path, Path]:
    own, more = folder / "own.toml", folder / "more.toml"
    own.write_text(
        """
[providers.openai]
api_key_env = "MY_KEY"
headers = { Authorization = "mine" }

[providers.box]
base_url = "http://127.0.0.1:1/v1"
api_key_env = "BOX_KEY"
""",
        "utf-8",
    )
    more.write_text(
        """
[providers.openai]
base_url = "https://elsewhere.example/v1"
local = true

[providers.box]
base_url = "http://127.0.0.1:1/v1"
models = ["m"]
""",
        "utf-8",
    )
    return own, more
