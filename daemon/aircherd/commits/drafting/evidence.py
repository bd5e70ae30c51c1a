"""What in a change speaks for one type of commit or another, as short named facts.

`weights.py` says how much each fact counts for each type.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aircherd.commits.drafting.changes import FileChange, Shape
from aircherd.commits.drafting.clues import Clues, split_words
from aircherd.commits.drafting.composition import PRODUCT, composition
from aircherd.commits.drafting.dependencies import Bump
from aircherd.commits.drafting.package_lines import Source
from aircherd.commits.roles import Role

_LAID_OUT = frozenset({Shape.SPACE, Shape.LAYOUT})
_WORDS = {
    "fix": "fix fixes fixed bug bugs regression incorrect wrong workaround broken crash hang leak",
    "avoid": "avoid prevent ensure guard handle handles properly correctly otherwise fallback instead missing",
    "speed": "cache cached memo memoize perf performance fast faster lazy benchmark alloc preallocate pool",
    "deprecate": "deprecated deprecate deprecation",
    "lint": "eslint clippy nolint noqa pylint mypy ignore lint tslint oxlint prettier rustfmt golangci",
    "typo": "typo",
    "license": "copyright license spdx",
    "experimental": "experimental alpha beta unstable preview",
    "version": "version",
}
_WORD_OF = {w: f"says {name}" for name, words in _WORDS.items() for w in words.split()}
_PROSE = re.compile(r"[A-Za-z]{3,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All that was read from one change."""

    changes: tuple[FileChange, ...]
    clues: Clues
    bumps: tuple[Bump, ...]


def facts(material: Material) -> Iterator[str]:
    """The named facts of a change; each at most once."""
    changes, clues = material.changes, material.clues
    roles = [c.role for c in changes]
    whole = composition(roles)
    yield f"is {whole}"
    product = [c for c in changes if c.role in PRODUCT]
    focus = product or [c for c in changes if c.role not in (Role.LOCK, Role.GENERATED)] or changes
    for role in (
        Role.EXAMPLE,
        Role.CI,
        Role.BUILD,
        Role.CONFIG,
        Role.MANIFEST,
        Role.CHANGELOG,
        Role.LOCK,
        Role.ASSET,
    ):
        if product and role in roles:
            yield f"with {role.value}"
    yield from _sizes(focus, bool(product))
    yield from _shapes(focus)
    yield from _names(product)
    yield from _readings(clues, bool(product))
    yield from _dependencies(material.bumps, whole)
    yield from _said(changes, product, clues)
    if product:
        tested = sum(c.added_count for c in changes if c.role is Role.TEST)
        written = sum(c.added_count for c in product)
        if tested > 2 * written:
            yield "mostly tests"
        elif tested:
            yield "some tests"
        if any("bench" in c.path.lower() for c in changes):
            yield "benchmarks"
        if all(c.path.endswith((".d.ts", ".pyi")) for c in product):
            yield "only typings"
        if all(c.role in (Role.STYLESHEET, Role.MARKUP) for c in product):
            yield "only looks"
        if any(
            p in c.path.lower()
            for c in product
            for p in ("script", "tool", "hack/", "build", "ci/", "bin/")
        ):
            yield "tooling path"
        if all(
            any(p in c.path.lower() for p in ("script", "tools/", "hack/", "/ci/", "bench", "dev/"))
            for c in product
        ):
            yield "only tooling"


def _sizes(focus: Sequence[FileChange], product: bool) -> Iterator[str]:
    kind = "" if product else "other "
    added = sum(c.added_count for c in focus)
    removed = sum(c.removed_count for c in focus)
    total = added + removed
    for limit in (2, 6, 16, 40, 100, 300, 1000):
        if total <= limit:
            yield f"{kind}lines <= {limit}"
            break
    else:
        yield f"{kind}lines > 1000"
    if total:
        share = added / total
        for top, name in (
            (0.0, "none"),
            (0.3, "few"),
            (0.52, "half"),
            (0.75, "more"),
            (0.95, "most"),
            (1.0, "all"),
        ):
            if share <= top:
                yield f"{kind}added {name}"
                break
    count = len(focus)
    yield f"{kind}files " + (
        "1" if count == 1 else "2-3" if count < 4 else "4-9" if count < 10 else "10+"
    )


