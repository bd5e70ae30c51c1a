"""Dies by SIGKILL at every line `singleton.acquire` runs through, one child per line.

After each death a second child must become the daemon and be found by a third. Prints how many
lines there were, and each line after which that failed.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from aircherd import autostart, runtime, singleton

WATCHED = (singleton.__file__, runtime.__file__)


def die_at(line: int) -> None:
    """Become the daemon, but die before the `line`-th line; return when there are fewer."""
    seen = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal seen
        if frame.f_code.co_filename not in WATCHED:
            return None
        if event == "line":
            seen += 1
            if seen == line:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    singleton.acquire()
    sys.settrace(None)


def succeeds() -> bool:
    """Whether a new process can become the daemon, answers, and leaves no second socket."""
    lease = singleton.acquire()
    if lease is None:
        return False
    connection = autostart.dial()
    if connection is None:
        return False
    connection.close()
    names = [str(path) for path in Path(runtime.runtime_dir()).iterdir()]
    lease.release()
    return names == [runtime.socket_path()]


def in_child(call: Any, *args: Any) -> int:
    pid = os.fork()
    if pid == 0:
        code = 3
        try:
            code = 0 if call(*args) in (None, True) else 1
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


line = 0
while True:
    line += 1
    code = in_child(die_at, line)
    if in_child(succeeds) != 0:
        print(f"line {line}: nobody could become the daemon")
    if code != -signal.SIGKILL:
        print(f"lines {line - 1} code {code}")
        break
