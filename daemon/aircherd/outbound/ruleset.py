"""The rules secrets are found by: gitleaks' own set, bundled as data, and a few of ours beside it.

`rules/gitleaks.toml` is `config/gitleaks.toml` of github.com/gitleaks/gitleaks, unchanged; version
and licence stand in `rules/README.md`. What its fields mean: README of gitleaks, "Configuration".
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from aircherd.outbound.dialect import translated

_ASSIGNED = "[\\w.-]{0,50}?"
"""How gitleaks begins every pattern of the form `name_with_keyword = value`."""

_APART = frozenset(
    {"curl-auth-header", "curl-auth-user", "facebook-access-token", "freemius-secret-key",
     "kubernetes-secret-yaml", "microsoft-teams-webhook", "nuget-config-password",
     "gitlab-session-cookie", "telegram-token"}
)  # fmt: skip
"""Rules whose match is longer than one run of characters a token is made of."""

_OURS = frozenset({"private-key", "sidekiq-sensitive-url"})
"""Found by `shapes`, also when the block or the line is cut short."""

_ANCHORS: Mapping[str, tuple[bytes, ...]] = {
    "airtable-personnal-access-token": (b"pat",),
    "jwt": (b".ey",),
    "sourcegraph-access-token": (b"sgp_",),
    "intra42-client-secret": (b"s-s4t2",),
    "cloudflare-origin-ca-key": (b"v1.0-",),
    "authress-service-client-access-key": (b".acc",),
}
"""Rarer texts than the rule's own keywords that each of its matches holds as well, lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowlist:
    """What is no secret although a rule says so."""

    regexes: tuple[re.Pattern[bytes], ...] = ()
    target: str = "secret"
    """`secret`, `match` or `line`: what the regexes are held against."""
    stopwords: tuple[bytes, ...] = ()
    """Words a made-up value holds; lower case."""

    def allows(self, secret: bytes, match: bytes, line: bytes) -> bool:
        """Whether a finding is let off."""
        against = {"secret": secret, "match": match, "line": line}[self.target]
        if any(regex.search(against) for regex in self.regexes):
            return True
        low = secret.lower()
        return any(word in low for word in self.stopwords)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One kind of secret."""

    name: str
    pattern: bytes
    keywords: tuple[bytes, ...]
    """Lower case; a text without any of them has no match."""
    kind: str
    """`run`: the match lies in one run of token characters. `assigned`: a name that holds the
    keyword, an operator, a value. `apart`: neither."""
    entropy: float = 0.0
    """Bits a character a secret must have at least."""
    group: int = 0
    allowlists: tuple[Allowlist, ...] = field(default=(), repr=False)

    @property
    def regex(self) -> re.Pattern[bytes]:
        """The pattern, compiled at first use: most rules are never needed."""
        return _compiled(self.pattern)

    def secret_of(self, found: re.Match[bytes]) -> tuple[int, int]:
        """Where in the text the secret itself stands."""
        if self.group:
            return found.span(self.group)
        for number in range(1, found.re.groups + 1):
            if found.group(number):
                return found.span(number)
        return found.span()


Words = tuple[tuple[str, Rule], ...]
"""Each keyword of some rules, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """Every rule, and what none of them may report."""

    rules: tuple[Rule, ...]
    allowed: Allowlist
    runs: Words = field(init=False, repr=False, compare=False)
    assigned: Words = field(init=False, repr=False, compare=False)
    apart: Words = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, kind in (("runs", "run"), ("assigned", "assigned"), ("apart", "apart")):
            its = [rule for rule in self.rules if rule.kind == kind]
            words = tuple((word.decode("ascii"), rule) for rule in its for word in rule.keywords)
            object.__setattr__(self, name, words)

    def is_secret(self, rule: Rule, secret: bytes, match: bytes, line: bytes) -> bool:
        """Whether a match counts: random enough, and on no list of exceptions."""
        if rule.entropy and entropy(secret) <= rule.entropy:
            return False
        lists = (self.allowed, *rule.allowlists)
        return not any(one.allows(secret, match, line) for one in lists)


@cache
def ruleset() -> Ruleset:
    """The bundled rules. Reading them takes some 30 ms: call it in a thread."""
    folder = Path(__file__).with_name("rules")
    whole = tomllib.loads((folder / "gitleaks.toml").read_text("utf-8"))
    more = tomllib.loads((folder / "more.toml").read_text("utf-8"))
    exceptions: dict[str, list[Mapping[str, Any]]] = {}
    for one in more["exceptions"]:
        exceptions.setdefault(one["rule"], []).append(one)
    rules = [
        _rule({**row, "allowlists": [*row.get("allowlists", ()), *exceptions.get(row["id"], ())]})
        for row in (*more["rules"], *whole["rules"])
        if row.get("regex") and row["id"] not in _OURS
    ]
    # The general rule last: what a named one finds keeps its name.
    rules.sort(key=lambda rule: rule.name == "generic-api-key")
    return Ruleset(rules=tuple(rules), allowed=_allowlist(whole["allowlist"]))


def entropy(text: bytes) -> float:
    """Shannon entropy in bits a character; 0 for nothing."""
    total = len(text)
    return -sum(n / total * math.log2(n / total) for n in Counter(text).values()) if total else 0.0


def _rule(row: Mapping[str, Any]) -> Rule:
    name, pattern = str(row["id"]), str(row["regex"])
    kind = "run"
    if name in _APART:
        kind = "apart"
    elif pattern.removeprefix("(?i)").startswith(_ASSIGNED):
        kind = "assigned"
    return Rule(
        name=name,
        pattern=translated(pattern),
        keywords=_ANCHORS.get(name) or tuple(k.lower().encode() for k in row["keywords"]),
        kind=kind,
        entropy=float(row.get("entropy", 0.0)),
        group=int(row.get("secretGroup", 0)),
        allowlists=tuple(
            # An exception for some paths cannot be held against a text without one.
            _allowlist(one)
            for one in row.get("allowlists", ())
            if not one.get("paths")
        ),
    )


def _allowlist(row: Mapping[str, Any]) -> Allowlist:
    return Allowlist(
        regexes=tuple(_compiled(translated(text)) for text in row.get("regexes", ())),
        target=str(row.get("regexTarget", "secret")),
        stopwords=tuple(word.lower().encode() for word in row.get("stopwords", ())),
    )


@cache
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern)