def _shapes(focus: Sequence[FileChange]) -> Iterator[str]:
    shapes = {c.shape for c in focus}
    if shapes <= _LAID_OUT | {Shape.ORDER}:
        yield "only layout"
    elif shapes == {Shape.MOVE}:
        yield "only moves"
    elif shapes <= {Shape.COMMENT} | _LAID_OUT:
        yield "only comments"
    elif shapes <= {Shape.IMPORTS, Shape.ORDER} | _LAID_OUT:
        yield "only imports"
    elif not shapes.isdisjoint({Shape.MOVE}):
        yield "has moves"
    if sum(c.shape in _LAID_OUT for c in focus) * 2 > len(focus):
        yield "mostly layout"
    if all(c.gone for c in focus):
        yield "only deletions"
    elif any(c.gone for c in focus):
        yield "some deletions"


def _names(product: Sequence[FileChange]) -> Iterator[str]:
    added = [s for c in product for s in c.edits.added]
    removed = [s for c in product for s in c.edits.removed]
    moved = {s.name for s in added} & {s.name for s in removed}
    public = sum(s.public and s.name not in moved for s in added)
    if any(c.new for c in product):
        yield "new source file"
        if sum(c.new for c in product) * 2 >= len(product):
            yield "mostly new source files"
    if public:
        yield "new public names " + ("1" if public == 1 else "2-4" if public < 5 else "5+")
    elif any(s.name not in moved for s in added):
        yield "new private names"
    else:
        yield "no new names"
    if sum(s.name not in moved for s in removed):
        yield "removed names"
    if moved:
        yield "moved names"
    if any(c.edits.renamed for c in product):
        yield "renamed names"
    if any(c.edits.parameters for c in product):
        yield "new parameters"
    if any(s.kind in ("field", "property", "column", "enum") for s in added):
        yield "new fields"
    touched = {s for c in product for s in c.edits.touched}
    if product:
        yield "touched names " + (
            "0"
            if not touched
            else "1"
            if len(touched) == 1
            else "2-4"
            if len(touched) < 5
            else "5+"
        )


def _readings(clues: Clues, product: bool) -> Iterator[str]:
    if clues.options_added:
        yield "new options"
    if clues.options_removed:
        yield "removed options"
    if clues.guards:
        yield "guards" if len(clues.guards) < 4 else "many guards"
    if clues.caught:
        yield "catches"
    if clues.raised:
        yield "raises"
    if clues.tests:
        yield "test titles" if len(clues.tests) < 4 else "many test titles"
    if clues.issues:
        yield "names an issue"
    if clues.comments:
        yield "comments" if len(clues.comments) < 4 else "many comments"
    top = clues.swaps.most_common(1)
    if top and top[0][1] >= 3 and top[0][1] * 2 >= clues.pairs:
        yield "one swap everywhere"
    if clues.pairs and sum(clues.swaps.values()) == clues.pairs and product:
        yield "only small swaps"
    if top and all(re.fullmatch(r"[\d.]*", a + b) for a, b in clues.swaps):
        yield "only numbers"


def _dependencies(bumps: Sequence[Bump], whole: str) -> Iterator[str]:
    kinds = {b.source for b in bumps}
    for kind in sorted(kinds):
        yield f"bumps {kind.value}"
    if kinds and kinds != {Source.OWN} and not whole.startswith("source"):
        yield "only bumps"
    if any(b.added for b in bumps if b.source is Source.LIBRARY):
        yield "new dependency"


def _said(
    changes: Sequence[FileChange], product: Sequence[FileChange], clues: Clues
) -> Iterator[str]:
    text = [*clues.comments[:20], *clues.tests[:20], *clues.entries[:10]]
    counted: Counter[str] = Counter()
    for sentence in text:
        counted.update({_WORD_OF[w] for w in _PROSE.findall(sentence.lower()) if w in _WORD_OF})
    fresh = clues.names_added - clues.names_removed
    for name, _ in fresh.most_common(80):
        counted.update(
            {_WORD_OF[w] + " in names" for w in map(str.lower, split_words(name)) if w in _WORD_OF}
        )
    yield from sorted(counted)
    for entry in clues.entries[:3]:
        first = entry.lower().split(maxsplit=1)[0].strip("*:[]()`")
        if first in (
            "fix",
            "fixed",
            "fixes",
            "add",
            "added",
            "adds",
            "change",
            "changed",
            "remove",
            "removed",
        ):
            yield f"entry says {first[:3]}"
