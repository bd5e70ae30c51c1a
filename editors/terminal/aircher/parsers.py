"""The options of the commands on code."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

_FILE = "a file, or lines of it: shop.py, shop.py:12, shop.py:12-30"
Command = Callable[[str, Any, str], argparse.ArgumentParser]
Lazy = Callable[[str, str], Any]


def add(command: Command, lazy: Lazy) -> None:
    """Adds them all."""
    review = command("review", lazy("review", "run"), "Find the faults of what is staged.")
    _file(review, needed=False)
    review.add_argument("--branch", action="store_true", help="the branch against its base")
    review.add_argument("--base", metavar="NAME", help="what the branch is compared with")
    explain = command(
        "explain",
        lazy("verbs", "explain"),
        "Say what code does; with no file, why a request went to its model.",
    )
    _file(explain, needed=False)
    summarize = command(
        "summarize", lazy("verbs", "summarize"), "A short account of a change, a branch or a file."
    )
    _file(summarize, needed=False)
    scope = summarize.add_mutually_exclusive_group()
    scope.add_argument("--branch", action="store_true", help="the branch against its base")
    scope.add_argument("--log", action="store_true", help="the branch's commits")
    summarize.add_argument("--base", metavar="NAME", help="what the branch is compared with")
    fix = command("fix", lazy("verbs", "fix"), "Mend what an error complains of.")
    _file(fix)
    fix.add_argument("error", nargs="*", help="the error; `-`, or a pipe, is read")
    document = command("document", lazy("verbs", "document_"), "Write documentation for code.")
    _file(document)
    document.add_argument("--readme", action="store_true", help="a section of the README instead")
    refactor = command("refactor", lazy("verbs", "refactor"), "Change the structure of code.")
    _file(refactor)
    refactor.add_argument("instruction", nargs="+", help="what it should become")
    generate = command("generate", lazy("verbs", "generate"), "Write code, or tests with --tests.")
    _file(generate)
    generate.add_argument("instruction", nargs="*", help="what is to be written")
    generate.add_argument("--tests", action="store_true", help="tests for the file or the lines")
    for one in (fix, document, refactor, generate):
        one.add_argument("--apply", action="store_true", help="make the edit without asking")
    for one in (review, explain, summarize, fix, document, refactor, generate):
        if one not in (refactor, generate):
            one.add_argument("--hint", metavar="TEXT", help="what you want looked at or said")
        one.add_argument("--model", metavar="PROVIDER/MODEL", help="this model and no other")
        one.add_argument(
            "--send-secret",
            action="append",
            metavar="KIND",
            help="send secrets of this kind as they are, this once",
        )
        how = one.add_mutually_exclusive_group()
        how.add_argument("--json", action="store_true", help="print everything about it as JSON")
        how.add_argument(
            "--dry-run", action="store_true", help="show what would be sent, to whom, at what cost"
        )


def _file(parser: argparse.ArgumentParser, *, needed: bool = True) -> None:
    if needed:
        parser.add_argument("file", metavar="FILE[:LINES]", help=_FILE)
    else:
        parser.add_argument("file", metavar="FILE[:LINES]", nargs="?", help=_FILE)
