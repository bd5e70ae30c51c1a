"""Many starters at one instant.

usage: starters.py COUNT DAEMON-ARGUMENT…

Each connects, starting the daemon if need be, and reads the pid it says first. Prints one line
per starter: that pid, or what went wrong.
"""

from __future__ import annotations

import os
import socket
import sys

import aircherd.detached  # noqa: F401 -- so that the race is not one of imports
from aircherd import autostart


def start(serve: tuple[str, ...]) -> str:
    try:
        with socket.socket(fileno=autostart.reach(serve).detach()) as connection:
            connection.settimeout(20)
            return connection.recv(100).decode().strip() or "hung up"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def main() -> None:
    count, serve = int(sys.argv[1]), tuple(sys.argv[2:])
    gate, opener = os.pipe()
    pids = []
    for _ in range(count):
        pid = os.fork()
        if pid == 0:
            os.close(opener)
            os.read(gate, 1)  # until the parent closes the other end
            os.write(1, f"{start(serve)}\n".encode())
            os._exit(0)
        pids.append(pid)
    os.close(gate)
    os.close(opener)
    for pid in pids:
        os.waitpid(pid, 0)


main()
