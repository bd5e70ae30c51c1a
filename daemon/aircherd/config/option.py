"""One key that may be written, and what may stand there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "text", "bool", "whole", "number", "numbers", "usd", "usds", "seconds", "texts",
    "text or texts", "map", "paths",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One key."""

    path: str
    """Dotted; `*` stands for a name of the user's choosing."""
    kind: Kind
    doc: str
    example: str
    """As it would be written in TOML."""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    workspace: bool = False
    """Whether a repository's own file may set it; then it only ever narrows."""


def plain(path: str, kind: Kind, doc: str, example: str) -> Option:
    """A key without bounds or choices, which a repository may not set."""
    return Option(path=path, kind=kind, doc=doc, example=example)
