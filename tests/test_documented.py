"""What users and editors can use is documented, and what is documented is true."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aircher.__main__ import _parser as shim_parser
from aircher_protocol.errors import ErrorKind
from aircherd.cli import _parser as daemon_parser
from aircherd.config.cli import _parser as config_parser
from aircherd.config.load import user_settings
from aircherd.config.options import OPTIONS, find
from aircherd.config.synonyms import RENAMED
from aircherd.keys import _parser as keys_parser
from aircherd.prices import _parser as prices_parser
from aircherd.providers import registry

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PROTOCOL = (ROOT / "protocol" / "README.md").read_text("utf-8")
HOUSE = (ROOT / "daemon" / "ARCHITECTURE.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    """The fenced blocks of one language in the README."""
    return re.findall(rf"^```{kind}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


@pytest.mark.parametrize(
    ("program", "parser"),
    [
        ("aircher", shim_parser()),
        ("aircherd", daemon_parser()),
        ("aircher config", config_parser()),
        ("aircher keys", keys_parser()),
        ("aircher prices", prices_parser()),
    ],
    ids=["aircher", "aircherd", "config", "keys", "prices"],
)
def test_every_command_and_option_is_in_the_readme(
    program: str, parser: argparse.ArgumentParser
) -> None:
    missing = []
    for name, inner in commands(parser):
        if f"{program} {name}" not in README:
            missing.append(f"{program} {name}")
        for action in inner._actions:
            for flag in action.option_strings:
                if flag.startswith("--") and flag != "--help" and flag not in README:
                    missing.append(f"{program} {name} {flag}")
    assert not missing, missing


def test_every_command_says_what_it_is_for() -> None:
    ours = (shim_parser(), daemon_parser(), config_parser(), keys_parser(), prices_parser())
    for parser in ours:
        for name, inner in commands(parser):
            assert (inner.description or "").endswith("."), name


def test_every_setting_is_in_the_readme() -> None:
    assert not [option.path for option in OPTIONS if f"`{option.path}`" not in README]


def test_every_renamed_setting_leads_to_one_that_exists() -> None:
    roots = {option.path.split(".")[0] for option in OPTIONS}
    for _, new in RENAMED:
        assert new.split(".")[0] in roots, new


def test_every_key_variable_of_a_hosted_provider_is_in_the_readme() -> None:
    for name, row in registry.rows().items():
        if row.get("on_request") or row.get("local"):
            continue
        assert row["key_variables"][0] in README, name


def test_every_kind_of_error_says_what_to_do() -> None:
    for kind in ErrorKind:
        line = next(x for x in PROTOCOL.splitlines() if x.startswith(f"- `{kind.value}`"))
        assert len(line.partition(": ")[2]) > 30, line


@pytest.mark.parametrize("text", blocks("toml"), ids=range(len(blocks("toml"))))
def test_every_configuration_in_the_readme_is_accepted(text: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    assert user_settings(path)[1] == ()


def test_every_setting_named_in_running_text_exists() -> None:
    for key in re.findall(
        r"`((?:costs|commit|providers|models|daemon|timeouts)\.[\w.*]+)`", README
    ):
        assert find(key) is not None or any(o.path == key for o in OPTIONS), key


@pytest.mark.parametrize("page", ["README.md", "daemon/ARCHITECTURE.md", "protocol/README.md"])
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert ((ROOT / page).parent / target).exists(), target


def test_files_named_in_the_architecture_exist() -> None:
    named = re.findall(r"`((?:[\w/]+/)?[\w]+\.(?:py|toml|json|md))`", HOUSE)
    assert len(named) > 8
    for name in named:
        found = [*ROOT.glob(f"daemon/aircherd/**/{name}"), *ROOT.glob(f"**/{name}")]
        assert found, name


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "shop"
    root.mkdir()

    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)

    git("init", "-q")
    (root / "a.py").write_text("def total(prices):\n    return sum(prices)\n")
    git("add", ".")
    yield root
    subprocess.run([sys.executable, "-m", "aircherd", "stop"], capture_output=True, check=False)


def test_the_python_script_runs_as_printed(shop: Path) -> None:
    script, manager = blocks("python")
    assert len(script.strip().splitlines()) <= 10
    # Without a model `ask` has nobody to ask; everything before it runs as it stands.
    before = script.split("    answer = ")[0]
    done = subprocess.run(
        [sys.executable, "-c", before], cwd=shop, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "aircher rules $0.00" in done.stdout
    lines = [line for line in manager.splitlines() if "manager.send(" not in line]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=shop,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_shell_script_runs_as_printed(shop: Path) -> None:
    [script] = [text for text in blocks("sh") if text.startswith("#!/bin/sh")]
    assert len(script.strip().splitlines()) <= 11
    file = shop.parent / "message.sh"
    file.write_text(script)
    folder = Path(sys.executable).parent
    done = subprocess.run(
        ["sh", str(file)],
        cwd=shop,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": f"{folder}:/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert done.stderr.strip() == "$0.00"
