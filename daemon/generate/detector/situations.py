"""Messages that say nothing, in many situations, each labelled by the rule of LABELS.md.

Written rows show a handful of situations; these show how their parts go together, so that an error
goes before staged changes whatever file is open. They are one source, and left out like any other.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

from row import Row

from aircherd.core.tasks import TaskKind
from aircherd.tasks.context import Situation

SOURCE = "situations"
COUNT = 1_600
_K = TaskKind
_FILLERS = (
    "friday", "team", "boss", "lunch", "folks", "buddy", "captain", "monday", "quick", "whatever",
    "finally", "morning", "alright then", "man", "guys", "dear", "honestly", "phew", "voila",
    "tada", "hop", "oops", "meh", "zack", "allez", "hajde", "bora", "ayy", "roger", "copy that",
)  # fmt: skip
_SELECTED = {
    "trace": (
        "Traceback (most recent call last):\n  File \"x.py\", line 2, in g\nValueError: no",
        "TypeError: a is not a function\n    at run (main.js:3:9)",
        "panic: nil map\n\ngoroutine 7 [running]:",
        "error[E0308]: mismatched types",
        "java.lang.IllegalArgumentException: x\n\tat a.B.c(B.java:9)",
        "Segmentation fault (core dumped)",
        "FAILED tests/test_b.py::test_c - AssertionError",
    ),
    "diff": (
        "@@ -1,3 +1,3 @@\n-old\n+new",
        "diff --git a/q.c b/q.c\n--- a/q.c\n+++ b/q.c\n@@ -2 +2 @@\n-i\n+j",
    ),
    "stub": (
        "def load(path):\n    # TODO read it\n    pass",
        "raise NotImplementedError",
        "// TODO: send the mail",
        "fn next() -> Option<u8> { todo!() }",
        "/* FIXME: handle the rest */",
    ),
    "prose": (
        "The board agreed to move the launch by a month. Marketing will tell the partners, and the "
        "team will use the time to test the import with real files.",
        "Kim: do we need the cache?\nLee: only for search\nKim: fine, I will leave it there",
        "[09:01] Zoe: who is on call?\n[09:02] Ian: me until friday\n[09:03] Zoe: ok",
    ),
}  # fmt: skip
_COMMANDS: Mapping[TaskKind, tuple[str, ...]] = {
    _K.CODE_REVIEW: ("git diff", "gh pr checkout 12", "gh pr diff 3", "git show HEAD~1"),
    _K.SUMMARIES: ("git log --oneline -20", "git shortlog -sn", "git log --since=yesterday"),
    _K.DOCUMENTATION: ("mkdocs serve", "make html", "npx typedoc src", "cargo doc", "doxygen"),
    _K.CODE_GENERATION: ("cargo new thing", "npm init -y", "mkdir app", "touch a.py", "rails g x"),
    _K.REFACTORING: ("radon cc -s .", "npx jscpd src", "npx knip", "vulture src", "sonar-scanner"),
    _K.QUICK_QUESTIONS: ("man tar", "git help rebase", "rg --help", "tldr find", "help cd"),
    _K.COMMIT_MESSAGES: ("git add .", "git add -p", "git commit", "git stage src"),
}
_FAILING = ("(exit 1)", ": exit status 2", " failed", "exited with code 1", "-> 2 failed", "FAILED")


def situations(vocabulary: Mapping[str, list[str]]) -> list[Row]:
    """The rows, the same each time."""
    chance = random.Random(SOURCE)  # noqa: S311
    found: dict[tuple[str, Situation], Row] = {}
    while len(found) < COUNT:
        asks = chance.random() < 0.3
        message = chance.choice(vocabulary["q" if asks else "go"]).replace("<nothing>", "")
        if not asks and chance.random() < 0.25:
            message = f"{message} {chance.choice(_FILLERS)}".strip()
        asks = asks or message.endswith("?")
        known = _place(chance, vocabulary)
        task = _rule(known, asks)
        if task is not None and message:
            row = Row(SOURCE, "en", task, message, _situation(known))
            found[message, row.situation] = row
    return list(found.values())


def _place(chance: random.Random, vocabulary: Mapping[str, list[str]]) -> dict[str, str]:
    """Some things that are known, each by its kind and as it is."""
    known: dict[str, str] = {}
    if chance.random() < 0.7:
        known["git"] = chance.choice(("staged", "staged", "unstaged", "unstaged", "clean", "merge"))
    if chance.random() < 0.7:
        kinds = ("code", "code", "code", "test", "doc", "prose", "log", "patch")
        known["kind"] = chance.choice(kinds)
        known["file"] = chance.choice(vocabulary[known["kind"]])
    if chance.random() < 0.3:
        known["sort"] = chance.choice((*_SELECTED, "code", "code"))
        texts = vocabulary["codesel"] if known["sort"] == "code" else _SELECTED[known["sort"]]
        known["selection"] = chance.choice(texts).replace("\\n", "\n")
    if chance.random() < 0.2:
        known["diagnostics"] = str(chance.randrange(1, 9))
    if chance.random() < 0.4:
        if chance.random() < 0.4:
            ran = vocabulary[chance.choice(("test_cmd", "build_cmd"))]
            known["command"] = f"{chance.choice(ran)} {chance.choice(_FAILING)}"
            known["ran"] = "failed"
        else:
            task = chance.choice((*_COMMANDS, None, None))
            known["command"] = chance.choice(_COMMANDS[task] if task else vocabulary["okcmd"])
            known["ran"] = task.value if task else "other"
    return known


def _situation(known: Mapping[str, str]) -> Situation:
    return Situation(
        git=known.get("git"),
        file=known.get("file"),
        selection=known.get("selection"),
        diagnostics=int(known.get("diagnostics", "0")),
        last_command=known.get("command"),
    )


def _rule(known: Mapping[str, str], asks: bool) -> TaskKind | None:
    """What the situation asks for, after LABELS.md; None where two people would not agree."""
    git, kind, sort, ran = (known.get(key, "") for key in ("git", "kind", "sort", "ran"))
    if ran == "failed" or "diagnostics" in known or sort == "trace":
        return _K.DEBUGGING
    if sort in ("code", "stub") and git in ("staged", "merge"):
        return _K.QUICK_QUESTIONS if asks and sort == "code" else None
    if git in ("staged", "merge"):
        return _K.COMMIT_MESSAGES if not sort else None
    if sort == "diff":
        return _K.CODE_REVIEW
    if sort == "code":
        if asks:
            return _K.QUICK_QUESTIONS
        return _K.REFACTORING if git != "unstaged" and kind in ("", "code") else None
    if sort == "stub":
        return _K.CODE_GENERATION
    if sort == "prose":
        return _K.SUMMARIES
    if ran == _K.COMMIT_MESSAGES.value:
        return _K.COMMIT_MESSAGES if not git and kind in ("", "code") else None
    by_file = {
        "log": _K.DEBUGGING,
        "patch": _K.CODE_REVIEW,
        "prose": _K.SUMMARIES,
        "doc": _K.DOCUMENTATION,
    }.get(kind)
    if by_file is not None:
        return by_file if ran in ("", "other", by_file.value) else None
    if git == "unstaged" or ran == _K.CODE_REVIEW.value:
        return _K.CODE_REVIEW if ran in ("", "other", _K.CODE_REVIEW.value) else None
    if kind == "test":
        return _K.CODE_GENERATION if ran in ("", _K.CODE_GENERATION.value) else None
    if ran in _COMMANDS:
        return TaskKind(ran)
    return _K.DEFAULT
