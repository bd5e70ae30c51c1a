"""`aircher quality`: what you kept of suggestions, by model and task, and what it changes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from aircherd import runtime
from aircherd.config import learned
from aircherd.config.catalogue import bundled
from aircherd.config.cli import user_file
from aircherd.config.load import user_settings
from aircherd.core.catalog import RULES, ModelRef, ModelSpec
from aircherd.core.errors import InvalidConfig
from aircherd.core.tasks import TaskKind
from aircherd.routing.acceptance import FLOOR, Record, moved


def main(arguments: Sequence[str], told: Callable[[], None] = lambda: None) -> int:
    """Prints the record, or forgets it; `told` lets a running daemon know."""
    options = _parser().parse_args(arguments)
    path = Path(runtime.learned_path())
    if options.reset:
        path.unlink(missing_ok=True)
        told()
        print("Forgotten; the bundled estimates are in force.")
        return 0
    try:
        records = learned.load(path)
    except InvalidConfig as error:
        print(error, file=sys.stderr)
        return 1
    if not user_settings(user_file())[0].learn_acceptance:
        print("Nothing is learned: learn.acceptance = false.")
    if not records:
        print("Nothing is learned yet: it begins with the first suggested message you commit.")
        return 0
    print(f"{'model':<36} {'task':<16} answers  kept  edited  dropped  acceptance  quality")
    for (name, task), record in sorted(records.items()):
        print(_line(name, task, record))
    print(f"An estimate moves after {FLOOR} answers. Only these numbers are kept, no text.")
    print("Where nothing was learned it is the bundled one: an ordering by the makers' own tiers.")
    return 0


def _line(name: str, task: TaskKind, record: Record) -> str:
    provider, _, model = name.partition("/")
    ref = ModelRef(provider, model)
    quality: float | None = None
    for local in (False, True):
        spec = bundled().fill(ModelSpec(ref=ref, local=local), datetime.now(UTC))
        quality = quality if quality is not None else spec.quality
    now = moved(quality, record)
    shown = "by rule" if ref == RULES else "unknown"
    if quality is not None and now is not None:
        shown = f"{quality:.2f} → {now:.2f}" if now != quality else f"{quality:.2f}"
    acceptance = record.acceptance or 0.0
    return (
        f"{name:<36} {task.replace('_', ' '):<16} {record.trials:>7} {record.kept:>5} "
        f"{record.edited:>7} {record.dropped:>8} {acceptance:>10.0%}  {shown}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aircher quality",
        description="What you kept of suggestions, and what that says of each model.",
    )
    parser.add_argument("--reset", action="store_true", help="forget it")
    return parser
