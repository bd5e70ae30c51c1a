"""`aircher`: commit messages and answers in a terminal."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from typing import Any

from aircher.show import DAEMON, Failed, complain

_DAEMONS_OWN = ("config", "doctor", "keys", "logs", "prices", "prompts", "quality", "why")
"""Commands that are the daemon's program's."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code; a failure is one sentence on stderr."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words and _asks_why(words):
        words[0] = "why"
    if words and words[0] in _DAEMONS_OWN:
        # These are the daemon's own; the process becomes it.
        os.execv(sys.executable, [*DAEMON, *words])  # noqa: S606
    if words == ["--version"]:
        print(f"aircher {_version()}")
        return 0
    parser = _parser()
    if not words:
        parser.print_help()
        return 2
    if not words[0].startswith("-") and words[0] not in _known(parser):
        parser.error(_unknown(words[0], _known(parser)))
    options = parser.parse_args(words)
    from aircher_protocol.client import ConnectionLost, RemoteError

    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except (Failed, RemoteError, ConnectionLost) as error:
        complain(str(error))
        return error.exit_code if isinstance(error, Failed) else 1
    except KeyboardInterrupt:
        complain("Stopped.")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return code


def _known(parser: argparse.ArgumentParser) -> list[str]:
    [made] = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return [*made.choices, *_DAEMONS_OWN]


def _unknown(word: str, known: Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, known, 1)
    hint = f"did you mean `aircher {near[0]}`? " if near else ""
    return f"there is no command {word!r}; {hint}`aircher --help` lists them all"


def _lazy(module: str, name: str) -> Any:
    def run(options: argparse.Namespace) -> int:
        from importlib import import_module

        code: int = getattr(import_module(f"aircher.{module}"), name)(options)
        return code

    return run


def _version() -> str:
    from aircher_protocol.version import __version__

    return __version__


def _asks_why(words: Sequence[str]) -> bool:
    """Whether `explain` is asked about a request rather than about code: it names no file."""
    named = [word for word in words[1:] if not word.startswith("-")]
    if words[0] != "explain" or {"-h", "--help"} & set(words):
        return False
    return not named or (len(named) == 1 and _is_request(named[0]))


