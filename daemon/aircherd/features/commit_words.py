"""The types and scopes a repository's commit messages begin with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aircherd.commits.convention import describe, learn
from aircherd.commits.model import Style
from aircherd.config.load import LARGEST_FILE, read
from aircherd.config.resolve import narrowed
from aircherd.core.settings import Settings
from aircherd.workspace.repositories import Repositories


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitWords:
    """What the first line of a message may begin with, the most usual first."""

    types: tuple[str, ...]
    """Such as `feat`; empty where messages have no type."""
    scopes: tuple[str, ...]
    """Such as `parser`."""
    bare: bool
    """Whether a scope stands alone before the colon, as in `parser: fix`."""
    convention: str
    """How messages are written here, in one line."""


def commit_words(repositories: Repositories, settings: Settings, path: str) -> CommitWords:
    """The words of the repository around a path. Runs git: call it in a thread.

    Raises NotARepository, GitRefused, InvalidConfig.
    """
    repository = repositories.at(path)
    text = repository.read(".aircher.toml", LARGEST_FILE + 1)
    values, _ = read(Path(repository.root) / ".aircher.toml", workspace=True, text=text or "")
    commit = narrowed(settings, values).commit
    found = learn(repository.history(commit.history), repository.hints(), commit)
    typed = found.style is Style.CONVENTIONAL
    return CommitWords(
        types=found.types if typed else (),
        scopes=found.scopes if found.style in (Style.CONVENTIONAL, Style.PREFIXED) else (),
        bare=found.style is Style.PREFIXED,
        convention=describe(found),
    )
