"""Which keys of a configuration file changed: TOML, YAML, JSON, INI, properties and the like."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aircherd.commits.drafting.changes import FileChange

_ENDINGS = frozenset(
    {"toml", "yaml", "yml", "json", "json5", "jsonc", "ini", "cfg", "conf", "properties", "env"}
)
_PAIR = re.compile(
    r"""\s*(?:export |- )?["']?([A-Za-z_@$][\w.@/$-]{0,60})["']?\s*[:=](?!=)\s*(.{0,120}?),?\s*(?:[#;].{0,80})?$"""
)
_SECRET = re.compile(r"secret|token|passw|credential|private|api_?key|auth", re.IGNORECASE)
_SHORT = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One key with what it was and is. The empty text stands for a value not fit to be shown."""

    key: str
    old: str | None
    """None: the key was not there."""
    new: str | None
    """None: the key is gone."""


def read_settings(change: FileChange) -> list[Setting]:
    """The keys whose lines changed, in the order they appear; empty for other kinds of file."""
    name = change.name.lower()
    ending = name.rpartition(".")[2]
    if (
        ending not in _ENDINGS
        and not name.endswith(("rc", "ignore", "config"))
        and not name.startswith(".env")
    ):
        return []
    old = _pairs(change.removed)
    new = _pairs(change.added)
    keys = dict.fromkeys((*new, *old))
    return [
        Setting(key=k, old=old.get(k), new=new.get(k)) for k in keys if old.get(k) != new.get(k)
    ]


def _pairs(lines: object) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:  # type: ignore[attr-defined]
        if match := _PAIR.match(line[:220]):
            key, value = match[1], match[2].strip().strip("\"'")
            shown = len(value) <= _SHORT and not _SECRET.search(key) and value[:1] not in "{[|>&*"
            found.setdefault(key, value if shown else "")
    return found
