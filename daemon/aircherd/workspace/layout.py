"""Where a repository keeps its things, found without running anything it names."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aircherd.core.errors import GitRefused, NotARepository
from aircherd.workspace.belonging import PLACES, refuse_elsewhere, refuse_odd
from aircherd.workspace.locator import gitpython, locator
from aircherd.workspace.run import ENVIRONMENT, git

VALUES = (
    "core.autocrlf",
    "core.eol",
    "core.filemode",
    "core.ignorecase",
    "core.symlinks",
    "core.precomposeunicode",
    "core.trustctime",
    "core.checkstat",
    "core.sparsecheckout",
    "core.sparsecheckoutcone",
    "extensions.objectformat",
    "extensions.refstorage",
    "index.sparse",
)
"""Keys that hold a value and name no program; the only ones copied from a repository."""
_TRACKING = (".remote", ".merge", ".fetch")
_OID = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_LARGEST = 1 << 20
_MOST_REPLACED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One work tree."""

    root: str
    git_dir: str
    """Of this work tree; a linked one has its own."""
    common_dir: str
    """Shared by all work trees: objects, refs, configuration."""
    values: Mapping[str, str] = field(default_factory=dict)
    tracking: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """`branch.NAME.remote`, `branch.NAME.merge` and `remote.NAME.fetch`, read and never obeyed."""

    @property
    def objects(self) -> str:
        """Where objects are."""
        return os.path.join(self.common_dir, "objects")


def find(path: str) -> Layout:
    """The work tree around a path or file URI. Raises NotARepository, GitRefused."""
    if path.startswith("file:"):
        path = unquote(urlsplit(path).path)
    start = Path(path)
    if not start.is_absolute():
        raise NotARepository(f"{path!r} is not an absolute path; name the folder in full.")
    while not start.is_dir():
        if start.parent == start:
            raise NotARepository(f"There is no folder {path}.")
        start = start.parent
    for folder in (start, *start.parents):
        marker = folder / ".git"
        if marker.is_dir() or marker.is_file():
            return _layout(folder)
        if (folder / "HEAD").is_file() and (folder / "objects").is_dir():
            # A bare repository, perhaps shipped as files inside somebody's clone: never opened.
            break
    raise NotARepository(f"{path} is in no git work tree; run `git init` or go to one.")


def _layout(root: Path) -> Layout:
    refuse_odd(str(root))
    git_python = gitpython()
    unusable = (git_python.InvalidGitRepositoryError, git_python.NoSuchPathError)
    try:
        with locator()(root, search_parent_directories=False, expand_vars=False) as repo:
            git_dir, common = os.path.realpath(repo.git_dir), os.path.realpath(repo.common_dir)
    except (*unusable, OSError, ValueError) as error:
        raise GitRefused(
            f"{root} has a .git that cannot be read ({type(error).__name__}); try `git status`."
        ) from None
    layout = Layout(root=os.path.realpath(root), git_dir=git_dir, common_dir=common)
    values, tracking, places = _values(layout)
    refuse_elsewhere(layout.root, git_dir, common, {**values, **places})
    return replace(layout, values=values, tracking=tracking)


def _values(
    layout: Layout,
) -> tuple[dict[str, str], dict[str, tuple[str, ...]], dict[str, str]]:
    """The harmless settings, what branches follow, and where the repository says it belongs; read
    by git from the one file, without includes."""
    found: dict[str, str] = {}
    places: dict[str, str] = {}
    tracking: dict[str, tuple[str, ...]] = {}
    files = [os.path.join(layout.common_dir, "config")]
    if layout.git_dir != layout.common_dir:
        files.append(os.path.join(layout.git_dir, "config.worktree"))
    for file in files:
        if not os.path.isfile(file):
            continue
        listed = git(
            ["config", "--file", file, "--no-includes", "--null", "--list"],
            # No repository here: nothing of its configuration is in force while it is read.
            {**ENVIRONMENT, "GIT_DIR": "/nonexistent", "GIT_CEILING_DIRECTORIES": "/"},
            cwd="/",
            root=layout.root,
            cap=_LARGEST,
        )
        for entry in listed.data.decode("utf-8", "surrogateescape").split("\0"):
            key, _, value = entry.partition("\n")
            if key.lower() in VALUES:
                found[key.lower()] = value
            elif key.startswith(("branch.", "remote.")) and key.endswith(_TRACKING):
                tracking[key] = (*tracking.get(key, ()), value)
            elif key.lower() in PLACES:
                places[key.lower()] = value
    return found, tracking, places


