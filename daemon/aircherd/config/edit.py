"""Changes the user's file and keeps what stands around it. Only `migrate` uses tomlkit as well."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from aircherd.config.files import whole
from aircherd.config.fit import check
from aircherd.config.load import did_you_mean
from aircherd.config.options import find
from aircherd.core.errors import InvalidConfig


def set_value(path: Path, key: str, written: str) -> None:
    """Writes one key, comments kept, the file replaced whole or not at all.

    `written` is TOML (`2.50`, `true`, `["a"]`); a bare word is taken for a text.
    Raises InvalidConfig when the key is unknown, the value does not fit, or the file is no TOML.
    """
    option = find(key)
    if option is None:
        raise InvalidConfig(f"There is no setting {key!r}; {did_you_mean(key)}.")
    value = _value(written)
    wrong = check(option, value)
    if wrong:
        raise InvalidConfig(f"{key} {wrong}. Write for example {key} = {option.example}")
    document = _document(path)
    table: Any = document
    *parents, last = key.split(".")
    for name in parents:
        if name not in table:
            table[name] = tomlkit.table(is_super_table=name == parents[0] and len(parents) > 1)
        table = table[name]
    table[last] = value
    whole(path, tomlkit.dumps(document))


def unset_value(path: Path, key: str) -> bool:
    """Removes one key. False when it was not there."""
    document = _document(path)
    table: Any = document
    *parents, last = key.split(".")
    for name in parents:
        if name not in table:
            return False
        table = table[name]
    if last not in table:
        return False
    del table[last]
    whole(path, tomlkit.dumps(document))
    return True


def _value(written: str) -> Any:
    try:
        return tomllib.loads(f"value = {written}")["value"]
    except tomllib.TOMLDecodeError:
        return written


def _document(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_text("utf-8"))
    except FileNotFoundError:
        return tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise InvalidConfig(f"{path} is no valid TOML: {error}. Mend it first.") from error
