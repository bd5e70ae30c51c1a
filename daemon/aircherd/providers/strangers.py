"""Providers that other installed packages bring, by the entry point group `aircher.providers`.

Each entry point names a function that takes `register` and calls it as the built-in families do.
What it brings comes in whole or not at all; what fails is a line in the doctor's report, and no
more. A stranger's code runs with everything the daemon may do: it is let in because the user
installed it, and `providers.plugins = false` leaves all of them out.
"""

from __future__ import annotations

import logging
import sys
from functools import cache
from pathlib import Path

from aircherd.core.errors import InvalidConfig
from aircherd.providers import registry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "aircher.providers"
log = logging.getLogger(__name__)


def let_in(wanted: bool) -> tuple[tuple[str, str], ...]:
    """Lets strangers in, once a process; (who, what is wrong) of each that could not be."""
    return _all_let_in() if wanted else ()


@cache
def _all_let_in() -> tuple[tuple[str, str], ...]:
    if not _any():
        return ()
    from importlib.metadata import entry_points

    wrong = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        why = _let_in(point)
        if why is not None:
            wrong.append((point.name, f"{_whose(point)}: {why}"))
            log.warning("stranger %s not let in: %s", point.name, why)
    return tuple(wrong)


def _any() -> bool:
    """Whether a package may offer something; where this cannot tell, the library is asked.

    The library takes 1.3 MB with what it loads, which every idle daemon would hold for the few
    that have such a package.
    """
    own = ("_frozen_importlib", "_frozen_importlib_external")
    if any(
        hasattr(finder, "find_distributions") and getattr(finder, "__module__", "") not in own
        for finder in sys.meta_path
    ):
        return True
    try:
        return any(_noted(Path(place)) for place in sys.path)
    except OSError:
        return True  # it cannot be read, or is an archive


def _noted(place: Path) -> bool:
    """Whether a package in a folder of modules says that it offers something. Raises OSError."""
    if not place.exists():
        return False
    for found in place.iterdir():
        if found.suffix == ".egg":
            return True  # packages within a package: too rare to be read here
        if found.suffix in (".dist-info", ".egg-info"):
            try:
                if GROUP.encode() in (found / "entry_points.txt").read_bytes():
                    return True
            except (FileNotFoundError, NotADirectoryError):
                continue
    return False


def _let_in(point: EntryPoint) -> str | None:
    """Lets one in; why not, when that fails. What it had brought by then is taken back."""
    try:
        with registry.whole():
            point.load()(registry.register)
    except InvalidConfig as error:
        return str(error)
    # A stranger may even end the process while it is imported.
    except (Exception, SystemExit) as error:
        return f"it fails with {type(error).__name__}; update or remove that package"
    return None


def _whose(point: EntryPoint) -> str:
    found = point.dist
    return "another package" if found is None else f"{found.name} {found.version}"
