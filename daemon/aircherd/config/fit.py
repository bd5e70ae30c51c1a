"""Whether a value fits its setting, and the value as the rest of the house has it."""

from __future__ import annotations

import math
from typing import Any

from aircherd.config.durations import seconds
from aircherd.config.options import Option
from aircherd.core.money import usd


def fitted(option: Option, value: Any) -> Any:
    """A checked value as the rest of the house has it: lengths of time in seconds."""
    return seconds(value) if option.kind == "seconds" else value


def check(option: Option, value: Any) -> str | None:
    """What is wrong with a value, in words; None when it fits."""
    match option.kind:
        case "text":
            # Empty says something of one setting: no proxy, whatever stands for all.
            fits = isinstance(value, str) and (bool(value) or option.path == "providers.*.proxy")
        case "bool":
            fits = isinstance(value, bool)
        case "whole":
            fits = isinstance(value, int) and not isinstance(value, bool)
        case "number" | "usd":
            fits = _is_amount(value)
        case "seconds":
            fits = seconds(value) is not None
        case "texts":
            fits = _is_texts(value)
        case "text or texts":
            fits = _is_texts(value) or (isinstance(value, str) and bool(value))
        case "numbers":
            fits = isinstance(value, list) and bool(value) and all(_is_amount(v) for v in value)
        case "map":
            fits = isinstance(value, dict) and all(isinstance(v, str) for v in value.values())
        case "paths":
            fits = isinstance(value, dict) and all(_is_texts(v) for v in value.values())
        case "usds":
            fits = isinstance(value, dict) and all(_is_amount(v) for v in value.values())
    if not fits:
        secret = option.path.endswith(_PRIVATE)
        return f"must be {_KINDS[option.kind]}" + ("" if secret else f", not {value!r:.40}")
    if option.choices and value not in option.choices:
        return f"must be one of {', '.join(option.choices)}, not {value!r:.40}"
    for number in value if option.kind == "numbers" else (fitted(option, value),):
        if option.least is not None and number < option.least:
            return f"must be at least {option.least:g}, not {number}"
        if option.most is not None and number > option.most:
            return f"must be at most {option.most:g}, not {number}"
    if option.kind == "usd":
        usd(value)
    return None


_PRIVATE = (
    ".api_key_env", ".api_key_command", ".headers", ".base_url", ".hosts", ".proxy", ".sign_in_at",
)  # fmt: skip
"""What may hold a secret; an address may hold a password. It is not said back."""


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) and v for v in value)


def _is_amount(value: Any) -> bool:
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    return fits and math.isfinite(value) and value >= 0


_KINDS = {
    "text": "a text",
    "bool": "true or false",
    "whole": "a whole number",
    "number": "a number of 0 or more",
    "seconds": 'a number of seconds or a length of time such as "5m"',
    "usd": "an amount in dollars, 0 or more",
    "texts": "a list of texts",
    "text or texts": "a text or a list of texts",
    "map": "a table of texts",
    "paths": "a table of lists of texts",
    "numbers": "a list of numbers of 0 or more",
    "usds": "a table of amounts in dollars",
}
