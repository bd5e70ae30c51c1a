"""Runs git plumbing with an environment of our own: bytes out, capped, timed, never a shell."""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aircherd.core.errors import GitRefused

SECONDS = 20.0
"""What one git command may take."""
_ERRORS = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a command wrote, as far as it was read."""

    data: bytes
    complete: bool
    """False when the cap was reached and the command was stopped."""


ENVIRONMENT = {
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_PAGER": "cat",
}
"""The environment of every git we start, but for `PATH`. An allow-list: no key, no proxy.

`GIT_NO_LAZY_FETCH` and `GIT_ALLOW_PROTOCOL` both keep a promisor repository from running its
`uploadpack` or `sshCommand` for a missing object; older gits know only one of them.
"""


def git(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    cwd: str,
    root: str | None = None,
    cap: int,
    stdin: bytes | None = None,
    allowed: Sequence[int] = (0,),
    take: Callable[[bytes], bool] | None = None,
) -> Output:
    """Runs `git ARGUMENTS` and reads at most `cap` bytes. `root` is the work tree that is looked
    at, where that is not `cwd`. `take` is given what comes, as it comes, in the place of `data`,
    and says whether more is wanted.

    Raises GitRefused for any exit code not allowed, a timeout, or a missing git: never an empty
    answer instead of an error.
    """
    folders = program_folders(root or cwd)
    program = shutil.which("git", path=folders)
    if program is None:
        raise GitRefused(
            "git was not found on PATH outside of the work tree; install it and try again."
        )
    try:
        process = subprocess.Popen(
            [program, *arguments],
            cwd=cwd,
            env={**environment, "PATH": folders},
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise GitRefused("git was not found on PATH; install it and try again.") from None
    try:
        data, errors, complete = _read(process, cap, stdin, take)
    except BaseException:
        _kill(process)
        raise
    finally:
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    if complete and process.returncode not in allowed:
        text = errors.decode("utf-8", "replace").strip().splitlines()
        what = text[-1][:200] if text else f"exit code {process.returncode}"
        name = next((word for word in arguments if not word.startswith("-")), "git")
        raise GitRefused(f"git {name} failed: {what}. Try `git status` in the repository.")
    return Output(data=data, complete=complete)


def program_folders(root: str) -> str:
    """`PATH` without what could name a program of the work tree that is looked at.

    A relative entry (`.`, `node_modules/.bin`, an empty one) is found from where git is started,
    and a terminal inside an editor often puts folders of the workspace in front of all others.
    """
    top = f"{os.path.realpath(root)}/"
    # A home kept in git holds the user's own programs.
    own = f"{os.path.realpath(os.path.expanduser('~'))}/".startswith(top)
    kept = [
        folder
        for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)
        if os.path.isabs(folder) and (own or not f"{os.path.realpath(folder)}/".startswith(top))
    ]
    return os.pathsep.join(kept)


def _read(
    process: subprocess.Popen[bytes],
    cap: int,
    stdin: bytes | None,
    take: Callable[[bytes], bool] | None,
) -> tuple[bytes, bytes, bool]:
    assert process.stdout is not None
    assert process.stderr is not None
    deadline = time.monotonic() + SECONDS
    parts: dict[str, list[bytes]] = {"out": [], "err": []}
    size, pending = 0, memoryview(stdin or b"")
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, "out")
        selector.register(process.stderr, selectors.EVENT_READ, "err")
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE, "in")
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise GitRefused(f"git took longer than {SECONDS:g} s; try again.")
            for key, _ in selector.select(left):
                if key.data == "in":
                    assert process.stdin is not None
                    try:
                        pending = pending[os.write(process.stdin.fileno(), pending[:65536]) :]
                    except BrokenPipeError:
                        pending = memoryview(b"")
                    if not pending:
                        selector.unregister(process.stdin)
                        process.stdin.close()
                    continue
                chunk = os.read(key.fd, 65536)
                if not chunk:
                    selector.unregister(key.fileobj)
                elif key.data == "err":
                    if len(parts["err"]) < _ERRORS // 64:
                        parts["err"].append(chunk)
                elif take is not None:
                    if not take(chunk):
                        _kill(process)
                        return b"", b"", False
                else:
                    parts["out"].append(chunk)
                    size += len(chunk)
                    if size > cap:
                        _kill(process)
                        return b"".join(parts["out"])[:cap], b"", False
    try:
        process.wait(max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise GitRefused(f"git took longer than {SECONDS:g} s; try again.") from None
    return b"".join(parts["out"]), b"".join(parts["err"]), True


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
