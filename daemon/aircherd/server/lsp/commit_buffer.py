"""The buffer git opens for a commit's message, in whatever editor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from aircherd.core.document import Document, Encoding, Place
from aircherd.server.lsp.documents import local_path

NAMES = ("COMMIT_EDITMSG", "MERGE_MSG")
_SCISSORS = re.compile(r"^(\S) -{8,} >8 -{8,}$")
_COMMENTS = "#;@!$%^&|:"
"""What `core.commentChar` may be when git picks it by itself."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a commit buffer holds above git's comments."""

    text: str
    """Without blank lines around it."""
    end: Place
    """Where the comments begin, or the buffer ends; the character is 0 or of the last line."""
    commented: bool
    """Whether comments follow."""


def is_commit_buffer(uri: str) -> bool:
    """Whether git will read this document as a commit's message."""
    path = local_path(uri)
    return path is not None and Path(path).name in NAMES


def message(content: Document, encoding: Encoding) -> Message:
    """The message in a commit buffer as it stands."""
    sign = _comment_sign(content)
    for number in range(content.line_count):
        if content.line(number).startswith(sign):
            above = content.text[: content.starts[number]]
            return Message(above.strip(), Place(number, 0), commented=True)
    text = content.text
    return Message(text.strip(), content.place(len(text), encoding), commented=False)


def work_tree(path: str) -> str | None:
    """The work tree a commit buffer belongs to; None when that cannot be told. Reads files.

    A linked work tree's git dir names its work tree in a file, which is believed only when that
    tree's own `.git` names the git dir back: a repository must not point at somebody else's.
    """
    git_dir = Path(path).resolve().parent
    if git_dir.name == ".git":
        return str(git_dir.parent)
    if git_dir.parent.name != "worktrees":
        return None
    marker = Path(_first_line(git_dir / "gitdir"))
    if not marker.is_absolute():
        return None
    back = Path(_first_line(marker).removeprefix("gitdir:").strip())
    return str(marker.parent) if back.is_absolute() and back.resolve() == git_dir else None


def _first_line(path: Path) -> str:
    # Not needed before `initialize` is answered, unlike the rest of this module.
    from aircherd.workspace.hints import read_beneath

    # Whoever made the repository chose what lies there: a link, or a pipe nobody writes to.
    text = read_beneath(str(path.parent), path.name, 4096) or ""
    line = text.partition("\n")[0].strip()
    return "" if "\0" in line else line


def _comment_sign(content: Document) -> str:
    last = ""
    for number in range(content.line_count):
        line = content.line(number)
        found = _SCISSORS.match(line)
        if found:
            return found[1]
        last = (line.strip() and line) or last
    return last[0] if last[:1] and last[0] in _COMMENTS else "#"
