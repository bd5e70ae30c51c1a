"""What is pasted into a message, told line by line: traces, diffs, code, logs, conversations.

One expression is asked once what a line begins with. No expression here holds a `.*` or nested
repetition: each is linear in the line it reads, and lines are cut. What is rare is only looked for
where a word without which it cannot be stands in the message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

HEAD = 3_000
"""Characters of a message's start, or of a selection, that are looked at."""
LINE = 240
"""Characters of a line that are looked at."""
LINES = 120

_DIFF, _LOG, _TRACE, _CODE, _INDENTED, _SPEECH = range(1, 7)
_CODED = (_CODE, _INDENTED)
_BEGINNING = re.compile(
    r"(?:diff --git |@@ |\+\+\+ |--- [ab/]|index [0-9a-f]{7})()"
    r"|\[?(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d\d:\d\d:\d\d|(?:INFO|DEBUG|WARN|ERROR|TRACE)\b)()"
    r'|\s*+(?:(?:at [\w.$<>/]+ ?\(|File "|Traceback |Caused by|goroutine \d|panic:|thread \''
    r"|#\d+ +0x|npm ERR!|error(?:\[\w+\])?:|fatal:|FAILED\b|E   )()"
    r"|(?:def |class \w+[:({ ]|import \w|from \w+ import|function[ *(]|const |let \w|var \w"
    r"|public |private |protected |static |return\b|#include|fn \w|func |package \w|using \w"
    r"|SELECT |INSERT |CREATE |async def|@\w+|if ?\(|for ?\(|while ?\(|\} |</?\w+|#!/|pub "
    r"|impl )())"
    r"|\s{4,}\S()"
    r"|\[?(?:\d\d?:\d\d\]? )?[A-Z][\w.]{1,15}(?: \(\d\d?:\d\d\))?: \S()"
)
"""How lines begin that are no prose. The number of the empty group tells which; the first counts.

A line of a message of one line may be told to be code and speech at once; of one line no speech is
made. `_ends_as_code` tells how a line of code may end."""
_RAISED = re.compile(r"\s*\w[\w.]*(?:Error|Exception|Warning)\b")
"""Another beginning of a trace; no line that begins so begins as a diff."""
_ERROR_TEXT = re.compile(
    r"\b(?:[A-Z]\w*(?:Error|Exception|Fault)|E[A-Z]{5,}|TS\d{4}|E0\d{3}|ORA-\d+|SIG[A-Z]{3,4}"
    r"|ERR_[A-Z]\w+|0x[0-9a-fA-F]{6,}|errno|segfault|Segmentation fault|core dumped"
    r"|[Ee]xit(?:ed)? (?:code|status) [1-9]|(?:HTTP |status |code )?(?:40[0-9]|42[29]|50[0-4])\b"
    r"|NaN|OOM|panicked at|undefined reference|stack ?trace|traceback)"
)
_NAMED = ("Error", "Exception", "Fault", "Segmentation", "NaN", "TS")
_SHOUTED = ("ERR_", "SIG", "OOM", "ORA-")
_NUMBERED = ("40", "42", "50", "0x", "E0", "xit")
_SPOKEN = ("errno", "segfault", "core dumped", "panicked at", "undefined reference", "traceback")
_SPOKEN_TRACES = ("stack trace", "stacktrace")
"""One of these is in every line that names an error, or six capitals in a row are."""
_SHOUTED_STUBS = ("TODO", "FIXME", "NotImplementedError")
_STUBS = (*_SHOUTED_STUBS, "todo!(", "unimplemented")
_CLASSES = bytes(65 if 65 <= code <= 90 else 48 if 48 <= code <= 57 else 46 for code in range(256))
"""A capital letter as A, a digit as 0, anything else as a point."""
_FENCES = ("```", "~~~")
_EMPTY_BODIES = frozenset({"pass", "..."})
_LAST = frozenset(":{};>")
"""What a line that ends as code ends with."""
_BULLETS = frozenset({"- ", "* ", "• "})


