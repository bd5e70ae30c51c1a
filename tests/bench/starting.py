"""From nothing to `initialize` answered, and what is held then: `python -m bench.starting`.

Runs are interleaved: bare Python, `aircherd connect` without a daemon, with one that has just begun
and still loads its rooms, and with one that is there; and the smallest language server pygls makes,
which loads what any of its kind loads.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from aircher_protocol.framing import frame

HELLO = frame(
    b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":'
    b'{"processId":null,"rootUri":null,"capabilities":{}}}'
)
PYGLS = "from pygls.lsp.server import LanguageServer; LanguageServer('least', '1').start_io()"
CONNECT = (str(Path(sys.executable).with_name("aircherd")), "connect")
"""As an editor starts it: the installed script."""


def answered(command: Sequence[str]) -> tuple[float, float]:
    """Milliseconds until `initialize` is answered, and megabytes that process holds then."""
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(HELLO)
        child.stdin.flush()
        assert child.stdout.read(15) == b"Content-Length:"
        took = (time.perf_counter() - began) * 1000
        held = resident(child.pid)
        child.kill()
    return took, held


def resident(pid: int) -> float:
    """Megabytes of a process that are in memory."""
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return float("nan")


def own(*arguments: str) -> bytes:
    """What a command of the daemon's prints."""
    command = [sys.executable, "-m", "aircherd", *arguments]
    return subprocess.run(command, capture_output=True, check=False).stdout


def starting(rounds: int = 7) -> None:
    """Prints medians and the range, each beside bare Python; the daemon is left running."""
    took: dict[str, list[float]] = defaultdict(list)
    held: dict[str, float] = {}
    for number in range(rounds + 1):
        own("stop")
        bare = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        took["python3 -c pass"].append((time.perf_counter() - bare) * 1000)
        for name, command in (
            ("initialize, daemon cold", CONNECT),
            ("initialize, just begun", CONNECT),
            ("initialize, daemon warm", CONNECT),
            ("initialize, daemon warm", CONNECT),
            ("initialize, least pygls", (sys.executable, "-c", PYGLS)),
        ):
            if command is CONNECT and name.endswith("warm"):
                own("status")  # answered when all rooms are open: until then it is not warm
            milliseconds, held[name] = answered(command)
            took[name].append(milliseconds)
        if not number:
            took.clear()  # its modules were compiled, and its books made
    floor = statistics.median(took["python3 -c pass"])
    for name, all_of_it in sorted(took.items(), key=lambda one: statistics.median(one[1])):
        middle = statistics.median(all_of_it)
        print(
            f"{name:<28}{middle:8.1f} ms   {middle / floor:5.1f} x   "
            f"({min(all_of_it):.0f}–{max(all_of_it):.0f})"
        )
    cold, least = (
        statistics.median(took[f"initialize, {n}"]) for n in ("daemon cold", "least pygls")
    )
    print(f"cold beside the least pygls {cold / least:8.2f} x")
    print(f"forwarder, resident         {held['initialize, daemon warm']:8.1f} MB")
    time.sleep(1.0)
    pid = json.loads(own("status", "--json"))["pid"]
    print(f"daemon, resident            {resident(pid):8.1f} MB")


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory(prefix="ab-") as folder:
        for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            place = Path(folder) / name[4]
            place.mkdir(mode=0o700)
            os.environ[name] = str(place)
        starting()
        own("stop")
