"""`aircher config migrate`: the same settings in the one form they are written in today.

Comments stay with what they stand at. The result is read again before anything is written: when it
would say anything else than the file as it was, nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.container import Container
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, InlineTable, Item, Key, String, Table

from aircherd.config.catalogue import bundled
from aircherd.config.load import read
from aircherd.config.options import TABLES, find
from aircherd.config.renew import gone, stands_in
from aircherd.config.resolve import resolve
from aircherd.config.synonyms import current, own_names, renamed_value
from aircherd.core.errors import InvalidConfig

_Renew = Callable[[str, str], str]


@dataclass
class _Section:
    """One table of the file to be, with its lines as they will stand."""

    header: str
    """The line of its header; empty for what stands above all tables, or has none yet."""
    lines: list[str] = field(default_factory=list)


def migrated(text: str) -> str:
    """The text in today's form. Raises InvalidConfig for what is no TOML or cannot be rewritten."""
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise InvalidConfig(f"The file is no valid TOML: {error}. Mend it first.") from error
    name = Path("config.toml")
    before, mistakes = read(name, text=text)
    rewriting = _Rewriting(own_names(document.unwrap()), _renewal(before))
    rewriting.take(document, "", "")
    out = rewriting.rendered()
    after, left = read(name, text=out)
    if not _same(before, after, rewriting.renew) or len(left) > len(mistakes):
        raise InvalidConfig(
            "The file cannot be rewritten without changing what it says; "
            "`aircher config check` names what to write instead."
        )
    return out


class _Rewriting:
    """The tables of the file to be, filled while the file that is is walked."""

    def __init__(self, own: frozenset[str], renew: _Renew) -> None:
        self.own = own
        self.renew = renew
        self.sections: dict[str, _Section] = {"": _Section("")}
        self.moved: list[tuple[str, str, str]] = []
        """(path, remarks above, line) of settings that stand in another table today."""

    def take(self, container: Container, was: str, now: str) -> None:
        """Writes one table's lines to where they belong; `was` and `now` are its path."""
        above: list[str] = []
        for key, item in container.body:
            path = "" if key is None else f"{was}.{key.key}".removeprefix(".")
            if key is None:
                above.append(item.as_string())
            elif isinstance(item, AoT):
                raise InvalidConfig(
                    f"{path!r} is a list of tables, which no setting is; remove it."
                )
            elif isinstance(item, Table) and not key.is_dotted():
                self.section(now).lines += above
                above = []
                there = self.place(path)
                if not item.is_super_table():
                    self.open(there, item)
                self.take(item.value, path, there)
            else:
                for leaf, value, indent, trail in _leaves(key, item, path):
                    self.put(now, leaf, value, above, (indent, trail))
                    above = []
        self.section(now).lines += above

    def put(
        self, now: str, leaf: str, value: Item, above: list[str], around: tuple[str, str]
    ) -> None:
        """Writes one setting into its table, or keeps it for another one."""
        target = current(leaf, self.own)[0]
        indent, trail = around
        written = self.value(target, value).as_string()
        section = self.section(now)
        if not now or target.startswith(f"{now}."):
            name = target[len(now) + 1 :] if now else target
            section.lines += [*above, f"{indent}{_dotted(name)} = {written}{trail}"]
            return
        # A comment right above a setting goes with it; what is further up stays.
        kept = len(above) - _remarks(above)
        section.lines += above[:kept]
        self.moved.append((target, "".join(above[kept:]), f"{written}{trail}"))

    def section(self, path: str) -> _Section:
        """The table of that path, made when it is new."""
        return self.sections.setdefault(path, _Section(""))

    def place(self, path: str) -> str:
        """Where a table stands today. A name below it tells: some change only as a whole."""
        return current(f"{path}.\0", self.own)[0].removesuffix(".\0")

    def open(self, path: str, table: Table) -> None:
        """Begins a table; a second one of the same path goes on with the first."""
        trivia, section = table.trivia, self.section(path)
        if not section.header:
            section.header = (
                f"{trivia.indent}[{_dotted(path)}]{trivia.comment_ws}{trivia.comment}\n"
            )
            return
        _ends(section)
        if trivia.comment:
            section.lines.append(f"{trivia.comment}\n")

    def value(self, path: str, item: Item) -> Item:
        """A value with names as they are today; its layout and comments are kept."""

        def named(text: str) -> str:
            return self.renew(path, str(renamed_value(path, text, self.own)))

        if isinstance(item, String) and named(item) != item:
            return tomlkit.string(named(item))
        if isinstance(item, Array):
            for place, inner in enumerate(list(item)):
                if isinstance(inner, str) and named(inner) != inner:
                    item[place] = named(inner)
        return item

    def rendered(self) -> str:
        """The whole text."""
        for path, remarks, line in self.moved:
            table, _, name = path.rpartition(".")
            section = self.section(table)
            _ends(section)
            section.lines.append(f"{remarks}{_quoted(name)} = {line}")
        return "".join(_rendered(path, section) for path, section in self.sections.items())


def _leaves(key: Key, item: Item, path: str) -> Iterator[tuple[str, Item, str, str]]:
    """(path, value, indent, rest of the line) of each setting an entry makes."""
    if isinstance(item, Table):
        for inner, value in item.value.body:
            if inner is not None:
                yield from _leaves(inner, value, f"{path}.{inner.key}")
        return
    option = find(current(path)[0])
    if isinstance(item, InlineTable) and (option is None or option.kind not in TABLES):
        for inner, value in item.value.body:
            if inner is not None:
                for leaf, deep, _, _ in _leaves(inner, value, f"{path}.{inner.key}"):
                    yield leaf, deep, item.trivia.indent, "\n"
        return
    trivia = item.trivia
    yield path, item, trivia.indent, f"{trivia.comment_ws}{trivia.comment}{trivia.trail or chr(10)}"


def _ends(section: _Section) -> None:
    """What is added to a table stands directly below its last setting."""
    while section.lines and not section.lines[-1].strip():
        section.lines.pop()
    if section.lines and not section.lines[-1].endswith("\n"):
        section.lines[-1] += "\n"


def _rendered(path: str, section: _Section) -> str:
    body = "".join(section.lines)
    if not path or (not section.header and not body.strip()):
        return body
    header = section.header or f"\n[{_dotted(path)}]\n"
    if body and not body.endswith("\n"):
        body += "\n"
    return header + body


def _remarks(lines: list[str]) -> int:
    """How many of the last lines are comments."""
    count = 0
    while count < len(lines) and lines[-1 - count].strip().startswith("#"):
        count += 1
    return count


def _dotted(path: str) -> str:
    return ".".join(_quoted(part) for part in path.split("."))


def _quoted(name: str) -> str:
    bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if bare else tomlkit.string(name).as_string()


def _same(before: dict[str, Any], after: dict[str, Any], renew: _Renew) -> bool:
    """Whether two readings say the same, names of models that were switched off apart."""

    def plain(path: str, value: Any) -> Any:
        if isinstance(value, list):
            return [plain(path, v) for v in value]
        return renew(path, value) if isinstance(value, str) else value

    return {k: plain(k, v) for k, v in before.items()} == after


def _renewal(values: Mapping[str, Any]) -> _Renew:
    """Puts names of models that were switched off as they are today, where they are settings."""
    settings, _ = resolve(values, "")
    today = date.today()

    def renew(path: str, name: str) -> str:
        parts = path.split(".")
        if parts[:2] != ["models", "tasks"] and parts[-1] not in ("model", "models"):
            return name
        row = gone(path, name, settings, bundled().retired)
        return name if row is None or row.since > today else stands_in(name, row)

    return renew
