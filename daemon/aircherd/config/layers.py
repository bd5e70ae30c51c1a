"""A second settings file over the user's own: providers and models from it, limits from both.

For programs that bring a file of their own (`aircherd serve --stdio --config FILE`). What the user
said about money, and about who may see anything, is never widened by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aircherd.config.options import find


def laid_over(own: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of both: `more` counts, but never widens what `own` says."""
    merged = {**own, **more}
    for path, mine in own.items():
        if path not in more:
            continue
        option = find(path)
        kind = "" if option is None else option.kind
        if kind == "usd":
            merged[path] = min(mine, more[path])
        elif kind == "usds":
            both = {**more[path], **mine}
            merged[path] = {
                name: min(mine.get(name, amount), more[path].get(name, amount))
                for name, amount in both.items()
            }
        elif path.startswith("costs.") or path.startswith("outbound."):
            merged[path] = mine
    if own.get("egress") == "local":
        merged["egress"] = "local"
    allowed = own.get("providers.allow")
    if allowed is not None:
        merged["providers.allow"] = [
            name for name in more.get("providers.allow", allowed) if name in allowed
        ]
    return merged
