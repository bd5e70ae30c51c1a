"""Runs in a network namespace of its own, where there is loopback and nothing else.

Brings loopback up, starts a local engine, runs commands of the terminal against a fresh daemon, and
prints what came of each, which interfaces there are, and how much each of them carried.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1
"""netdevice(7): SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP."""


def up(name: str) -> None:
    """Brings an interface up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        row = struct.pack("16sh14x", name.encode(), 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(sock, _GET_FLAGS, row))[1]
        fcntl.ioctl(sock, _SET_FLAGS, struct.pack("16sh14x", name.encode(), flags | _UP))


def carried() -> dict[str, int]:
    """Bytes each interface has sent."""
    rows = Path("/proc/self/net/dev").read_text("ascii").splitlines()[2:]
    return {row.split(":")[0].strip(): int(row.split(":")[1].split()[8]) for row in rows}


def main() -> None:
    """Takes the commands as JSON; prints the report as JSON."""
    if os.environ.get("AIRCHER_TEST_NAMESPACE"):
        up("lo")
    engine = subprocess.Popen(
        [sys.executable, "-m", "fakes.ollama", os.environ["AIRCHER_TEST_PORT"]],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
    )
    report: dict[str, object] = {}
    try:
        assert engine.stdout is not None
        engine.stdout.readline()
        for words in json.loads(sys.argv[1]):
            done = subprocess.run(
                [sys.executable, "-m", "aircher", *words],
                capture_output=True,
                text=True,
                check=False,
                stdin=subprocess.DEVNULL,
                timeout=90,
            )
            report[" ".join(words)] = [done.returncode, done.stdout + done.stderr]
    finally:
        subprocess.run([sys.executable, "-m", "aircherd", "stop"], capture_output=True, check=False)
        engine.kill()
        engine.wait()
        assert engine.stdout is not None
        engine.stdout.close()
    print(json.dumps({"said": report, "carried": carried()}))


if __name__ == "__main__":
    main()
