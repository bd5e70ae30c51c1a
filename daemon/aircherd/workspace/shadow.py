"""A git dir of our own, through which a repository is looked at and nothing of it is run.

Fresh for each look: our five lines of configuration, a copy of the index, HEAD as a commit id; the
objects stay where they are. So filters, hooks, monitors, pagers, signing programs and remotes the
repository names are never in force, the user's index is neither refreshed nor locked, and
`core.worktree` cannot point elsewhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aircherd.core.errors import GitRefused
from aircherd.workspace.belonging import plain
from aircherd.workspace.layout import Layout, head, replacements
from aircherd.workspace.run import ENVIRONMENT, Output, git

_INDEX_CAP = 512 << 20
_LARGE = 32 << 20
_MEMORY = "/dev/shm"  # noqa: S108 - a directory of a random name, of mode 0700, is made in it
_PREFIX = "aircher-git-"
_MOST_KNOWN = 32
_found_whole: dict[tuple[object, ...], None] = {}
"""Indexes whose checksum was right, by file, inode, size, time and the checksum itself."""
OVERRIDES = (
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "safe.bareRepository=explicit",
    "-c",
    "core.attributesFile=",
    "-c",
    "core.quotePath=true",
    "-c",
    "diff.external=",
    "-c",
    "log.showSignature=false",
)
"""A second fence behind the first: the shadow's own configuration already lacks these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """One look at a repository."""

    layout: Layout
    commit: str | None
    branch: str | None
    environment: dict[str, str]

    @property
    def empty_tree(self) -> str:
        """The id of the tree with nothing in it, in this repository's hash."""
        if self.layout.values.get("extensions.objectformat") == "sha256":
            return "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
        return "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

    def git(
        self,
        *arguments: str,
        cap: int,
        stdin: bytes | None = None,
        allowed: tuple[int, ...] = (0,),
        take: Callable[[bytes], bool] | None = None,
    ) -> Output:
        """Runs git plumbing here; see `run.git`. Raises GitRefused."""
        return git(
            [*OVERRIDES, *arguments],
            self.environment,
            cwd=self.layout.root,
            cap=cap,
            stdin=stdin,
            allowed=allowed,
            take=take,
        )


@contextmanager
def opened(layout: Layout) -> Iterator[Shadow]:
    """A shadow of the repository as it is now. Raises GitRefused."""
    commit, branch = head(layout)
    folder = Path(_new_folder(layout))
    try:
        # git wants `refs` to take it for a git dir; where objects are it is told.
        (folder / "refs").mkdir()
        replaced = replacements(layout)
        if replaced:
            (folder / "refs" / "replace").mkdir()
            for name, oid in replaced.items():
                (folder / "refs" / "replace" / name).write_text(f"{oid}\n", "ascii")
        (folder / "config").write_text(_config(layout), "utf-8")
        _copy_index(layout, folder)
        shallow = plain(os.path.join(layout.common_dir, "shallow"), _LARGE)
        if shallow is not None:
            (folder / "shallow").write_bytes(shallow)
        for source in (
            Path(layout.git_dir, "info", "sparse-checkout"),
            Path(layout.common_dir, "info", "exclude"),
        ):
            said = plain(str(source), _LARGE)
            if said is not None and _says_something(said):
                (folder / "info").mkdir(exist_ok=True)
                (folder / "info" / source.name).write_bytes(said)
        text = f"{commit}\n" if commit else "ref: refs/heads/unborn\n"
        (folder / "HEAD").write_text(text, "utf-8")
        environment = {
            **ENVIRONMENT,
            "GIT_DIR": str(folder),
            "GIT_WORK_TREE": layout.root,
            "GIT_OBJECT_DIRECTORY": layout.objects,
            "GIT_INDEX_FILE": str(folder / "index"),
        }
        if replaced:
            del environment["GIT_NO_REPLACE_OBJECTS"]
        yield Shadow(layout=layout, commit=commit, branch=branch, environment=environment)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _new_folder(layout: Layout) -> str:
    """A directory for this look, in memory where that is to be had.

    On a disk with a journal making and removing it took longer than git itself (3 ms a directory
    beside other writers, 0.02 ms in memory). A large index stays on the disk.
    """
    try:
        large = os.stat(os.path.join(layout.git_dir, "index")).st_size > _LARGE
    except OSError:
        large = False
    prefix = f"{_PREFIX}{os.getpid()}-"
    if not large and os.access(_MEMORY, os.W_OK | os.X_OK):
        _sweep(_MEMORY)
        with contextlib.suppress(OSError):
            return tempfile.mkdtemp(prefix=prefix, dir=_MEMORY)
    _sweep(tempfile.gettempdir())
    return tempfile.mkdtemp(prefix=prefix)


