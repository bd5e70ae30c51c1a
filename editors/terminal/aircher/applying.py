"""Makes an edit in files, once a person said yes: only in those that are still what was shown."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from urllib.parse import unquote, urlsplit

from aircher.show import Failed, inert, styled
from aircher.target import text_of
from aircher_protocol.commands import AnnotatedTextEdit, CreateFile, WorkspaceEdit
from aircher_protocol.types import Position


@dataclass(frozen=True)
class FileChange:
    """One file, before and after."""

    path: Path
    before: str | None
    """None when it is to be made."""
    after: str


def changes(edit: WorkspaceEdit, sent: Mapping[Path, str] | None = None) -> tuple[FileChange, ...]:
    """The files an edit changes, with their texts. Raises Failed.

    `sent` are texts the edit was asked for with: its places are places in them, whatever the files
    have become meanwhile.
    """
    texts: dict[Path, str] = {}
    before: dict[Path, str | None] = dict(sent or {})
    for change in edit.document_changes:
        if isinstance(change, CreateFile):
            path = path_of(change.uri)
            before.setdefault(path, text_of(path) if path.exists() else None)
            continue
        path = path_of(change.text_document.uri)
        if path not in before:
            before[path] = text_of(path)
        texts[path] = made(texts.get(path, before[path] or ""), change.edits)
    return tuple(FileChange(path, before[path], text) for path, text in texts.items())


def made(text: str, edits: tuple[AnnotatedTextEdit, ...]) -> str:
    """The text with LSP's edits made, positions in UTF-16 units."""
    starts = [0]
    for line in text.splitlines(keepends=True) if not _odd(text) else _lines(text):
        starts.append(starts[-1] + len(line))
    places = [
        (_offset(text, starts, e.range.start), _offset(text, starts, e.range.end), e.new_text)
        for e in edits
    ]
    for start, end, new in sorted(places, key=lambda place: place[:2], reverse=True):
        text = text[:start] + new + text[end:]
    return text


def show(found: tuple[FileChange, ...], out: TextIO) -> None:
    """The changes as a diff."""
    for one in found:
        name = os.path.relpath(one.path)
        old = (one.before or "").splitlines()
        diff = difflib.unified_diff(
            old,
            one.after.splitlines(),
            "/dev/null" if one.before is None else name,
            name,
            lineterm="",
        )
        for line in diff:
            print(styled(inert(line), _style(line), out), file=out)


def write(found: tuple[FileChange, ...]) -> None:
    """Writes every file whole. Raises Failed, before anything is written, when one has changed."""
    for one in found:
        now = text_of(one.path) if one.path.exists() else None
        if now != one.before:
            raise Failed(f"{one.path} was changed in the meantime; nothing was written. Ask again.")
    for one in found:
        _replace(one)


def path_of(uri: str) -> Path:
    """The file a URI means. Raises Failed."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        raise Failed(f"{uri} is no file here, so nothing was written.")
    return Path(unquote(parts.path))


def _replace(one: FileChange) -> None:
    """Through a new file beside it, so that it is never half written; its mode is kept."""
    # A link is followed: the file it leads to is the one that was shown.
    path = one.path.resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(one.after.encode("utf-8"))
        mode = path.stat().st_mode if path.exists() else 0o666 & ~_umask()
        Path(name).chmod(mode & 0o7777)
        Path(name).replace(path)
    except OSError as error:
        raise Failed(f"{one.path} cannot be written: {error.strerror}.") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _odd(text: str) -> bool:
    """Whether the text holds what Python takes for a line end and LSP does not."""
    return any(sign in text for sign in "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")


def _lines(text: str) -> Iterator[str]:
    at = 0
    for n, char in enumerate(text):
        if char == "\n" or (char == "\r" and text[n + 1 : n + 2] != "\n"):
            yield text[at : n + 1]
            at = n + 1
    if at < len(text):
        yield text[at:]


def _offset(text: str, starts: list[int], place: Position) -> int:
    if place.line >= len(starts):
        return len(text)
    start = starts[place.line]
    units = 0
    at = start
    while units < place.character and at < len(text) and text[at] not in "\r\n":
        units += 2 if ord(text[at]) > 0xFFFF else 1
        at += 1
    return at


def _style(line: str) -> str:
    if line.startswith(("---", "+++")):
        return "1"
    return {"+": "32", "-": "31", "@": "36"}.get(line[:1], "0")
