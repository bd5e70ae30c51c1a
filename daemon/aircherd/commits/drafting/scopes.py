"""Chooses the scope or area of a subject from where the changed lines are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from aircherd.commits.drafting.changes import FileChange
from aircherd.commits.drafting.dependencies import Bump
from aircherd.commits.drafting.package_lines import Source
from aircherd.commits.drafting.word_set import word_set
from aircherd.commits.model import Convention, Style
from aircherd.commits.roles import Role

_MOST = 0.6
_WRAPPERS = frozenset(
    {"packages", "crates", "apps", "libs", "modules", "projects", "services", "plugins"}
)
_ROOTS = word_set(
    """
    src lib app internal pkg cmd source include python daemon
    """
)


def choose_scope(
    changes: Sequence[FileChange], bumps: Sequence[Bump], convention: Convention, only_bumps: bool
) -> str:
    """The scope, or the area of a prefixed subject; empty where none is wanted or none is clear."""
    prefixed = convention.style is Style.PREFIXED
    if convention.scope_policy == "forbidden" and not prefixed:
        return ""
    required = prefixed or convention.scope_policy == "required"
    if not required and convention.scope_rate < 0.3:
        return ""
    if only_bumps and (scope := _for_bumps(bumps, convention)):
        return scope
    counted: Counter[str] = Counter()
    for change in changes:
        if change.role not in (Role.LOCK, Role.GENERATED, Role.CHANGELOG):
            counted[_of_path(change.path, convention)] += round(change.weight * 10)
    total = sum(counted.values())
    for scope, weight in counted.most_common():
        if scope and (weight >= total * _MOST or required):
            return scope
    if required and not prefixed and convention.scopes:
        return convention.scopes[0]
    if prefixed or (convention.scope_rate >= 0.75 and not convention.scopes_enforced):
        return _common_folder(changes)
    return ""


def _for_bumps(bumps: Sequence[Bump], convention: Convention) -> str:
    own = all(b.source is Source.OWN for b in bumps)
    names = ("release", "version") if own else ("deps", "dependencies", "dep")
    if not own and all(b.source is Source.ACTION for b in bumps):
        names = ("actions", "ci", "github-actions", *names)
    return next((n for n in names if n in convention.scopes), "")


def _of_path(path: str, convention: Convention) -> str:
    """The scope past commits named for the longest known beginning of this path."""
    best, scope = -1, ""
    for prefix, name in convention.scope_paths:
        bare = prefix.rstrip("/")
        if (path == bare or path.startswith(f"{bare}/")) and len(bare) > best:
            best, scope = len(bare), name
    if scope:
        return scope
    parts = path.split("/")
    stems = [p.split(".")[0] for p in parts]
    known = {s.lower(): s for s in reversed(convention.scopes)}
    return next((known[s.lower()] for s in reversed(stems) if s.lower() in known), "")


def _common_folder(changes: Sequence[FileChange]) -> str:
    counted: Counter[str] = Counter()
    for change in changes:
        parts = change.path.split("/")
        while len(parts) > 1 and parts[0].lower() in _WRAPPERS | _ROOTS:
            parts = parts[1:]
        name = parts[0] if len(parts) > 1 else parts[0].split(".")[0]
        counted[name] += round(change.weight * 10)
    if not counted:
        return ""
    name, weight = counted.most_common(1)[0]
    name = name.lstrip(".")
    fits = (
        weight >= sum(counted.values()) * _MOST and name.replace("-", "").replace("_", "").isalnum()
    )
    return name if fits and len(name) <= 24 else ""
