"""GitPython, loaded late and used to find repositories only."""

from __future__ import annotations

import os
import sys
import threading
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

_PACKAGES = {"git", "gitdb", "smmap"}
_importing = threading.Lock()


def gitpython() -> ModuleType:
    """The library; the first call loads it. Raises OSError when the machine is short of something.

    A later call loads it again.
    """
    with _importing:
        return _imported()


def locator() -> Any:
    """GitPython's `Repo`, which reads no configuration: that may include any file there is, a pipe
    or `/dev/zero` among them, and nothing of it is needed here. Raises OSError as `gitpython`."""
    with _importing:
        return _locator()


@cache
def _locator() -> Any:
    class Locator(_imported().Repo):  # type: ignore[misc]
        """Finds a git dir and the one it shares."""

        def _config_reader(self, *_: object, **__: object) -> Any:
            raise ValueError("not read")

    return Locator


@cache
def _imported() -> ModuleType:
    """GitPython as a locator only: it reads `.git` files and `commondir` and runs nothing.

    Importing it runs `git version` with our whole environment. So it is imported late, once the
    keys are out of that, and told of a git that is not there: nothing is run at all.
    """
    told = {"GIT_PYTHON_REFRESH": "quiet", "GIT_PYTHON_GIT_EXECUTABLE": "/nonexistent/git"}
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        return import_module("git")
    except BaseException as error:
        # What broke off half way stays behind in pieces that never fit together again.
        for name in [name for name in sys.modules if name.partition(".")[0] in _PACKAGES]:
            del sys.modules[name]
        # GitPython says ImportError of everything; what the machine lacked is said as it is.
        if isinstance(error.__cause__, OSError):
            raise error.__cause__ from None
        raise
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def with_marker(path: str) -> str:
    """The folder `layout.find` would open, when that is plain to see; else the path itself."""
    folder = path
    while os.path.isabs(folder):
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder or os.path.lexists(os.path.join(folder, "HEAD")):
            break
        folder = parent
    return path
