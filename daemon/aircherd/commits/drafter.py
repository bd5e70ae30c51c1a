"""Writes a commit message from the diff alone: by rules, without a model, without a network."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aircherd.commits.drafting.changes import read_changes
from aircherd.commits.drafting.clues import read_clues
from aircherd.commits.drafting.dependencies import read_bumps
from aircherd.commits.drafting.evidence import Material
from aircherd.commits.drafting.judgement import branch_type, choose_type
from aircherd.commits.drafting.message import body, safe, subject
from aircherd.commits.drafting.phrases import Phrase
from aircherd.commits.drafting.scopes import choose_scope
from aircherd.commits.drafting.statements import only_bumps, statements
from aircherd.commits.drafting.wording import vocabulary
from aircherd.commits.header import Header, ticket_for
from aircherd.commits.inert import one_line
from aircherd.commits.model import Convention, Draft, FileDiff, Style
from aircherd.commits.types import DEFAULT_EMOJI, emoji_kind
from aircherd.core.snapshot import Operation


def draft(
    files: Sequence[FileDiff],
    convention: Convention,
    *,
    branch: str | None = None,
    operation: Operation = Operation.NONE,
    incoming: str | None = None,
    hint: str | None = None,
) -> Draft:
    """A message for these changes in the repository's convention.

    `incoming` is the branch a merge brings in, or the subject of the commit that is reverted or
    picked. `hint` is what the user asks the message to say; it becomes the subject's text, or its
    type where it is a type's name. The subject is never empty, longer than `subject_max`, or more
    than one line, and holds no control character.
    """
    changes = read_changes(files)
    bumps = read_bumps([(c.file, c.role) for c in changes])
    material = Material(changes=tuple(changes), clues=read_clues(changes), bumps=tuple(bumps))
    words = vocabulary(convention.language)
    if ready := _of_operation(operation, incoming, convention, branch):
        return Draft(subject=safe(ready, convention))
    asked = _asked(hint, convention)
    kind = asked.type or choose_type(material, convention, branch)
    phrases = list(statements(material, kind, branch, words))
    if asked.text:
        phrases.insert(0, Phrase(verb="say", items=(asked.text,)))
    scope = asked.scope or choose_scope(changes, bumps, convention, only_bumps(material))
    header = Header(
        text="",
        type=kind,
        scope=scope,
        breaking=asked.breaking,
        emoji=_emoji(kind, convention),
        ticket=ticket_for(branch, hint, convention),
    )
    return Draft(
        subject=subject(phrases[0], header, convention, words),
        body=body(phrases, convention, words),
    )


def _of_operation(
    operation: Operation, incoming: str | None, convention: Convention, branch: str | None
) -> str:
    """The usual subject of a merge, revert or pick. These words are git's own in every language."""
    name = one_line(incoming or "")
    if operation is Operation.MERGE and (name or branch):
        if not name:
            return f"Merge into {branch}"
        into = f" into {branch}" if branch and branch not in ("main", "master") else ""
        return name if name.startswith("Merge ") else f"Merge branch '{name}'{into}"
    if operation is Operation.REVERT and name:
        if convention.style is Style.CONVENTIONAL and (
            not convention.types_enforced or "revert" in convention.types
        ):
            return f"revert: {name}"
        return f'Revert "{name}"'
    return name if operation is Operation.CHERRY_PICK else ""


def _asked(hint: str | None, convention: Convention) -> Header:
    """What the user asked for: a whole subject, a type, or a text."""
    text = one_line(hint or "").strip()
    types = set(convention.types)
    found = re.match(r"([A-Za-z]{2,14})(?:\(([\w./, -]{1,40})\))?(!?):\s*(.*)", text)
    if found and (found[1].lower() in types or branch_type(f"{found[1].lower()}/")):
        return Header(
            text=found[4], type=found[1].lower(), scope=found[2] or "", breaking=bool(found[3])
        )
    if text.lower() in types or (text and branch_type(f"{text.lower()}/") == text.lower()):
        return Header(text="", type=text.lower())
    return Header(text=text)


def _emoji(kind: str, convention: Convention) -> str:
    if convention.style is not Style.GITMOJI:
        return ""
    for name, emoji in (*convention.emoji, *DEFAULT_EMOJI):
        if name == kind or emoji_kind(emoji) == kind:
            return emoji
    return "🔧"
