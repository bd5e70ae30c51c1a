"""A message as the detector sees it: its prose in words, and what is pasted below the prose.

Only the first `HEAD` and the last `TAIL` characters are looked at, and of the prose the first
`FIRST_WORDS` and last `LAST_WORDS` words, so the work is bounded whatever is sent. What stands
between two spaces is taken apart once and remembered while it is short and lately met.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain

from aircherd.tasks.memo import Memo
from aircherd.tasks.shapes import HEAD, holds, sort

TAIL = 1_000
PROSE_HEAD = 440
PROSE_TAIL = 180
"""Characters of prose that words are read from."""
FIRST_WORDS = 44
LAST_WORDS = 14
"""Of a longer message: what is asked stands at its start or its end."""
_FIRST_CHUNKS = 48
_LAST_CHUNKS = 16
"""Pieces between spaces that mostly hold as many words."""
_MOST_CHUNKS = 2048
_MOST_WORDS = 1024

_TICKED = re.compile(r"`[^`\n]{1,200}`")
_QUOTED = re.compile(r"[\"“„«][^\"“”»\n]{1,160}[\"”»]|(?<![\w])'[^'\n]{1,80}'(?![\w])")
_TLDR = re.compile(r"\btl[;:, ]{0,2}dr\b", re.IGNORECASE)
_TLDRS = ("tldr", "tl ", "tl;", "tl,", "tl:")
_TOKEN = re.compile(r"/[a-z]+\b|[\w<][\w'’./>+#-]*|[?？]|[.,;:!…。，、；：！()\n]")
"""None of it holds a space: words can be found between spaces as well as in the whole."""
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


@dataclass(slots=True)
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
    prose, shapes, count = sort(message)
    return Text(
        tokens("\n".join(prose)),
        tuple(sorted(shapes)),
        not any(c.isalnum() for c in message),
        count,
    )


def tokens(prose: str) -> tuple[str, ...]:
    """Words and marks of prose, folded; names of code as `<id>` and `<file>`."""
    if len(prose) > PROSE_HEAD + PROSE_TAIL:
        prose = prose[:PROSE_HEAD] + "\n" + prose[-PROSE_TAIL:]
    # Most prose holds no quotation and no "tl;dr": finding that out costs less than replacing.
    low = prose.lower()
    if "tl" in low and "dr" in low and holds(low, _TLDRS):
        prose = _TLDR.sub("tldr", prose)
    if "`" in prose:
        prose = _TICKED.sub(" <id> ", prose)
    if _quotes(prose):
        unquoted = _QUOTED.sub(" <quote> ", prose)
        if len(unquoted) > 24:
            prose = unquoted
    # A line's end stands for itself: set apart, it leaves the words around it as they mostly are.
    prose = prose.replace("\n", " \n ")
    if prose.count(" ") >= _FIRST_CHUNKS + _LAST_CHUNKS:
        first = _taken_apart(prose.split(" ", _FIRST_CHUNKS)[:-1])
        last = _taken_apart(prose.rsplit(" ", _LAST_CHUNKS)[1:])
        if len(first) > FIRST_WORDS and len(last) >= LAST_WORDS:
            return _ends(first, last)
    found = _taken_apart(prose.split(" "))
    if len(found) > FIRST_WORDS + LAST_WORDS:
        return _ends(found, found)
    return tuple(chain.from_iterable(found))


def _ends(first: list[tuple[str, ...]], last: list[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(chain.from_iterable((*first[:FIRST_WORDS], ("\n",), *last[-LAST_WORDS:])))


def _quotes(prose: str) -> bool:
    """Whether something may be quoted: an apostrophe within a word opens nothing."""
    if '"' in prose or (not prose.isascii() and holds(prose, "“„«")):
        return True
    at = prose.find("'")
    while at >= 0:
        if not at or not (prose[at - 1].isalnum() or prose[at - 1] == "_"):
            return True
        at = prose.find("'", at + 1)
    return False


def fold(word: str) -> str:
    """Lower case and without accents, as every word is looked up."""
    return word.lower().translate(_FOLD).replace("ß", "ss").replace("œ", "oe")


def _take_apart(piece: str) -> tuple[tuple[str, ...], ...]:
    """The words between two spaces; one as written can be several to look up, or none."""
    if piece.isascii() and piece.isalpha() and piece.islower():
        return ((piece,),)
    return tuple([_WORDS[raw] for raw in _TOKEN.findall(piece)])


def _words(raw: str) -> tuple[str, ...]:
    return tuple(_kinds(raw))


_WORDS: Memo[tuple[str, ...]] = Memo(_words, _MOST_WORDS)
"""Of words as they are written, in long pieces too."""
_CHUNKS: Memo[tuple[tuple[str, ...], ...]] = Memo(_take_apart, _MOST_CHUNKS)


def _taken_apart(pieces: list[str]) -> list[tuple[str, ...]]:
    return list(chain.from_iterable(map(_CHUNKS.__getitem__, pieces)))


def _kinds(raw: str) -> list[str]:
    if raw.isascii() and raw.isalpha() and raw.islower():
        return [raw]
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
