"""What a message may say about a change: verbs, things and places, not yet words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os.path import commonprefix

from aircherd.commits.changes import FileChange
from aircherd.commits.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """One statement, from which `wording` makes text in more or less detail."""

    verb: str
    """A key of the wording tables, such as `add`; `say` for a sentence somebody wrote."""
    items: tuple[str, ...] = ()
    """What it is about, most important first; for `say` the sentence alone."""
    noun: str = ""
    """A key of the wording tables that tells what the items are, such as `option`."""
    where: str = ""
    old: str = ""
    new: str = ""
    group: str = "source"
    """The part of the project it speaks of; statements of several groups make a body worthwhile."""


_DULL_FOLDERS = frozenset(
    {
        "", "src", "lib", "libs", "main", "app", "internal", "pkg", "packages", "crates", "source",
        "java", "kotlin", "com", "org", "io", "net", "python", "include", "core", "modules", "cmd",
        "javascript", "js", "ts", "go", "rust", "components", "test", "tests", "spec", "specs",
        "__tests__", "apps", "projects", "dist", "unit", "integration",
    }
)  # fmt: skip
_TEST_AFFIX = re.compile(
    r"^(?:test[s]?[_.-]|test(?=[A-Z]))|(?:[._-](?:tests?|specs?|e2e|unit)|(?<=[a-z0-9])(?:Tests?|Spec|TestCase|IT))$"
)


def part_of(changes: Sequence[FileChange]) -> str:
    """A short name for where the files live: the file's own, or the folder they share."""
    if not changes:
        return ""
    if len(changes) == 1:
        return changes[0].stem
    paths = [c.path for c in changes]
    folders = commonprefix([p.rpartition("/")[0].split("/") for p in paths])
    for folder in reversed(folders):
        if folder.lower() not in _DULL_FOLDERS:
            return folder
    stems = {c.stem for c in changes}
    return stems.pop() if len(stems) == 1 else ""


def tested_part(changes: Sequence[FileChange]) -> str:
    """What test files test, from their names."""
    stems = list(dict.fromkeys(tested_stem(c) for c in changes))
    if len(stems) == 1:
        return stems[0]
    return part_of(changes)


def tested_stem(change: FileChange) -> str:
    """`billing` from `tests/test_billing.py`, `Parser` from `ParserTest.java`."""
    stem = change.name.split(".")[0]
    bare = _TEST_AFFIX.sub("", stem)
    if not bare or bare.lower() in _DULL_FOLDERS or bare == "conftest":
        folders = [f for f in change.path.split("/")[:-1] if f.lower() not in _DULL_FOLDERS]
        return folders[-1] if folders else stem
    return bare


def listed(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, in order."""
    return tuple(dict.fromkeys(n for n in names if n))


def group_of(role: Role) -> str:
    """The part of the project a role belongs to, as bodies tell them apart."""
    if role in (Role.TEST, Role.DOCS, Role.CI):
        return role.value
    if role is Role.CHANGELOG:
        return "docs"
    if role in (Role.BUILD, Role.MANIFEST, Role.LOCK, Role.CONFIG):
        return "build"
    return "source"
