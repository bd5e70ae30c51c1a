"""The configuration as JSON Schema, for editors that complete TOML and for the extension."""

from __future__ import annotations

import json

from aircherd.config.cli import schema


def render() -> str:
    """The whole file; `aircher config schema` prints the same."""
    about = "Made by `python protocol/generate` from aircherd.config.options; changes are lost."
    text = json.dumps({"$comment": about, **schema()}, ensure_ascii=False, indent=1)
    return text.replace("{\n ", "{", 1) + "\n"
