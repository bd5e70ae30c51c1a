"""The few git commands a person would type; run as they would, in their own repository."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

from aircher.show import Failed

_NOTHING_OF_ITS_OWN = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
"""Even `git diff --cached` runs a repository's monitor, and its hook for a changed index."""
_ALONE = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_TERMINAL_PROMPT": "0",
}


def output(*arguments: str, cwd: str | None = None) -> str:
    """What a git command prints. Raises Failed with git's own words."""
    return _ran(arguments, arguments, cwd, os.environ)


def looked(*arguments: str, cwd: str) -> str:
    """The same in a folder that may be anybody's: no program it names is run."""
    return _ran((*_NOTHING_OF_ITS_OWN, *arguments), arguments, cwd, {**os.environ, **_ALONE})


def _ran(
    words: Sequence[str], asked: Sequence[str], cwd: str | None, environment: Mapping[str, str]
) -> str:
    folders = _folders(here())
    if cwd is not None:
        allowed = _folders(cwd)
        folders = [folder for folder in folders if folder in allowed]
    done = subprocess.run(
        [_program(folders), *words], cwd=cwd, capture_output=True, text=True, check=False,
        env={**environment, "PATH": os.pathsep.join(folders)},
    )  # fmt: skip
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        if "not a git repository" in last:
            raise Failed(f"{cwd or here()} is in no git work tree; run `git init` or go to one.")
        raise Failed(f"git {asked[0]} failed: {last}")
    return done.stdout.rstrip("\n")


def _folders(folder: str) -> list[str]:
    """PATH without what a folder that may be anybody's brings along: relative entries, which would
    be looked for in it, and those in its work tree, unless the home is in that too."""
    from pathlib import Path

    start = Path(os.path.realpath(folder))
    above = (one for one in (start, *start.parents) if os.path.lexists(one / ".git"))
    top = str(next(above, start))
    top = f"{top.rstrip('/')}/"
    home = f"{os.path.realpath(os.path.expanduser('~'))}/"  # noqa: PTH111 - never fails
    return [
        one
        for one in os.environ.get("PATH", os.defpath).split(os.pathsep)
        if one[:1] == "/"
        and (home.startswith(top) or not f"{os.path.realpath(one)}/".startswith(top))
    ]


def _program(folders: list[str]) -> str:
    from pathlib import Path

    for folder in folders:
        path = Path(folder, "git")
        if path.is_file() and os.access(path, os.X_OK):
            return str(path)
    raise Failed("git was not found on PATH outside of this folder; install it.")


def commit(message: str, *, amend: bool) -> int:
    """Commits what is staged with this message, through stdin, byte for byte.

    The user's own hooks run: it is the user who commits. `aircher`'s hook keeps still, because a
    message given with -F is not to be written again.
    """
    arguments = [_program(_folders(here())), "commit", "--cleanup=whitespace", "-F", "-"]
    if amend:
        arguments.insert(2, "--amend")
    done = subprocess.run(arguments, input=message.encode("utf-8", "replace"), check=False)
    return done.returncode


def here() -> str:
    """The folder the user stands in."""
    return os.getcwd()  # noqa: PTH109 - the shim imports no pathlib before it has to
