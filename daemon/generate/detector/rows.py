"""The rows the detector is trained on and measured with, read from `rows/*.txt`.

One file is one source: a kind of place where such messages are written. `[B de]` begins the German
rows of debugging. `message || git=staged; diag=2` gives a situation; `~*3 {go} || ...` is three
rows whose slots are filled from `vocabulary.json`. `\\n` is a line break. A source is never split.
"""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

from row import Row
from situations import situations

from aircherd.core.tasks import TaskKind
from aircherd.tasks.context import Situation

HERE = Path(__file__).parent
LABELS = {
    "C": TaskKind.COMMIT_MESSAGES,
    "S": TaskKind.SUMMARIES,
    "R": TaskKind.CODE_REVIEW,
    "D": TaskKind.DOCUMENTATION,
    "F": TaskKind.REFACTORING,
    "B": TaskKind.DEBUGGING,
    "Q": TaskKind.QUICK_QUESTIONS,
    "G": TaskKind.CODE_GENERATION,
    "X": TaskKind.DEFAULT,
}
_SECTION = re.compile(r"\[([A-Z]) ([a-z]{2})\]")
_NEXT = re.compile(r"; (?=(?:git|diag|file|language|sel|cmd|exit)=)")
_SLOT = re.compile(r"\{(\w+)\}")
_REPEAT = re.compile(r"~\*(\d+) ")


def read_rows(place: Path = HERE / "rows") -> list[Row]:
    """All rows, in a fixed order. Raises ValueError with file and line for a bad one."""
    vocabulary = json.loads((HERE / "vocabulary.json").read_text(encoding="utf-8"))
    found: list[Row] = []
    for path in sorted(place.glob("*.txt")):
        chance = random.Random(path.stem)  # noqa: S311
        task, language = TaskKind.DEFAULT, ""
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            section = _SECTION.fullmatch(line.strip())
            if section is not None:
                task, language = LABELS[section[1]], section[2]
            elif line.strip() and not line.startswith("# "):
                if not language:
                    raise ValueError(f"{path}:{number}: a row before the first section")
                found.extend(
                    Row(path.stem, language, task, *_parse(text, path, number))
                    for text in _expand(line, vocabulary, chance)
                )
    if place == HERE / "rows":
        found.extend(situations(vocabulary))
    return found


def _expand(line: str, vocabulary: dict[str, list[str]], chance: random.Random) -> list[str]:
    repeat = _REPEAT.match(line)
    if repeat is None:
        return [line]
    pattern = line[repeat.end() :]
    return list(
        dict.fromkeys(
            _SLOT.sub(lambda m: chance.choice(vocabulary[m[1]]), pattern)
            for _ in range(int(repeat[1]))
        )
    )


def _parse(line: str, path: Path, number: int) -> tuple[str, Situation]:
    message, bar, rest = line.partition(" || ")
    values: dict[str, str] = {}
    if bar:
        for part in _NEXT.split(rest):
            key, sign, value = part.partition("=")
            if not sign:
                raise ValueError(f"{path}:{number}: {part!r} is no key=value")
            values[key.strip()] = value.replace("\\n", "\n")
    try:
        situation = Situation(
            git=values.pop("git", None),
            diagnostics=int(values.pop("diag", "0")),
            file=values.pop("file", None),
            language=values.pop("language", None),
            selection=values.pop("sel", None),
            last_command=values.pop("cmd", None),
            last_exit=int(values.pop("exit")) if "exit" in values else None,
        )
    except ValueError as wrong:
        raise ValueError(f"{path}:{number}: {wrong}") from None
    if values:
        raise ValueError(f"{path}:{number}: unknown {sorted(values)}")
    return message.replace("\\n", "\n").replace("<nothing>", ""), situation


def read_lexicon(path: Path = HERE / "lexicon.txt") -> dict[str, dict[str, str]]:
    """The lexicon as the model holds it: whole words, stems, phrases. Later lines win."""
    exact: dict[str, str] = {}
    stems: dict[str, str] = {}
    phrases: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        idea, colon, words = line.partition(": ")
        if line.startswith("#") or not colon:
            continue
        for raw in words.split():
            word = raw.lower()
            if word.endswith("*"):
                stems[word[:-1]] = idea
            elif "_" in word:
                phrases[word.replace("_", " ")] = idea
            else:
                exact[word] = idea
    return {"exact": exact, "stems": stems, "phrases": phrases}
