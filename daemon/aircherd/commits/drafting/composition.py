"""Which parts of a project a change touches, in one word."""

from __future__ import annotations

from collections.abc import Sequence

from aircherd.commits.roles import Role

PRODUCT = frozenset(
    {Role.SOURCE, Role.STYLESHEET, Role.MARKUP, Role.MIGRATION, Role.OTHER, Role.TRANSLATION}
)
"""Roles of files that are the program itself."""


def composition(roles: Sequence[Role]) -> str:
    """Which parts of the project a change touches, coarsely: `source`, `source+test`, `docs`."""
    present = set(roles)
    if len(present) > 1:
        present -= {Role.LOCK, Role.GENERATED}
    if len(present) > 1:
        present -= {Role.CHANGELOG}
    if not present.isdisjoint(PRODUCT):
        beside = [r.value for r in (Role.TEST, Role.DOCS) if r in present]
        return "+".join(["source", *beside])
    if len(present) == 1:
        return present.pop().value
    for main in (Role.MANIFEST, Role.BUILD, Role.CI, Role.CONFIG, Role.TEST, Role.DOCS):
        if main in present:
            return f"{main.value}+"
    return "mixed"
