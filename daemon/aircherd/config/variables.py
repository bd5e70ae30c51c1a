"""Names of environment variables that hold keys, told apart from keys themselves.

A key that was written into the file by mistake is neither used nor shown again.
"""

from __future__ import annotations

import re
from typing import Any

from aircherd.config.options import Option

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_USUAL = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
_LONGEST_WORD = 24
"""Characters a name may have that is not of the usual form: keys are longer than that."""


def wrong_name(option: Option, value: Any) -> str | None:
    """What is wrong with a variable's name, without repeating it; None when it is one."""
    if not option.path.endswith(".api_key_env"):
        return None
    names = [value] if isinstance(value, str) else value
    if all(is_name(name) for name in names):
        return None
    return (
        "must be the name of a variable and looks like a key; take it out of this file and "
        "keep it with `aircher keys set`"
    )


def is_name(text: str) -> bool:
    """Whether a text can be the name of a variable that somebody keeps a key in."""
    if not _NAME.fullmatch(text):
        return False
    usual = _USUAL.fullmatch(text) is not None and ("_" in text or text.isalpha())
    return usual or len(text) <= _LONGEST_WORD
