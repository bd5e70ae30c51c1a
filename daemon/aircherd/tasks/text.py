"""A message as the detector sees it: its prose in words, and what is pasted below the prose.

Only the first `HEAD` and the last `TAIL` characters are looked at, and of the prose the first
`FIRST_WORDS` and last `LAST_WORDS` words, so the work is bounded whatever is sent. No expression
here holds a `.*` or nested repetition: each is linear in the line it reads, and lines are cut.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

HEAD = 3_000
TAIL = 1_000
LINE = 240
"""Characters of a line that are looked at."""
LINES = 120
PROSE_HEAD = 440
PROSE_TAIL = 180
"""Characters of prose that words are read from."""
FIRST_WORDS = 44
LAST_WORDS = 14
"""Of a longer message: what is asked stands at its start or its end."""

_TRACE = re.compile(
    r'^\s*(?:at [\w.$<>/]+ ?\(|File "|Traceback |Caused by|goroutine \d|panic:|thread \'|#\d+ +0x'
    r"|npm ERR!|\w[\w.]*(?:Error|Exception|Warning)\b:?|error(?:\[\w+\])?:|fatal:|FAILED\b|E   )"
)
_ERROR_TEXT = re.compile(
    r"\b(?:[A-Z]\w*(?:Error|Exception|Fault)|E[A-Z]{5,}|TS\d{4}|E0\d{3}|ORA-\d+|SIG[A-Z]{3,4}"
    r"|ERR_[A-Z]\w+|0x[0-9a-fA-F]{6,}|errno|segfault|Segmentation fault|core dumped"
    r"|[Ee]xit(?:ed)? (?:code|status) [1-9]|(?:HTTP |status |code )?(?:40[0-9]|42[29]|50[0-4])\b"
    r"|NaN|OOM|panicked at|undefined reference|stack ?trace|traceback)"
)
_DIFF = re.compile(r"^(?:diff --git |@@ |\+\+\+ |--- [ab/]|index [0-9a-f]{7})")
_CODE = re.compile(
    r"\s*(?:def |class \w+[:({ ]|import \w|from \w+ import|function[ *(]|const |let \w|var \w"
    r"|public |private |protected |static |return\b|#include|fn \w|func |package \w|using \w"
    r"|SELECT |INSERT |CREATE |async def|@\w+|if ?\(|for ?\(|while ?\(|\} |</?\w+|#!/|pub |impl )"
    r"|\s{4,}\S"
)
"""How a line of code begins; `_ends_as_code` tells how it may end."""
_LOG = re.compile(
    r"^\[?(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d\d:\d\d:\d\d|(?:INFO|DEBUG|WARN|ERROR|TRACE)\b)"
)
_SPEECH = re.compile(r"^\[?(?:\d\d?:\d\d\]? )?[A-Z][\w.]{1,15}(?: \(\d\d?:\d\d\))?: \S")
_STUBS = ("NotImplementedError", "TODO", "FIXME", "todo!(", "unimplemented")
_SHOUTED = re.compile(r"[A-Z]{3}")
_ERROR_WORDS = (
    *("Error", "Exception", "Fault", "errno", "segfault", "Segmentation", "core dumped", "NaN"),
    *("panicked at", "undefined reference", "stack trace", "stacktrace", "traceback"),
)
"""One of these is in every text that names an error: finding none spares reading it for one."""
_TICKED = re.compile(r"`[^`\n]{1,200}`")
_QUOTED = re.compile(r"[\"“„«][^\"“”»\n]{1,160}[\"”»]|(?<![\w])'[^'\n]{1,80}'(?![\w])")
_MARKS = "\"“„«'"
"""What opens a quotation."""
_TLDR = re.compile(r"\btl[;:, ]{0,2}dr\b", re.IGNORECASE)
_TOKEN = re.compile(r"/[a-z]+\b|[\w<][\w'’./>+#-]*|[?？]|[.,;:!…。，、；：！()\n]")
_RUN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+|[^\u3040-\u30ff\u3400-\u9fff]+")
_DIGIT = re.compile(r"\d")
_CAMEL = re.compile(r"[a-z][A-Z]")
_KANA = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_TOLD = frozenset({"readme", "changelog", "contributing", "dockerfile", "makefile"})
_BEFORE_VOWELS = "l d j c n s m t qu un all dell nell sull dall"
_ELIDED = frozenset(_BEFORE_VOWELS.split())
_FOLD = str.maketrans(
    "àáâãäåąçćčèéêëęěìíîïıñńňòóôõöőøùúûüůűýżźžśšşğłřťđ’ё",
    "aaaaaaaccceeeeeeiiiiinnnooooooouuuuuuyzzzsssglrtd'е",
    "\u0301",
)


@dataclass(frozen=True, slots=True)
class Text:
    """What was read of a message."""

    words: tuple[str, ...]
    """Lower case, accents folded; `<id>` and `<file>` for code names; marks as they are."""
    shapes: tuple[str, ...]
    """What is pasted: trace, errortext, diff, code, log, speech, stub, fence, list."""
    empty: bool
    """Nothing that is a letter or a digit."""
    lines: int


def read(message: str) -> Text:
    """The prose and the shapes of a message."""
    if len(message) > HEAD + TAIL:
        message = message[:HEAD] + "\n" + message[-TAIL:]
    prose, shapes, count = _sort(message)
    return Text(
        tuple(tokens("\n".join(prose))),
        tuple(sorted(shapes)),
        not any(c.isalnum() for c in message),
        count,
    )


def shapes_of(text: str) -> frozenset[str]:
    """What a piece of text, such as a selection, looks like; `prose` if nothing else."""
    prose, shapes, _ = _sort(text[:HEAD])
    if sum(len(line) for line in prose) * 2 > len(text.strip()):
        shapes.add("prose")
    return frozenset(shapes)


def _sort(message: str) -> tuple[list[str], set[str], int]:
    prose: list[str] = []
    shapes: set[str] = set()
    fenced = diffing = False
    lines = message.replace("\r", "").split("\n", LINES)[:LINES]
    speech = bullets = 0
    stubbed = any(word in message for word in _STUBS)
    errorish = (
        any(digit in message for digit in "0123456789")
        or any(word in message for word in _ERROR_WORDS)
        or _SHOUTED.search(message) is not None
    )
    for whole in lines:
        line = whole[: LINE if fenced else HEAD]
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
            shapes.add("fence")
            shapes.add("code")
            continue
        start = line[:LINE]
        bare = start.strip()
        if bare in ("pass", "...") or (stubbed and any(word in start for word in _STUBS)):
            shapes.add("stub")
        if _DIFF.match(start):
            diffing = True
            shapes.add("diff")
            continue
        if _TRACE.match(start):
            shapes.add("trace")
            if len(lines) == 1 or " " not in bare:
                prose.append(line)
            continue
        if errorish and _ERROR_TEXT.search(start):
            shapes.add("errortext")
        if diffing and start[:1] in "+- ":
            continue
        if _LOG.match(start):
            shapes.add("log")
            continue
        coded = fenced or _CODE.match(start) is not None or _ends_as_code(bare)
        if coded and (fenced or len(lines) > 1 or _mostly_signs(start)):
            shapes.add("code")
            continue
        if _SPEECH.match(start):
            speech += 1
        if bare[:2] in ("- ", "* ", "• "):
            bullets += 1
        prose.append(line)
    if speech > 1:
        shapes.add("speech")
    if bullets > 1:
        shapes.add("list")
    return prose, shapes, len(lines)


def _ends_as_code(bare: str) -> bool:
    last = bare[-1:]
    if last == ":":
        return bare[:-1].rstrip().endswith(")")
    return (last != "" and last in "{};") or bare.endswith("=>")


def _mostly_signs(line: str) -> bool:
    signs = sum(line.count(sign) for sign in "(){}[];=<>")
    return signs >= 3 and signs * 12 > len(line)


def tokens(prose: str) -> list[str]:
    """Words and marks of prose, folded; names of code as `<id>` and `<file>`."""
    if len(prose) > PROSE_HEAD + PROSE_TAIL:
        prose = prose[:PROSE_HEAD] + "\n" + prose[-PROSE_TAIL:]
    # Most prose holds no quotation and no "tl;dr": finding that out costs less than replacing.
    low = prose.lower()
    if "tl" in low and "dr" in low:
        prose = _TLDR.sub("tldr", prose)
    if "`" in prose:
        prose = _TICKED.sub(" <id> ", prose)
    if any(mark in prose for mark in _MARKS):
        unquoted = _QUOTED.sub(" <quote> ", prose)
        if len(unquoted) > 24:
            prose = unquoted
    found: list[str] = []
    raws = _TOKEN.findall(prose)
    if len(raws) > FIRST_WORDS + LAST_WORDS:
        raws = [*raws[:FIRST_WORDS], "\n", *raws[-LAST_WORDS:]]
    for raw in raws:
        if raw.isascii() and raw.isalpha() and raw.islower():
            found.append(raw)
        else:
            found.extend(_kinds_once(raw))
    return found


def fold(word: str) -> str:
    """Lower case and without accents, as every word is looked up."""
    return word.lower().translate(_FOLD).replace("ß", "ss").replace("œ", "oe")


@lru_cache(4096)
def _kinds_once(raw: str) -> tuple[str, ...]:
    """Remembered as what the garbage collector has nothing to look for in."""
    return tuple(_kinds(raw))


def _kinds(raw: str) -> list[str]:
    if raw in ("<id>", "<quote>"):
        return [raw]
    if len(raw) == 1 and not raw.isalnum():
        return ["?" if raw == "？" else raw]
    if raw[0] == "/" and raw[1:].isalpha():
        return ["/", raw[1:].lower()]
    raw = raw.strip(".'’/-<>")
    if not raw:
        return []
    if _KANA.search(raw):
        return [part for run in _RUN.findall(raw) for part in _run(run)]
    if "." in raw or "/" in raw:
        parts = raw.replace("/", ".").split(".")
        if "." not in raw and all(part.isalpha() and part.islower() for part in parts):
            return [part.translate(_FOLD) for part in parts]
        kind = f"<file:{parts[-1].lower()}>" if len(parts[-1]) <= 5 else "<id>"
        name = parts[-2].lower()
        return [name, kind] if name in _TOLD else [kind]
    if "_" in raw or _CAMEL.search(raw):
        return ["<id>"]
    if _DIGIT.search(raw):
        return ["<num>"] if raw.isdigit() else ["<id>"]
    word = fold(raw)
    before, sign, after = word.partition("'")
    if sign and before in _ELIDED and after:
        return ["ne", after] if before == "n" else [after]
    if "-" in word:
        return [part for part in word.split("-") if part]
    return [word]


def _run(run: str) -> list[str]:
    """A stretch of one script within a word of two: `README` in `READMEを`."""
    return [run] if _KANA.match(run) else _kinds(run)
