"""What the extension's manifest promises, held without VS Code."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from aircher_protocol.version import __version__
from aircherd.server.lsp.commands import COMMANDS
from aircherd.server.lsp.configuration import SECTION
from aircherd.server.lsp.editor import Switches

EXTENSION = Path(__file__).parents[3] / "editors" / "vscode"
MANIFEST: dict[str, Any] = json.loads((EXTENSION / "package.json").read_text("utf-8"))
CONTRIBUTED = MANIFEST["contributes"]
SETTINGS: dict[str, dict[str, Any]] = CONTRIBUTED["configuration"]["properties"]
SOURCE = "".join(path.read_text("utf-8") for path in sorted((EXTENSION / "src").glob("*.ts")))


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def test_no_workspace_may_set_what_is_run_or_how_edits_are_made() -> None:
    switches = {f"{SECTION}.{camel(name)}" for name in Switches.__slots__}
    others = set(SETTINGS) - switches
    assert switches < set(SETTINGS)
    assert {SETTINGS[name]["scope"] for name in others} <= {"application", "machine"}
    trust = MANIFEST["capabilities"]["untrustedWorkspaces"]
    assert trust["supported"] == "limited"
    assert set(trust["restrictedConfigurations"]) == others


def test_no_setting_names_a_host_a_key_or_a_limit() -> None:
    asked_for = re.compile(r"key|token|url|host|proxy|provider|limit|budget|socket", re.I)
    assert [name for name in SETTINGS if asked_for.search(name)] == []


def test_every_command_is_known_on_both_sides() -> None:
    offered = {command["command"] for command in CONTRIBUTED["commands"]}
    table = re.search(r"const commands: [^{]*\{\n(.*?)\n  \};", SOURCE, re.S)
    assert table is not None
    made = set(re.findall(r"^    (\w+): ", table[1], re.M))
    assert {f"aircher.{name}" for name in made} == offered
    assert set(COMMANDS) <= offered, "the daemon's own code actions call what is not there"


def test_every_menu_names_a_command_that_there_is() -> None:
    offered = {command["command"] for command in CONTRIBUTED["commands"]}
    in_menus = {
        item["command"]
        for items in CONTRIBUTED["menus"].values()
        for item in items
        if "command" in item
    }
    assert in_menus <= offered


def test_the_walkthrough_runs_commands_that_there_are_and_shows_files_that_there_are() -> None:
    offered = {command["command"] for command in CONTRIBUTED["commands"]}
    for step in CONTRIBUTED["walkthroughs"][0]["steps"]:
        called = re.findall(r"\(command:([\w.]+)", step["description"])
        assert called
        assert {name for name in called if name.startswith("aircher.")} <= offered
        assert (EXTENSION / step["media"]["markdown"]).is_file()


def test_extension_and_daemon_have_one_version() -> None:
    assert MANIFEST["version"] == __version__


def test_answers_are_set_as_html_in_one_place_under_a_policy() -> None:
    page = (EXTENSION / "src" / "webview" / "page.ts").read_text("utf-8")
    assert page.count("innerHTML") == 1
    assert "innerHTML" not in SOURCE
    assert SOURCE.count("enableCommandUris: false") == SOURCE.count("createWebviewPanel(")
    assert "default-src 'none'" in SOURCE
    assert "isTrusted = true" not in SOURCE
    assert "supportHtml = true" not in SOURCE


def test_it_brings_all_that_the_daemon_and_its_charts_need_by_hash() -> None:
    done = subprocess.run(
        [sys.executable, str(EXTENSION / "requirements.py")], capture_output=True, check=True
    )
    brought = done.stdout.decode("utf-8")
    run = (EXTENSION.parents[1] / ".requirements" / "run.txt").read_text("utf-8")
    assert brought.startswith(run)
    names = re.findall(r"^([\w.-]+)==", brought, re.MULTILINE)
    assert len(names) == len(set(names))
    # The charts' own package, and one that only its metadata names.
    assert {"pygal", "importlib-metadata", "zipp"} <= set(names)
    assert brought.count("==") <= brought.count("--hash=sha256:")
