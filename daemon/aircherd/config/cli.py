"""`aircher config get | set | unset | edit | check | migrate | path | schema`."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from aircherd.config.files import user_file
from aircherd.config.load import read, user_settings
from aircherd.config.options import OPTIONS, find
from aircherd.core.errors import InvalidConfig


def main(arguments: Sequence[str]) -> int:
    """Runs one command; 0 when it worked, 1 with a sentence on stderr when it did not."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except InvalidConfig as error:
        print(error, file=sys.stderr)
        return 1
    return code


def _get(options: argparse.Namespace) -> int:
    values, _ = read(user_file())
    if options.key is None:
        for key, value in sorted(values.items()):
            print(f"{key} = {json.dumps(value, ensure_ascii=False)}")
        return 0
    if find(options.key) is None:
        raise InvalidConfig(f"There is no setting {options.key!r}; see `aircher config schema`.")
    if options.key not in values:
        print(f"{options.key} is not set; its default is in force.", file=sys.stderr)
        return 1
    value = values[options.key]
    print(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return 0


def _set(options: argparse.Namespace) -> int:
    from aircherd.config.edit import set_value

    set_value(user_file(), options.key, options.value)
    return 0


def _unset(options: argparse.Namespace) -> int:
    from aircherd.config.edit import unset_value

    if not unset_value(user_file(), options.key):
        raise InvalidConfig(f"{options.key} is not set in {user_file()}.")
    return 0


def _edit(_: argparse.Namespace) -> int:
    path = user_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    subprocess.run([*shlex.split(editor), str(path)], check=False)
    return _check(_)


def _check(_: argparse.Namespace) -> int:
    _settings, problems = user_settings(user_file())
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        there = user_file().exists()
        print(f"{user_file()} {'is in order' if there else 'is not there; all has a default'}.")
    return 1 if problems else 0


def _migrate(options: argparse.Namespace) -> int:
    from aircherd.config.files import whole
    from aircherd.config.migrate import migrated

    path = user_file()
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        print(f"{path} is not there, so there is nothing to rewrite.")
        return 0
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidConfig(f"{path} cannot be read: {error}. Mend it first.") from error
    new = migrated(text)
    if new == text:
        print(f"{path} is in today's form already.")
        return 0
    sys.stdout.writelines(
        difflib.unified_diff(
            text.splitlines(keepends=True),
            new.splitlines(keepends=True),
            "as it is",
            "as it will be",
        )
    )
    if not options.dry_run:
        whole(path.with_name(f"{path.name}.old"), text)
        whole(path, new)
        print(f"Written to {path}; as it was: {path.name}.old beside it.")
    return 0


def _path(_: argparse.Namespace) -> int:
    print(user_file())
    return 0


def _schema(_: argparse.Namespace) -> int:
    print(json.dumps(schema(), ensure_ascii=False, indent=2))
    return 0


def schema() -> dict[str, Any]:
    """The configuration as JSON Schema, for editors that complete TOML."""
    root: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "aircher configuration",
        "type": "object",
        "properties": {},
    }
    for option in OPTIONS:
        node = root
        for part in option.path.split(".")[:-1]:
            node = _child(node, part)
            node.setdefault("type", "object")
        leaf = _child(node, option.path.rsplit(".", 1)[-1])
        leaf.update(_TYPES[option.kind], description=option.doc)
        if option.choices:
            leaf["enum"] = list(option.choices)
        if option.least is not None:
            leaf["minimum"] = option.least
        if option.most is not None:
            leaf["maximum"] = option.most
    return root


def _child(node: dict[str, Any], part: str) -> dict[str, Any]:
    if part == "*":
        child: dict[str, Any] = node.setdefault("additionalProperties", {})
    else:
        child = node.setdefault("properties", {}).setdefault(part, {})
    return child


_TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "bool": {"type": "boolean"},
    "whole": {"type": "integer"},
    "number": {"type": "number", "minimum": 0},
    "seconds": {"anyOf": [{"type": "number", "minimum": 0}, {"type": "string"}]},
    "usd": {"type": "number", "minimum": 0},
    "texts": {"type": "array", "items": {"type": "string"}},
    "text or texts": {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
    },
    "map": {"type": "object", "additionalProperties": {"type": "string"}},
    "numbers": {"type": "array", "items": {"type": "number", "minimum": 0}},
    "paths": {
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
    },
    "usds": {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}},
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aircher config", description="Show and change the configuration."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        return made

    get = command("get", _get, "Print one setting, or all that are set.")
    get.add_argument("key", nargs="?", metavar="KEY", help="such as costs.daily_limit")
    put = command("set", _set, "Write one setting; comments in the file are kept.")
    put.add_argument("key", metavar="KEY")
    put.add_argument("value", metavar="VALUE", help='TOML: 2.50, true, "text", ["a", "b"]')
    unset = command("unset", _unset, "Remove one setting.")
    unset.add_argument("key", metavar="KEY")
    command("edit", _edit, "Open the file in $EDITOR, and check it afterwards.")
    command("check", _check, "Name every mistake with its line.")
    migrate = command(
        "migrate", _migrate, "Rewrite the file in the one form used today; comments are kept."
    )
    migrate.add_argument("--dry-run", action="store_true", help="show what would change")
    command("path", _path, "Print where the file is.")
    command("schema", _schema, "Print the JSON Schema of the file.")
    return parser
