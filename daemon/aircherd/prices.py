"""`aircher prices show | diff | update`: which price table is in force, and a newer one.

Nothing is fetched: a table comes from a file, or from the generator, run in a child of its own
where it and its data are at hand. The daemon never runs it and never asks anybody.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aircherd.config import tables
from aircherd.config.files import whole
from aircherd.config.tables import Change, Table
from aircherd.core.errors import InvalidConfig
from aircherd.core.money import Price

GENERATOR = Path(__file__).parent.parent / "generate" / "prices.py"
_SECONDS = 300
_SHOWN = 40


def main(arguments: Sequence[str], told: Callable[[], None] = lambda: None) -> int:
    """Runs one command; 0 when it worked. `told` lets a running daemon know of a change."""
    options = _parser().parse_args(arguments)
    try:
        changed: bool = options.run(options)
    except InvalidConfig as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nNothing is changed.", file=sys.stderr)
        return 130
    if changed:
        told()
    return 0


def _show(_: argparse.Namespace) -> bool:
    table = tables.in_force()
    print(table["version"])
    for source in table.get("sources", ()):
        print(f"  {source}")
    models = sum(len(rows) for rows in table["providers"].values())
    print(f"  {models} names of models at {len(table['providers'])} providers")
    if tables.taken_up().exists():
        own = tables.own()["version"]
        used = "in force" if table["version"] != own else "older than the bundled one, not used"
        print(f"  {tables.taken_up()} is {used}; bundled: {own}")
    return False


def _diff(options: argparse.Namespace) -> bool:
    _said(_new(options), options)
    return False


def _update(options: argparse.Namespace) -> bool:
    new = _new(options)
    old = tables.in_force()
    count = _said(new, options)
    if tables.day(new) <= tables.day(old):
        raise InvalidConfig(
            f"The table in force is of {tables.day(old)} and this one of {tables.day(new)}; "
            "nothing is changed. Name a newer one."
        )
    if not options.yes and not _agreed(count):
        print("Nothing is changed.")
        return False
    whole(tables.taken_up(), json.dumps(new, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(f"In force now: {new['version']}")
    return True


def _said(new: Table, options: argparse.Namespace) -> int:
    """Prints what another table changes; how many models that is."""
    old = tables.in_force()
    found = list(tables.changes(old, new, datetime.now(UTC)))
    print(f"in force: {old['version']}\nthis one: {new['version']}")
    for change in found if options.all else found[:_SHOWN]:
        print(f"  {change.model:<48} {_words(change)}")
    if len(found) > _SHOWN and not options.all:
        print(f"  and {len(found) - _SHOWN} more; --all shows them")
    print(f"{len(found)} prices are different. USD per million tokens, prompt / answer.")
    return len(found)


def _words(change: Change) -> str:
    before, after = change.before, change.after
    if before is None or after is None:
        return f"{_price(before)} → {_price(after)}"
    if (before.input, before.output) == (after.input, after.output):
        return f"{_price(before)}, other prices for cached or long prompts"
    dearer = after.input + after.output > before.input + before.output
    return f"{_price(before)} → {_price(after)}{'  dearer' if dearer else ''}"


def _price(price: Price | None) -> str:
    if price is None:
        return "unknown"
    return " / ".join(
        f"{pico / 1_000_000:.6f}".rstrip("0").rstrip(".") for pico in (price.input, price.output)
    )


def _agreed(count: int) -> bool:
    if not sys.stdin.isatty():
        raise InvalidConfig("Nothing is changed: nobody can be asked here; add --yes.")
    return input(f"Take up this table ({count} prices change)? [y/N] ").strip().lower() == "y"


def _new(options: argparse.Namespace) -> Table:
    """The table that was named, or a fresh one."""
    if options.file is not None:
        return tables.read(Path(options.file))
    if not GENERATOR.exists():
        raise InvalidConfig(
            "Name the file of a table: a newer release's aircherd/config/models.json, or what "
            "`python daemon/generate/prices.py` of a source tree makes."
        )
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "models.json")
        base = Path(folder, "base.json")
        base.write_text(json.dumps(tables.in_force()), "utf-8")
        words = [sys.executable, str(GENERATOR), "--output", str(made), "--limits-of", str(base)]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            raise InvalidConfig(f"{GENERATOR} did not end; name a file instead.") from None
        if done.returncode:
            why = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise InvalidConfig(
                f"{GENERATOR} failed ({why}); it needs the genai-prices package. "
                "Install it, or name a file."
            )
        return tables.read(made)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aircher prices", description="Show the price table, and take up a newer one."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        return made

    command("show", _show, "Say which table is in force, and its sources.")
    for name, run, text in (
        ("diff", _diff, "Show what another table would change."),
        ("update", _update, "Show what a newer table changes, and take it up."),
    ):
        made = command(name, run, text)
        made.add_argument("file", nargs="?", metavar="FILE", help="without it one is generated")
        made.add_argument("--all", action="store_true", help="show every change")
        if name == "update":
            made.add_argument("--yes", action="store_true", help="do not ask")
    return parser
