"""What a repository says about its messages: read as text, capped, and never from outside it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from aircherd.core.errors import GitRefused
from aircherd.core.snapshot import RepositoryHints
from aircherd.workspace.layout import Layout
from aircherd.workspace.run import ENVIRONMENT, git

_CAP = 64 * 1024
_CONFIG_CAP = 1 << 20
_COMMITLINT = (
    ".commitlintrc",
    ".commitlintrc.json",
    ".commitlintrc.yaml",
    ".commitlintrc.yml",
    ".commitlintrc.js",
    ".commitlintrc.cjs",
    ".commitlintrc.mjs",
    ".commitlintrc.ts",
    "commitlint.config.js",
    "commitlint.config.cjs",
    "commitlint.config.mjs",
    "commitlint.config.ts",
)
_CONTRIBUTING = (
    "CONTRIBUTING.md",
    "CONTRIBUTING",
    ".github/CONTRIBUTING.md",
    "docs/CONTRIBUTING.md",
)


def hints(layout: Layout) -> RepositoryHints:
    """The texts, None for what is not there."""
    name, text = _first(layout.root, _COMMITLINT)
    if text is None:
        package = read_beneath(layout.root, "package.json", _CAP)
        if package is not None and '"commitlint"' in package:
            name, text = "package.json", package
    _, contributing = _first(layout.root, _CONTRIBUTING)
    return RepositoryHints(
        commitlint=text,
        commitlint_name=name,
        template=_template(layout),
        contributing=contributing,
    )


def read_beneath(root: str, relative: str, cap: int) -> str | None:
    """The beginning of a text file inside `root`; None when there is none.

    Each part of the path is opened from the one before without following links, so that neither a
    link nor a swap in flight leads outside.
    """
    return _text_beneath(root, relative, cap, from_end=False)


def tail_beneath(root: str, relative: str, cap: int) -> str | None:
    """The same of its end."""
    return _text_beneath(root, relative, cap, from_end=True)


def _text_beneath(root: str, relative: str, cap: int, *, from_end: bool) -> str | None:
    parts = Path(relative).parts
    if not parts or ".." in parts or os.path.isabs(relative):
        return None
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    opened: list[int] = []
    try:
        at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        opened.append(at)
        for part in parts[:-1]:
            at = os.open(part, flags | os.O_DIRECTORY, dir_fd=at)
            opened.append(at)
        at = os.open(parts[-1], flags, dir_fd=at)
        opened.append(at)
        found = os.fstat(at)
        if not stat.S_ISREG(found.st_mode):
            return None
        start = max(0, found.st_size - cap) if from_end else 0
        return os.pread(at, cap, start).decode("utf-8", "replace")
    except (OSError, ValueError):
        return None
    finally:
        for fd in opened:
            os.close(fd)


def _first(root: str, names: tuple[str, ...]) -> tuple[str | None, str | None]:
    for name in names:
        text = read_beneath(root, name, _CAP)
        if text is not None:
            return name, text
    return None, None


def _template(layout: Layout) -> str | None:
    """The contents of `commit.template`: the repository's inside it, the user's inside the home."""
    value = _setting(os.path.join(layout.common_dir, "config"), layout.root)
    if value is not None:
        relative = value
        if os.path.isabs(value):
            relative = os.path.relpath(value, layout.root)
        return read_beneath(layout.root, relative, _CAP)
    home = os.path.expanduser("~")
    for file in (os.path.join(home, ".gitconfig"), os.path.join(home, ".config", "git", "config")):
        value = _setting(file, layout.root)
        if value is not None:
            path = os.path.expanduser(value)
            return read_beneath(home, os.path.relpath(os.path.join(home, path), home), _CAP)
    return None


def _may_say(file: str, key: bytes) -> bool:
    """Whether a file of settings can hold a key: git takes it in any case, but never in parts.

    Most files do not, and git, which knows for certain, takes 3 ms to be asked.
    """
    try:
        if not os.path.isfile(file):
            return False
        with open(file, "rb") as opened:
            text = opened.read(_CONFIG_CAP + 1)
    except OSError:
        return False
    return len(text) > _CONFIG_CAP or key in text.lower()


def _setting(file: str, root: str) -> str | None:
    if not _may_say(file, b"template"):
        return None
    try:
        found = git(
            ["config", "--file", file, "--no-includes", "--null", "--get", "commit.template"],
            {**ENVIRONMENT, "GIT_DIR": "/nonexistent"},
            cwd="/",
            root=root,
            cap=4096,
            allowed=(0, 1),
        )
    except GitRefused:
        return None
    text = found.data.split(b"\0")[0].decode("utf-8", "replace")
    return text or None
