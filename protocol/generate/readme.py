"""What of the README is made: every command and every setting, each between its two marks."""

from __future__ import annotations

import argparse
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aircher.__main__ import _parser as shim
from aircherd.cli import _parser as daemon
from aircherd.config.cli import _parser as config
from aircherd.config.options import OPTIONS
from aircherd.keys import _parser as keys
from aircherd.prices import _parser as prices
from aircherd.prompts import _parser as prompts

_TESTS = Path(__file__).parents[2] / "tests"
BEGIN = "<!-- {}: made by `python protocol/generate`; changes here are lost -->"
END = "<!-- end of {} -->"


def render(readme: str) -> str:
    """The README with its made parts fresh. Raises ValueError when a mark is gone."""
    parts = {"settings": _settings(), "commands": _commands(), "promises": _promises()}
    for name, text in parts.items():
        readme = _between(readme, name, text)
    return readme


def _between(readme: str, name: str, text: str) -> str:
    start, stop = BEGIN.format(name), END.format(name)
    before, begin, rest = readme.partition(start)
    _, end, after = rest.partition(stop)
    if not begin or not end:
        raise ValueError(f"README.md needs the marks {start!r} and {stop!r}")
    return f"{before}{start}\n{text}\n{stop}{after}"


def _promises() -> str:
    """Every promise, with its tests and what they came to when `make promises` last ran them."""
    rows = tomllib.loads((_TESTS / "safety" / "rows.toml").read_text("utf-8"))["promises"]
    kept = json.loads((_TESTS / "safety" / "figures.json").read_text("utf-8"))
    secrets = (_TESTS / "bench" / "SECRETS.md").read_text("utf-8")
    alarms = re.search(r"([0-9,]+) diffs of .*?, ([0-9]+) raise a false alarm", secrets)
    lines = ["| promise | test | last figure |", "| --- | --- | --- |"]
    for name, tests in rows.items():
        tested = "<br>".join(f"`{test.removeprefix('tests/')}`" for test in tests)
        found = _came_to(kept, tests)
        if name.startswith("P22 ") and alarms:
            found += f"; {alarms[2]} false alarms in {alarms[1]} diffs"
        lines.append(f"| {name} | {tested} | {found} |")
    return "\n".join(lines)


def _came_to(kept: dict[str, dict[str, Any]], tests: list[str]) -> str:
    """The figures of some tests in one cell: what they said, else how many cases passed."""
    said = []
    for row in (kept[test] for test in tests if test in kept):
        if not row["cases"]:
            said.append("left out where it was last run")
        elif "figure" in row or row["cases"] > 1:
            said.append(row.get("figure") or f"{row['cases']} cases")
    if not said:
        return "holds" if any(test in kept for test in tests) else "not taken yet"
    return "; ".join(dict.fromkeys(said)).replace("|", "\\|")


def _commands() -> str:
    lines = ["```text"]
    for program, parser in (
        ("aircher", shim()),
        ("aircher config", config()),
        ("aircher keys", keys()),
        ("aircher prompts", prompts()),
        ("aircher prices", prices()),
        ("aircherd", daemon()),
    ):
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for name, inner in action.choices.items():
                    lines += _command(f"{program} {name}", inner)
    return "\n".join([*lines, "```"])


def _command(name: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    words = [name]
    options: list[tuple[str, str]] = []
    for action in parser._actions:
        if action.help == argparse.SUPPRESS or action.dest == "help":
            continue
        value = action.metavar or (action.dest.upper() if action.nargs != 0 else "")
        if action.option_strings:
            flag = ", ".join(action.option_strings)
            options.append((f"{flag} {value}".strip(), action.help or ""))
        else:
            shown = "|".join(action.choices) if action.choices else str(value)
            words.append(f"[{shown}]" if action.nargs in ("?", "*") else shown)
    yield f"{' '.join(words):<34} {parser.description or ''}".rstrip()
    for flag, text in options:
        yield f"    {flag:<30} {text}".rstrip()


def _settings() -> str:
    lines = ["| setting | | example |", "|---|---|---|"]
    for option in OPTIONS:
        doc = option.doc.replace("|", "\\|")
        if option.choices:
            doc += f" One of {', '.join(f'`{choice}`' for choice in option.choices)}."
        if option.workspace:
            doc += " *May be narrowed by a repository.*"
        example = option.example.replace("|", "\\|")
        lines.append(f"| `{option.path}` | {doc} | `{example}` |")
    return "\n".join(lines)
