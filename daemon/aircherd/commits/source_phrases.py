"""Statements about changes to the program itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from aircherd.commits.changes import FileChange, Shape
from aircherd.commits.clues import Clues, split_words
from aircherd.commits.composition import PRODUCT
from aircherd.commits.evidence import Material
from aircherd.commits.phrases import Phrase, listed, part_of
from aircherd.commits.roles import Role
from aircherd.commits.sentences import from_comment, from_entry, from_test
from aircherd.commits.symbols import Symbol
from aircherd.commits.topics import topic

_COMMON = frozenset(
    [
        "self",
        "this",
        "return",
        "None",
        "null",
        "true",
        "false",
        "undefined",
        "const",
        "let",
        "var",
        "def",
        "function",
        "func",
        "import",
        "from",
        "export",
        "default",
        "async",
        "await",
        "new",
        "class",
        "public",
        "private",
        "static",
        "final",
        "void",
        "string",
        "number",
        "boolean",
        "int",
        "str",
        "bool",
        "list",
        "dict",
        "set",
        "map",
        "err",
        "error",
        "nil",
        "result",
        "value",
        "values",
        "data",
        "item",
        "items",
        "name",
        "key",
        "keys",
        "type",
        "types",
        "options",
        "option",
        "config",
        "args",
        "kwargs",
        "props",
        "ctx",
        "context",
        "index",
        "length",
        "size",
        "push",
        "get",
        "add",
        "remove",
        "append",
        "format",
        "print",
        "println",
        "console",
        "log",
        "assert",
        "expect",
        "should",
        "test",
        "tests",
        "describe",
        "require",
        "module",
        "exports",
        "else",
        "elif",
        "elseif",
        "for",
        "while",
        "switch",
        "case",
        "break",
        "continue",
        "try",
        "catch",
        "except",
        "finally",
        "raise",
        "throw",
        "throws",
        "with",
        "yield",
        "lambda",
        "pass",
        "not",
        "and",
        "or",
        "instanceof",
        "typeof",
        "the",
        "that",
        "when",
        "then",
        "are",
        "was",
        "were",
        "has",
        "have",
        "had",
        "does",
        "will",
        "would",
        "can",
        "could",
        "may",
        "must",
        "only",
        "also",
        "into",
        "use",
        "mod",
        "pub",
        "impl",
        "struct",
        "enum",
        "trait",
        "where",
        "match",
        "some",
        "ok",
        "unwrap",
        "clone",
        "mut",
        "ref",
        "vec",
        "box",
        "fmt",
        "write",
        "string_view",
        "std",
        "size_t",
        "char",
        "unsigned",
        "auto",
        "override",
        "virtual",
        "template",
        "typename",
        "namespace",
        "include",
        "package",
        "interface",
        "extends",
        "implements",
        "make",
        "range",
        "defer",
        "chan",
        "select",
        "fallthrough",
        "goto",
        "Some",
        "Ok",
        "Err",
        "None",
        "True",
        "False",
        "String",
        "Object",
        "Array",
        "List",
        "Map",
        "Set",
        "Vec",
        "Option",
        "Result",
        "Error",
        "Exception",
        "Promise",
        "Any",
        "Self",
        "super",
        "init",
        "main",
        "path",
        "file",
        "line",
        "text",
        "content",
        "response",
        "request",
        "input",
        "output",
        "param",
        "params",
        "arg",
        "callback",
        "handler",
        "node",
        "root",
        "parent",
        "child",
        "children",
        "current",
        "next",
        "prev",
        "old",
        "temp",
        "tmp",
        "foo",
        "bar",
    ]
)
_CALLED = re.compile(r"([A-Za-z_$][\w$]{2,60})(?:::<[^>]{1,40}>)? ?[(!]")
_LITERAL = re.compile(r"^[\"'`][^\"'`]{1,40}[\"'`]$")
_WORDY = re.compile(r"^[A-Za-z_$][\w$.-]*$")
_NUMBER = re.compile(r"^v?\d[\d._]*$")


def source_phrases(material: Material, kind: str) -> list[Phrase]:
    """Statements about product files, the most telling first. `kind` is the type of commit."""
    focus = sorted(
        (c for c in material.changes if c.role in PRODUCT and c.role is not Role.TRANSLATION),
        key=lambda c: -c.weight,
    )
    if not focus:
        return []
    clues = material.clues
    makers = _ORDER.get(kind, _ORDER["refactor"])
    return [phrase for make in makers for phrase in make(focus, clues, kind)]


def written(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """What people wrote about it: a changelog entry."""
    if 0 < len(clues.entries) <= 3 and (text := from_entry(clues.entries[0])):
        yield Phrase(verb="say", items=(text,))


def commented(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """A comment that starts with what the code is to do."""
    for comment in clues.comments[:12]:
        if text := from_comment(comment):
            yield Phrase(verb="say", items=(text,))
            return


def tested(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """The title of the test that came with it."""
    if 0 < len(clues.tests) <= 4:
        for title in clues.tests:
            if text := from_test(title, kind):
                yield Phrase(verb="say", items=(text,))
                return


def options(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """Command-line options that came or went."""
    added, removed = clues.options_added, clues.options_removed
    if added and len(added) <= 6:
        yield Phrase(verb="add", noun="option", items=listed(added))
    elif removed and not added and len(removed) <= 6 and kind not in ("feat", "fix"):
        yield Phrase(verb="remove", noun="option", items=listed(removed))


def moved(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """Definitions that left one file for another."""
    source = {s.name: c for c in focus for s in c.edits.removed if len(s.name) > 3}
    found: dict[tuple[str, str], list[str]] = {}
    for change in focus:
        for symbol in change.edits.added:
            before = source.get(symbol.name)
            if before is not None and before is not change:
                found.setdefault((before.stem, change.stem), []).append(symbol.name)
    for (before_stem, after_stem), names in sorted(found.items(), key=lambda p: -len(p[1]))[:2]:
        if before_stem != after_stem:
            yield Phrase(verb="move", items=listed(names), where=after_stem)
    yield from _moved_files(focus)


def _moved_files(focus: Sequence[FileChange]) -> Iterator[Phrase]:
    pairs = [(c.file.old_path, c) for c in focus if c.file.old_path and c.shape is Shape.MOVE]
    if pairs and len(pairs) * 2 >= len(focus):
        yield from file_moves([c for _, c in pairs])


def file_moves(changes: Sequence[FileChange]) -> Iterator[Phrase]:
    """Files that only have another path now."""
    names = [(_old_name(c), c) for c in changes]
    if len(names) == 1:
        old, change = names[0]
        before, _, base = old.rpartition("/")
        after, _, name = change.path.rpartition("/")
        if base != name and before == after:
            yield Phrase(verb="rename", old=base, new=name)
        elif base == name:
            yield Phrase(verb="move", items=(name,), where=after or "the root")
        else:
            yield Phrase(verb="move", items=(base,), where=change.path)
        return
    folders = Counter((o.rpartition("/")[0], c.path.rpartition("/")[0]) for o, c in names)
    (before, after), _ = folders.most_common(1)[0]
    while before and after and before.rpartition("/")[2] == after.rpartition("/")[2]:
        before, after = before.rpartition("/")[0], after.rpartition("/")[0]
    if before != after and len({old for old, _ in folders}) <= 3 and before and after:
        if before.rpartition("/")[0] == after.rpartition("/")[0]:
            yield Phrase(verb="rename", old=before.rpartition("/")[2], new=after.rpartition("/")[2])
        else:
            yield Phrase(verb="move", items=(before.rpartition("/")[2],), where=after)
    else:
        where = part_of(changes)
        yield Phrase(verb="move", items=listed(c.stem for _, c in names), where=where)


def _old_name(change: FileChange) -> str:
    return (change.file.old_path or b"").decode("utf-8", "backslashreplace")


def renamed(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """Definitions with another name now."""
    pairs = [(b, a, c) for c in focus for b, a in c.edits.renamed]
    if 0 < len(pairs) <= 6:
        counted = sorted(pairs, key=lambda p: -clues.swaps[(p[0].name, p[1].name)])
        before, after, change = counted[0]
        place = after.owner or ("" if len(focus) > 3 else change.stem)
        yield Phrase(verb="rename", old=before.name, new=after.name, where=place)


def swapped(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """One thing in another's place, in most of the changed lines."""
    if not clues.swaps or not clues.pairs:
        return
    (old, new), count = clues.swaps.most_common(1)[0]
    lines = sum(c.added_count for c in focus)
    if count * 3 < clues.pairs or (count == 1 and lines > 3) or not old or not new:
        return
    place = _place(focus)
    if _NUMBER.match(old) and _NUMBER.match(new):
        name = _assigned(focus, new)
        if name:
            yield Phrase(verb="change", items=(name,), old=old, new=new, where=place)
    elif old.lower() in _COMMON and new.lower() in _COMMON:
        return
    elif _WORDY.match(old) and _WORDY.match(new) and max(len(old), len(new)) < 40:
        if _like_a_typo(old, new):
            yield Phrase(verb="fix", noun="typo", where=place)
        elif len(old) > 2 and len(new) > 2:
            yield Phrase(verb="use", items=(new,), old=old, where=place)
    elif _LITERAL.match(old) and _LITERAL.match(new):
        yield Phrase(verb="use", items=(new.strip("'\"`"),), old=old.strip("'\"`"), where=place)


