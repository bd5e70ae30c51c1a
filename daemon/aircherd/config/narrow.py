"""What a repository's own file may say, and which of two values of one setting is the narrower.

A repository's file is text of others. What it says about messages stands in a prompt as a rule of
ours, so only words that are rules by their form are taken; and where two spellings of a setting
that closes something say different things, what either of them closes stays closed.
"""

from __future__ import annotations

import re
from typing import Any

from aircherd.config.options import Option

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,2}")
_WORD = re.compile(r"[\w.*/@+-]{1,40}")
_MOST_WORDS = 100
_DEEPEST = 12
_APART = re.compile(r"[=,{}\[\]]")


def too_deep(text: str) -> str | None:
    """Why a TOML text is not read at all, in words; None when it may be.

    Reading tables in tables takes the square of their depth, and a repository's file is read before
    anybody has accepted it. Nothing that can be set stands deeper than four.
    """
    depth = 0
    for line in text.splitlines():
        written = line.partition("#")[0]
        if written.count(".") >= _DEEPEST:
            most = max(piece.count(".") for piece in _APART.split(written))
            if most >= _DEEPEST:
                return "has a key of too many parts"
        opened = written.count("[") + written.count("{")
        depth = max(0, depth + opened - written.count("]") - written.count("}"))
        if depth > _DEEPEST or opened > 20 * _DEEPEST:
            return "has too many tables or lists inside one another"
    return None


def not_plain(option: Option, value: Any) -> str | None:
    """What is wrong with a value in a repository's file, in words; None when it may stand there."""
    if option.path == "commit.language" and not _LANGUAGE.fullmatch(value):
        return "must be the code of a language"
    if option.path in ("commit.types", "commit.scopes"):
        if len(value) > _MOST_WORDS:
            return f"may have {_MOST_WORDS} words at most"
        if not all(_WORD.fullmatch(word) for word in value):
            return "must be single words of at most 40 letters"
    return None


def narrower(path: str, one: Any, other: Any) -> Any:
    """What holds when a setting that closes something is said twice; None for other settings."""
    match path:
        case "providers.allow":
            return [name for name in one if name in other]
        case "outbound.withhold" | "outbound.local_only":
            return [*one, *(entry for entry in other if entry not in one)]
        case "egress":
            return "local"
        case "daemon.warm":
            return "never"
        case "offline":
            return "on" if "on" in (one, other) else "auto"
        case "outbound.keep_text" | "cache.disk" | "providers.plugins":
            return False
        case "usage.keep_days":
            return min((days for days in (one, other) if days), default=0)
        case _:
            return None
