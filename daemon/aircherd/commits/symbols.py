"""Which definitions a change adds, removes, renames or touches, told from the diff alone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from aircherd.commits.drafting.languages import Language
from aircherd.commits.drafting.word_set import word_set
from aircherd.commits.model import Hunk

LINE_LIMIT = 200
"""Characters of a line that are looked at; longer lines are minified or data."""

_CONTAINERS = word_set(
    """
    class interface struct trait impl enum module object protocol extension record
    """
)
_CALLABLE = frozenset({"function", "method", "arrow"})
_MARK = re.compile(
    r"\s*(?:#\[(?:\w+::)?(?:test|rstest)\b|@(?:Parameterized)?Test\b|\[(?:Fact|Theory|Test|TestMethod|TestCase)\b)"
)
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_LEAVES = re.compile(r"[^\s{})\]#@/*;,&|]")
_NO_PARAMETER = word_set(
    """
    async await const let var def fn func function public private protected static final
    override export default return self this None null undefined true false int str bool
    string number float double void any unknown object error char long short unsigned auto pub
    mut impl dyn ref Promise Option Result Vec String Optional List Dict Map Set Box throws
    type class
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """Something a program gives a name."""

    kind: str
    """As the language's pattern calls it: `function`, `class`, `constant`, `test`, `selector`."""
    name: str
    public: bool = True
    """Whether other modules are meant to use it, as far as the line says."""
    owner: str | None = None
    """The class or the like around it, where the diff shows it."""

    @property
    def callable(self) -> bool:
        """Whether it is a function or method."""
        return self.kind in _CALLABLE


@dataclass(slots=True)
class SymbolEdits:
    """What happened to the symbols of one file."""

    added: list[Symbol] = field(default_factory=list)
    removed: list[Symbol] = field(default_factory=list)
    renamed: list[tuple[Symbol, Symbol]] = field(default_factory=list)
    """(before, after)"""
    changed: list[Symbol] = field(default_factory=list)
    """Their defining line is another one now."""
    parameters: list[tuple[Symbol, str]] = field(default_factory=list)
    """(function, parameter it takes now and did not before)"""
    touched: dict[Symbol, int] = field(default_factory=dict)
    """Changed lines inside each symbol that was there before and still is."""
    owners: set[str] = field(default_factory=set)


def read_edits(language: Language, hunks: Iterable[Hunk]) -> SymbolEdits:
    """Follows the definitions through the hunks of one file."""
    added: dict[str, tuple[Symbol, str]] = {}
    removed: dict[str, tuple[Symbol, str]] = {}
    edits = SymbolEdits()
    touched = edits.touched
    for hunk in hunks:
        container, depth = None, -1
        marked = False
        enclosing = _symbol(language, hunk.context, None) if hunk.context else None
        if enclosing is not None and enclosing.kind in _CONTAINERS:
            container, depth = enclosing.name, 0
        for line in hunk.lines:
            sign, text = line[0], line[1:LINE_LIMIT]
            if not text or text.isspace() or sign == "\\":
                continue
            indent = len(text) - len(text.lstrip())
            if indent <= depth and _LEAVES.match(text, indent):
                container, depth = None, -1
            symbol = _symbol(language, text, container)
            if symbol is None:
                marked = marked or _MARK.match(text) is not None
                if not indent and _LEAVES.match(text):
                    enclosing = None
                elif sign != " " and enclosing is not None:
                    touched[enclosing] = touched.get(enclosing, 0) + 1
                continue
            if symbol.callable and (marked or container in ("tests", "test")):
                symbol = replace(symbol, kind="test", public=False)
            marked = False
            if sign == "+":
                added.setdefault(symbol.name, (symbol, text))
            elif sign == "-":
                removed.setdefault(symbol.name, (symbol, text))
            if symbol.kind in _CONTAINERS:
                container, depth = symbol.name, indent
            if symbol.kind not in ("constant", "field", "property"):
                enclosing = symbol
    _settle(edits, added, removed)
    return edits


def _settle(
    edits: SymbolEdits, added: dict[str, tuple[Symbol, str]], removed: dict[str, tuple[Symbol, str]]
) -> None:
    """Sorts what was added and removed under one name or one shape."""
    for name in [n for n in added if n in removed]:
        (symbol, after), (_, before) = added.pop(name), removed.pop(name)
        if after.split() != before.split():
            edits.changed.append(symbol)
            edits.parameters += [(symbol, p) for p in _parameters(before, after, symbol)]
    shapes = {_shape(text, name): name for name, (_, text) in removed.items()}
    for name, (symbol, text) in list(added.items()):
        old = shapes.pop(_shape(text, name), None)
        if old is not None and removed[old][0].kind == symbol.kind:
            del added[name]
            edits.renamed.append((removed.pop(old)[0], symbol))
    edits.added += [symbol for symbol, _ in added.values()]
    edits.removed += [symbol for symbol, _ in removed.values()]
    fresh = set(added) | {after.name for _, after in edits.renamed} | set(removed)
    for symbol in [s for s in edits.touched if s.name in fresh]:
        del edits.touched[symbol]
    for symbol in edits.changed:
        edits.touched[symbol] = edits.touched.get(symbol, 0) + 1


def _symbol(language: Language, text: str, container: str | None) -> Symbol | None:
    found = language.definition.match(text)
    if found is None or found.lastgroup is None:
        return None
    kind = found.lastgroup
    name = found[kind]
    kind = kind.rstrip("_")
    indented = text[0] in " \t"
    if kind == "arrow" and indented and container is None:
        return None  # a local variable
    groups = found.groupdict()
    owner = groups.get("owner") or groups.get("owner_") or container
    public = not (language.private is not None and language.private.match(text))
    if language.public is not None:
        public = language.public.match(text) is not None
    if kind == "test":
        name = name.lstrip("'\"`")
    elif language.name == "python" and indented and container is None:
        public = False if kind == "class" else public and len(text) - len(text.lstrip()) <= 4
    return Symbol(
        kind=kind,
        name=name,
        public=public,
        owner=owner if owner != name and kind not in _CONTAINERS else None,
    )


def _shape(text: str, name: str) -> str:
    return "".join(text.replace(name, "§").split())


def _parameters(before: str, after: str, symbol: Symbol) -> list[str]:
    if not symbol.callable:
        return []
    _, _, tail = after.partition("(")
    arguments = tail.rpartition(")")[0] or tail
    known = set(_WORD.findall(before)) | _NO_PARAMETER
    new = [w for w in _WORD.findall(arguments) if w not in known and len(w) > 1]
    # `timeout: Duration` and `Duration timeout` both bring a type along; it is no second parameter.
    names = [w for w in new if not w[0].isupper()]
    return list(dict.fromkeys(names))[:3]