def _assigned(focus: Sequence[FileChange], number: str) -> str:
    for change in focus:
        for line in change.added:
            found = re.search(
                rf"([A-Za-z_][\w.-]{{2,40}})[\"']?\s*(?:[:=]|:=)[^=]{{0,30}}?{re.escape(number)}",
                line[:200],
            )
            if found:
                return found[1]
    return ""


def _like_a_typo(old: str, new: str) -> bool:
    if not (old.isalpha() and new.isalpha() and len(old) > 4 and abs(len(old) - len(new)) < 2):
        return False
    if old.lower() == new.lower() or old.islower() != new.islower():
        return False
    return (
        sum((Counter(old) - Counter(new)).values()) + sum((Counter(new) - Counter(old)).values())
        <= 2
    )


def introduced(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """New files and new definitions."""
    gone = {s.name for c in focus for s in c.edits.removed}
    fresh = [c for c in focus if c.new and c.shape is not Shape.EMPTY]
    lines = sum(c.added_count for c in focus) or 1
    if fresh and sum(c.added_count for c in fresh) * 2 >= lines:
        yield _new_files(fresh, gone)
        return
    ranked: list[tuple[float, Symbol, FileChange]] = []
    for change in focus:
        for n, symbol in enumerate(change.edits.added):
            if (
                symbol.name in gone
                or symbol.kind in ("impl", "field_", "module")
                or symbol.kind == "test"
            ):
                continue
            score = change.weight * (1.5 if symbol.public else 0.6)
            score *= {
                "class": 1.4,
                "struct": 1.4,
                "interface": 1.3,
                "trait": 1.4,
                "constant": 0.5,
                "field": 0.7,
                "property": 0.8,
                "type": 0.9,
                "selector": 0.7,
                "variable": 0.5,
            }.get(symbol.kind, 1.0)
            # The names a definition's own file is called after, and those used elsewhere, matter more.
            score *= 1 + min(clues.names_added[symbol.name], 6) / 6
            ranked.append((score / (1 + n * 0.03), symbol, change))
    ranked.sort(key=lambda r: -r[0])
    if not ranked or (kind not in ("feat",) and not ranked[0][1].public and kind != "refactor"):
        return
    best, first, change = ranked[0]
    same = [
        s for score, s, c in ranked if score > best * 0.5 and s.kind == first.kind and c is change
    ]
    place = first.owner or change.stem
    if kind == "refactor" and first.callable and sum(c.removed_count for c in focus) > 3:
        yield Phrase(
            verb="extract", items=listed(s.name for s in same[:3]), where=_other(place, first.name)
        )
        return
    noun = first.kind if first.kind in ("field", "column", "table", "index", "variable") else ""
    yield Phrase(
        verb="add", noun=noun, items=listed(s.name for s in same), where=_other(place, first.name)
    )


def _new_files(fresh: Sequence[FileChange], gone: set[str]) -> Phrase:
    main = max(fresh, key=lambda c: c.weight)
    names = [
        s
        for s in main.edits.added
        if s.public
        and s.name not in gone
        and s.kind not in ("test", "impl", "constant", "field", "variable", "selector", "module")
    ]
    named = [s for s in names if _same_word(s.name, main.stem)]
    if len(fresh) == 1 or all(_same_word(c.stem, main.stem) for c in fresh):
        if named:
            return Phrase(verb="add", items=(named[0].name,), where=_folder(main))
        if len(names) == 1:
            return Phrase(
                verb="add", items=(names[0].name,), where=_other(main.stem, names[0].name)
            )
        return Phrase(
            verb="add",
            noun="module" if main.language is not None and main.language.name != "css" else "",
            items=(main.stem,),
            where=_folder(main),
        )
    items = listed(c.stem for c in sorted(fresh, key=lambda c: -c.weight))
    return Phrase(verb="add", items=items, where=_other(part_of(fresh), items[0]))


def _same_word(a: str, b: str) -> bool:
    def squeeze(text: str) -> str:
        return re.sub(r"[\W_]", "", text).lower()

    return squeeze(a) == squeeze(b)


def _folder(change: FileChange) -> str:
    folder = change.path.rpartition("/")[0].rpartition("/")[2]
    return "" if _same_word(folder, change.stem) else part_of([change, change]) if folder else ""


def _other(place: str, name: str) -> str:
    return "" if _same_word(place, name) else place


def parameters(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """Parameters a function takes now."""
    found = [(s, p) for c in focus for s, p in c.edits.parameters if not s.name.startswith("_")]
    if 0 < len(found) <= 8:
        counted = Counter(p for _, p in found)
        name, _ = counted.most_common(1)[0]
        symbol = next(s for s, p in found if p == name)
        place = (
            symbol.name if symbol.name not in ("__init__", "constructor", "new") else symbol.owner
        )
        yield Phrase(verb="add", noun="parameter", items=(name,), where=place or "")


def deleted(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """Files and definitions that are gone."""
    kept = {s.name for c in focus for s in c.edits.added}
    gone = [c for c in focus if c.gone]
    added = sum(c.added_count for c in focus)
    removed = sum(c.removed_count for c in focus)
    if gone and sum(c.removed_count for c in gone) * 2 >= removed and added * 2 <= removed:
        items = listed(c.stem for c in gone)
        place = part_of(gone) if len(gone) > 1 else ""
        yield Phrase(verb="remove", items=items, where=_other(place, items[0]))
        return
    if added > removed:
        return
    names = [
        (s, c) for c in focus for s in c.edits.removed if s.name not in kept and s.kind != "impl"
    ]
    if names:
        names.sort(key=lambda p: (-p[1].weight, not p[0].public))
        symbol, change = names[0]
        items = listed(s.name for s, c in names if c is change and s.kind == symbol.kind)
        place = symbol.owner or change.stem
        yield Phrase(
            verb="remove",
            noun="unused" if kind == "refactor" and not symbol.public else "",
            items=items,
            where=_other(place, items[0]),
        )


def guarded(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """Conditions and error handling that were not there before."""
    place = _touched_name(focus) or _place(focus)
    caught = [
        e
        for e in clues.caught
        if e and e not in ("Exception", "Throwable", "Error", "BaseException")
    ]
    if caught and len(clues.caught) <= 3:
        yield Phrase(verb="handle", items=listed(caught), where=place)
    names = [
        g
        for g in listed(clues.guards)
        if g.split(".")[-1].lower() not in _COMMON and g.lower() not in ("err", "is", "not")
    ]
    if names and len(clues.guards) <= 4 and sum(c.added_count for c in focus) <= 40:
        yield Phrase(verb="check", items=(names[0],), where=_other(place, names[0]))
    if (
        clues.raised
        and len(clues.raised) <= 2
        and clues.names_added[clues.raised[0]] > clues.names_removed[clues.raised[0]]
    ):
        yield Phrase(verb="raise", items=listed(clues.raised[:1]), where=place)


def called(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """A name the changed lines use and did not before."""
    if sum(c.added_count for c in focus) > 120:
        return
    fresh = clues.names_added - clues.names_removed
    defined = {s.name for c in focus for s in (*c.edits.added, *c.edits.touched)}
    calls = Counter(_CALLED.findall("\n".join(line for c in focus for line in c.added)))
    for name, count in sorted(fresh.items(), key=lambda p: (-calls[p[0]], -p[1], -len(p[0]))):
        if (
            count
            and calls[name]
            and name.lower() not in _COMMON
            and name not in defined
            and name not in clues.names_removed
            and len(name) > 4
        ):
            yield Phrase(verb="use", items=(name,), where=_touched_name(focus) or _place(focus))
            return


def touched(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """The definitions or files most lines were changed in, and what those lines speak of most."""
    verb = _GENERIC.get(kind, "update")
    added = sum(c.added_count for c in focus)
    removed = sum(c.removed_count for c in focus)
    if verb == "rework" and removed > added * 1.15:
        verb = "simplify"
    names, place = _most_touched(focus)
    about = topic(clues.names_added, clues.names_removed) or topic(
        clues.names_added + clues.names_removed
    )
    target = names[0] if len(names) == 1 else part_of(focus)
    if about and not (set(about.lower().split()) & set(map(str.lower, split_words(target)))):
        noun = _ABOUT.get(verb, "handling")
        verb = "add" if kind == "feat" else verb
        yield Phrase(verb=verb, noun=noun, items=(about,), where=target)
    yield Phrase(verb=verb, items=names, where=place)


_ABOUT = {"extend": "support", "fix": "handling", "rework": "handling", "simplify": "handling"}


def _most_touched(focus: Sequence[FileChange]) -> tuple[tuple[str, ...], str]:
    """Names of the definitions or files changed most, and the place around them."""
    counted: Counter[Symbol] = Counter()
    for change in focus:
        for symbol, lines in change.edits.touched.items():
            if symbol.kind not in ("impl", "module", "namespace", "extension"):
                counted[symbol] += lines
    top = counted.most_common(3)
    if top and top[0][1] * 3 >= sum(counted.values()) and len(focus) <= 6:
        symbol = top[0][0]
        owner = next((c for c in focus if symbol in c.edits.touched), focus[0])
        name = symbol.name if symbol.name not in _CONSTRUCTORS else symbol.owner or owner.stem
        place = symbol.owner if symbol.owner and symbol.owner != name else owner.stem
        return (name,), _other(place, name)
    if top and len(focus) == 1:
        return listed(s.name for s, _ in top[:2]), focus[0].stem
    if len(focus) > 3 and (place := part_of(focus)):
        return (place,), ""
    return listed(c.stem for c in focus), ""


_CONSTRUCTORS = frozenset(
    {"__init__", "constructor", "init", "new", "main", "setup", "default", "run", "__call__"}
)
_GENERIC = {
    "feat": "extend",
    "fix": "fix",
    "refactor": "rework",
    "perf": "speed",
    "style": "format",
    "docs": "document",
    "test": "test",
    "chore": "update",
    "build": "update",
    "ci": "update",
}


def _touched_name(focus: Sequence[FileChange]) -> str:
    counted: Counter[str] = Counter()
    for change in focus[:6]:
        for symbol, lines in change.edits.touched.items():
            if symbol.callable or symbol.kind in ("class", "struct"):
                name = symbol.owner or change.stem if symbol.name in _CONSTRUCTORS else symbol.name
                counted[name] += lines
    top = counted.most_common(1)
    return top[0][0] if top and top[0][1] * 2 >= sum(counted.values()) else ""


def _place(focus: Sequence[FileChange]) -> str:
    return part_of(focus)


_ORDER = {
    "feat": (written, options, introduced, tested, swapped, parameters, touched),
    "fix": (written, tested, deleted, swapped, guarded, introduced, parameters, options, touched),
    "refactor": (renamed, swapped, moved, introduced, called, deleted, parameters, touched),
    "perf": (written, guarded, introduced, swapped, touched),
    "style": (swapped, touched),
    "docs": (swapped, touched),
    "chore": (written, renamed, swapped, introduced, moved, deleted, options, touched),
}
