"""Which workspace a path lies in, and which folders in it may say something of that path.

Limits are written, calls booked and settings accepted by what stands here, so it stands once. A
workspace is the work tree around a path; where there is none, the outermost folder that has a
settings file. A settings file further in makes no workspace of its own: whoever wrote the files may
have brought it, and it would lead out of the limits and the rules of the workspace around it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

FILE = ".aircher.toml"
"""What a workspace says of itself, or a folder in it of what is beneath."""


def top_of(path: str) -> str:
    """The canonical path of the workspace a file or folder lies in; without any, of the folder."""
    start = _folder_of(path)
    outermost = start
    for folder in _upwards(start):
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder
        if os.path.lexists(os.path.join(folder, FILE)):
            outermost = folder
    return outermost


def root_of(folder: str) -> str:
    """The same of what should be a folder: one that is not there is itself, by its true path."""
    true = os.path.realpath(folder)
    return top_of(true) if os.path.isdir(true) else true


def between(top: str, paths: Iterable[str]) -> tuple[str, ...]:
    """The folders beneath a workspace's top, down to each of the paths; outer ones first.

    `top` is canonical. A path counts by the folder it is named in and by the one it truly is in;
    of one that leads out, or of folders that are not there, nothing is told.
    """
    found: set[str] = set()
    for path in paths:
        for start in (_folder_of(path), os.path.realpath(os.path.dirname(path))):
            for folder in _upwards(start):
                if folder in found or not folder.startswith(f"{top.rstrip('/')}/"):
                    break
                found.add(folder)
    return tuple(sorted(folder for folder in found if os.path.isdir(folder)))


def _folder_of(path: str) -> str:
    true = os.path.realpath(path)
    return true if os.path.isdir(true) else os.path.dirname(true)


def _upwards(folder: str) -> Iterator[str]:
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent
