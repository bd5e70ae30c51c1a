"""`aircher hook`: a prepare-commit-msg hook that fills in the message and never gets in the way."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
from pathlib import Path

from aircher import git
from aircher.show import Failed, Stream, account, complain, inert

_MARK = "# written by aircher hook install"
_SECONDS = 60
"""How long `git commit` is kept waiting."""


def run(options: argparse.Namespace) -> int:
    """Installs, removes, tells, or is the hook."""
    if options.action == "run":
        return _run(options.arguments)
    path = Path(git.output("rev-parse", "--git-path", "hooks")).absolute() / "prepare-commit-msg"
    mine = path.is_file() and _MARK in path.read_text("utf-8", "replace")
    if options.action == "status":
        word = "installed" if mine else "a hook of somebody else" if path.exists() else "none"
        print(f"{inert(str(path))}: {word}")
        return 0
    if options.action == "uninstall":
        if not mine:
            raise Failed(f"There is no hook of aircher at {path}; nothing was changed.")
        path.unlink()
        print(f"Removed {inert(str(path))}.")
        return 0
    if (path.exists() or path.is_symlink()) and not mine:
        call = f'{shlex.quote(sys.executable)} -P -m aircher hook run "$@"'
        raise Failed(
            f"There is a hook already at {path}; it was left alone. "
            f"To use both, add this line to it: {call} || true"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_script(), "utf-8")
    path.chmod(0o755)
    said = f"Installed {inert(str(path))}."
    print(f"{said} `git commit` now opens with a message; `git commit -m` stays yours.")
    return 0


def _script() -> str:
    python = shlex.quote(sys.executable)
    return f"""#!/bin/sh
{_MARK}; remove it with: aircher hook uninstall
# $2 tells that there is a message already, as with `git commit -m`.
[ -z "$2" ] && [ -x {python} ] || exit 0
{python} -P -m aircher hook run "$@" || true
exit 0
"""


def _run(arguments: list[str]) -> int:
    """Fills in the message. Always 0: a commit is never stopped."""
    file, source = Path(arguments[0]) if arguments else None, arguments[1:2]
    # A source means that there is a message already: -m, -F, a template, a merge, an amend.
    if file is None or source:
        return 0
    from aircher.conversation import call, connected

    def late(*_: object) -> None:
        raise Failed(f"No message came within {_SECONDS} seconds.")

    waiting = Stream(sys.stderr, "writing a message")
    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(_SECONDS)
    try:
        with connected(waiting) as client:
            params = {"workspace": git.here(), "client": "hook"}
            written = call(client, "aircher/commitMessage", params, None)
            # From here on nothing may cut the file in half.
            signal.alarm(0)
            below = file.read_text("utf-8", "replace")
            file.write_text(f"{written.answer.text}\n{below}", "utf-8")
        waiting.stop()
        account(written.answer, sys.stderr)
    except (KeyboardInterrupt, Exception) as error:
        waiting.stop()
        complain(f"{str(error) or 'Stopped.'} The message is left to you.")
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    return 0
