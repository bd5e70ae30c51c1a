"""The system's keyring, by the keyring library: the only import of it, and only in a child.

`python -m aircherd.config.ring NAME` prints the keys kept under a name, a line each. A child,
because the library and the services behind it take time and memory, may ask the user to unlock
something, and cannot be given up on inside one's own process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from aircherd.core.errors import InvalidConfig

if TYPE_CHECKING:
    from types import ModuleType

T = TypeVar("T")
SERVICE = "aircher"


def usable() -> bool:
    """Whether the library is installed and finds a keyring to keep things in."""
    try:
        return _library() is not None
    except InvalidConfig:
        return False


def get(name: str) -> tuple[str, ...]:
    """The keys under a name; none when there are none. Raises InvalidConfig."""
    found: str | None = _asked(lambda ring: ring.get_password(SERVICE, name))
    return tuple((found or "").split())


def put(name: str, keys: tuple[str, ...]) -> None:
    """Keeps keys under a name, in place of what was there. Raises InvalidConfig."""
    words = "\n".join(keys)
    _asked(lambda ring: ring.set_password(SERVICE, name, words))


def drop(name: str) -> None:
    """Forgets a name. Raises InvalidConfig."""
    if get(name):
        _asked(lambda ring: ring.delete_password(SERVICE, name))


def _library() -> ModuleType:
    try:
        import keyring
        from keyring.backends.fail import Keyring as Nothing
    except ImportError:
        raise InvalidConfig(
            "The keyring library is not installed; install aircher[keyring], or use --file."
        ) from None
    if isinstance(keyring.get_keyring(), Nothing):
        raise InvalidConfig("There is no keyring on this system; use --file.")
    return keyring


def _asked(question: Callable[[Any], T]) -> T:
    library = _library()
    from keyring.errors import KeyringError

    try:
        return question(library)
    except KeyringError as error:
        what = type(error).__name__
        raise InvalidConfig(f"The keyring refused ({what}); unlock it, or use --file.") from None


def main() -> int:
    """Prints what is kept under the name given; 1 when that cannot be had."""
    try:
        sys.stdout.write("".join(f"{key}\n" for key in get(sys.argv[1])))
    except InvalidConfig as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
