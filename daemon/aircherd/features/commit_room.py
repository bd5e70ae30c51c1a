"""What a commit message is made of: the staged change, its repository's habits and settings."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

from aircherd.commits.convention import learn
from aircherd.commits.diff import parse
from aircherd.commits.model import Convention
from aircherd.config.load import LARGEST_FILE, read
from aircherd.config.resolve import narrowed
from aircherd.core.errors import NothingStaged
from aircherd.core.settings import Settings
from aircherd.core.snapshot import Operation, WorkspaceSnapshot
from aircherd.features import prompting
from aircherd.features.acceptance import Acceptance
from aircherd.features.commit_prompt import Material
from aircherd.features.holding import folders_of, held_back, rules_for
from aircherd.features.inner import within
from aircherd.roots import FILE
from aircherd.workspace.ahead import Ahead
from aircherd.workspace.repositories import KnownRepository, Repositories


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the caller wants of the message."""

    hint: str | None = None
    previous: str | None = None
    amend: bool = False


class CommitRoom:
    """What this feature reads: the repository, through the one door to git."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        repositories: Repositories | None = None,
        beside: Executor | None = None,
    ) -> None:
        """`beside` reads a history while git makes a patch; without it one follows the other."""
        self._beside = beside
        self._settings = settings
        self._repositories = repositories or Repositories()
        self.acceptance = Acceptance(settings, self._repositories)
        self.ahead = Ahead(self._repositories)
        """Reads what is staged before it is asked for."""

    def snapshot(self, path: str) -> WorkspaceSnapshot:
        """What is staged around a path, with or without sizes. Runs git: call it in a thread."""
        return self._repositories.at(path).staged()

    def gather(self, path: str, wish: Wish) -> tuple[Material, Settings]:
        """Everything the message is made of. Runs git: call it in a thread.

        Raises NotARepository, GitRefused, NothingStaged.
        """
        repository = self._repositories.at(path)
        text = repository.read(FILE, LARGEST_FILE + 1)
        values, _ = read(Path(repository.root) / FILE, workspace=True, text=text or "")
        settings = narrowed(self._settings(), values)
        learning = self._beside and self._beside.submit(_learned, repository, settings)
        snapshot, staged = repository.change(settings.diff_cap_bytes, amend=wish.amend)
        if snapshot.conflicted:
            names = ", ".join(p.decode("utf-8", "replace") for p in snapshot.conflicted[:3])
            raise NothingStaged(f"There are conflicts in {names}; resolve them and `git add`.")
        if not snapshot.staged and not wish.amend:
            raise NothingStaged(
                "Nothing is staged, so there is nothing to describe; stage with `git add -p`."
            )
        files = parse(staged.patch, staged.unread)
        own, root = settings.commit, repository.root
        inner, settings = within(root, (path, *folders_of(files, root)), settings)
        # A folder of it narrows who sees its files; the message is the whole repository's.
        settings = replace(settings, commit=own)
        files, settings = held_back(files, rules_for(repository, settings), settings, inner)
        material = Material(
            root=repository.root,
            files=files,
            convention=learning.result() if learning else _learned(repository, settings),
            branch=snapshot.branch,
            operation=snapshot.operation,
            incoming=None if snapshot.operation is Operation.NONE else repository.incoming(),
            hint=wish.hint,
            previous=wish.previous,
            instructions=settings.commit.instructions,
            template=prompting.template("commit_message"),
            within=inner.folders,
        )
        return material, settings


def _learned(repository: KnownRepository, settings: Settings) -> Convention:
    return learn(repository.history(settings.commit.history), repository.hints(), settings.commit)
