"""`aircher quality`: what you kept of suggestions, by model and task, and what it changes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from aircherd import runtime
from aircherd.config import learned
from aircherd.config.catalogue import bundled
from aircherd.config.figures import INFERRED, Figure
from aircherd.config.files import user_file
from aircherd.config.load import user_settings
from aircherd.core.catalog import RULES, ModelRef, ModelSpec
from aircherd.core.errors import InvalidConfig
from aircherd.core.tasks import TaskKind
from aircherd.routing.acceptance import FLOOR, Record, moved

_HEADS = {
    TaskKind.COMMIT_MESSAGES: "commit",
    TaskKind.SUMMARIES: "summary",
    TaskKind.CODE_REVIEW: "review",
    TaskKind.DOCUMENTATION: "docs",
    TaskKind.REFACTORING: "refactor",
    TaskKind.DEBUGGING: "debug",
    TaskKind.QUICK_QUESTIONS: "question",
    TaskKind.CODE_GENERATION: "generate",
    TaskKind.DEFAULT: "default",
}


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
    if options.table or options.sources:
        print("\n".join(_sources() if options.sources else _table()))
        return 0
    if not user_settings(user_file())[0].learn_acceptance:
        print("Nothing is learned: learn.acceptance = false.")
    if not records:
        print("Nothing is learned yet: it begins with the first suggested message you commit.")
        print("The bundled estimates: `aircher quality --table`, with sources `--sources`.")
        return 0
    print(f"{'model':<36} {'task':<16} answers  kept  edited  dropped  acceptance  quality")
    for (name, task), record in sorted(records.items()):
        print(_line(name, task, record))
    print(f"An estimate moves after {FLOOR} answers. Only these numbers are kept, no text.")
    print("Where nothing was learned it is the bundled one: `aircher quality --table`.")
    return 0


def _line(name: str, task: TaskKind, record: Record) -> str:
    provider, _, model = name.partition("/")
    ref = ModelRef(provider, model)
    quality: float | None = None
    for local in (False, True):
        found = bundled().quality(ModelSpec(ref=ref, local=local), task)
        quality = quality if quality is not None else found
    now = moved(quality, record)
    shown = "by rule" if ref == RULES else "unknown"
    if quality is not None and now is not None:
        shown = f"{quality:.2f} → {now:.2f}" if now != quality else f"{quality:.2f}"
    acceptance = record.acceptance or 0.0
    return (
        f"{name:<36} {task.replace('_', ' '):<16} {record.trials:>7} {record.kept:>5} "
        f"{record.edited:>7} {record.dropped:>8} {acceptance:>10.0%}  {shown}"
    )


def _table() -> Iterator[str]:
    """Every model of the table by task; `~` for what nobody published."""
    yield f"{'model':<24}" + "".join(f"{_HEADS[task]:>9}" for task in TaskKind)
    for spec in bundled().judged():
        cells = [bundled().figure(spec, task) for task in TaskKind]
        yield f"{spec.ref.model:<24}" + "".join(f"{_cell(one):>9}" for one in cells)
    figures = bundled().figures
    yield f"From {figures.title}, {figures.read}; `--sources` has the place and page of each."
    yield f"~ {INFERRED}: nobody's figures for that kind of work were found. Yours move it."


def _sources() -> Iterator[str]:
    for spec in bundled().judged():
        found = bundled().figure(spec, TaskKind.DEFAULT)
        yield f"{spec.ref.model:<24} {found.said}  {found.source or ''}".rstrip()


def _cell(figure: Figure) -> str:
    if figure.quality is None:
        return "unknown"
    return f"{'' if figure.published else '~'}{figure.quality:.2f}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aircher quality",
        description="What you kept of suggestions, and what that says of each model.",
    )
    parser.add_argument("--table", action="store_true", help="the bundled estimates by task")
    parser.add_argument("--sources", action="store_true", help="where those come from")
    parser.add_argument("--reset", action="store_true", help="forget it")
    return parser
