"""Keys the user gave to keep: which provider and address each belongs to, and where it is.

One file, 0600, beside the books and not beside the configuration: people publish their dot-files.
A key stands in it, or the note that the system's keyring holds it. A key is kept for one origin
(scheme, host, port): when a provider is moved elsewhere in the settings, its key stays behind.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from aircherd.config.files import whole
from aircherd.core.errors import InvalidConfig

Where = Literal["file", "keyring"]
LONGEST_KEY = 8192
_LARGEST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """The keys of one provider at one address."""

    name: str
    """`provider@origin`."""
    where: Where
    count: int
    keys: tuple[str, ...] = ()
    """Only for those in the file."""

    def __repr__(self) -> str:
        return f"Kept({self.name!r}, {self.where!r}, {self.count})"


def entry(provider: str, base_url: str) -> str:
    """What a key is kept under: the provider and the only address it may be sent to."""
    parts = urlsplit(base_url)
    # An address may hold a name and a password of its own: they are no part of where it is.
    return f"{provider}@{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def usable(text: str) -> str | None:
    """Why a text cannot be a key, without repeating it; None when it can."""
    if not text:
        return "is empty"
    if len(text) > LONGEST_KEY:
        return f"is longer than {LONGEST_KEY} characters"
    if not (text.isascii() and text.isprintable()) or " " in text:
        return "has blanks or characters no key has"
    return None


def kept(path: Path) -> dict[str, Kept]:
    """Everything that is kept, by name. No file is nothing.

    Raises InvalidConfig for a file others can read or write, or that cannot be understood.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InvalidConfig(
            f"{path} cannot be read: {error.strerror}. Mend or remove it."
        ) from None
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            raise InvalidConfig(f"{path} is not a file of yours; remove it and set the keys again.")
        if found.st_mode & 0o077:
            raise InvalidConfig(
                f"{path} can be read by others, so no key in it is used; run `chmod 600 {path}`, "
                "and think about new keys."
            )
        raw = file.read(_LARGEST)
    try:
        entries = [_kept(name, value) for name, value in json.loads(raw).items()]
        return {one.name: one for one in entries}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        raise InvalidConfig(
            f"{path} cannot be understood; remove it and set the keys again."
        ) from None


def write(path: Path, entries: Iterable[Kept]) -> None:
    """Writes the file whole, 0600 from its first byte on."""
    plain = {
        one.name: {"where": one.where, "count": one.count, "keys": list(one.keys)}
        for one in entries
    }
    whole(path, json.dumps(plain, indent=1) + "\n", mode=0o600)


def _kept(name: str, value: Any) -> Kept:
    keys = tuple(str(key) for key in value["keys"])
    where: Where = "keyring" if value["where"] == "keyring" else "file"
    if where == "file":
        # Older versions kept an address with its password; the keyring still knows it by that.
        provider, _, origin = name.partition("@")
        name = entry(provider, origin)
    return Kept(name, where, int(value["count"]), keys)
