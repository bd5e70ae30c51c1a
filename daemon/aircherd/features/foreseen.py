"""The commit message that is probably asked for next: for what, and of whom. Nothing is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from importlib import import_module

from aircherd.features.commit_message import preview
from aircherd.features.commit_room import CommitRoom, Wish
from aircherd.features.desk import Asked, Desk
from aircherd.outbound.ruleset import ruleset
from aircherd.warming import Expected


def staged(room: CommitRoom, path: str) -> Hashable:
    """Stands for what a message would be asked for around a path; None where there is nothing to
    describe. Runs git: call it in a thread. Raises NotARepository, GitRefused."""
    seen = room.snapshot(path)
    if not seen.staged or seen.conflicted:
        return None
    return seen.root, seen.head, seen.staged


async def expected(desk: Desk, room: CommitRoom, path: str) -> Expected:
    """Who would be asked, and what. Raises AircherError.

    The diff that is read for it is the one the message will need: it is kept until then. What is
    loaded by the first request of all is loaded here, while the user still looks at what is staged.
    """
    await asyncio.to_thread(_load)
    seen = await preview(desk, room, path, Asked(client="aircherd"), Wish())
    return Expected(candidate=seen.candidate, request=seen.request, within=seen.within)


def _load() -> None:
    """The rules secrets are found by, 30 ms, and the reader of answers."""
    ruleset()
    import_module("httptools")
