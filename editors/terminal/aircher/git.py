"""The few git commands a person would type; run as they would, in their own repository."""

from __future__ import annotations

import os
import subprocess

from aircher.show import Failed


def output(*arguments: str, cwd: str | None = None) -> str:
    """What a git command prints. Raises Failed with git's own words."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=cwd, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise Failed("git was not found on PATH; install it.") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise Failed(f"git {arguments[0]} failed: {last}")
    return done.stdout.rstrip("\n")


def commit(message: str, *, amend: bool) -> int:
    """Commits what is staged with this message, through stdin, byte for byte.

    The user's own hooks run: it is the user who commits. `aircher`'s hook keeps still, because a
    message given with -F is not to be written again.
    """
    arguments = ["git", "commit", "--cleanup=whitespace", "-F", "-"]
    if amend:
        arguments.insert(2, "--amend")
    done = subprocess.run(arguments, input=message.encode("utf-8", "replace"), check=False)
    return done.returncode


def here() -> str:
    """The folder the user stands in."""
    return os.getcwd()  # noqa: PTH109 - the shim imports no pathlib before it has to