def head(layout: Layout) -> tuple[str | None, str | None]:
    """(commit, branch) of HEAD, read from its files. No commit: the branch is unborn.

    Raises GitRefused when HEAD is no reference git would write.
    """
    if layout.values.get("extensions.refstorage", "files") != "files":
        raise GitRefused("This repository keeps its refs as a reftable, which is not read yet.")
    text = _small(os.path.join(layout.git_dir, "HEAD"))
    if text is None:
        raise GitRefused("This repository has no HEAD; try `git status`.")
    text = text.strip()
    if _OID.fullmatch(text):
        return text, None
    if not text.startswith("ref: refs/"):
        raise GitRefused("HEAD of this repository cannot be read; try `git status`.")
    name = text.removeprefix("ref: ")
    branch = name.removeprefix("refs/heads/")
    for _ in range(5):
        found = resolve(layout, name)
        if found is None or not found.startswith("ref: "):
            return found, branch
        name = found.removeprefix("ref: ").strip()
    raise GitRefused("HEAD of this repository leads in a circle; try `git status`.")


def resolve(layout: Layout, name: str) -> str | None:
    """What a reference holds, loose or packed. None when there is no such reference."""
    if ".." in name.split("/") or name.startswith("/"):
        raise GitRefused(f"The reference {name!r} is not one git would make.")
    for folder in (layout.git_dir, layout.common_dir):
        text = _small(os.path.join(folder, *name.split("/")))
        if text is not None:
            text = text.strip()
            if _OID.fullmatch(text) or text.startswith("ref: refs/"):
                return text
            raise GitRefused(f"The reference {name} cannot be read; try `git status`.")
    return _packed(layout, name)


def replacements(layout: Layout) -> dict[str, str]:
    """What `git replace` put in the place of what: object id to object id, both in this store.

    The user's git reads the one for the other, so a look that did not would show another truth.
    Raises GitRefused when there are too many.
    """
    found = dict(_replaced(*_packed_file(layout)))
    folder = os.path.join(layout.common_dir, "refs", "replace")
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            oid = (_small(os.path.join(folder, name)) or "").strip()
            if _OID.fullmatch(name) and _OID.fullmatch(oid):
                found[name] = oid
    if len(found) > _MOST_REPLACED:
        raise GitRefused(
            f"More than {_MOST_REPLACED} objects are replaced here; see `git replace`."
        )
    return found


def _packed_file(layout: Layout) -> tuple[str, tuple[int, ...]]:
    """`packed-refs` and its identity; git replaces it whole, so another file shows."""
    path = os.path.join(layout.common_dir, "packed-refs")
    try:
        now = os.stat(path)
    except OSError:
        return path, ()
    return path, (now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns)


def _packed(layout: Layout, name: str) -> str | None:
    return _packed_ref(*_packed_file(layout), name)


@lru_cache(maxsize=64)
def _packed_ref(path: str, identity: tuple[int, ...], name: str) -> str | None:
    """One reference out of a file that may hold very many; remembered while it is the same."""
    for oid, found in _packed_lines(path) if identity else ():
        if found == name:
            return oid
    return None


@lru_cache(maxsize=16)
def _replaced(path: str, identity: tuple[int, ...]) -> tuple[tuple[str, str], ...]:
    beginning = "refs/replace/"
    return tuple(
        (found.removeprefix(beginning), oid)
        for oid, found in (_packed_lines(path) if identity else ())
        if found.startswith(beginning)
    )


def _packed_lines(path: str) -> Iterator[tuple[str, str]]:
    """(object id, name) of each packed reference."""
    for line in (_small(path, most=64 << 20) or "").splitlines():
        oid, _, name = line.partition(" ")
        if _OID.fullmatch(oid):
            yield oid, name


def _small(path: str, most: int = 4096) -> str | None:
    try:
        # A pipe of that name would be waited for without an end.
        with open(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            return file.read(most).decode("utf-8", "surrogateescape")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise GitRefused(f"{path} cannot be read ({error.strerror}).") from None