@cache
def _sweep(place: str) -> None:
    """Once for a process: removes what processes of ours left that were killed in a look."""
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        for entry in entries:
            number = entry.name.removeprefix(_PREFIX).partition("-")[0]
            if not entry.name.startswith(_PREFIX) or not number.isdecimal():
                continue
            with contextlib.suppress(OSError):
                mine = entry.stat(follow_symlinks=False).st_uid == os.getuid()
                if mine and not os.path.exists(f"/proc/{number}") and os.path.exists("/proc/self"):
                    shutil.rmtree(entry.path, ignore_errors=True)


def _says_something(text: bytes) -> bool:
    """Whether a file of patterns holds any; git makes one of comments alone everywhere."""
    return any(line.strip() and not line.startswith(b"#") for line in text.splitlines())


def _config(layout: Layout) -> str:
    """Our own configuration, and the values that only say how files are compared."""
    version = 1 if any(key.startswith("extensions.") for key in layout.values) else 0
    lines = ["[core]", f"\trepositoryformatversion = {version}", "\tbare = false"]
    tables: dict[str, list[str]] = {"core": lines}
    for key, value in layout.values.items():
        table, _, name = key.partition(".")
        if not all(c.isalnum() or c in "-_" for c in value):
            continue
        tables.setdefault(table, [f"[{table}]"]).append(f"\t{name} = {value}")
    return "\n".join(line for table in tables.values() for line in table) + "\n"


def _copy_index(layout: Layout, folder: Path) -> None:
    source = Path(layout.git_dir, "index")
    try:
        if not source.exists():
            return
        seen = source.stat()
        if seen.st_size > _INDEX_CAP:
            raise GitRefused("The index of this repository is larger than 512 MiB.")
        data = plain(str(source), _INDEX_CAP)
        if data is None:
            return
        _whole(data, layout, (str(source), seen.st_ino, seen.st_size, seen.st_mtime_ns))
        (folder / "index").write_bytes(data)
        # git reads a file anew if it is not older than the index, in whole seconds as a rule: with
        # a younger index a file changed within the second it was staged in would pass for clean.
        os.utime(folder / "index", ns=(seen.st_atime_ns, seen.st_mtime_ns))
        for shared in Path(layout.git_dir).glob("sharedindex.*"):
            (folder / shared.name).write_bytes(plain(str(shared), _INDEX_CAP) or b"")
    except OSError as error:
        raise GitRefused(f"The index cannot be read ({error.strerror}); try again.") from None


def _whole(data: bytes, layout: Layout, which: tuple[str, int, int, int]) -> None:
    """Refuses an index that was cut or damaged.

    git itself does not look at the checksum and reads a cut index as files that were deleted.
    The hash is taken once for one index: what was whole and keeps its last bytes still is, since
    they are the hash of the rest.
    """
    name = "sha256" if layout.values.get("extensions.objectformat") == "sha256" else "sha1"
    size = hashlib.new(name, usedforsecurity=False).digest_size
    trailer = data[-size:]
    known = (*which, len(data), trailer)
    # All zeros: written with index.skipHash, so there is nothing to hold it against.
    if known in _found_whole or (len(data) > size and not any(trailer)):
        return
    if trailer != hashlib.new(name, memoryview(data)[:-size], usedforsecurity=False).digest():
        raise GitRefused("The index of this repository is damaged; `git status` may mend it.")
    _found_whole[known] = None
    while len(_found_whole) > _MOST_KNOWN:
        _found_whole.pop(next(iter(_found_whole)), None)
