"""`aircherd logs`: the end of the daemon's log, also while it grows and is rotated."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from aircherd import runtime

_BLOCK = 1 << 16
_PAUSE = 0.3
_LOOKED_AT, _COMPLAINTS = 500, 30
_BAD = {"level=WARNING", "level=ERROR", "level=CRITICAL"}


def last_lines(path: Path, count: int, end: int | None = None) -> list[str]:
    """The last `count` lines of a log and its older parts, oldest first; none without a log.

    With `end`, only the first `end` bytes of the newest part count.
    """
    lines = _tail(path, count, end)
    for number in range(1, 10):
        older = path.with_name(f"{path.name}.{number}")
        if len(lines) >= count or not older.exists():
            break
        lines = _tail(older, count - len(lines), None) + lines
    return lines


def follow(
    path: Path, start: int = 0, sleep: Callable[[float], None] = time.sleep
) -> Iterator[str]:
    """Lines written after the first `start` bytes, for ever, through every rotation.

    `sleep` is called with seconds whenever there is nothing to read.
    """
    while True:
        try:
            file = path.open("rb")
        except FileNotFoundError:
            sleep(_PAUSE)
            continue
        with file:
            file.seek(start)
            start = 0
            while True:
                line = file.readline()
                if line.endswith(b"\n"):
                    yield line.decode("utf-8", "replace").rstrip("\n")
                elif line:
                    file.seek(-len(line), os.SEEK_CUR)  # half a line: wait for the rest
                    sleep(_PAUSE)
                elif _rotated(file.fileno(), path):
                    break
                elif file.tell() > os.fstat(file.fileno()).st_size:
                    file.seek(0, os.SEEK_END)  # lines were taken out of it
                else:
                    sleep(_PAUSE)


def run(options: argparse.Namespace) -> int:
    """Print what was asked for. Returns the exit code."""
    path = Path(runtime.log_path())
    end = path.stat().st_size if path.exists() else 0
    lines = last_lines(path, options.lines, end)
    if not lines and not options.follow:
        print(f"There is no log yet at {path}. `aircherd serve` begins one.", file=sys.stderr)
        return 1
    for line in lines:
        print(line)
    if options.follow:
        for line in follow(path, end):
            print(line, flush=True)
    return 0


def complaints() -> list[str]:
    """The newest warnings and errors of the log; paths below the user's home begin with `~`."""
    lines = last_lines(Path(runtime.log_path()), _LOOKED_AT)
    bad = [line for line in lines if _BAD & set(line.split(" ", 3)[:3])][-_COMPLAINTS:]
    return [line.replace(str(Path.home()), "~") for line in bad]


def _tail(path: Path, count: int, end: int | None) -> list[str]:
    if count <= 0 or not path.exists():
        return []
    with path.open("rb") as file:
        at = file.seek(0, os.SEEK_END) if end is None else end
        data = b""
        while at > 0 and data.count(b"\n") <= count:
            step = min(_BLOCK, at)
            at = file.seek(at - step)
            data = file.read(step) + data
    return data.decode("utf-8", "replace").rstrip("\n").split("\n")[-count:] if data else []


def _rotated(fd: int, path: Path) -> bool:
    """Whether the open file no longer stands at `path` and another one does."""
    try:
        return not os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False
