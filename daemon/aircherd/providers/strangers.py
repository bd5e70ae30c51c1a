"""Providers that other installed packages bring, by the entry point group `aircher.providers`.

Each entry point names a function that takes `register` and calls it as the built-in families do.
What it brings comes in whole or not at all; what fails is a line in the doctor's report, and no
more. A stranger's code runs with everything the daemon may do: it is let in because the user
installed it, and `providers.plugins = false` leaves all of them out.
"""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from aircherd.core.errors import InvalidConfig
from aircherd.providers import registry

GROUP = "aircher.providers"
log = logging.getLogger(__name__)


def let_in(wanted: bool) -> tuple[tuple[str, str], ...]:
    """Lets strangers in, once a process; (who, what is wrong) of each that could not be."""
    return _all_let_in() if wanted else ()


@cache
def _all_let_in() -> tuple[tuple[str, str], ...]:
    wrong = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        why = _let_in(point)
        if why is not None:
            wrong.append((point.name, f"{_whose(point)}: {why}"))
            log.warning("stranger %s not let in: %s", point.name, why)
    return tuple(wrong)


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
