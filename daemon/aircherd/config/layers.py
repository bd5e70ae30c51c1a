"""A second settings file over the user's own: providers and models from it, limits from both.

For programs that bring a file of their own (`aircherd serve --stdio --config FILE`). What the user
said about money, and about who may see anything, is never widened by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aircherd.config.options import find

_CLOSED = {"egress": "local", "offline": "on", "cache.disk": False, "providers.plugins": False}
"""What the user has closed and another file does not open."""
_BOUND = ("api_key_env", "api_key_command", "headers", "local", "sign_in_at")
"""What is said of a provider at one address, and of no other."""


def laid_over(own: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of both: `more` counts, but never widens what `own` says."""
    merged = {**own, **more}
    for path in own.keys() | more.keys():
        _, _, name = path.rpartition(".")
        if path.startswith("providers.") and name in _BOUND and _widens(path, own, more):
            del merged[path]
    for path in more:
        # A proxy sees who is asked: where the user named one, nobody else names another way.
        if _is_proxy(path) and any(name in own for name in (path, "providers.proxy")):
            del merged[path]
            if path in own:
                merged[path] = own[path]
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
        elif path.startswith(("costs.", "outbound.", "models.rules.")):
            merged[path] = mine
    for path, closed in _CLOSED.items():
        if own.get(path) == closed:
            merged[path] = closed
    allowed = own.get("providers.allow")
    if allowed is not None:
        merged["providers.allow"] = [
            name for name in more.get("providers.allow", allowed) if name in allowed
        ]
    return merged


def _is_proxy(path: str) -> bool:
    return path.startswith("providers.") and path.endswith(".proxy")


def _widens(path: str, own: Mapping[str, Any], more: Mapping[str, Any]) -> bool:
    """Whether a key would go to an address the user did not give it for, or a far one pass as
    near by the other file's word."""
    if path in more and path.endswith(".sign_in_at"):
        return bool(set(more[path]) - set(own.get(path, ())))
    if path in more:
        return path.endswith(".local") and more[path] is True and own.get(path) is not True
    provider = path.rpartition(".")[0]
    places = (f"{provider}.base_url", f"{provider}.hosts")
    return any(place in more and more[place] != own.get(place) for place in places)
