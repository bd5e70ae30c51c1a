"""Words for phrases, in English and a few other languages.

In a verb's pattern `{o}` stands for what it is about, `{w}` for the place with its preposition and
`{v}` for the versions. A verb a language has no pattern for is said with a plainer one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words of one language."""

    verbs: dict[str, str]
    nouns: dict[str, tuple[str, str]]
    """Patterns for one and for several."""
    places: dict[str, str] = field(default_factory=dict)
    """Preposition patterns by verb; `""` for all others."""
    versions: tuple[str, str] = ("{a} → {b}", "→ {b}")
    """With and without the old one."""
    conjunction: str = " & "
    comma: str = ", "
    more: str = "{} +{n}"

    def sentence(
        self, verb: str, noun: str, items: Sequence[str], count: int, where: str, old: str, new: str
    ) -> str:
        """One statement that names the first `count` of the items."""
        if verb == "use" and old:
            verb = "use instead"
        while verb not in self.verbs:
            verb = _PLAINER.get(verb, "update")
        pattern = self.verbs[verb]
        thing = self._listed(items, count)
        if noun:
            one, many = self.nouns.get(noun, ("{}", "{}"))
            thing = (
                (one if len(items) < 2 else many)
                .replace("{}", thing)
                .replace("{n}", str(len(items)))
            )
        place = ""
        if where and where not in items:
            place = self.places.get(verb, self.places.get("", " ({})")).replace("{}", where)
        version = ""
        if new and "{a}" not in pattern:
            version = " " + self.versions[0 if old else 1].replace("{a}", old).replace("{b}", new)
        text = pattern.replace("{a}", old).replace("{b}", new)
        text = text.replace("{v}", version).replace("{w}", place).replace("{o}", thing)
        return " ".join(text.split())

    def _listed(self, items: Sequence[str], count: int) -> str:
        shown = list(items[:count])
        left = len(items) - len(shown)
        if left:
            return self.more.replace("{n}", str(left)).replace("{}", self.comma.join(shown))
        if len(shown) < 2:
            return "".join(shown)
        return self.comma.join(shown[:-1]) + self.conjunction + shown[-1]


_PLAINER = {
    "bump": "update", "extract": "move", "move": "rename", "use": "replace", "replace": "change",
    "rework": "change", "simplify": "change", "extend": "change", "speed": "change", "check": "handle",
    "handle": "fix", "raise": "add", "clarify": "update", "document": "update", "test": "update",
    "refresh": "update", "regenerate": "update", "ignore": "add", "unignore": "remove", "set": "change",
    "change": "update", "format": "update", "sort": "update", "make executable": "update",
    "release": "update", "merge": "update",
}  # fmt: skip

ENGLISH = Vocabulary(
    verbs={
        "add": "add {o}{w}",
        "remove": "remove {o}{w}",
        "rename": "rename {a} to {b}{w}",
        "move": "move {o}{w}",
        "extract": "extract {o}{w}",
        "replace": "replace {o} with {b}{w}",
        "use": "use {o}{v}{w}",
        "use instead": "use {o} instead of {a}{w}",
        "bump": "bump {o}{v}",
        "release": "release {o}",
        "set": "set {o}{v}{w}",
        "change": "change {o}{v}{w}",
        "fix": "fix {o}{w}",
        "handle": "handle {o}{w}",
        "check": "check {o}{w}",
        "raise": "raise {o}{w}",
        "update": "update {o}{v}{w}",
        "rework": "rework {o}{w}",
        "simplify": "simplify {o}{w}",
        "extend": "extend {o}{w}",
        "speed": "speed up {o}{w}",
        "format": "format {o}{w}",
        "sort": "sort {o}{w}",
        "document": "document {o}{w}",
        "clarify": "clarify {o}{w}",
        "test": "test {o}{w}",
        "refresh": "refresh {o}",
        "regenerate": "regenerate {o}",
        "ignore": "ignore {o}{w}",
        "unignore": "stop ignoring {o}",
        "make executable": "make {o} executable",
    },
    nouns={
        "option": ("{} option", "{} options"),
        "parameter": ("{} parameter", "{} parameters"),
        "field": ("{} field", "{} fields"),
        "column": ("{} column", "{} columns"),
        "table": ("{} table", "{} tables"),
        "index": ("{} index", "{} indexes"),
        "variable": ("{} variable", "{} variables"),
        "module": ("{} module", "{} modules"),
        "unused": ("unused {}", "unused {}"),
        "test": ("test for {}", "tests for {}"),
        "tests": ("{} tests", "{} tests"),
        "typo": ("typo", "typo"),
        "typos": ("typos", "typos"),
        "comment typo": ("typo in comment", "typo in comment"),
        "comments": ("comments", "comments"),
        "link": ("link", "link"),
        "links": ("links", "links"),
        "section": ("{} section", "{} sections"),
        "page": ("{} docs", "{} docs"),
        "docs": ("docs", "docs"),
        "change": ("{}", "{}"),
        "imports": ("imports", "imports"),
        "unused imports": ("unused imports", "unused imports"),
        "dependency": ("{} dependency", "{} dependencies"),
        "dependencies": ("{} dependency", "{n} dependencies including {}"),
        "action": ("{} action", "{n} actions including {}"),
        "locked": ("{}", "locked dependencies"),
        "workflow": ("{} workflow", "{} workflows"),
        "step": ("{} step", "{} steps"),
        "translations": ("{} translations", "{} translations"),
        "example": ("{} example", "{} examples"),
        "assets": ("{} assets", "{} assets"),
        "submodule": ("{} submodule", "{} submodules"),
        "version": ("{}", "{}"),
        "handling": ("{} handling", "{} handling"),
        "support": ("{} support", "{} support"),
    },
    places={
        "": " in {}",
        "add": " to {}",
        "move": " to {}",
        "remove": " from {}",
        "extract": " from {}",
        "set": " in {}",
    },
    versions=("from {a} to {b}", "to {b}"),
    conjunction=" and ",
    more="{} and {n} more",
)
