"""Takes a model's answer apart: prose, search/replace blocks, unified diffs, plain code fences.

Models are asked for blocks between lines of conflict marks. They also write unified diffs, wrap
either in code fences, and lengthen or shorten the marks: all of that is read.
"""

from __future__ import annotations

import re

from aircherd.edits.model import Answered, Block

_FENCE = re.compile(r"^\s*(`{3,}|~{3,})\s*([\w+#.-]*)[^`]*$")
_SEARCH = re.compile(r"^\s*<{5,9}\s*(?:SEARCH|ORIGINAL|HEAD)?\s*:?\s*$")
_MIDDLE = re.compile(r"^\s*={5,9}\s*$")
_REPLACE = re.compile(r"^\s*>{5,9}\s*(?:REPLACE|UPDATED)?\s*$")
_HUNK = re.compile(r"^@@(?: -\d+(?:,\d+)? \+\d+(?:,\d+)? @@.*|.*@@.*|\s*)$")
_THINK = re.compile(r"<think(?:ing)?>[\s\S]{0,200000}?(?:</think(?:ing)?>|$)", re.I)


def take_apart(answer: str) -> Answered:
    """The parts of an answer, in their order. Nothing raises; what is not understood is prose."""
    text = _THINK.sub("", answer).replace("\r\n", "\n")
    lines = text.split("\n")
    prose: list[str] = []
    blocks: list[Block] = []
    fences: list[str] = []
    wrapped: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if _SEARCH.match(line):
            block, after = _block(lines, at)
            if block is not None:
                blocks.append(block)
                at = after
                continue
        found = _FENCE.match(line)
        if found is not None and at + 1 < len(lines) and _SEARCH.match(lines[at + 1]):
            # A fence around blocks: its end is dropped where the blocks have ended, because what
            # is inside them may hold fences of its own.
            wrapped.append(found[1])
            at += 1
            continue
        if wrapped and line.strip() == wrapped[-1]:
            wrapped.pop()
            at += 1
            continue
        if found is not None:
            inside, after = _fenced(lines, at, found[1])
            inner = take_blocks(inside)
            if inner:
                blocks += inner
            elif found[2].lower() in ("diff", "patch", "udiff") or _is_diff(inside):
                blocks += diff_blocks(inside)
            else:
                fences.append("\n".join(inside))
            at = after
            continue
        if line.startswith("--- ") and at + 1 < len(lines) and lines[at + 1].startswith("+++ "):
            after = at + 2
            while after < len(lines) and (
                _HUNK.match(lines[after]) or lines[after][:1] in (" ", "+", "-", "\\")
            ):
                after += 1
            blocks += diff_blocks(lines[at:after])
            at = after
            continue
        prose.append(line)
        at += 1
    return Answered(
        prose=re.sub(r"\n{3,}", "\n\n", "\n".join(prose)).strip(),
        blocks=tuple(blocks),
        fences=tuple(fences),
        whole=_unwrapped(text),
    )


def _unwrapped(text: str) -> str:
    """Without a fence that is around all of it."""
    lines = text.strip().split("\n")
    opened = _FENCE.match(lines[0])
    if opened is None or opened[2].lower() not in ("", "md", "markdown", "text"):
        return text.strip()
    if len(lines) > 1 and lines[-1].strip() == opened[1]:
        return "\n".join(lines[1:-1]).strip("\n")
    return text.strip()


def take_blocks(lines: list[str]) -> list[Block]:
    """The search/replace blocks among these lines."""
    found: list[Block] = []
    at = 0
    while at < len(lines):
        if _SEARCH.match(lines[at]):
            block, after = _block(lines, at)
            if block is not None:
                found.append(block)
                at = after
                continue
        at += 1
    return found


def diff_blocks(lines: list[str]) -> list[Block]:
    """The hunks of a unified diff. Their line numbers are not believed."""
    found: list[Block] = []
    search: list[str] = []
    replace: list[str] = []

    def close() -> None:
        if search != replace:
            found.append(Block(tuple(search), tuple(replace)))
        search.clear()
        replace.clear()

    for line in lines:
        if _HUNK.match(line) or line.startswith(("--- ", "+++ ", "diff --git ", "index ")):
            close()
        elif line.startswith("+"):
            replace.append(line[1:])
        elif line.startswith("-"):
            search.append(line[1:])
        elif not line.startswith("\\"):
            kept = line[1:] if line.startswith(" ") else line
            search.append(kept)
            replace.append(kept)
    close()
    return found


def _block(lines: list[str], at: int) -> tuple[Block | None, int]:
    """The block that begins at a line and the index behind it; None when it has no end."""
    middle = next((n for n in range(at + 1, len(lines)) if _MIDDLE.match(lines[n])), None)
    if middle is None or any(_SEARCH.match(line) for line in lines[at + 1 : middle]):
        return None, at + 1
    for n in range(middle + 1, len(lines)):
        if _REPLACE.match(lines[n]):
            return Block(tuple(lines[at + 1 : middle]), tuple(lines[middle + 1 : n])), n + 1
        if _SEARCH.match(lines[n]):
            break
    return None, at + 1


def _fenced(lines: list[str], at: int, mark: str) -> tuple[list[str], int]:
    """The inside of a fence and the index behind it; a fence without an end goes on to the end."""
    for n in range(at + 1, len(lines)):
        text = lines[n].strip()
        if text.startswith(mark) and not text.strip(mark[0]):
            return lines[at + 1 : n], n + 1
    return lines[at + 1 :], len(lines)


def _is_diff(lines: list[str]) -> bool:
    return any(_HUNK.match(line) and line.startswith("@@ -") for line in lines)