def _is_request(word: str) -> bool:
    # What answers call themselves: `aircher explain 2c96a0d5e080`. pathlib is 5 ms to import.
    return re.fullmatch("[0-9a-f]{12}[a-z]?", word) is not None and not os.path.exists(word)  # noqa: PTH110


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aircher",
        description="Commit messages and answers from any language model, with the bill in view.",
        epilog="Also, each with --help: " + ", ".join(f"`aircher {w}`" for w in _DAEMONS_OWN) + ".",
    )
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        return made

    top = command("top", _lazy("top", "run"), "Watch requests, queues, providers and spending.")
    top.add_argument("--once", action="store_true", help="print one look and stop")
    offline = command(
        "offline", _lazy("offline", "run"), "Ask nobody beyond this machine, or say how it stands."
    )
    offline.add_argument("state", nargs="?", choices=("on", "off", "auto"))
    commit = command("commit", _lazy("commit", "run"), "Write the message for what is staged.")
    how = commit.add_mutually_exclusive_group()
    how.add_argument("--apply", action="store_true", help="commit without asking")
    how.add_argument("--print", action="store_true", help="print the message and nothing else")
    how.add_argument("--json", action="store_true", help="print everything about it as JSON")
    how.add_argument(
        "--dry-run", action="store_true", help="show what would be sent, to whom, at what cost"
    )
    commit.add_argument(
        "--exact", action="store_true", help="with --dry-run: the request's body byte for byte"
    )
    commit.add_argument("--hint", metavar="TEXT", help="what the message should say")
    commit.add_argument("--model", metavar="PROVIDER/MODEL", help="this model and no other")
    commit.add_argument(
        "--send-secret",
        action="append",
        metavar="KIND",
        help="send secrets of this kind as they are, this once",
    )
    commit.add_argument("--amend", action="store_true", help="describe and amend the last commit")

    hook = command("hook", _lazy("hook", "run"), "Fill in the message when you run `git commit`.")
    hook.add_argument("action", choices=["install", "uninstall", "status", "run"])
    hook.add_argument("arguments", nargs="*", default=[], help=argparse.SUPPRESS)

    ask = command("ask", _lazy("ask", "run"), "Ask a question.")
    ask.add_argument("question", nargs="+", help="`-` reads it from stdin")
    ask.add_argument("--model", metavar="PROVIDER/MODEL", help="this model and no other")
    ask.add_argument("--json", action="store_true", help="print everything about it as JSON")
    ask.add_argument(
        "--send-secret",
        action="append",
        metavar="KIND",
        help="send secrets of this kind as they are, this once",
    )

    ask.add_argument("--talk", action="store_true", help="go on with further questions")

    from aircher.parsers import add

    add(command, _lazy)

    usage = command(
        "usage", _lazy("usage", "run"), "What was spent, by day and group, and what it may come to."
    )
    shape = usage.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print it as JSON")
    shape.add_argument("--csv", action="store_true", help="print it for a spreadsheet")
    usage.add_argument(
        "--by",
        action="append",
        choices=["task", "provider", "model", "workspace", "branch"],
        help="group the month by this; may be given more than once",
    )
    page = command(
        "report", _lazy("page", "run"), "The same as one web page with charts, for the browser."
    )
    page.add_argument("--output", metavar="FILE", help="where to write it")
    page.add_argument("--open", action="store_true", help="show it in the browser")
    for one in (usage, page):
        one.add_argument("--days", type=int, default=30, metavar="N", help="days of history: 30")
        one.add_argument(
            "--baseline", metavar="PROVIDER/MODEL", help="the model savings are reckoned against"
        )
        one.add_argument("--workspace", metavar="PATH", help="only what this repository cost")

    task = command(
        "task", _lazy("task", "run"), "What a message is taken for; teach it if that is wrong."
    )
    task.add_argument("action", choices=["detect", "correct", "list", "reset"])
    task.add_argument("words", nargs="*", help="the message; for correct, first what it was")

    trust = command("trust", _lazy("trust", "run"), "Accept a folder's own settings, once seen.")
    trust.add_argument("path", nargs="?", help="the folder; without it, this one")
    what = trust.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="every folder that was accepted")
    what.add_argument("--revoke", action="store_true", help="accept it no longer")
    what.add_argument("--yes", action="store_true", help="without asking, for a PATH that is named")

    sent = command("outbox", _lazy("outbox", "run"), "What has left this machine, and to whom.")
    sent.add_argument("--limit", type=int, default=20, metavar="N", help="lines to show: 20")
    sent.add_argument("--operation", metavar="ID", help="only this request")
    sent.add_argument("--text", action="store_true", help="the texts too, where they were kept")
    sent.add_argument("--json", action="store_true", help="print it as JSON")

    forget = command(
        "forget", _lazy("outbox", "forget"), "Take usage, what was sent and the log out again."
    )
    forget.add_argument("--workspace", metavar="PATH", help="of this repository")
    forget.add_argument("--older-than", type=int, metavar="DAYS", help="from before so many days")

    for name, text in (
        ("models", "Which models can be used, and what is wrong with the rest."),
        ("status", "How the daemon is."),
    ):
        report = command(name, _lazy("report", name), text)
        report.add_argument("--json", action="store_true", help="print it as JSON")
        if name == "models":
            report.add_argument("--refresh", action="store_true", help="ask the providers again")
            report.add_argument("--all", action="store_true", help="also those that cannot be used")

    first = command(
        "try", _lazy("throwaway", "run"), "See a commit message now; leaves nothing but its cost."
    )
    first.add_argument("repository", nargs="?", help="yours; without it a small one is made")
    first.add_argument("--base-url", metavar="URL", help="an OpenAI-compatible endpoint to use")
    first.add_argument("--model", metavar="NAME", help="its model")
    return parser


if __name__ == "__main__":
    sys.exit(main())
