"""`aircherd prompts`: what models are told, command by command; the user's own comes first."""

from __future__ import annotations

import argparse
import os
import shlex
import string
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from aircherd.features import prompting

_ABOUT = "What models are told. Your own version of a prompt comes before the bundled one."


def main(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code; a failure is one sentence on stderr."""
    options = _parser().parse_args(arguments)
    if options.action == "list":
        return _list()
    known = prompting.names()
    if options.name not in known:
        print(
            f"There is no prompt {options.name!r}; `aircher prompts list` shows them.",
            file=sys.stderr,
        )
        return 1
    path = prompting.own_file(options.name)
    if options.action == "show":
        print(prompting.template(options.name).rstrip("\n"))
        return 0
    if options.action == "reset":
        return _reset(path)
    return _edit(options.name, path)


def placeholders(text: str) -> set[str]:
    """The `$names` a prompt asks to have filled in."""
    return set(string.Template(text).get_identifiers())


def _list() -> int:
    for name in prompting.names():
        own = prompting.own_file(name)
        print(f"{name:18} {own if own.is_file() else 'bundled'}")
    return 0


def _reset(path: Path) -> int:
    try:
        path.unlink()
    except FileNotFoundError:
        print("It is the bundled one already.")
        return 0
    print(f"{path} is removed; the bundled prompt counts again.")
    return 0


def _edit(name: str, path: Path) -> int:
    """Opens the user's version, made from the bundled one, in their editor."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = not path.exists()
    if fresh:
        path.write_text(prompting.bundled(name), "utf-8")
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        code = subprocess.run([*shlex.split(editor), str(path)], check=False).returncode
    except OSError as error:
        print(f"{editor!r} cannot be started ({error.strerror}); set $EDITOR.", file=sys.stderr)
        code = 1
    text = path.read_text("utf-8", "replace")
    if text == prompting.bundled(name) and fresh:
        path.unlink()
        print("Nothing was changed; the bundled prompt counts.")
        return code
    if code:
        return code
    unknown = placeholders(text) - placeholders(prompting.bundled(name))
    for word in sorted(unknown):
        print(f"${word} is not filled in here; write $$ for a plain dollar sign.", file=sys.stderr)
    if len(text.encode("utf-8")) > prompting.LARGEST:
        print(f"Only the first {prompting.LARGEST >> 10} KiB are used.", file=sys.stderr)
    print(f"{path} counts from the next request on.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aircher prompts", description=_ABOUT)
    commands = parser.add_subparsers(dest="action", metavar="COMMAND", required=True)
    for name, text in (
        ("list", "Name every prompt, and where it comes from."),
        ("show", "Print a prompt as it is used."),
        ("edit", "Change a prompt in your editor; the bundled one stays as it is."),
        ("reset", "Remove your version of a prompt."),
    ):
        made = commands.add_parser(name, help=text, description=text)
        if name != "list":
            made.add_argument("name", metavar="NAME", help="such as `review`")
    return parser
