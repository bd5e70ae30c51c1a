"""The values this room works with: parsed diffs and conventions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from aircherd.core.snapshot import ChangeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """One stretch of changed lines."""

    old_start: int
    old_lines: int
    new_start: int
    new_lines: int
    context: str
    """What git prints behind the second `@@`: the enclosing definition, often."""
    lines: tuple[str, ...]
    """With their leading ` `, `+`, `-` or `\\`; bytes that are not UTF-8 are backslash-escaped."""

    @property
    def added(self) -> tuple[str, ...]:
        """Added lines without their sign."""
        return tuple(line[1:] for line in self.lines if line.startswith("+"))

    @property
    def removed(self) -> tuple[str, ...]:
        """Removed lines without their sign."""
        return tuple(line[1:] for line in self.lines if line.startswith("-"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """What is staged for one path."""

    path: bytes
    kind: ChangeKind
    old_path: bytes | None = None
    """Where it was, for renames and copies."""
    similarity: int | None = None
    """Percent, for renames and copies."""
    old_mode: int | None = None
    new_mode: int | None = None
    binary: bool = False
    submodule: bool = False
    unread: bool = False
    """Its patch lies beyond the byte cap: only its name is known."""
    hunks: tuple[Hunk, ...] = ()
    withheld: str | None = None
    """Why its content is held back, in words; then it has no hunks."""

    @property
    def name(self) -> str:
        """The path for people and prompts: UTF-8, other bytes as \\xNN, no control characters."""
        text = self.path.decode("utf-8", "backslashreplace")
        if text.isprintable():
            return text
        return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


class Style(StrEnum):
    """The shape of a subject line."""

    CONVENTIONAL = "conventional"
    """`type(scope): subject`"""
    GITMOJI = "gitmoji"
    """An emoji or `:code:` first."""
    PREFIXED = "prefixed"
    """`area: subject`, where the area is a part of the code base and no type."""
    PLAIN = "plain"
    """A sentence."""


class Case(StrEnum):
    """How the words after the prefix begin."""

    LOWER = "lower"
    SENTENCE = "sentence"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """How messages are written in one repository: learned, configured, or the defaults."""

    style: Style = Style.PLAIN
    types: tuple[str, ...] = ()
    """Allowed types, most used first; for `conventional`."""
    types_enforced: bool = False
    """Whether a configuration names them, so that any other is wrong."""
    type_habits: tuple[tuple[str, str, int], ...] = ()
    """(part of the project, type, how often): which type changes to `docs` or `source+test` got in
    the past; the part `*` counts all changes. See `habits.py`."""
    scopes: tuple[str, ...] = ()
    """Scopes or areas seen, most used first."""
    scopes_enforced: bool = False
    type_required: bool = True
    """Whether a conventional subject may not go without a type."""
    scope_policy: Literal["optional", "required", "forbidden"] = "optional"
    breaking_mark: bool = True
    """Whether `!` may stand before the colon."""
    scope_rate: float = 0.0
    """Fraction of past messages that name a scope."""
    scope_paths: tuple[tuple[str, str], ...] = ()
    """(top path prefix, scope) pairs that went together in the past, most often first."""
    emoji: tuple[tuple[str, str], ...] = ()
    """(kind of change, emoji or code), most used first; for `gitmoji`."""
    case: Case = Case.ANY
    case_enforced: bool = False
    """Whether a configuration asks for it, so that names and acronyms are no exception."""
    all_lower: bool = False
    """Whether a configuration wants no capital letter anywhere in the subject."""
    subject_max: int = 72
    """Characters of the whole first line."""
    subject_typical: int = 50
    """Median length of past subjects."""
    full_stop: bool = False
    """Whether subjects end with a period."""
    imperative: bool = True
    """`Add` rather than `Added` or `Adds`."""
    body_rate: float = 0.0
    """Fraction of past messages with a body."""
    body_wrap: int = 72
    """Longest body line, in characters."""
    body_policy: Literal["auto", "never", "always"] = "auto"
    bullet: str | None = None
    """The sign body lists begin with, where bodies are lists."""
    language: str = "en"
    """ISO 639-1 code."""
    ticket: str | None = None
    """A ticket's shape as a template: `[{key}-{n}] ` or `{key}-{n}: ` before everything,
    `: {key}-{n} ` behind the type's colon, `({key}-{n})` in the place of the scope, or
    ` ({key}-{n})` at the end."""
    ticket_keys: tuple[str, ...] = ()
    """Keys seen, such as `ABC`."""
    ticket_rate: float = 0.0
    examples: tuple[str, ...] = ()
    """A few past subjects, for style only; never to be used again word for word."""
    learned_from: int = 0
    """How many past commits it rests on."""
    sources: tuple[str, ...] = ()
    """Where else it comes from, such as `commitlint.config.js`."""
    notes: tuple[str, ...] = ()
    """What a configuration asks for that cannot be honoured, in words."""
    guidance: tuple[tuple[str, str], ...] = ()
    """(source, excerpt) of what the repository says about messages in prose; data, not orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message in two parts."""

    subject: str
    body: str = ""

    @property
    def text(self) -> str:
        """As git wants it: the subject, a blank line, the body."""
        return f"{self.subject}\n\n{self.body}" if self.body else self.subject