def sort(message: str) -> tuple[list[str], set[str], int]:
    """The lines of prose, what the others are, and how many lines were looked at."""
    prose: list[str] = []
    shapes: set[str] = set()
    fenced = diffing = False
    message = message.replace("\r", "")
    lines = message.split("\n", LINES)[:LINES]
    several = len(lines) > 1
    speech = bullets = 0
    ticks = holds(message, _FENCES)
    looked_at = message if several else message[:LINE]
    stubbed, raised, clues = _hints(looked_at)
    bodies = holds(looked_at, _EMPTY_BODIES)
    begins = _BEGINNING.match
    for whole in lines:
        if not whole:
            if not (fenced or diffing):
                prose.append(whole)
            continue
        if ticks and whole[: LINE if fenced else HEAD].lstrip().startswith(_FENCES):
            fenced = not fenced
            shapes.add("fence")
            shapes.add("code")
            continue
        start = whole[:LINE]
        if (bodies and start.strip() in _EMPTY_BODIES) or (stubbed and holds(start, _STUBS)):
            shapes.add("stub")
        if (
            raised
            and ("Error" in start or "Exception" in start or "Warning" in start)
            and _RAISED.match(start)
        ):
            kind: int | None = _TRACE
        else:
            met = begins(start)
            kind = met.lastindex if met is not None else None
        if kind == _TRACE:
            shapes.add("trace")
            if not several or " " not in start.strip():
                prose.append(whole[: LINE if fenced else HEAD])
            continue
        if kind == _DIFF:
            diffing = True
            shapes.add("diff")
            continue
        if clues and holds(start, clues) and _ERROR_TEXT.search(start):
            shapes.add("errortext")
            clues.clear()
        if diffing and start[0] in "+- ":
            continue
        if kind == _LOG:
            shapes.add("log")
            continue
        bare = start.strip()
        if fenced or kind in _CODED or (bare[-1:] in _LAST and _ends_as_code(bare)):
            if fenced or several or _mostly_signs(start):
                shapes.add("code")
                continue
        elif kind == _SPEECH:
            speech += 1
        if bare[:2] in _BULLETS:
            bullets += 1
        prose.append(whole[:HEAD])
    if speech > 1:
        shapes.add("speech")
    if bullets > 1:
        shapes.add("list")
    return prose, shapes, len(lines)


def _hints(message: str) -> tuple[bool, bool, list[str]]:
    """Whether lines need to be read for an unfinished body or a raised error, and what stands in
    every line that can name an error.

    A search for a word that is not there reads the whole message, so those with a capital letter
    or a digit are looked for only where there is one.
    """
    classes = message.encode("ascii", "replace").translate(_CLASSES)
    stubbed = "todo!(" in message or "unimplemented" in message
    clues = [word for word in _SPOKEN if word in message]
    if "stack" in message:
        clues += [word for word in _SPOKEN_TRACES if word in message]
    raised = False
    if b"A" in classes:
        stubbed = stubbed or holds(message, _SHOUTED_STUBS)
        clues += [word for word in _NAMED if word[0] in message and word in message]
        raised = "Error" in clues or "Exception" in clues or holds(message, ("Warning",))
        if b"AAA" in classes:
            clues += [word for word in _SHOUTED if word in message]
            if b"AAAAAA" in classes:
                clues.append("E")
    if b"0" in classes:
        clues += [word for word in _NUMBERED if word[0] in message and word in message]
    return stubbed, raised, clues


def holds(text: str, words: Iterable[str]) -> bool:
    """Whether one of these is in a text. Looks for the first letter alone before it looks for the
    word, for that is done by the processor's own search; `any` would start a generator."""
    for word in words:  # noqa: SIM110
        if word[0] in text and word in text:
            return True
    return False


def shapes_of(text: str) -> frozenset[str]:
    """What a piece of text, such as a selection, looks like; `prose` if nothing else."""
    prose, shapes, _ = sort(text[:HEAD])
    if sum(len(line) for line in prose) * 2 > len(text.strip()):
        shapes.add("prose")
    return frozenset(shapes)


def _ends_as_code(bare: str) -> bool:
    last = bare[-1:]
    if last == ":":
        return bare[:-1].rstrip().endswith(")")
    return (last != "" and last in "{};") or bare.endswith("=>")


def _mostly_signs(line: str) -> bool:
    signs = sum(line.count(sign) for sign in "(){}[];=<>")
    return signs >= 3 and signs * 12 > len(line)
