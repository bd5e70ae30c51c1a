"""GitPython, loaded late and used to find repositories only."""

from __future__ import annotations

import os
import sys
import threading
from functools import cache
from importlib import import_module
from types import ModuleType

_PACKAGES = {"git", "gitdb", "smmap"}
_importing = threading.Lock()


def gitpython() -> ModuleType:
    """The library; the first call loads it. Raises OSError when the machine is short of something.

    A later call loads it again.
    """
    with _importing:
        return _imported()


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
