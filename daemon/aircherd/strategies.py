"""A balancing strategy by name: one of ours, or one that an installed package offers.

A package names it under the entry point group `aircher.strategies`. Its code is loaded only when
the user's own configuration names it; a repository's file cannot.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import cast

from aircherd.routing.balance import STRATEGIES, Strategy

log = logging.getLogger(__name__)

GROUP = "aircher.strategies"


@cache
def named(name: str) -> Strategy | None:
    """The strategy of that name; None when there is none that works: `furnishing` says so."""
    ours = STRATEGIES.get(name)
    if ours is not None:
        return ours
    from importlib.metadata import entry_points  # 1.3 MB that few need

    for entry in entry_points(group=GROUP, name=name):
        try:
            found = entry.load()
        except Exception as error:
            # A stranger's code may fail in any way; nothing of it may reach a request.
            log.info("the strategy %s cannot be loaded: %s", name, type(error).__name__)
            continue
        if callable(found):
            return cast(Strategy, found)
    known = ", ".join(STRATEGIES)
    log.info("there is no strategy %r; write one of %s", name, known)
    return None
