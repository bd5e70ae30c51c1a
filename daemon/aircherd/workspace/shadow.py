"""A git dir of our own, through which a repository is looked at and nothing of it is run.

Fresh for each look: our five lines of configuration, a copy of the index, HEAD as a commit id; the
objects stay where they are. So filters, hooks, monitors, pagers, signing programs and remotes the
repository names are never in force, the user's index is neither refreshed nor locked, and
`core.worktree` cannot point elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aircherd.core.errors import GitRefused
from aircherd.workspace.layout import Layout, head
from aircherd.workspace.run import ENVIRONMENT, Output, git

_INDEX_CAP = 512 << 20
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
        self, *arguments: str, cap: int, stdin: bytes | None = None, allowed: tuple[int, ...] = (0,)
    ) -> Output:
        """Runs git plumbing here. Raises GitRefused."""
        return git(
            [*OVERRIDES, *arguments],
            self.environment,
            cwd=self.layout.root,
            cap=cap,
            stdin=stdin,
            allowed=allowed,
        )


@contextmanager
def opened(layout: Layout) -> Iterator[Shadow]:
    """A shadow of the repository as it is now. Raises GitRefused."""
    commit, branch = head(layout)
    folder = Path(tempfile.mkdtemp(prefix="aircher-git-"))
    try:
        (folder / "objects").mkdir()
        (folder / "refs").mkdir()
        (folder / "config").write_text(_config(layout), "utf-8")
        _copy_index(layout, folder)
        for name in ("shallow",):
            source = Path(layout.common_dir, name)
            if source.is_file():
                shutil.copyfile(source, folder / name)
        (folder / "info").mkdir()
        for source in (
            Path(layout.git_dir, "info", "sparse-checkout"),
            Path(layout.common_dir, "info", "exclude"),
        ):
            if source.is_file():
                shutil.copyfile(source, folder / "info" / source.name)
        text = f"{commit}\n" if commit else "ref: refs/heads/unborn\n"
        (folder / "HEAD").write_text(text, "utf-8")
        environment = {
            **ENVIRONMENT,
            "GIT_DIR": str(folder),
            "GIT_WORK_TREE": layout.root,
            "GIT_OBJECT_DIRECTORY": layout.objects,
            "GIT_INDEX_FILE": str(folder / "index"),
        }
        yield Shadow(layout=layout, commit=commit, branch=branch, environment=environment)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
        if source.stat().st_size > _INDEX_CAP:
            raise GitRefused("The index of this repository is larger than 512 MiB.")
        shutil.copyfile(source, folder / "index")
        _whole(folder / "index", layout)
        for shared in Path(layout.git_dir).glob("sharedindex.*"):
            shutil.copyfile(shared, folder / shared.name)
    except OSError as error:
        raise GitRefused(f"The index cannot be read ({error.strerror}); try again.") from None


def _whole(index: Path, layout: Layout) -> None:
    """Refuses an index that was cut or damaged.

    git itself does not look at the checksum and reads a cut index as files that were deleted.
    """
    name = "sha256" if layout.values.get("extensions.objectformat") == "sha256" else "sha1"
    data = index.read_bytes()
    size = hashlib.new(name, usedforsecurity=False).digest_size
    trailer = data[-size:]
    # All zeros: written with index.skipHash, so there is nothing to hold it against.
    if len(data) > size and not any(trailer):
        return
    if trailer != hashlib.new(name, data[:-size], usedforsecurity=False).digest():
        raise GitRefused("The index of this repository is damaged; `git status` may mend it.")
