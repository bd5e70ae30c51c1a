"""A clock that can be set, a disk and a resolver that can fail, for a daemon and what starts one.

A small library of C is put before libc (`LD_PRELOAD`), and a page of shared memory tells it what to
do: the daemon itself is not changed. Where nothing compiles it, there is none, and the misfortunes
that need it do not happen.
"""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

_PAGE = struct.Struct("@qqq")
NAME = "localhost"
"""The one name whose lookup can fail."""
HANGS = 1
"""For `Shim.names`: a lookup that brings nothing, neither an address nor an error."""


class Shim:
    """One world's page."""

    def __init__(self, root: Path) -> None:
        self._path = root / "page"
        self._path.write_bytes(bytes(_PAGE.size))
        self._disk = root / "state"
        with self._path.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), _PAGE.size)
        self.ahead = 0
        """Seconds the wall clock is ahead."""
        self._error = self._names = 0

    @property
    def there(self) -> bool:
        """Whether anything listens to the page."""
        return _library() is not None

    def environment(self) -> dict[str, str]:
        """What a process has to be started with."""
        library = _library()
        if library is None:
            return {}
        return {
            "LD_PRELOAD": str(library),
            "CHAOS_PAGE": str(self._path),
            "CHAOS_DISK": str(self._disk),
            "CHAOS_NAME": NAME,
        }

    def step(self, seconds: int) -> None:
        """Sets the wall clock on or back; the monotonic one goes on as it did."""
        self.ahead += seconds
        self._write()

    def fail(self, error: int) -> None:
        """Has every change of a file below the state directory fail with `error`; 0 heals it."""
        self._error = error
        self._write()

    def names(self, outcome: int) -> None:
        """What looking up NAME comes to: an error of getaddrinfo, HANGS, or 0 for its address."""
        self._names = outcome
        self._write()

    def _write(self) -> None:
        self._page[:] = _PAGE.pack(self.ahead, self._error, self._names)

    def close(self) -> None:
        """Lets go of the page."""
        self._page.close()


@cache
def _library() -> Path | None:
    """The library, compiled once a process; None without a compiler or elsewhere than on Linux."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        return None
    made = Path(tempfile.mkdtemp(prefix="shim-"), "shim.so")
    source = Path(__file__).with_name("shim.c")
    done = subprocess.run(
        [compiler, "-O1", "-shared", "-fPIC", "-o", str(made), str(source), "-ldl"],
        capture_output=True,
        check=False,
    )
    return made if done.returncode == 0 else None
